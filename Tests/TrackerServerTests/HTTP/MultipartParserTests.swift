import NIOCore
import Shared
import TestSupport
import Testing

@testable import TrackerServer

struct MultipartParserTests {
    private let contentType = "multipart/form-data; boundary=XX"

    /// The events of a body that arrives in these pieces, neighbouring bytes joined.
    private func events(
        of pieces: [[UInt8]], contentType: String? = nil, finish: Bool = true
    ) throws -> [MultipartParser.Event] {
        var parser = try MultipartParser(contentType: contentType ?? self.contentType)
        var events: [MultipartParser.Event] = []
        for piece in pieces {
            for event in try parser.parse(ByteBuffer(bytes: piece)) {
                if case .bytes(let new) = event, case .bytes(var joined)? = events.last {
                    joined.writeImmutableBuffer(new)
                    events[events.count - 1] = .bytes(joined)
                } else {
                    events.append(event)
                }
            }
        }
        if finish { try parser.finish() }
        return events
    }

    private func events(of body: String, finish: Bool = true) throws -> [MultipartParser.Event] {
        try events(of: [Array(body.utf8)], finish: finish)
    }

    private func part(_ disposition: String) throws -> MultipartParser.Part? {
        let body = "--XX\r\nContent-Disposition: \(disposition)\r\n\r\nx\r\n--XX--"
        guard case .partStarted(let part)? = try events(of: body).first else { return nil }
        return part
    }

    private static let body = Array(
        """
        preamble --XX\r
        --XX \t\r
        Content-Disposition: form-data; name="a"\r
        \r
        one\r
        two\r\r
        --X\r
        --\r
        --XX\r
        content-type: image/png\r
        content-disposition: form-data; name="file"; filename="x.png"\r
        \r
        \r
        --XX\r
        Content-Disposition: form-data; name=b\r
        \r
        --XX\r\r
        --XX--\r
        epilogue\r
        --XX\r
        nothing
        """.utf8)

    private static let expected: [MultipartParser.Event] = [
        .partStarted(.init(name: "a", fileName: nil)),
        .bytes(ByteBuffer(string: "one\r\ntwo\r\r\n--X\r\n--")),
        .partEnded,
        .partStarted(.init(name: "file", fileName: "x.png")), .partEnded,
        .partStarted(.init(name: "b", fileName: nil)), .bytes(ByteBuffer(string: "--XX\r")), .partEnded,
    ]

    @Test func aBodyInOnePieceGivesItsParts() throws {
        #expect(try events(of: [Self.body]) == Self.expected)
    }

    @Test func everySplitOfABodyGivesTheSameEvents() throws {
        for split in 0...Self.body.count {
            let pieces = [Array(Self.body[..<split]), Array(Self.body[split...])]
            #expect(try events(of: pieces) == Self.expected, "split at \(split)")
        }
    }

    @Test func aBodyInSingleBytesGivesTheSameEvents() throws {
        #expect(try events(of: Self.body.map { [$0] }) == Self.expected)
    }

    @Test func bytesThatLookLikeABoundaryStayContent() throws {
        let content = "\r\n--X\r\n-XX\n--XX\r--XX--\r\n--"
        let body = "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\(content)\r\n--XX--"
        #expect(
            try events(of: body) == [
                .partStarted(.init(name: "a", fileName: nil)), .bytes(ByteBuffer(string: content)), .partEnded,
            ])
    }

    @Test func contentMayHoldEveryByte() throws {
        let content = (0...255).map { UInt8($0) } + (0...255).reversed().map { UInt8($0) }
        let head = Array("--XX\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\n".utf8)
        let parsed = try events(of: [head + content + Array("\r\n--XX--".utf8)])
        #expect(
            parsed == [.partStarted(.init(name: "a", fileName: "b")), .bytes(ByteBuffer(bytes: content)), .partEnded])
    }

    @Test(arguments: [
        "multipart/form-data", "multipart/form-data; boundary", "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"", "multipart/form-data; boundary=\(String(repeating: "x", count: 71))",
        "multipart/form-data; boundary=\"a\u{7}b\"", "multipart/form-data; boundary=ä", "",
    ])
    func aMissingOrImpossibleBoundaryIsRefused(contentType: String) {
        #expect(throws: APIError.self) { try MultipartParser(contentType: contentType) }
    }

    @Test(arguments: [
        "multipart/form-data; boundary=XX", "multipart/form-data;boundary=\"XX\"",
        "Multipart/Form-Data; charset=utf-8; BOUNDARY=XX ; x=y", "multipart/form-data; boundary=\"X\\X\"; a=\"\\\"\"",
    ])
    func theBoundaryIsFoundInEveryForm(contentType: String) throws {
        let boundary = contentType.contains("\\X") ? "X\\X" : "XX"
        let body = Array("--\(boundary)\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--\(boundary)--".utf8)
        #expect(try events(of: [body], contentType: contentType).count == 2)
    }

    @Test(arguments: [
        "", "--", "--XX", "--XX\r\n", "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n",
        "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ncontent\r\n--XX",
        "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ncontent\r\n--XX-", "no boundary at all",
    ])
    func aBodyWithoutEndIsRefused(body: String) {
        #expect(throws: APIError.self) { try events(of: body) }
    }

    @Test func aFormWithoutPartsIsComplete() throws {
        #expect(try events(of: "--XX--").isEmpty)
    }

    @Test(arguments: [
        "--XXjunk\r\n", "--XX junk\r\n", "--XX-\r\nX: y\r\n\r\n", "--XX\r\n\r\nno headers\r\n--XX--",
        "--XX\r\nContent-Type: text/plain\r\n\r\nno name\r\n--XX--",
        "--XX\r\nContent-Disposition: form-data\r\n\r\nno name\r\n--XX--",
        "--XX\r\nContent-Disposition: form-data; filename=\"x\"\r\n\r\nno name\r\n--XX--",
    ])
    func aBrokenPartIsRefused(body: String) {
        #expect(throws: APIError.self) { try events(of: body, finish: false) }
    }

    @Test(arguments: [
        (#"form-data; name="a"; filename*=utf-8''%E6%88%AA.png"#, "截.png"),
        (#"form-data; name="a"; filename*=UTF-8'en'a%20%C3%BC%22.png"#, "a ü\".png"),
        (#"form-data; name="a"; FILENAME*="utf-8''%E6%88%AA.png""#, "截.png"),
        (#"form-data; filename="plain.png"; filename*=utf-8''%E6%88%AA.png; name=a"#, "截.png"),
        (#"form-data; filename="plain.png"; filename*=utf-8''%ff; name=a"#, "plain.png"),
        (#"form-data; name="a"; filename*=utf-8''%"#, ""), (#"form-data; name="a"; filename*=koi8-r''%C1"#, ""),
        (#"form-data; name="a"; filename*=x.png"#, ""), (#"form-data; name*=utf-8''%61; filename="x""#, "x"),
    ])
    func aFileNameInTheExtendedFormIsTaken(disposition: String, fileName: String) throws {
        #expect(try part(disposition) == .init(name: "a", fileName: fileName))
    }

    @Test func headersThatAreNoUTF8AreLatin1() throws {
        let start = Array("--XX\r\nX: ".utf8) + [0xFF] + Array("\r\nContent-Disposition: form-data; name=\"".utf8)
        let body =
            start + [0xE4] + Array("\"; filename=\"Gr".utf8) + [0xF6, 0xDF] + Array("e.png\"\r\n\r\n\r\n--XX--".utf8)
        #expect(try events(of: [body]) == [.partStarted(.init(name: "ä", fileName: "Größe.png")), .partEnded])
    }

    @Test func aHeaderMayGoOnInTheNextLine() throws {
        let body =
            "--XX\r\nX: y\r\n z\r\nContent-Disposition:\r\n form-data;\r\n\tname=\"a\";\r\n filename=\"x.png\"\r\n"
        #expect(
            try events(of: body + "Content-Type: a\r\n\r\nx\r\n--XX--").first
                == .partStarted(.init(name: "a", fileName: "x.png")))
    }

    /// Pieces of `body` that end wherever `isEnd` says, at most 64 KiB long.
    private func cut(_ body: [UInt8], where isEnd: (ArraySlice<UInt8>) -> Bool) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var start = 0
        for index in body.indices where index + 1 - start == 65536 || isEnd(body[start...index]) {
            pieces.append(Array(body[start...index]))
            start = index + 1
        }
        return pieces + [Array(body[start...])]
    }

    /// However the network cuts a body, what is held of it does not grow with it.
    @Test(.ownThread) func whatIsHeldStaysSmallHoweverABodyIsCut() throws {
        let head = Array("--XX\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\n".utf8)
        for lure in ["\r", "\r\n", "\r\n-", "\r\n--", "\r\n--X"].map({ Array($0.utf8) }) {
            let content = [[UInt8]](repeating: [UInt8](repeating: 7, count: 16_000) + lure, count: 150).flatMap { $0 }
            let body = head + content + Array("\r\n--XX--".utf8)
            var pieces = [cut(body) { $0.count > 9000 && $0.last == lure.last }]
            pieces.append(
                cut(Array(body.prefix(40_000))) { _ in true } + cut(Array(body.dropFirst(40_000))) { _ in false })
            for pieces in pieces {
                var parser = try MultipartParser(contentType: contentType)
                var count = 0
                for piece in pieces {
                    for case .bytes(let bytes) in try parser.parse(ByteBuffer(bytes: piece)) {
                        count += bytes.readableBytes
                        #expect(bytes.storageCapacity <= 256 * 1024)
                    }
                    #expect(parser.buffer.storageCapacity <= 256)
                }
                #expect(count == content.count)
                #expect(parser.isFinished)
            }
        }
    }

    /// The limit must not depend on how the network cuts the body.
    @Test(arguments: [(0, true), (1, false)])
    func headersUpToTheLimitAreTakenHoweverTheyAreCut(excess: Int, isAllowed: Bool) throws {
        let start = "\r\nContent-Disposition: form-data; name=\"a\"\r\nX: "
        let filler = String(repeating: "x", count: MultipartParser.maximumPartHeaders - start.utf8.count + excess)
        let body = Array("--XX\(start)\(filler)\r\n\r\n".utf8)
        for pieces in [[body]] + (1...8).map({ [Array(body.dropLast($0)), Array(body.suffix($0))] }) {
            if isAllowed {
                #expect(try events(of: pieces, finish: false).count == 1)
            } else {
                #expect(throws: APIError.self) { try events(of: pieces, finish: false) }
            }
        }
    }

    @Test(arguments: [(256, true), (257, false)])
    func paddingAfterABoundaryHasALimitHoweverItIsCut(count: Int, isAllowed: Bool) throws {
        let padding = String(repeating: " ", count: count)
        let body = Array("--XX\(padding)\r\nContent-Disposition: form-data; name=a\r\n\r\n".utf8)
        for pieces in [[body], body.map { [$0] }] {
            if isAllowed {
                #expect(try events(of: pieces, finish: false).count == 1)
            } else {
                #expect(throws: APIError.self) { try events(of: pieces, finish: false) }
            }
        }
    }

    @Test func tooManyPartsAreRefused() throws {
        let part = "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n"
        let allowed = String(repeating: part, count: MultipartParser.maximumParts)
        #expect(try events(of: allowed + "--XX--").count == 3 * MultipartParser.maximumParts)
        #expect(throws: APIError.self) { try events(of: allowed + part + "--XX--") }
    }

    @Test(arguments: [
        (#"form-data; name="a"; filename="../../etc/passwd""#, "../../etc/passwd"),
        (#"form-data; name="a"; filename="C:\dir\x.png""#, #"C:\dir\x.png"#),
        (#"form-data; name="a"; filename="say \"hi\" \\ x""#, #"say "hi" \ x"#),
        (#"form-data; name="a"; filename="a;b=c.png""#, "a;b=c.png"),
        (#"form-data; filename=plain.png; name="a""#, "plain.png"),
        (#"form-data; name="a"; filename="""#, ""),
        (#"form-data; name="a"; filename="one"; filename="two""#, "one"),
        (#"form-data; name="a"; FileName="x\#u{0}y""#, "x\u{0}y"),
        (#"form-data; name="a"; filename="\#u{301}x\#u{600}"; z="y""#, "\u{301}x\u{600}"),
    ])
    func aFileNameIsTakenAsItStands(disposition: String, fileName: String) throws {
        let part = try #require(try part(disposition))
        #expect(part.name == "a")
        #expect(part.fileName.map { Array($0.unicodeScalars) } == Array(fileName.unicodeScalars))
    }

    @Test func anUnclosedQuoteEndsWithTheHeader() throws {
        #expect(try part(#"form-data; name="a"#) == .init(name: "a", fileName: nil))
    }

    @Test func nothingAfterTheEndIsLookedAt() throws {
        var parser = try MultipartParser(contentType: contentType)
        _ = try parser.parse(ByteBuffer(string: "--XX--"))
        #expect(try parser.parse(ByteBuffer(string: "\r\n--XXgarbage")).isEmpty)
        #expect(parser.isFinished)
    }
}
