import Shared
import TestSupport
import Testing

@testable import TrackerTUI

/// A day of one person at one or two computers, with everything that can go wrong, second by second.
final class WorkedDay {
    let world: World
    let server: WorldServer
    let email: String
    var password = "a password of her own"
    private(set) var computers: [WorldComputer] = []
    private(set) var clients: [WorldClient] = []
    private(set) var rules = HoursRules()
    /// Computers that sleep, and people who are not there.
    private var asleep: Set<Int> = []
    private var away: Set<Int> = []
    /// What happens at a later second; what somebody does at a computer that sleeps then, when it has woken.
    private var plan: [(second: Int, computer: Int?, action: () async throws -> Void)] = []

    /// - Parameter hasLiveConnections: the clients hear the server over sockets; otherwise the day tells them.
    init(
        _ world: World, _ server: WorldServer, email: String, hasLiveConnections: Bool = false
    ) async throws {
        (self.world, self.server, self.email) = (world, server, email)
        try await server.hire(email, password: password, intervalMinutes: HoursRules.interval / 60)
        let url = try #require(BackendURL(server.url))
        for _ in 0..<2 {
            let computer = WorldComputer(world)
            computers.append(computer)
            clients.append(
                try WorldClient(on: computer, email: email, server: url, hasLiveConnection: hasLiveConnections))
        }
    }

    /// It hears of a take-over at once. Where it does not it works on, rightly, until it does: `HoursRules` knows nothing of that.
    func isReached(_ index: Int) -> Bool {
        let computer = computers[index].seen
        return server.isUp && !computer.isCut && !computer.losesAnswers && clients[index].tracking?.block == nil
    }

    func isAsleep(_ index: Int) -> Bool { asleep.contains(index) }

    /// - Parameter computer: at which somebody does this.
    func later(_ seconds: Int, at computer: Int? = nil, _ action: @escaping () async throws -> Void) {
        plan.append((world.second + seconds, computer, action))
    }

    func pass(_ seconds: Int) async throws {
        for _ in 0..<seconds {
            world.pass(milliseconds: 1000)
            for index in clients.indices { await passSecond(index) }
            let isDue = { [world, asleep] (second: Int, computer: Int?) in
                second <= world.second && computer.map { !asleep.contains($0) } ?? true
            }
            let due = plan.filter { isDue($0.second, $0.computer) }
            plan.removeAll { isDue($0.second, $0.computer) }
            for entry in due { try await entry.action() }
        }
    }

    private func passSecond(_ index: Int) async {
        guard !asleep.contains(index) else {
            computers[index].set { $0.slept += 1000 }
            rules.sleep(index, until: world.second)
            return
        }
        let hasInput = !away.contains(index) && world.second % 20 == 0
        if hasInput { computers[index].input() }
        rules.pass(index, until: world.second, hadInput: hasInput)
        if clients[index].isRunning { await clients[index].tick() }
        await tellOthers(than: index)
    }

    // MARK: What happens

    /// Signs in, or goes on where an earlier run was.
    func start(_ index: Int = 0) async throws {
        guard !clients[index].isRunning else { return }
        try await clients[index].start()
        if case .login = clients[index].screen { await clients[index].type(password) }
        guard let tracking = clients[index].tracking, tracking.isSignedIn else { return clients[index].die() }
        // Of a session that somebody has begun elsewhere meanwhile only a key makes an end.
        if !tracking.phase.isElsewhere { await takeOver(index) }
    }

    /// Of two clients the one that began last tracks. Where the server could not hear of it, she stops the other herself.
    private func takeOver(_ index: Int) async {
        for other in clients.indices where other != index {
            if rules.isWorking(other), !computers[index].seen.hasStarted { await stop(other) }
            rules.end(other, at: world.second)
        }
        rules.begin(index, at: world.second)
        await tellOthers(than: index)
    }

    /// Whoever can be reached hears at once that this client has started.
    private func tellOthers(than index: Int) async {
        guard computers[index].seen.hasStarted else { return }
        computers[index].set { $0.hasStarted = false }
        for other in clients.indices where other != index && !asleep.contains(other) && !computers[other].seen.isCut {
            await clients[other].hear(of: clients[index])
        }
    }

    func kill(_ index: Int = 0) {
        clients[index].die()
        rules.end(index, at: world.second)
    }

    /// Of a machine that may be asleep.
    func cutPower(_ index: Int = 0) {
        asleep.remove(index)
        kill(index)
        computers[index].restart()
    }

    func quit(_ index: Int = 0) async throws {
        rules.end(index, at: world.second)
        await clients[index].command("q")
        for _ in 0..<5 where clients[index].isRunning { try await pass(1) }
    }

    func stop(_ index: Int = 0) async {
        rules.end(index, at: world.second)
        await clients[index].command("x")
    }

    func startAgain(_ index: Int = 0) async {
        guard clients[index].isRunning, clients[index].tracking?.isTracking == false else { return }
        await clients[index].command("s")
        await takeOver(index)
    }

    func sleep(_ seconds: Int, _ index: Int = 0) {
        asleep.insert(index)
        later(seconds) { [weak self] in _ = self?.asleep.remove(index) }
    }

    func goAway(_ seconds: Int, _ index: Int = 0) {
        away.insert(index)
        later(seconds) { [weak self] in _ = self?.away.remove(index) }
    }

    func cutLine(_ seconds: Int, _ index: Int = 0) {
        computers[index].set { $0.isCut = true }
        later(seconds) { [weak self] in self?.computers[index].set { $0.isCut = false } }
    }

    func loseAnswers(_ seconds: Int, _ index: Int = 0) {
        computers[index].set { $0.losesAnswers = true }
        later(seconds) { [weak self] in self?.computers[index].set { $0.losesAnswers = false } }
    }

    func stopServer(_ seconds: Int) async throws {
        try await server.stop()
        later(seconds) { [weak self] in try await self?.server.start() }
    }

    func killServer(_ seconds: Int) async throws {
        try await server.kill()
        later(seconds) { [weak self] in try await self?.server.start() }
    }

    func setClock(_ seconds: Int64, _ index: Int = 0) { computers[index].set { $0.lead = seconds * 1000 } }

    func endLogin(_ index: Int = 0) { computers[index].endTokens() }

    /// A manager gives another password.
    func resetPassword() async throws {
        password += " again"
        try await server.reset(email, to: password)
    }

    func typePassword(_ index: Int = 0) async { await clients[index].logInAgain(password) }

    // MARK: The end

    /// Everything works again, everybody goes home; then the books are compared.
    func end() async throws -> HoursFindings {
        plan = []
        asleep = []
        try await server.start()
        for index in clients.indices {
            computers[index].set { ($0.isCut, $0.losesAnswers) = (false, false) }
        }
        // What waits in its folder goes out when it runs.
        if clients[1].hasRun, !clients[1].isRunning {
            if clients[0].isRunning { try await quit(0) }
            try await start(1)
            for _ in 0..<10 {
                await typePassword(1)
                try await pass(1)
            }
            try await quit(1)
        }
        if !clients[0].isRunning { try await start(0) }
        for _ in 0..<150 {
            for index in clients.indices { await typePassword(index) }
            try await pass(1)
        }
        for index in clients.indices where clients[index].isRunning { try await quit(index) }
        try await server.stop()
        var findings = HoursFindings(rules, sessions: try server.sessions(of: email), start: world.start)
        findings.compare(
            captures: try server.captures(of: email),
            expected: rules.captures.map { world.start.adding(seconds: $0) }, start: world.start)
        return findings
    }
}
