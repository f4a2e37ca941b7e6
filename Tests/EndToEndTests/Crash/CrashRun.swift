import AsyncHTTPClient
import Foundation
import JSON
import TestSupport

/// A server on folders that outlive it: used by several clients at once, killed at random instants, and started again.
final class CrashRun {
    /// People who work; each is one client.
    static let employees = (1...4).map { "worker-\($0)@harbour.example" }
    /// People whose intervals are assigned, and who are dismissed.
    static let staff = (1...20).map { "staff-\($0)@harbour.example" }

    let folder: TemporaryFolder
    let ledger: SharedLedger
    private let files: DataFiles
    private let server: LiveServer
    private let http: HTTPClient
    private let mint: TokenMint
    private let managerToken: String
    /// How long the server takes for a password.
    private let hashTime: Duration
    private var random: SeededGenerator
    private var conversation: Conversation
    private var round = 0
    private var lastKeys: [String: String] = [:]

    /// - Parameter isEncrypted: whether images are, on the disk.
    static func with(
        seed: UInt64, isEncrypted: Bool = false, _ body: (CrashRun) async throws -> Void
    ) async throws {
        let http = Conversation.makeHTTPClient()
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(try await CrashRun(seed: seed, isEncrypted: isEncrypted, http: http)))
        } catch {
            result = .failure(error)
        }
        try await http.shutdown()
        try result.get()
    }

    private init(seed: UInt64, isEncrypted: Bool, http: HTTPClient) async throws {
        let secret = "a key of tokens that is long enough"
        folder = try TemporaryFolder()
        try Self.write(people: Self.employees + Self.staff, to: folder)
        var settings = [
            "JWT_SECRET": secret, "UPLOADS_PER_HOUR": "0", "UPLOAD_BYTES_PER_HOUR": "0",
            "SESSION_TIMEOUT_SECONDS": "86400", "LOG_LEVEL": "error",
            "TRACKER_TIME_ZONE": Self.zoneWhereItIsNoon,
        ]
        if isEncrypted {
            try folder.write(Data(repeating: 7, count: 32).base64EncodedString(), to: "key")
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.path + "/key")
            settings["UPLOAD_KEY_FILE"] = folder.path + "/key"
        }
        server = try await LiveServer.start(settings, in: folder)
        let start = ContinuousClock.now
        managerToken = try await server.login()
        hashTime = .now - start
        files = DataFiles(folder: folder)
        mint = TokenMint(secret: secret)
        random = SeededGenerator(seed: seed)
        conversation = Conversation(url: server.url, http: http)
        self.http = http
        let people = (Self.employees + Self.staff).map { email -> (Item, Fact) in
            (.person(email), .employed(Person(name: email, password: nil, intervalSeconds: nil)))
        }
        ledger = SharedLedger(Ledger(kept: Dictionary(uniqueKeysWithValues: people)))
    }

    /// Uses the server until a random instant, ends it, looks at what it left behind, starts it again, and compares. Every
    /// third round a start is killed before it.
    /// - Parameters:
    ///   - isClean: ends it with SIGTERM; then the JSON files alone must hold everything.
    ///   - isThorough: see ``Findings/isThorough``.
    ///   - harm: what happens to the folders between the end and the start.
    func playRound(
        isClean: Bool, isThorough: Bool = false, harm: (TemporaryFolder) throws -> Void = { _ in }
    ) async throws {
        round += 1
        // Now and then a password is hashed first, and the end comes when it may have been stored.
        let hashes = round % 4 == 0
        await use(hashesFirst: hashes, for: (hashes ? hashTime : .zero) + randomDelay(), endingWith: isClean)
        complain(files.damages() + (try files.recordsWithoutImage()).map { "\($0) is listed, but is not there" })
        try harm(folder)
        if isClean { try compareFiles(isThorough: isThorough) }
        if round % 3 == 0 {
            // Mending what a crash left is cut off too.
            try await server.crashWhileStarting(after: randomDelay() / 4)
            complain(files.damages())
        }
        try await server.restart(onAnyPort: true)
        conversation = Conversation(url: server.url, http: http)
        try await compareServer(isThorough: isThorough)
    }

    /// Ends the server without another round.
    func stop() async { _ = await server.stop() }

    private func use(hashesFirst: Bool, for time: Duration, endingWith isClean: Bool) async {
        let clerk = Clerk(conversation: conversation, ledger: ledger)
        let workers = Self.employees.map { email in
            EmployeeClient(
                email: email, mint: mint, clerk: clerk, seed: random.next(), lastKey: lastKeys[email])
        }
        let staff = ledger.with { ledger in
            ledger.kept.keys.compactMap { if case .person(let email) = $0 { email } else { nil } }
        }.filter { !Self.employees.contains($0) }.sorted()
        let managers = [
            ManagerClient(
                token: managerToken, clerk: clerk, people: Self.employees, hires: false, hashesFirst: false,
                random: SeededGenerator(seed: random.next())),
            ManagerClient(
                token: managerToken, clerk: clerk, people: staff, hires: true, hashesFirst: hashesFirst,
                random: SeededGenerator(seed: random.next())),
        ]
        let (files, conversation) = (files, conversation)
        async let damages = files.watch { conversation.isDoomed }
        async let keys = withTaskGroup(of: (String, String?)?.self) { group in
            for worker in workers {
                group.addTask {
                    var worker = worker
                    await worker.work()
                    return (worker.email, worker.key)
                }
            }
            for manager in managers {
                group.addTask {
                    var manager = manager
                    await manager.work()
                    return nil
                }
            }
            return await group.reduce(into: [String: String]()) { keys, key in
                if let key { keys[key.0] = key.1 }
            }
        }
        // The one random instant. Cancelled, the round only ends earlier.
        try? await Task.sleep(for: time)
        conversation.doom()
        if isClean {
            let code = await server.stop()
            if code != 0 { complain(["a clean stop ended with \(code ?? -1): \(await server.lastWords())"]) }
        } else {
            await server.crash()
        }
        lastKeys = await keys
        complain(await damages)
    }

    private func compareFiles(isThorough: Bool) throws {
        let findings = findings(isThorough: isThorough)
        let found = try findings.inFiles()
        ledger.with { ledger in
            ledger.compare(with: found, in: "the files") { if case .token = $0 { false } else { true } }
        }
        // They hold everything, so nothing else is needed.
        try files.remove(try files.workingFiles())
    }

    private func compareServer(isThorough: Bool) async throws {
        let findings = findings(isThorough: isThorough)
        let found = try await findings.overHTTP(conversation, token: managerToken)
        let listed = ledger.with { ledger -> Set<String> in
            ledger.compare(with: found, in: "the server", isVisible: findings.isVisible)
            ledger.settle()
            return ledger.listedFiles
        }
        let trail = try AuditTrail(in: folder)
        complain(ledger.with { trail.faults(by: $0) })
        let leftovers = try files.leftovers(listed: listed)
        complain(leftovers.map { "\($0) was left behind" })
    }

    private func findings(isThorough: Bool) -> Findings {
        Findings(folder: folder, ledger: ledger.with { $0 }, looks: ledger, isThorough: isThorough, turn: round)
    }

    private func complain(_ sentences: [String]) {
        ledger.with { ledger in sentences.forEach { ledger.complain("round \(round): \($0)") } }
    }

    /// Mostly short, at most 400 ms.
    private func randomDelay() -> Duration {
        .milliseconds(min(400, -log(Double.random(in: 0.001...1, using: &random)) * 120))
    }

    /// Midnight would divide sessions, and take those of yesterday out of the server's answers.
    private static var zoneWhereItIsNoon: String {
        let offset = 12 - Int(Date.now.timeIntervalSince1970) / 3600 % 24
        // These names count westwards.
        return offset == 0 ? "Etc/GMT" : "Etc/GMT\(offset > 0 ? "-" : "+")\(abs(offset))"
    }

    /// The files of a house where these people work, and none of them can log in with a password.
    private static func write(people: [String], to folder: TemporaryFolder) throws {
        for name in ["data", "uploads"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder.path)/\(name)", withIntermediateDirectories: false)
        }
        let users = people.map { email in
            ["email": email, "name": email, "role": "employee", "createdAt": "2026-03-02T08:01:40.007Z"]
        }
        try folder.write(Array(try JSONEncoder().encode(users)), to: "data/users.json")
        let accounts = people.map {
            #""\#($0)": {"verifier": null, "version": 1, "mustChangePassword": false}"#
        }
        try folder.write(
            #"{"accounts": {"# + accounts.joined(separator: ", ") + "}}", to: "data/credentials.json")
        // No server starts with one that everybody can read.
        chmod(folder.path + "/data/credentials.json", 0o600)
    }
}
