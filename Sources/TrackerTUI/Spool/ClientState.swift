import Files
import FoundationEssentials
import Glibc
import JSON
import Shared

/// Who was signed in last and has not logged out, so that work can begin while the server is away.
struct KeptLogin: Sendable, Hashable {
    var account: Account
    var token: String
    /// By the server's clock.
    var expiresAt: Timestamp
    /// As assigned last, in seconds.
    var interval: Int?
    /// What was known of the server's clock.
    var clock: ServerClock.Kept?
}

/// What one run of the client leaves for the next, beside the queue: small files for this user alone.
///
///     <directory>/client       the UUID that this folder's clients are known by
///     <directory>/login.json   a ``KeptLogin``
///     <directory>/devices.json the cookies by which servers know this client again, see ``DeviceMemory``
///     <directory>/work.json    work under way, and whose it is
///     <directory>/alive        until when its client is known to have run, and the idle seconds of the last stretch until then:
///                              `<boot id> <milliseconds of the boot clock> <idle seconds>`
///
/// What is not as it was written counts as missing: it can only be that somebody has edited it. `alive` is written once a
/// second and never flushed: that survives a killed client, and where the machine itself dies `work.json` is at most some
/// seconds older.
///
/// Its file operations block a thread of their own, never the cooperative pool.
actor ClientState {
    private let executor = BlockingExecutor(label: "ClientState")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let directory: String
    private var alive: Int32?

    private static let longest = 64 * 1024

    /// - Parameter directory: exists.
    init(directory: String) {
        self.directory = directory
    }

    deinit {
        if let alive { close(alive) }
    }

    /// Made when there is none.
    func clientID() throws(FileError) -> UUID {
        if let bytes = try bytes(of: "client"),
            let known = UUID(uuidString: String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
        {
            return known
        }
        let new = UUID()
        try write([UInt8]("\(new.uuidString)\n".utf8), to: "client")
        return new
    }

    func keep(login: KeptLogin?) throws(FileError) {
        guard let login else { return try remove("login.json") }
        let members: [(JSONString, JSONValue)] = [
            ("account", .string(login.account.email)), ("server", .string(login.account.server.text)),
            ("token", .string(login.token)), ("expiresAt", .string(login.expiresAt.iso8601)),
            ("intervalSeconds", .optional(login.interval)),
        ]
        var object = JSONObject(members)
        if let clock = login.clock {
            object["clock"] = .object([
                "bootId": clock.bootID.json, "offsetFrom": .number(Int(clock.offset.lowerBound)),
                "offsetTo": .number(Int(clock.offset.upperBound)), "difference": .number(Int(clock.difference)),
            ])
        }
        try write(.object(object), to: "login.json")
    }

    func login() throws(FileError) -> KeptLogin? {
        try read("login.json") { (fields) throws(JSONFieldError) in
            guard let id = AccountID(try fields.text("account")), let server = BackendURL(try fields.text("server"))
            else { throw JSONFieldError(field: "account", expected: "of a server") }
            let token = try fields.text("token")
            guard LoginResponse.canBeToken(token) else { throw JSONFieldError(field: "token", expected: "a token") }
            return KeptLogin(
                account: Account(id: id, server: server), token: token,
                expiresAt: try fields.timestamp("expiresAt"), interval: try fields.optionalInteger("intervalSeconds"),
                clock: try fields["clock"].map(Self.clock))
        }
    }

    private static func clock(_ value: JSONValue) throws(JSONFieldError) -> ServerClock.Kept {
        let fields = try JSONFields(value)
        let numbers = [
            try fields.integer("offsetFrom"), try fields.integer("offsetTo"), try fields.integer("difference"),
        ].map { Int64($0) }
        // No date that can be written is further from another.
        let latest = Timestamp.latest.milliseconds
        guard numbers.allSatisfy({ (-latest...latest).contains($0) }), numbers[0] <= numbers[1] else {
            throw JSONFieldError(field: "offsetFrom", expected: "an offset of two clocks")
        }
        return .init(
            bootID: try fields.uuid("bootId"), offset: numbers[0]...numbers[1], difference: numbers[2])
    }
}

// MARK: What servers know this client by

extension ClientState {
    /// Accounts whose cookie is kept, the last ones that signed in.
    static let mostDevices = 16

    private struct Device {
        let account: AccountID
        let server: String
        let cookie: String
    }

    func device(of account: AccountID, server: BackendURL) throws(FileError) -> String? {
        try devices().first { $0.account == account && $0.server == server.text }?.cookie
    }

    func keep(device cookie: String, of account: AccountID, server: BackendURL) throws(FileError) {
        let others = try devices().filter { $0.account != account || $0.server != server.text }
        let devices = [Device(account: account, server: server.text, cookie: cookie)] + others
        let rows = devices.prefix(Self.mostDevices).map { device -> JSONValue in
            .object([
                "account": .string(device.account.spelling), "server": .string(device.server),
                "cookie": .string(device.cookie),
            ])
        }
        try write(.object(["devices": .array(rows)]), to: "devices.json")
    }

    private func devices() throws(FileError) -> [Device] {
        try read("devices.json") { (fields) throws(JSONFieldError) -> [Device] in
            var devices: [Device] = []
            for value in fields["devices"]?.array ?? [] {
                let fields = try JSONFields(value)
                // As it came, or it would not have been kept.
                guard let cookie = DeviceMemory.cookie(in: [try fields.text("cookie")]) else { continue }
                devices.append(
                    Device(
                        account: AccountID(stored: try fields.text("account")), server: try fields.text("server"),
                        cookie: cookie))
            }
            return devices
        } ?? []
    }
}

// MARK: Work under way

extension ClientState {
    func keep(work: KeptWork?, of account: Account) throws(FileError) {
        guard let work else { return try remove("work.json") }
        try write(
            .object([
                "account": .string(account.email), "server": .string(account.server.text),
                "hasSession": .bool(work.hasSession), "owedIdleSeconds": .number(work.owedIdle),
                "stretches": .array(
                    work.stretches.map {
                        .object(["start": $0.start.json, "end": $0.end.json, "idleSeconds": .number($0.idleSeconds)])
                    }),
            ]), to: "work.json")
    }

    /// Seconds; what is beyond a day's work is taken as the most, since the work beside it is not to be lost.
    private static let mostOwedIdle = 86_400

    /// The work and whose it is. It ends when its client is known to have run last.
    func work() throws(FileError) -> (KeptWork, SpoolOwner)? {
        let kept = try read("work.json") { (fields) throws(JSONFieldError) -> (KeptWork, SpoolOwner) in
            let owed = min(max(try fields.optionalInteger("owedIdleSeconds") ?? 0, 0), Self.mostOwedIdle)
            var work = KeptWork(stretches: [], hasSession: try fields.flag("hasSession"), owedIdle: owed)
            for value in fields["stretches"]?.array ?? [] { work.stretches.append(try Self.stretch(value)) }
            let owner = SpoolOwner(
                account: AccountID(stored: try fields.text("account")), server: try fields.text("server"))
            return (work, owner)
        }
        guard let (found, owner) = kept, !found.stretches.isEmpty || found.owedIdle > 0 else { return nil }
        guard let last = found.stretches.last else { return (found, owner) }
        var work = found
        if let beat = try lastBeat(), beat.bootID == last.end.bootID, beat.boot > last.end.boot {
            var stretch = last
            stretch.end = last.end.moved(by: beat.boot - last.end.boot)
            stretch.idleSeconds = min(max(last.idleSeconds, beat.idleSeconds), stretch.length.wholeSeconds)
            work.stretches[work.stretches.count - 1] = stretch
        }
        return (work, owner)
    }

    private static func stretch(_ value: JSONValue) throws(JSONFieldError) -> WorkStretch {
        let fields = try JSONFields(value)
        guard let start = fields["start"], let end = fields["end"] else {
            throw JSONFieldError(field: "start", expected: "followed by an end")
        }
        let stretch = WorkStretch(
            start: try WorkInstant(json: start), end: try WorkInstant(json: end),
            idleSeconds: try fields.integer("idleSeconds"))
        guard (0...stretch.length.wholeSeconds).contains(stretch.idleSeconds) else {
            throw JSONFieldError(field: "idleSeconds", expected: "within the stretch")
        }
        return stretch
    }

    /// Work is still going on.
    func beat(at now: Moment, idleSeconds: Int) throws(FileError) {
        let file = try aliveFile()
        let text = [UInt8]("\(now.bootID.uuidString) \(now.boot.wholeMilliseconds) \(idleSeconds)\n".utf8)
        guard pwrite(file, text, text.count, 0) == text.count else { throw .last("write \(directory)/alive") }
    }

    private func aliveFile() throws(FileError) -> Int32 {
        if let alive { return alive }
        let path = "\(directory)/alive"
        let file = PathCalls.open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .last("open \(path)") }
        alive = file
        return file
    }

    private func lastBeat() throws(FileError) -> (bootID: UUID, boot: Duration, idleSeconds: Int)? {
        guard let bytes = try bytes(of: "alive") else { return nil }
        let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self).split(separator: " ")
        guard line.count == 3, let id = UUID(uuidString: String(line[0])), let boot = Int(line[1]),
            WorkInstant.boots.contains(boot), let idle = Int(line[2]), idle >= 0
        else { return nil }
        return (id, .milliseconds(boot), idle)
    }
}

// MARK: Files

extension ClientState {
    private func write(_ json: JSONValue, to name: String) throws(FileError) {
        try write(JSONWriter.bytes(of: json, .compact), to: name)
    }

    private func write(_ bytes: [UInt8], to name: String) throws(FileError) {
        try WholeFile.write(bytes.span, to: "\(directory)/\(name)", mode: 0o600)
    }

    private func remove(_ name: String) throws(FileError) {
        try Folder.removeFile("\(directory)/\(name)")
        try WholeFile.flushFolder(directory)
    }

    private func read<Value>(
        _ name: String, _ decode: (JSONFields) throws(JSONFieldError) -> Value
    ) throws(FileError) -> Value? {
        guard let bytes = try bytes(of: name) else { return nil }
        do {
            return try decode(try JSONFields(try JSONReader.value(of: bytes)))
        } catch {
            return nil
        }
    }

    /// Nil also for what is no such file by its size or kind.
    private func bytes(of name: String) throws(FileError) -> [UInt8]? {
        do throws(FileError) {
            return try OpenFile.contents(of: "\(directory)/\(name)", limit: Self.longest)
        } catch {
            guard error.code == EFBIG || error.code == EINVAL else { throw error }
            return nil
        }
    }
}
