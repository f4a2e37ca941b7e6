import Glibc
import Pictures

/// How long it takes to halve a screen of 1920x1080, and how long to copy it: the medians of many turns, in one line that
/// `bench.py` reads.
@main
struct DownscaleBenchmark {
    private static let source = PictureSize(width: 1920, height: 1080)
    private static let target = PictureSize(width: 960, height: 540)
    private static let turns = 301
    /// Rows at a time, as they come from the screen.
    private static let band = 68

    static func main() {
        let count = source.width * source.height
        let screen = (0..<count).map { UInt32(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        var copy = [UInt32](repeating: 1, count: count)
        var average = AreaAverage(from: source, to: target)
        var sum: UInt64 = 0
        var (halving, copying): ([Double], [Double]) = ([], [])
        for _ in 0..<turns {
            halving.append(
                milliseconds {
                    for top in stride(from: 0, to: source.height, by: band) {
                        let rows = min(band, source.height - top)
                        let words = screen.span.extracting(top * source.width..<(top + rows) * source.width)
                        average.append(words) { sum &+= UInt64($0[0]) }
                    }
                })
            copying.append(
                milliseconds {
                    copy.withUnsafeMutableBytes { to in
                        screen.withUnsafeBytes { from in
                            guard let to = to.baseAddress, let from = from.baseAddress else { return }
                            memcpy(to, from, 4 * count)
                        }
                    }
                    sum &+= UInt64(copy[Int(sum % UInt64(count))])
                })
        }
        print("REPORT {\"halving_ms\": \(median(halving)), \"memcpy_ms\": \(median(copying)), \"check\": \(sum)}")
    }

    private static func milliseconds(_ body: () -> Void) -> Double {
        let start = ContinuousClock.now
        body()
        return (ContinuousClock.now - start) / .milliseconds(1)
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
