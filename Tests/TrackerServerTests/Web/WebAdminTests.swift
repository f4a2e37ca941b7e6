import Foundation
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// How the pages' files come to browsers. What the pages do is tested in one.
struct WebAdminTests {
    private static let folder = Program.repository + "/Sources/TrackerServer/Public"

    private static func filesOfTheFolder() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            guard ["html", "css", "js", "svg"].contains(name.split(separator: ".").last) else { continue }
            files[name] = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
        }
        return files
    }

    @Test func theProgramHasEveryFileInside() throws {
        let (inside, folder) = (WebAdmin.embedded, try Self.filesOfTheFolder())
        #expect(inside.keys.sorted() == folder.keys.sorted())
        // Their names alone: the bytes of all would be no message.
        #expect(inside.keys.filter { inside[$0] != folder[$0] } == [])
    }

    @Test func everyPageIsTheShell() async throws {
        try await TestServer.run { server in
            let shell = try await server.get(APIPath.start)
            for path in WebAdmin.pages {
                let reply = try await server.get(path)
                reply.expect(200, shell.text)
                #expect(reply["content-type"] == "text/html; charset=utf-8")
                #expect(reply["content-security-policy"] == WebAdmin.policy)
                #expect(reply["cache-control"] == "no-cache")
            }
            #expect(shell.text.hasPrefix("<!doctype html>"))
            let known = try await server.get("/hours", headers: ["If-None-Match": try #require(shell["etag"])])
            #expect(known.status == 304)
            try await server.get("/hours/x").expectError(404, "not_found")
        }
    }

    /// Whoever mistypes an address in a browser gets the shell, whose menu leads to pages; programs get what they can read.
    @Test func aMistypedAddressIsNoJSONForPeople() async throws {
        let browser = ["Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"]
        try await TestServer.run { server in
            let shell = try await server.get(APIPath.start)
            for path in ["/hour", "/hours/x", "/index.html"] {
                let reply = try await server.get(path, headers: browser)
                reply.expect(404, shell.text)
                #expect(reply["vary"] == "Accept-Encoding, Cookie, Accept")
                let head = try await server.send("HEAD", path, headers: browser)
                #expect(head.status == 404 && head["content-type"] == reply["content-type"])
                try await server.get(path, headers: ["Accept": "*/*"]).expectError(404, "not_found")
            }
            // Nothing is not unchanged (RFC 9110, section 13.2.1).
            for tag in [try #require(shell["etag"]), "*"] {
                try await server.get("/hour", headers: browser.merging(["If-None-Match": tag]) { $1 })
                    .expect(404, shell.text)
            }
            for path in ["/api", "/api/hours", "/uploads/x.png"] {
                let reply = try await server.get(path, headers: browser)
                #expect(reply["content-type"] == "application/json; charset=utf-8", "\(path)")
            }
            try await server.send("POST", "/hour", headers: browser).expectError(404, "not_found")
        }
    }

    /// Scripts can't see the login: the shell says whether one was sent, so that a first visit need not ask in vain.
    @Test func theShellSaysWhetherALoginWasSent() async throws {
        try await TestServer.run { server in
            let none = try await server.get(APIPath.start)
            #expect(none.text.contains("data-login=\"none\""))
            #expect(none["vary"] == "Accept-Encoding, Cookie")
            for cookie in ["tracker_session=abc", "other=1; tracker_session=abc"] {
                let sent = try await server.get(APIPath.start, headers: ["Cookie": cookie])
                #expect(sent.text.contains("data-login=\"sent\""), "\(cookie)")
                #expect(sent["etag"] != none["etag"])
            }
            let other = try await server.get(APIPath.start, headers: ["Cookie": "session=1"])
            other.expect(200, none.text)
        }
    }

    /// Whatever a file asks for is there, under a path that changes with any of them.
    @Test func whatAFileAsksForIsThere() async throws {
        try await TestServer.run { server in
            let shell = try await server.get(APIPath.start).text
            let version = WebAdmin().version
            var open = shell.matches(of: /(?:src|href)="(\/web\/[^"]+)"/).map { String($0.1) }
            #expect(open.count > 3)
            var seen: Set<String> = []
            while let path = open.popLast() {
                guard seen.insert(path).inserted else { continue }
                let reply = try await server.get(path)
                #expect(reply.status == 200, "\(path)")
                #expect(path.hasPrefix("/web/\(version)/"))
                #expect(reply["cache-control"] == "public, max-age=31536000, immutable")
                guard reply["content-type"] == "text/javascript; charset=utf-8" else { continue }
                let base = try #require(URL(string: "http://localhost\(path)"))
                open += reply.text.matches(of: /(?:from |import\()"(\.[^"]+)"/).compactMap {
                    URL(string: String($0.1), relativeTo: base)?.absoluteURL.path
                }
            }
            let scripts = try Self.filesOfTheFolder().keys.filter { $0 != WebAdmin.shellName }
            #expect(seen == Set(scripts.map { "/web/\(version)/\($0)" }))
            for path in ["/web/0000/main.js", "/web/\(version)/nothing.js", "/web/\(version)/index.html/x"] {
                try await server.get(path).expectError(404, "not_found")
            }
        }
    }

    @Test(arguments: [
        ("gzip", true), ("br, gzip;q=0.5", true), ("*", true), ("gzip;q=0", false), ("br", false), ("identity", false),
    ])
    func whoeverTakesGzipGetsIt(accept: String, isCompressed: Bool) async throws {
        try await TestServer.run { server in
            let outcome = try await run(
                ["curl", "-sS", "-D", "-", "-H", "Accept-Encoding: \(accept)", "http://127.0.0.1:\(server.port)/"])
            let parts = String(decoding: outcome.output, as: Unicode.ASCII.self).components(separatedBy: "\r\n\r\n")
            #expect(parts[0].lowercased().contains("content-encoding: gzip") == isCompressed)
            #expect(parts[0].lowercased().contains("vary: accept-encoding"))
            let plain = try await run(
                ["curl", "-sS", "--compressed", "-H", "Accept-Encoding: \(accept)", "http://127.0.0.1:\(server.port)/"])
            #expect(String(decoding: plain.output, as: UTF8.self).hasPrefix("<!doctype html>"))
        }
    }

    @Test func otherContentsHaveAnotherVersion() {
        let one = WebAdmin(files: ["main.js": [1], "app.css": [2]])
        #expect(WebAdmin(files: ["main.js": [1], "app.css": [2]]).version == one.version)
        #expect(WebAdmin(files: ["main.js": [2], "app.css": [1]]).version != one.version)
        #expect(WebAdmin(files: ["main.js": [1], "app.cs": [2]]).version != one.version)
    }

    @Test func aFolderIsServedAsItIsAtEachMoment() async throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/public", withIntermediateDirectories: false)
        try folder.write("<link href=\"/web/{version}/main.js\">", to: "public/index.html")
        try folder.write("secret", to: "outside.js")
        try folder.write("hidden", to: "public/.hidden.js")
        let web = WebAdmin(folder: folder.path + "/public")
        let shell = try await web.shell(hasLogin: false)
        #expect(shell?.bytes == Array("<link href=\"/web/\(web.version)/main.js\">".utf8))
        for content in ["1", "2"] {
            try folder.write(content, to: "public/main.js")
            let file = try await web.file("main.js")
            #expect(file?.bytes == Array(content.utf8))
        }
        for name in ["../outside.js", "..", ".hidden.js", "a//b.js", "nothing.js"] {
            let file = try await web.file(name)
            #expect(file == nil, "\(name)")
        }
    }
}
