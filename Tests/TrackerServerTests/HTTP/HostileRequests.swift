import TestSupport

/// Requests that are no HTTP/1.1, or hardly, as those write them who want a server and a proxy before it to disagree about where
/// a request ends (RFC 9112, sections 2 to 7 and 11.2). The same seed makes the same ones.
struct HostileRequests {
    struct Attempt: Sendable {
        let kind: String
        let bytes: [UInt8]
        /// False: it must be refused.
        let mayBeTaken: Bool

        init(_ kind: String, _ text: String, mayBeTaken: Bool = false) {
            self.init(kind, Array(text.utf8), mayBeTaken: mayBeTaken)
        }

        init(_ kind: String, _ bytes: [UInt8], mayBeTaken: Bool = false) {
            (self.kind, self.bytes, self.mayBeTaken) = (kind, bytes, mayBeTaken)
        }

        var name: String { "\(kind): \(String(decoding: bytes.prefix(400), as: UTF8.self).debugDescription)" }
    }

    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// What must never be answered when it stands behind, or in, a request that is refused.
    private static let second = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"

    private static let kinds: [@Sendable (inout HostileRequests) -> Attempt] = [
        { $0.bothLengths() }, { $0.twoLengths() }, { $0.sameLengthTwice() }, { $0.badLength() }, { $0.badCoding() },
        { $0.codingOfOldClients() }, { $0.foldedHeader() }, { $0.bareLineFeeds() }, { $0.bareReturn() },
        { $0.badChunk() },
        { $0.badTrailer() }, { $0.spaceAroundName() }, { $0.controlCharacter() }, { $0.tooLarge() }, { $0.tooMany() },
        { $0.noName() }, { $0.noColon() }, { $0.indentedFirst() }, { $0.badVersion() }, { $0.oldestVersion() },
        { $0.newerVersion() }, { $0.noHost() }, { $0.twoHosts() }, { $0.badHost() }, { $0.badMethod() },
        { $0.badLine() },
        { $0.otherTargets() }, { $0.brokenOff() }, { $0.handshake() }, { $0.noise() },
    ]

    mutating func next() -> Attempt { pick(Self.kinds)(&self) }

    // MARK: Parts

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &random)]
    }

    /// The name in capitals or not, as it comes.
    private mutating func cased(_ name: String) -> String {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: name.lowercased()
        case 1: name.uppercased()
        case 2: String(name.map { Bool.random(using: &random) ? Character($0.uppercased()) : $0 })
        default: name
        }
    }

    private mutating func target() -> String {
        pick(["/health", "/", "/api/org", "/api/auth/login", "/api/nothing", "/socket.io/?EIO=4&transport=polling"])
    }

    private mutating func method() -> String { pick(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"]) }

    /// Headers that are harmless, some of them, in any order around the given ones.
    private mutating func head(_ line: String, _ headers: [String], host: Bool = true) -> String {
        var all = headers
        let harmless = [
            "Accept: */*", "User-Agent: x", "X-A: b", "Connection: keep-alive", "Content-Type: application/json",
        ]
        for header in harmless where Bool.random(using: &random) {
            all.insert(header, at: Int.random(in: 0...all.count, using: &random))
        }
        if host { all.insert(cased("Host") + ": localhost", at: Int.random(in: 0...all.count, using: &random)) }
        return ([line] + all).joined(separator: "\r\n") + "\r\n\r\n"
    }

    private mutating func post(_ headers: [String], body: String) -> String {
        head("POST \(target()) HTTP/1.1", headers) + body
    }

    private mutating func get(_ headers: [String]) -> String { head("GET \(target()) HTTP/1.1", headers) + Self.second }

    // MARK: Where a body ends

    private mutating func bothLengths() -> Attempt {
        let length = cased("Content-Length") + ": \(pick([0, 3, 5, 6, Self.second.utf8.count + 5]))"
        let coding = cased("Transfer-Encoding") + ": " + cased("chunked")
        let headers = Bool.random(using: &random) ? [length, coding] : [coding, length]
        return Attempt("both lengths", post(headers, body: "0\r\n\r\n" + Self.second))
    }

    private mutating func twoLengths() -> Attempt {
        let (one, other) = pick([(0, 43), (43, 0), (5, 6), (1, 10), (0, 1)])
        let separate = ["Content-Length: \(one)", cased("Content-Length") + ": \(other)"]
        let headers = Bool.random(using: &random) ? separate : ["Content-Length: \(one), \(other)"]
        return Attempt("two lengths", post(headers, body: Self.second))
    }

    /// RFC 9110, section 8.6: it may count once.
    private mutating func sameLengthTwice() -> Attempt {
        let headers = pick([["Content-Length: 2", cased("Content-Length") + ": 2"], ["Content-Length: 2, 2"]])
        return Attempt("the same length twice", post(headers, body: "{}"), mayBeTaken: true)
    }

    private mutating func badLength() -> Attempt {
        let value = pick([
            "-1", "+2", "0x2", "2 2", "2,", "1e1", "two", "99999999999999999999999999", "9223372036854775808",
            "\u{FF12}", "2.0", "2;",
            "\u{B}2", "-0", "0b1", "1_0", "\"2\"",
        ])
        return Attempt("bad length \(value)", post([cased("Content-Length") + ": " + value], body: Self.second))
    }

    private mutating func badCoding() -> Attempt {
        let value = pick([
            "xchunked", "chunked, identity", "chunked, gzip", "identity", "gzip", "chunked chunked", "chunked;q=1",
            "\u{B}chunked",
            "chun\tked", "chunkedx", "\"chunked\"", "chunked\u{C}", "cow", "", ",", "chunked, chunked",
            "identity, chunked, identity",
        ])
        var headers = [cased("Transfer-Encoding") + ": " + value]
        if Bool.random(using: &random) { headers.append("Content-Length: 5") }
        return Attempt("bad coding \(value)", post(headers, body: "0\r\n\r\n" + Self.second))
    }

    /// RFC 9112, section 6.1.
    private mutating func codingOfOldClients() -> Attempt {
        let text = head("POST \(target()) HTTP/1.0", ["Transfer-Encoding: chunked"]) + "0\r\n\r\n" + Self.second
        return Attempt("coding of HTTP/1.0", text, mayBeTaken: true)
    }

    private mutating func badChunk() -> Attempt {
        let chunk = pick([
            "g\r\n", "-1\r\n", "0x2\r\n{}\r\n", "2 2\r\n{}\r\n", "fffffffffffffffff\r\n", "2\r\n{}x\r\n",
            "2\r\n{}2\r\n{}\r\n", "\r\n",
            "+2\r\n{}\r\n", "\u{B}2\r\n{}\r\n", "2\r{}\r\n", "8000000000000000\r\n{}\r\n", "2_0\r\n", " \r\n", ";x\r\n",
            "2\u{0}\r\n{}\r\n",
        ])
        return Attempt(
            "bad chunk \(chunk.debugDescription)",
            post([cased("Transfer-Encoding") + ": chunked"], body: chunk + "0\r\n\r\n" + Self.second))
    }

    private mutating func badTrailer() -> Attempt {
        let trailer = pick(["no colon", "a b: c", ": x", "X: a\u{0}b", "X : y", "\u{1}: y"])
        return Attempt(
            "bad trailer \(trailer)",
            post(["Transfer-Encoding: chunked"], body: "2\r\n{}\r\n0\r\n\(trailer)\r\n\r\n" + Self.second))
    }

    private mutating func brokenOff() -> Attempt {
        let text = pick([
            post(["Content-Length: 100"], body: "{}"), post(["Transfer-Encoding: chunked"], body: "64\r\n{}"),
            post(["Transfer-Encoding: chunked"], body: "2\r\n{}\r\n0\r\n"),
            "GET /health HTTP/1.1\r\nHost: localhost\r\n",
            "GET /hea", "POST",
        ])
        return Attempt("broken off", text, mayBeTaken: true)
    }

    // MARK: Headers

    /// RFC 9112, section 5.2: refused, or read as spaces.
    private mutating func foldedHeader() -> Attempt {
        let fold = pick(["\r\n ", "\r\n\t", "\r\n  \t "])
        let header = pick([
            "X-A: b\(fold)c", "Transfer-Encoding:\(fold)chunked", "Content-Length: 1\(fold)0", "X-A:\(fold)b",
        ])
        return Attempt("folded header", head("GET \(target()) HTTP/1.1", [header]), mayBeTaken: true)
    }

    /// RFC 9112, section 2.2: they may end lines.
    private mutating func bareLineFeeds() -> Attempt {
        let text = "GET \(target()) HTTP/1.1\nHost: localhost\n\n"
        return Attempt("bare line feeds", pick([text, text.replacing("\n\n", with: "\r\n\n")]), mayBeTaken: true)
    }

    private mutating func bareReturn() -> Attempt {
        Attempt(
            "bare return", get([pick(["X-A: b\rc", "X-A: b\rContent-Length: 43", "X\r-A: b", "X-A\r: b", "\rX-A: b"])]))
    }

    private mutating func spaceAroundName() -> Attempt {
        let name = pick(["Content-Length", "Transfer-Encoding", "X-A"])
        let value = name == "Transfer-Encoding" ? "chunked" : "43"
        let header = pick([
            "\(name) : \(value)", "\(name)\t: \(value)", "X \(name): \(value)", "\(name)\u{A0}: \(value)",
        ])
        return Attempt("space around a name", post([header], body: Self.second))
    }

    private mutating func controlCharacter() -> Attempt {
        let character = pick(["\u{0}", "\u{1}", "\u{8}", "\u{B}", "\u{C}", "\u{1B}", "\u{7F}"])
        let text = pick([
            get(["X-A: b\(character)c"]), get(["X\(character)A: b"]),
            head("GET /hea\(character)lth HTTP/1.1", []) + Self.second,
            head("G\(character)ET /health HTTP/1.1", []) + Self.second,
            head("GET /health HTTP/1.1\(character)", []) + Self.second,
        ])
        return Attempt("control character \(character.unicodeScalars.first?.value ?? 0)", text)
    }

    private mutating func tooLarge() -> Attempt {
        let long = String(repeating: pick(["x", "%41", "="]), count: 40_000)
        let text = pick([
            get(["X-A: " + long]), get([String(repeating: "x", count: 40_000) + ": b"]),
            head("GET /\(String(repeating: "x", count: 100_000)) HTTP/1.1", []), get(["Cookie: a=" + long]),
        ])
        return Attempt("too large", text)
    }

    private mutating func tooMany() -> Attempt {
        let count = pick([1001, 1500, 4000])
        return Attempt("too many", get((0..<count).map { "X\($0): y" }))
    }

    private mutating func noName() -> Attempt { Attempt("no name", get([pick([": b", ":", ":b", " : b", "::"])])) }

    private mutating func noColon() -> Attempt {
        Attempt("no colon", get([pick(["X-A", "X-A b", "Content-Length 5", "GET / HTTP/1.1", "{}"])]))
    }

    private mutating func indentedFirst() -> Attempt {
        let blank = pick([" ", "\t", " \t"])
        return Attempt(
            "indented first header", "GET \(target()) HTTP/1.1\r\n\(blank)X-A: b\r\nHost: localhost\r\n\r\n",
            mayBeTaken: true)
    }

    private mutating func noHost() -> Attempt {
        Attempt("no host", head("\(method()) \(target()) HTTP/1.1", [], host: false) + Self.second)
    }

    private mutating func twoHosts() -> Attempt {
        Attempt("two hosts", get([cased("Host") + ": " + pick(["localhost", "other.example", ""])]))
    }

    private mutating func badHost() -> Attempt {
        let host = pick(["a b", "a/b", "a@b", "a,b", "a?b", "a#b", "a\\b", "a\tb"])
        return Attempt(
            "bad host \(host)", head("GET \(target()) HTTP/1.1", ["Host: " + host], host: false) + Self.second)
    }

    // MARK: The line

    private mutating func badVersion() -> Attempt {
        let version = pick([
            "HTTP/9.9", "HTTP/11", "HTTP/1.1.1", "HTTP/x.y", "HTTPS/1.1", "HTTP/-1.1", "HTTP/1", "HTTP /1.1",
            "HTTP/1.1x", "XTTP/1.1",
            "HTTP/1,1", "HTTP/01.1",
        ])
        return Attempt("bad version \(version)", head("\(method()) \(target()) \(version)", []) + Self.second)
    }

    private mutating func oldestVersion() -> Attempt {
        Attempt("HTTP/0.9", pick(["GET /health\r\n\r\n", "GET /\r\n\r\n", "GET /health\n\n", "POST /health\r\n\r\n"]))
    }

    private mutating func newerVersion() -> Attempt {
        let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
        return Attempt("HTTP/2", Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + settings)
    }

    private mutating func badMethod() -> Attempt {
        let method = pick([
            "G{T", "G:T", "G(T)", "\"GET\"", "GÉT", "G\u{E9}T", "@", "[]", "GET\u{0}",
            String(repeating: "(", count: 300),
        ])
        return Attempt("bad method", head("\(method) \(target()) HTTP/1.1", []) + Self.second)
    }

    private mutating func badLine() -> Attempt {
        let line = pick([
            "GET", "GET ", "GET /health", "GET /health ", "/health HTTP/1.1", "HTTP/1.1 200 OK", "GET HTTP/1.1",
            "GET /health HTTP/1.1 HTTP/1.1", "GET /a b HTTP/1.1", "GET /health\tHTTP/1.1", "GET\t/health HTTP/1.1",
            "GET /health /health HTTP/1.1",
        ])
        return Attempt("bad line \(line)", head(line, []) + Self.second)
    }

    /// RFC 9112, section 3.2: other forms that a server may get.
    private mutating func otherTargets() -> Attempt {
        let line = pick([
            "GET http://localhost/health HTTP/1.1", "GET http://other.example/health HTTP/1.1", "OPTIONS * HTTP/1.1",
            "GET * HTTP/1.1", "CONNECT localhost:443 HTTP/1.1", "GET localhost:443 HTTP/1.1", "GET //health HTTP/1.1",
            "GET /../health HTTP/1.1", "GET /health#x HTTP/1.1", "GET ?x HTTP/1.1", "GET /%00 HTTP/1.1",
            "GET /%zz HTTP/1.1",
            "GET \\health HTTP/1.1", "BREW /health HTTP/1.1", "get /health HTTP/1.1",
        ])
        return Attempt("other target \(line)", head(line, []), mayBeTaken: true)
    }

    // MARK: Something else

    private mutating func handshake() -> Attempt {
        Attempt("TLS", [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3] + noise(200))
    }

    private mutating func noise() -> Attempt {
        Attempt("noise", noise(Int.random(in: 1...300, using: &random)) + Array("\r\n\r\n".utf8), mayBeTaken: true)
    }

    private mutating func noise(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
}
