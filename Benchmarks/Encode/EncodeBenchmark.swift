import CPNGWriter
import Glibc
import PNG

/// CPU time and bytes of our encoder, and of libpng with its default settings, for raw pictures: files of four bytes a
/// pixel in the order blue, green, red, any, without a header. A line a picture.
///
///     EncodeBenchmark [--turns n] [--write folder] width height file...
@main
struct EncodeBenchmark {
    /// Rows at a time, as they come from the screen.
    private static let band = 68

    static func main() {
        var arguments = Array(CommandLine.arguments.dropFirst())
        var turns = 9
        var folder: String?
        while arguments.count >= 2, arguments[0].hasPrefix("--") {
            if arguments[0] == "--turns" { turns = max(1, Int(arguments[1]) ?? turns) }
            if arguments[0] == "--write" { folder = arguments[1] }
            arguments.removeFirst(2)
        }
        guard arguments.count > 2, let width = Int(arguments[0]), let height = Int(arguments[1]) else {
            return print("usage: EncodeBenchmark [--turns n] [--write folder] width height file...")
        }
        for path in arguments.dropFirst(2) {
            guard let pixels = read(path, count: width * height) else {
                print("\(path): not \(width) x \(height) pixels of four bytes")
                continue
            }
            let name = String(path.split(separator: "/").last ?? "")
            let usual = measure(turns: min(turns, 3)) { libpng(pixels, width: width, height: height) }
            let own = measure(turns: turns) { encode(pixels, width: width, height: height) }
            let ratio = Double(own.bytes.count) / Double(max(1, usual.bytes.count))
            print(
                "\(name) libpng \(rounded(usual.milliseconds)) ms \(usual.bytes.count) | ours \(rounded(own.milliseconds)) ms "
                    + "(1/\(rounded(usual.milliseconds / own.milliseconds))) \(own.bytes.count) (\(rounded(ratio)))")
            if let folder { write(own.bytes, to: "\(folder)/\(name).png") }
        }
    }

    private static func encode(_ pixels: [UInt32], width: Int, height: Int) -> [UInt8] {
        do {
            var encoder = try PNGEncoder(width: width, height: height)
            for top in stride(from: 0, to: height, by: band) {
                try encoder.append(pixels.span.extracting(top * width..<min(top + band, height) * width))
            }
            return try encoder.finish()
        } catch {
            print(error)
            return []
        }
    }

    private static func libpng(_ pixels: [UInt32], width: Int, height: Int) -> [UInt8] {
        guard let writer = png_writer_create(UInt32(width), UInt32(height)) else { return [] }
        defer { png_writer_destroy(writer) }
        png_writer_use_defaults(writer)
        var row = [UInt8](repeating: 0, count: 3 * width)
        for y in 0..<height {
            row.withUnsafeMutableBufferPointer { row in
                pixels.withUnsafeBufferPointer { pixels in
                    for x in 0..<width {
                        let pixel = pixels[y * width + x]
                        row[3 * x] = UInt8(truncatingIfNeeded: pixel >> 16)
                        row[3 * x + 1] = UInt8(truncatingIfNeeded: pixel >> 8)
                        row[3 * x + 2] = UInt8(truncatingIfNeeded: pixel)
                    }
                }
            }
            guard png_writer_append(writer, row, 1) == 1 else { return [] }
        }
        guard png_writer_finish(writer) == 1 else { return [] }
        var count = 0
        return Array(UnsafeBufferPointer(start: png_writer_bytes(writer, &count), count: count))
    }

    /// The median of the turns' CPU time.
    private static func measure(turns: Int, _ body: () -> [UInt8]) -> (milliseconds: Double, bytes: [UInt8]) {
        var bytes: [UInt8] = []
        let times = (0..<turns).map { _ in
            let start = cpuMilliseconds()
            bytes = body()
            return cpuMilliseconds() - start
        }
        return (times.sorted()[turns / 2], bytes)
    }

    private static func cpuMilliseconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        return Double(seconds) * 1000 + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    private static func read(_ path: String, count: Int) -> [UInt32]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var pixels = [UInt32](repeating: 0, count: count)
        return fread(&pixels, 4, count, file) == count ? pixels : nil
    }

    private static func write(_ bytes: [UInt8], to path: String) {
        guard let file = fopen(path, "wb") else { return }
        defer { fclose(file) }
        fwrite(bytes, 1, bytes.count, file)
    }
}
