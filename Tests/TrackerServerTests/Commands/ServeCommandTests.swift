import Files
import Foundation
import JSON
import Settings
import Shared
import TestSupport
import Testing

@testable import TrackerServer

extension CommandTests {
    @Suite struct Serve {
        @Test(arguments: [SIGTERM, SIGINT])
        func aSignalStopsItCleanly(signal: Int32) async throws {
            try await TestFolders.with { folders in
                let server = try ServerProcess(
                    ["serve", "--port", "0"], environment: ["DATA_DIR": folders.data, "UPLOAD_DIR": folders.uploads],
                    folder: folders.root)
                let port = try await server.port()
                let wire = try Wire(port: port)
                try await wire.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                try await wire.reply().expect(200)
                server.signal(signal)
                let result = try await server.result()
                #expect(result.code == 0, "\(result.errors)")
                #expect(result.errors.contains("add-admin"))
                let names = try folders.names(in: "data")
                #expect(
                    names == [
                        "audit.jsonl", "corrections.json", "credentials.json", "intervals.json", "jwt_secret",
                        "organization.json", "users.json", "work_sessions.json",
                    ])
                for name in ["credentials.json", "jwt_secret"] {
                    let attributes = try FileManager.default.attributesOfItem(atPath: folders.data + "/" + name)
                    #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
                }
                #expect(try folders.text("data/organization.json") == "{\n  \"name\": \"\",\n  \"createdAt\": null\n}")
                #expect(try folders.text("data/jwt_secret").count == 44)
            }
        }

        @Test func aHangUpWithoutTLSChangesNothing() async throws {
            try await TestFolders.with { folders in
                let settings = ["PORT": "0", "DATA_DIR": folders.data, "UPLOAD_DIR": folders.uploads]
                let server = try ServerProcess([], environment: settings, folder: folders.root)
                let port = try await server.port()
                server.signal(SIGHUP)
                let wire = try Wire(port: port)
                try await wire.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                try await wire.reply().expect(200)
                server.signal(SIGTERM)
                let result = try await server.result()
                #expect(result.code == 0)
                #expect(result.errors.contains("there is no certificate to read again"), "\(result.errors)")
            }
        }

        @Test(arguments: [
            ("PORT", "abc", "0 to 65535"), ("PORT", "70000", "0 to 65535"),
            ("MAX_UPLOAD_BYTES", "10MB", "whole number"),
            ("SESSION_TIMEOUT_SECONDS", "0", "10 to 86400"), ("TRACKER_TIME_ZONE", "Mars/Olympus", "IANA"),
            ("TRACKER_TIME_ZONE", "GMT+3", "IANA"), ("TRACKER_TIME_ZONE", "BST", "abbreviation"),
            ("TRACKER_TIME_ZONE", "../../etc/passwd", "IANA"), ("TRACKER_TIME_ZONE", "right/UTC", "IANA"),
            ("LOG_LEVEL", "loud", "info"), ("METRICS", "yes", "1 or 0"),
            ("ALLOWED_ORIGINS", "example.org", "https://"), ("ALLOWED_ORIGINS", "https://x.example/path", "https://"),
            ("ALLOWED_ORIGINS", "https://user@x.example", "https://"), ("ALLOWED_ORIGINS", ",", "https://"),
            ("ALLOWED_ORIGINS", "https://x.example:port", "https://"), ("ALLOWED_ORIGINS", "null", "https://"),
            ("HOST", "127.0.0.1:80", "PORT"), ("HOST", "http://localhost", "PORT"), ("HOST", "[::1]", "::1"),
            ("HOST", "::1::", "::1"), ("HOST", "local host", "an address"), ("HOST", "a/b", "an address"),
            ("TRUST_PROXY", "everybody", "127.0.0.1"), ("TRUST_PROXY", "0.0.0.0/0", "not everybody"),
            ("INSECURE_HTTP", "yes", "1 or 0"),
            ("ADMIN_EMAIL", "root", "ADMIN_PASSWORD"), ("TLS_CERT_FILE", "nothing", "TLS_KEY_FILE"),
            ("TLS_KEY_FILE", "nothing", "TLS_CERT_FILE"), ("SOCKET_PING_INTERVAL_MS", "25s", "100 to 3600000"),
            ("SOCKET_PING_TIMEOUT_MS", "99", "100 to 3600000"),
            ("RETENTION_DAYS", "-1", "0 to 36500"), ("RETENTION_DAYS", "36501", "36500"),
            ("RETENTION_DAYS", "a week", "whole number"),
            ("UPLOAD_KEY_FILE", "key", "32 bytes in base64"),
        ])
        func aBadValueIsNamedWithWhatIsAllowed(name: String, value: String, allowed: String) async throws {
            try await TestFolders.with { folders in
                try await folders.run([], [name: value]).expectOneLine(2, name, value, allowed)
                #expect(!FileManager.default.fileExists(atPath: folders.data))
            }
        }

        @Test func secretsAreNotShownWhenTheyAreBad() async throws {
            try await TestFolders.with { folders in
                let short = try await folders.run(["--host", "0.0.0.0"], ["JWT_SECRET": "sesame"])
                short.expectOneLine(2, "JWT_SECRET", "32 bytes")
                #expect(!short.errors.contains("sesame"))
                let admin = try await folders.run([], ["ADMIN_EMAIL": "root", "ADMIN_PASSWORD": "sesame"])
                admin.expectOneLine(2, "ADMIN_PASSWORD", "10 to 256")
                #expect(!admin.errors.contains("sesame"))
                try await folders.run([], ["ADMIN_EMAIL": "root"]).expectOneLine(2, "ADMIN_PASSWORD")
                let common = try await folders.run([], ["ADMIN_EMAIL": "root", "ADMIN_PASSWORD": "Password123"])
                #expect(common.code == 2)
                #expect(common.errors.contains("ADMIN_PASSWORD must be another text"), "\(common.errors)")
                #expect(!common.errors.contains("Password123"))
            }
        }

        @Test(arguments: [
            ["--nonsense"], ["serve", "extra"], ["--port"], ["add-admin"], ["verify", "extra"], ["nonsense"],
        ])
        func badUsageEndsWithTwo(arguments: [String]) async throws {
            try await TestFolders.with { folders in
                let result = try await ServerProcess.run(arguments, folder: folders.root)
                #expect(result.code == 2, "\(result.errors)")
                #expect(result.errors.contains("Usage:"))
                #expect(result.output.isEmpty)
            }
        }

        @Test func helpEndsWithZero() async throws {
            try await TestFolders.with { folders in
                for arguments in [
                    ["--help"], ["serve", "--help"], ["add-admin", "--help"], ["verify", "--help"],
                    ["report", "--help"],
                ] {
                    let result = try await ServerProcess.run(arguments, folder: folders.root)
                    #expect(result.code == 0)
                    #expect(result.output.contains("USAGE:"))
                }
            }
        }

        @Test func theVersionIsOneLineOfTheNameAndTheNumber() async throws {
            try await TestFolders.with { folders in
                for arguments in [["--version"], ["serve", "--version"]] {
                    let result = try await ServerProcess.run(arguments, folder: folders.root)
                    #expect(result.code == 0)
                    #expect(result.output == "TrackerServer \(ProgramVersion.text)\n")
                    #expect(result.errors == "")
                }
            }
        }

        @Test func aFlagBeatsTheEnvironmentWhichBeatsTheFile() async throws {
            try await TestFolders.with { folders in
                try folders.write("PORT=1x\nTRACKER_TIME_ZONE='Nowhere' # a comment\n", to: ".env")
                try await folders.run([], ["PORT": "2x"]).expectOneLine(2, "PORT=2x")
                try await folders.run(["--port", "3x"], ["PORT": "2x"]).expectOneLine(2, "PORT=3x")
                try await folders.run([]).expectOneLine(2, "PORT=1x")
                try await folders.run([], ["PORT": "0"]).expectOneLine(2, "TRACKER_TIME_ZONE=Nowhere")
                try folders.write("what is this", to: ".env")
                try await folders.run([]).expectOneLine(2, ".env", "line 1")
            }
        }

        @Test func aPortInUseIsOneClearLine() async throws {
            try await TestFolders.with { folders in
                _ = try await folders.withServer { _, port in
                    try await TestFolders.with { others in
                        try await others.run(["--port", "\(port)"], ["LOG_LEVEL": "error"]).expectOneLine(
                            1, "\(port)", "in use"
                        )
                    }
                }
            }
        }

        @Test func aSecondServerNamesTheFirst() async throws {
            try await TestFolders.with { folders in
                let result = try await folders.withServer { server, _ in
                    for arguments in [["--port", "0"], ["add-admin", "root@example.org", "--password-stdin"]] {
                        try await folders.run(arguments, input: "correct horse battery\n").expectOneLine(
                            1,
                            "\(server.identifier)", folders.data)
                    }
                }
                #expect(result.code == 0)
                #expect(try folders.text("data/users.json") == "[]")
            }
        }

        @Test func foldersMayHaveTheShortestNames() async throws {
            try await TestFolders.with { folders in
                let settings = ["PORT": "0", "DATA_DIR": "d", "UPLOAD_DIR": "u"]
                let server = try ServerProcess([], environment: settings, folder: folders.root)
                _ = try await server.port()
                server.signal(SIGTERM)
                #expect(try await server.result().code == 0)
                #expect(try folders.text("d/users.json") == "[]")
            }
        }

        @Test func aServerThatIsKilledLetsGoOfItsFolders() async throws {
            try await TestFolders.with { folders in
                let settings = ["PORT": "0", "DATA_DIR": folders.data, "UPLOAD_DIR": folders.uploads]
                let server = try ServerProcess([], environment: settings, folder: folders.root)
                _ = try await server.port()
                for folder in [folders.data, folders.uploads] {
                    #expect(try FolderLock.holder(folder + "/.lock") == .process(Int(server.identifier)))
                }
                server.signal(SIGKILL)
                _ = try await server.result()
                for folder in [folders.data, folders.uploads] {
                    #expect(try FolderLock.holder(folder + "/.lock") == .nobody)
                }
                #expect(try await folders.withServer().code == 0)
            }
        }

        @Test(arguments: [
            ("data/users.json", "[\n  {\"email\": 5}\n]", "line 2, column 13"),
            ("data/users.json", "", "line 1, column 1"),
            ("data/work_sessions.json", "[]]", "line 1, column 3"),
            ("data/intervals.json", "{\"eva\": \"x\"}", "line 1, column 9"),
            ("data/organization.json", "{\n\"name\": \"x\"", "line 2, column 12"),
            ("data/credentials.json", "{\"accounts\": []}", "line 1, column 14"),
            ("images/index.json", "[{\"file\": \"uploads/x.png\"", "line 1, column 26"),
        ])
        func aDamagedFileStopsTheStart(file: String, content: String, place: String) async throws {
            try await TestFolders.with { folders in
                try folders.write(content, to: file)
                try await folders.run(["--port", "0"], ["LOG_LEVEL": "error"]).expectOneLine(
                    1, folders.root + "/" + file, place, "expected")
                #expect(try folders.text(file) == content)
            }
        }

        @Test func aDamagedKeyStopsTheStart() async throws {
            try await TestFolders.with { folders in
                try folders.write("c2hvcnQ=", to: "data/jwt_secret")
                try await folders.run(["--port", "0"], ["LOG_LEVEL": "error"]).expectOneLine(
                    1, folders.data + "/jwt_secret", "32 bytes")
                #expect(try folders.text("data/jwt_secret") == "c2hvcnQ=")
            }
        }

        /// Nothing is made: neither of the two folders.
        @Test(arguments: ["data", "images"])
        func aFolderThatIsAFileStopsTheStart(name: String) async throws {
            try await TestFolders.with { folders in
                try folders.write("a file", to: name)
                let setting = name == "data" ? "DATA_DIR=\(folders.data)" : "UPLOAD_DIR=\(folders.uploads)"
                try await folders.run(["--port", "0"]).expectOneLine(2, setting, "folder")
                #expect(try folders.text(name) == "a file")
                try await folders.run(["--port", "0", "--data-dir", folders.root + "/\(name)/in/it"]).expectOneLine(
                    2, "folder")
                #expect(try folders.names(in: "") == [name])
            }
        }

        @Test func aFileThatIsGoneStopsTheStartWithWhatToDo() async throws {
            try await TestFolders.with { folders in
                #expect(try await folders.withServer().code == 0)
                for (path, text) in [("data/work_sessions.json", "[]"), ("images/index.json", "[]")] {
                    let file = folders.root + "/" + path
                    try FileManager.default.removeItem(atPath: file)
                    try await folders.run(["--port", "0"], ["LOG_LEVEL": "error"]).expectOneLine(
                        1, "\(file) is gone", "backup", "echo '\(text)' > \(file)")
                    #expect(try await folders.run(["verify"]).code == 1)
                    try folders.write(text + "\n", to: path)
                }
                #expect(try await folders.withServer().code == 0)
                #expect(try await folders.run(["verify"]).code == 0)
            }
        }

        /// A pipe would be waited for.
        @Test(arguments: ["data/organization.json", "data/jwt_secret", "data/.lock", "images/index.json", ".env"])
        func aPipeInTheNameOfAFileStopsTheStart(path: String) async throws {
            try await TestFolders.with { folders in
                try folders.write("", to: path)
                let file = folders.root + "/" + path
                try FileManager.default.removeItem(atPath: file)
                #expect(mkfifo(file, 0o600) == 0)
                let result = try await folders.run(["--port", "0"], ["LOG_LEVEL": "error"])
                result.expectOneLine(path == ".env" ? 2 : 1, path == ".env" ? ".env" : file)
            }
        }

        @Test func aKeyThatIsNoKeyAtAllIsNotReadWhole() async throws {
            try await TestFolders.with { folders in
                try folders.write("", to: "data/jwt_secret")
                #expect(chmod(folders.data + "/jwt_secret", 0o600) == 0)
                #expect(truncate(folders.data + "/jwt_secret", 20 << 30) == 0)
                try await folders.run(["--port", "0"], ["LOG_LEVEL": "error"]).expectOneLine(1, "at most 4096")
            }
        }

        @Test func aPasswordHasAnEnd() async throws {
            try await TestFolders.with { folders in
                let input = String(repeating: "x", count: 60_000)
                try await folders.run(["add-admin", "root@example.org", "--password-stdin"], input: input)
                    .expectOneLine(
                        2, "10 to 256")
            }
        }

        @Test func aKeyThatEverybodyCanReadIsRefusedAndOneOfAGroupIsNot() async throws {
            try await TestFolders.with { folders in
                let folder = try TemporaryFolder()
                let tls = try await TestCertificate(in: folder)
                let settings = ["TLS_CERT_FILE": tls.certificate, "TLS_KEY_FILE": tls.key]
                #expect(chmod(tls.key, 0o644) == 0)
                try await folders.run([], settings).expectOneLine(2, "TLS_KEY_FILE=\(tls.key)", "chmod o= \(tls.key)")
                #expect(!FileManager.default.fileExists(atPath: folders.data))
                #expect(chmod(tls.key, 0o640) == 0)
                let result = try await folders.withServer(settings)
                #expect(result.code == 0)
                #expect(!result.errors.contains(tls.key))
                for file in ["TLS_CERT_FILE", "TLS_KEY_FILE"] {
                    let pipe = folders.root + "/" + file
                    #expect(mkfifo(pipe, 0o600) == 0)
                    try await folders.run([], settings.merging([file: pipe]) { $1 }).expectOneLine(2, file, "a pipe")
                }
            }
        }

        /// An upload that hangs must not keep the server from stopping.
        @Test func aRequestUnderWayDoesNotHoldUpTheStop() async throws {
            try await TestFolders.with { folders in
                try await TestServer.run(folders: folders) { server in _ = try await server.employee("eva") }
                let hanging = WireBox()
                let result = try await folders.withServer { _, port in
                    let eva = try await ProcessTarget(port: port).login("eva")
                    let wire = try Wire(port: port)
                    try await wire.send(
                        "POST \(APIPath.uploadScreenshot) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(eva.token)\r\n"
                            + "Content-Type: \(TestForm.contentType)\r\nContent-Length: 100000\r\n"
                            + "Expect: 100-continue\r\n\r\n")
                    try await wire.reply().expect(100)
                    await hanging.keep(wire)
                }
                #expect(result.code == 0, "\(result.errors)")
                #expect(try folders.text("images/index.json") == "[]")
            }
        }

        /// What is secret must not be in the log, however much is logged.
        @Test func theLogHoldsNoSecrets() async throws {
            try await TestFolders.with { folders in
                let box = TokenBox()
                let settings = [
                    "LOG_LEVEL": "trace", "ADMIN_EMAIL": "root@example.org", "ADMIN_PASSWORD": TestServer.password,
                    "JWT_SECRET": "the key of all the tokens, long enough",
                ]
                let result = try await folders.withServer(settings) { _, port in
                    let server = ProcessTarget(port: port)
                    let admin = try await server.admin()
                    await box.keep([admin])
                    let guess = #"{"email": "root@example.org", "password": "guessed-wrong"}"#
                    try await server.post(APIPath.login + "?password=in-the-query", guess).expect(400)
                    try await server.post(APIPath.login, guess).expect(401)
                    try await server.post(APIPath.organization, #"{"name": "private-name"}"#, as: admin).expect(200)
                    try await server.post(APIPath.organization, #"{"name": "broken-name"#, as: admin).expect(400)
                    try await server.post(
                        server.path(ofEmployee: "nobody", "/password"), #"{"password": "reset-password"}"#, as: admin
                    ).expect(404)
                }
                #expect(result.code == 0)
                let log = result.errors + result.output
                #expect(log.contains("/api/org"))
                let token = try #require(await box.people.first?.token)
                for secret in [
                    TestServer.password, "guessed-wrong", token, "in-the-query", "the key of all the tokens",
                    "private-name", "broken-name", "reset-password",
                ] {
                    #expect(!log.contains(secret))
                }
            }
        }
    }
}

/// Keeps a connection open while its server stops.
private actor WireBox {
    private var wire: Wire?

    func keep(_ wire: Wire) { self.wire = wire }
}
