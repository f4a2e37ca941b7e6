import Testing

@testable import TrackerServer

struct ByteRangeTests {
    @Test(arguments: [
        ("bytes=0-0", 0..<1), ("bytes=0-", 0..<100), ("bytes=10-19", 10..<20), ("bytes=90-1000", 90..<100),
        ("bytes=99-99", 99..<100), ("bytes=-1", 99..<100), ("bytes=-100", 0..<100), ("bytes=-1000", 0..<100),
        ("bytes=5-99999999999999999999", 5..<100), ("bytes=-99999999999999999999", 0..<100),
    ])
    func aRangeIsCutToTheFile(header: String, expected: Range<Int>) throws {
        let range = try #require(ByteRange(header))
        #expect(range.within(100) == expected)
    }

    @Test(arguments: ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999-"])
    func aRangeOutsideTheFileIsNotSatisfiable(header: String) throws {
        let range = try #require(ByteRange(header))
        #expect(range.within(100) == nil)
    }

    @Test(arguments: [
        "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=1-2-3", "bytes=2-1", "bytes=0-1,3-4", "items=0-1",
        "bytes=0x1-", "bytes=+1-", "bytes= 1-2", "bytes=1.5-2", "bytes=--1",
    ])
    func anythingElseIsIgnored(header: String) {
        #expect(ByteRange(header) == nil)
    }

    @Test(arguments: ["bytes=0-0", "bytes=-1", "bytes=0-"])
    func anEmptyFileHasNoRange(header: String) throws {
        let range = try #require(ByteRange(header))
        #expect(range.within(0) == nil)
    }
}
