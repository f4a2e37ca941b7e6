import Glibc
import Shared
import TestSupport
import Testing

@testable import TrackerTUI

struct OwnFileTests {
    private let eve: uid_t = 1000
    private let mallory: uid_t = 1001

    @Test func nobodyElseMayHaveWrittenIt() {
        func objection(
            file: (uid_t, mode_t), link: uid_t? = nil, folder: (uid_t, mode_t) = (1000, 0o755)
        ) -> String? {
            let file = OwnFile.Owned(owner: file.0, mode: file.1)
            return OwnFile.objection(
                to: file, named: link.map { .init(owner: $0, mode: 0o777) } ?? file,
                in: .init(owner: folder.0, mode: folder.1), user: eve)
        }
        for mode: mode_t in [0o600, 0o644, 0o400, 0o755] {
            #expect(objection(file: (eve, mode)) == nil)
            #expect(objection(file: (0, mode), link: eve, folder: (0, 0o755)) == nil)
            #expect(objection(file: (mallory, mode)) == "it belongs to user 1001")
        }
        for mode: mode_t in [0o602, 0o620, 0o666] { #expect(objection(file: (eve, mode)) == "others can write it") }
        #expect(objection(file: (eve, 0o600), link: mallory) == "the link belongs to user 1001")
        #expect(objection(file: (eve, 0o600), folder: (mallory, 0o755)) == "its folder belongs to user 1001")
        for mode: mode_t in [0o777, 0o775] {
            #expect(objection(file: (eve, 0o600), folder: (eve, mode)) == "others can write its folder")
        }
        #expect(objection(file: (eve, 0o600), folder: (0, 0o1777)) == nil)
    }

    @Test func noFolderOnTheWayOfALinkMayBeAnothers() throws {
        let folder = try TemporaryFolder()
        for name in ["mine", "open"] { #expect(mkdir("\(folder.path)/\(name)", 0o700) == 0) }
        #expect(chmod(folder.path + "/open", 0o777) == 0)
        for name in ["mine/env", "open/env"] {
            try folder.write("KEY=1", to: name)
            #expect(chmod("\(folder.path)/\(name)", 0o600) == 0)
        }
        for (link, target) in [
            ("safe", "mine/env"), ("direct", folder.path + "/open/env"), ("open/on", "../mine/env"),
            ("through", "open/on"),
        ] {
            #expect(symlink(target, "\(folder.path)/\(link)") == 0)
        }
        #expect(OwnFile.read(folder.path + "/safe", limit: 10) == .text("KEY=1"))
        for link in ["direct", "through"] {
            #expect(OwnFile.read("\(folder.path)/\(link)", limit: 10) == .passedOver("others can write its folder"))
        }
        #expect(chmod(folder.path + "/open", 0o755) == 0)
        for link in ["direct", "through"] {
            #expect(OwnFile.read("\(folder.path)/\(link)", limit: 10) == .text("KEY=1"))
        }
    }

    @Test func whatIsReadIsTheFileThatWasLookedAt() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/env"
        #expect(OwnFile.read(path, limit: 10) == .missing)
        #expect(OwnFile.read(path + "/below/it", limit: 10) == .missing)
        try folder.write("KEY=é", to: "env")
        #expect(OwnFile.read(path, limit: 10) == .text("KEY=é"))
        #expect(OwnFile.read(path, limit: 5) == .passedOver("it has 6 bytes, and at most 5 are read"))
        #expect(
            OwnFile.read(path, limit: 10, user: 4711)
                == (geteuid() == 0 ? .text("KEY=é") : .passedOver("it belongs to user \(geteuid())")))
        #expect(chmod(path, 0o646) == 0)
        #expect(OwnFile.read(path, limit: 10) == .passedOver("others can write it"))
        for (make, reason) in [
            ({ mkdir(path, 0o700) }, "it is a folder, not a file"),
            ({ mkfifo(path, 0o600) }, "it is a pipe, not a file"),
        ] {
            #expect(remove(path) == 0)
            #expect(make() == 0)
            #expect(OwnFile.read(path, limit: 10) == .passedOver(reason))
        }
    }
}

/// The program itself in a folder of its own, asked by `doctor` where its server is.
struct SettingsFilesTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for name in ["project", "home", "home/.config", "home/.config/tracker-tui"] {
            #expect(mkdir("\(folder.path)/\(name)", 0o700) == 0)
        }
    }

    /// Addresses at which nobody answers.
    private func doctor(_ environment: [String: String] = [:]) async throws -> (server: String, outcome: Outcome) {
        let outcome = try await run(
            ["sh", "-c", #"cd "$1" && exec "$0" doctor"#, Program.client, folder.path + "/project"],
            environment: ["HOME": folder.path + "/home"].merging(environment) { $1 })
        let line = String(decoding: outcome.output, as: UTF8.self).split(separator: "\n").first {
            $0.hasPrefix("missing  server")
        }
        return (line.map(String.init) ?? "", outcome)
    }

    @Test func theClientsOwnFileComesBeforeTheOneOfTheWorkingDirectory() async throws {
        try folder.write("export PORT=1\nBACKEND_URL=http://127.0.0.1:7/env\nodd line\n", to: "project/.env")
        #expect(try await doctor().server.contains("http://127.0.0.1:7/env "))
        try folder.write("BACKEND_URL=http://127.0.0.1:7/own", to: "home/.config/tracker-tui/env")
        let own = try await doctor()
        #expect(own.server.contains("http://127.0.0.1:7/own ") && own.outcome.errors.isEmpty, "\(own)")
        let elsewhere = try await doctor(["XDG_CONFIG_HOME": folder.path + "/project"])
        #expect(elsewhere.server.contains("http://127.0.0.1:7/env "))
        #expect(try await doctor(["BACKEND_URL": "http://127.0.0.1:7/set"]).server.contains("http://127.0.0.1:7/set "))
    }

    @Test func aFileThatOthersCanWriteIsPassedOverWithALine() async throws {
        try folder.write("BACKEND_URL=http://127.0.0.1:7/env", to: "project/.env")
        #expect(chmod(folder.path + "/project/.env", 0o666) == 0)
        let (server, outcome) = try await doctor()
        #expect(!server.contains("127.0.0.1:7"))
        #expect(outcome.errors == "TrackerTUI: \(folder.path)/project/.env is not read: others can write it.\n")
    }

    @Test func whoIsSignedInCanWorkWithoutTheServer() async throws {
        let server = try #require(BackendURL("http://127.0.0.1:7"))
        let account = Account(id: try #require(AccountID("eve@example.com")), server: server)
        let state = folder.path + "/state"
        #expect(mkdir(state, 0o700) == 0)
        let environment = ["TRACKER_STATE_DIR": state, "BACKEND_URL": server.text]
        #expect(try await doctor(environment).server.hasSuffix("Nobody can log in; captures wait on this computer."))
        var login = KeptLogin(account: account, token: "t", expiresAt: .latest, interval: 180)
        try await ClientState(directory: state).keep(login: login)
        let canWork = "Who is signed in here can work; hours and captures wait on this computer."
        #expect(try await doctor(environment).server.hasSuffix(canWork))
        let other = environment.merging(["TRACKER_EMAIL": "ada@example.com"]) { $1 }
        #expect(!(try await doctor(other).server.hasSuffix(canWork)))
        login.interval = nil
        try await ClientState(directory: state).keep(login: login)
        #expect(!(try await doctor(environment).server.hasSuffix(canWork)))
    }

    @Test func aBadValueInAFileIsTwo() async throws {
        try folder.write("X\n\nHEARTBEAT_INTERVAL_SECONDS=often\n", to: "project/.env")
        let outcome = try await doctor().outcome
        #expect(outcome.status == 2)
        #expect(
            outcome.errors
                == "TrackerTUI: \(folder.path)/project/.env line 3: HEARTBEAT_INTERVAL_SECONDS=often is not allowed: "
                + "it must be a whole number from 1 to 3600.\n")
    }

    @Test func theStateFolderHasAnyName() async throws {
        let script = #"cd "$1" && export TRACKER_STATE_DIR=$(printf 'st\344te') && exec "$0" doctor"#
        let outcome = try await run("sh", "-c", script, Program.client, folder.path + "/project")
        #expect(String(decoding: outcome.output, as: UTF8.self).contains("\nok       state folder   st\\xe4te\n"))
        let list = try await run(
            "bash", "-c", #"cd "$0" && printf '%q ' */*"#, folder.path + "/project", environment: ["LC_ALL": "C"])
        #expect(String(decoding: list.output, as: UTF8.self) == #"$'st\344te/queue' $'st\344te/tracker-tui.log' "#)
    }
}
