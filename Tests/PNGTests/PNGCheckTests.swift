import TestSupport
import Testing

struct PNGCheckTests {
    @Test("pngcheck, which reads every chunk and byte, finds no fault")
    func pngcheck() async throws {
        let folder = try TemporaryFolder()
        var random = TestPicture.generator(for: .mixed)
        var paths: [String] = []
        for round in 0..<3 {
            for pattern in TestPicture.Pattern.allCases {
                let picture = TestPicture(pattern, width: 123, height: 45, using: &random)
                paths.append("\(pattern)-\(round).png")
                try folder.write(picture.encoded(using: &random), to: paths[paths.count - 1])
            }
            for colours in [1, 2, 3, 16, 200] {
                let picture = TestPicture(colours: colours, width: 41, height: 30, using: &random)
                paths.append("\(colours)-\(round).png")
                try folder.write(picture.encoded(using: &random), to: paths[paths.count - 1])
            }
        }
        let outcome = try await run(["pngcheck"] + paths.map { "\(folder.path)/\($0)" })
        #expect(outcome.status == 0, "\(String(decoding: outcome.output, as: UTF8.self)) \(outcome.errors)")
        #expect(String(decoding: outcome.output, as: UTF8.self).contains("No errors were detected"))
    }
}
