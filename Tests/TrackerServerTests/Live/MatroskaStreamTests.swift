import NIOCore
import TestSupport
import Testing

@testable import TrackerServer

struct MatroskaStreamTests {
    private let png: [UInt8]

    init() throws {
        png = try EncodedPNG.bytes(width: 3, height: 2)
    }

    /// Ids and sizes of the elements that stand one behind the other.
    private func elements(_ bytes: [UInt8]) -> [(id: String, content: ArraySlice<UInt8>)] {
        var elements: [(id: String, content: ArraySlice<UInt8>)] = []
        var rest = bytes[...]
        while let first = rest.first {
            let length = first.leadingZeroBitCount + 1
            let id = rest.prefix(length).map { String($0, radix: 16) }.joined()
            let size = rest.dropFirst(length).prefix(8).dropFirst().reduce(0) { $0 << 8 | Int($1) }
            let isUnknown = rest.dropFirst(length + 1).prefix(7).allSatisfy { $0 == 0xFF }
            let content = rest.dropFirst(length + 8).prefix(isUnknown ? 0 : size)
            elements.append((id, content))
            rest = rest.dropFirst(length + 8 + content.count)
        }
        return elements
    }

    @Test func theHeadNamesTheFormatAndTheSize() throws {
        let head = [UInt8](MatroskaStream(format: .png).head(png).readableBytesView)
        let top = elements(head)
        #expect(top.map(\.id) == ["1a45dfa3", "18538067", "1549a966", "1654ae6b"])
        let track = elements(Array(elements(Array(top[3].content))[0].content))
        let parts = Dictionary(uniqueKeysWithValues: track.map { ($0.id, Array($0.content)) })
        #expect(parts["86"] == Array("V_MS/VFW/FOURCC".utf8))
        let info = try #require(parts["63a2"])
        #expect(info.count == 40)
        #expect(info[4...7] == [3, 0, 0, 0] && info[8...11] == [2, 0, 0, 0])
        #expect(info[16...19] == Array("MPNG".utf8)[...])
        let video = elements(try #require(parts["e0"]))
        #expect(video.map { $0.content.last } == [3, 2])
        let jpeg = [UInt8](MatroskaStream(format: .jpeg).head([0xFF, 0xD8, 0xFF]).readableBytesView)
        #expect(jpeg.contains(Array("MJPG".utf8)))
    }

    @Test func aClusterHasItsTimeAndTheImageAsItIs() throws {
        let cluster = MatroskaStream(format: .png).cluster(png, at: .milliseconds(0x1234))
        let top = elements([UInt8](cluster.readableBytesView))
        #expect(top.map(\.id) == ["1f43b675"])
        let inner = elements(Array(top[0].content))
        #expect(inner.map(\.id) == ["e7", "a3"])
        #expect(inner[0].content == [0, 0, 0, 0, 0, 0, 0x12, 0x34])
        #expect(Array(inner[1].content) == [0x81, 0, 0, 0x80] + png)
    }
}
