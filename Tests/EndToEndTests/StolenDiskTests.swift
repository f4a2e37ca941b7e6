import Foundation
import JSON
import Shared
import TestSupport
import Testing

/// What whoever carries off the disks finds: the server's, whose secrets are elsewhere, and an employee's who has logged out.
@Suite(.timeLimit(.minutes(5))) struct StolenDiskTests {
    private let mira = "mira@harbour.example"
    private let password = "mira's own password"
    private let secret = "the tokens' secret, 32 bytes or more"

    /// Something that must not be on a disk, by what it is called.
    private struct Treasure {
        let name: String
        let bytes: [UInt8]

        /// A key, also as base64 and hexadecimal have it.
        static func key(_ name: String, _ bytes: [UInt8]) -> [Treasure] {
            let text = Data(bytes).base64EncodedString()
            let digits = bytes.map { String(format: "%02x", $0) }.joined()
            return [
                Treasure(name: name, bytes: bytes), Treasure(name: "\(name) in base64", bytes: Array(text.utf8)),
                Treasure(name: "\(name) in hexadecimal", bytes: Array(digits.utf8)),
            ]
        }

        static func text(_ name: String, _ text: String) -> Treasure { Treasure(name: name, bytes: Array(text.utf8)) }
    }

    private let pictures = [
        Treasure(name: "a PNG", bytes: [0x89, 0x50, 0x4E, 0x47]), .text("a PNG's data", "IDAT"),
        Treasure(name: "a JPEG", bytes: [0xFF, 0xD8, 0xFF, 0xE0]), .text("a PNG in base64", "iVBORw0KGgo"),
    ]
    /// As they all begin.
    private let tokens: [Treasure] = [.text("a token", "eyJhbGciOi"), .text("a token", "eyJ0eXAiOi")]

    /// Which of them are in which files below these folders, and how many bytes were looked at.
    private func search(_ folders: [String], for treasures: [Treasure]) throws -> (found: [String], bytes: Int) {
        var (found, count) = ([String](), 0)
        for folder in folders {
            let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
            for name in names {
                var isFolder: ObjCBool = false
                let path = "\(folder)/\(name)"
                guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
                    continue
                }
                let bytes = try Data(contentsOf: URL(filePath: path))
                count += bytes.count
                found += treasures.filter { bytes.firstRange(of: $0.bytes) != nil }.map { "\($0.name) in \(name)" }
            }
        }
        return (found, count)
    }

    /// A server that was used by a manager and an employee, and what of it nobody else may have.
    private struct Used {
        let server: LiveServer
        let terminal: TmuxTerminal
        /// A capture as it was delivered.
        let png: [UInt8]
        let secrets: [Treasure]

        var folders: [String] { ["data", "uploads", "state"].map { server.folder.path + "/" + $0 } }
        var state: String { server.folder.path + "/state" }
    }

    private func use(_ server: LiveServer) async throws -> Used {
        try await server.hire(mira, password: password)
        let display = try await VirtualDisplay.start(width: 640, height: 400)
        try Painter(display.name).paint { x, y in UInt((x * 7 + y * 13) & 0xFFFFFF) }
        let terminal = try await TmuxTerminal.start(
            [Program.client], environment: server.clientEnvironment(display: display))
        try await terminal.signIn(mira, password)
        try await terminal.wait(for: "Delivered.")

        let (admin, own) = (try await server.login(), try await server.login(mira, password))
        let queueKey = try QueueKeyResponse(json: try await server.call("GET", APIPath.queueKey, token: own)).key
        let list = try await server.call("GET", APIPath.uploadsList, token: admin)
        let file = try #require(list.array?.first?.object?["file"]?.text)
        let authorization = ["-H", "Authorization: Bearer \(admin)"]
        let (status, png) = try await server.curl("/\(file)", authorization)
        #expect(status == 200 && png.starts(with: pictures[0].bytes))
        #expect(try await server.curl("/\(file)?width=160", authorization).status == 200)
        let program = try await server.call(
            "POST", APIPath.keys, token: admin, .object(["name": .string("payroll"), "scope": .string("read")]))
        let app = try await server.call("POST", APIPath.totp, token: admin)
        let apiKey = try #require(program.object?["secret"]?.text)
        let appSecret = try #require(app.object?["secret"]?.text)
        return Used(
            server: server, terminal: terminal, png: png,
            secrets: [
                .text("the administrator's token", admin), .text("an employee's token", own),
                .text("a password", password), .text("the administrator's password", LiveServer.password),
                .text("the secret", secret), .text("an API key", apiKey), .text("an app's secret", appSecret),
            ] + tokens + Treasure.key("the queue's key", queueKey)
                + Treasure.key("an app's secret, decoded", try #require(decoded(base32: appSecret))))
    }

    /// RFC 4648, section 6; nil for what is none.
    private func decoded(base32 text: String) -> [UInt8]? {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        var (bytes, bits, count) = ([UInt8](), 0, 0)
        for character in text where character != "=" {
            guard let digit = digits.firstIndex(of: character) else { return nil }
            (bits, count) = (bits << 5 | digit, count + 5)
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(bits >> count))
                bits &= (1 << count) - 1
            }
        }
        return bytes
    }

    /// Looks for these on all disks when the employee has logged out: after the server was killed, when the journal still holds
    /// what a stop would have brought into the files, and after a stop.
    private func expectNothing(of treasures: [Treasure], on used: Used) async throws {
        try await used.terminal.press("l")
        try await used.terminal.wait(for: "sign in")
        try await used.terminal.press("Escape")
        try await used.terminal.waitForEnd()
        await used.server.crash()
        for moment in ["killed", "stopped"] {
            let search = try search(used.folders, for: treasures)
            #expect(search.found == [], "\(moment)")
            #expect(search.bytes > used.png.count)
            // Nor has the employee's disk a picture, whatever the server's has.
            #expect(try self.search([used.state], for: pictures).found == [])
            if moment == "killed" {
                try await used.server.restart()
                #expect(await used.server.stop() == 0)
            }
        }
    }

    @Test func itHoldsNoTokenNoPasswordAndNoKey() async throws {
        let used = try await use(try await LiveServer.start(["JWT_SECRET": secret]))
        // As long as she is signed in, her own disk has what she needs to go on. This also shows that the search finds things.
        let found = try search([used.state], for: used.secrets).found
        #expect(found.contains { $0.hasPrefix("a token in login.json") })
        #expect(found.contains { $0.hasPrefix("the queue's key in base64 in queue/keys/") })
        #expect(try !search(used.folders, for: pictures).found.isEmpty, "the server's images are plain")
        try await expectNothing(of: used.secrets, on: used)
    }

    @Test func withAKeyForImagesItHoldsNoPictureEither() async throws {
        let keys = try TemporaryFolder()
        let imageKey = (0..<32).map { UInt8($0 * 7 + 1) }
        try keys.write(Data(imageKey).base64EncodedString(), to: "images.key")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: keys.path + "/images.key")
        let settings = ["UPLOAD_KEY_FILE": keys.path + "/images.key", "JWT_SECRET": secret]
        let used = try await use(try await LiveServer.start(settings))
        let pixels = Treasure(name: "pixels", bytes: Array(used.png.suffix(200).prefix(100)))
        try await expectNothing(
            of: used.secrets + pictures + [pixels] + Treasure.key("the images' key", imageKey), on: used)
    }
}
