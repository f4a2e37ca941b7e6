import PNG
import TestSupport
import Testing

/// Random pictures of random sizes, in random portions: libpng must see the same pixels.
///
/// FUZZ_SECONDS says how long, FUZZ_SEED repeats a run; each round has a generator of its own, named when it fails.
@Suite(.ownThread) struct PNGFuzzTests {
    @Test func whatIsEncodedIsDecodedAgain() throws {
        let fuzz = FuzzRun()
        var rounds: UInt64 = 0
        while !fuzz.isOver {
            let seed = fuzz.seed &+ rounds
            var random = SeededGenerator(seed: seed)
            let isFlat = Int.random(in: 0..<8, using: &random) == 0
            let width = isFlat ? Int.random(in: 1...65_535, using: &random) : Int.random(in: 1...300, using: &random)
            let height = Int.random(in: 1...(isFlat ? 3 : 200), using: &random)
            let picture =
                if Int.random(in: 0..<4, using: &random) == 0, width * height > 600 {
                    TestPicture(
                        colours: Int.random(in: 1...300, using: &random), width: width, height: height, using: &random)
                } else {
                    try TestPicture(
                        #require(TestPicture.Pattern.allCases.randomElement(using: &random)), width: width,
                        height: height, using: &random)
                }
            let bytes = try picture.encoded(using: &random)
            try #require(try picture.isShown(by: bytes), "FUZZ_SEED=\(seed): \(width) x \(height)")
            rounds += 1
        }
        print("\(rounds) pictures from seed \(fuzz.seed)")
    }
}
