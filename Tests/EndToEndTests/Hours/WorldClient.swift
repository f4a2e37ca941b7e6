import AsyncHTTPClient
import Foundation
import Logging
import Shared
import TestSupport

@testable import TrackerTUI

/// The client on a computer of a world: its real model, its real runner and its real folder, driven by hand.
final class WorldClient {
    let computer: WorldComputer
    let email: String
    private let server: BackendURL
    private let folder: TemporaryFolder
    /// It hears the server over a socket of its own; otherwise as the test says.
    private let hasLiveConnection: Bool
    private var id: UUID?
    /// As the client makes it: whoever asks has pauses of his own.
    private static let http = TrackerClient.makeHTTPClient()
    private var model: AppModel?
    private var runner: EffectRunner?
    private var events: AsyncStream<AppEvent>.Iterator?
    /// When the screen was captured, by the world's clock.
    private(set) var captured: [Timestamp] = []
    private(set) var log: [String] = []

    init(on computer: WorldComputer, email: String, server: BackendURL, hasLiveConnection: Bool = false) throws {
        (self.computer, self.email, self.server) = (computer, email, server)
        self.hasLiveConnection = hasLiveConnection
        folder = try TemporaryFolder(inMemory: true)
    }

    var isRunning: Bool { model != nil }
    private(set) var hasRun = false
    var tracking: TrackingSession? { model?.tracking }
    var screen: AnyScreen? { model?.screen }
    /// For the password, on the status screen.
    var isAsking: Bool { if case .status(let screen) = screen { screen.prompt != nil } else { false } }
    var queue: SpoolStatus? { model?.queue }
    var clockTrouble: String? { model?.clocks.trouble }

    /// A new process. Whoever has logged in before is signed in still.
    func start() async throws {
        hasRun = true
        let spool = try await openSpool()
        let state = ClientState(directory: folder.path)
        let (stream, continuation) = AsyncStream.makeStream(of: AppEvent.self)
        let (id, login, computer) = (try await state.clientID(), try await state.login(), computer)
        self.id = id
        let hasLiveConnection = hasLiveConnection
        let surroundings = Surroundings(
            clock: computer,
            api: { server, heard in
                let now = BackendURL("http://127.0.0.1:\(computer.world.port)") ?? server
                return WorldLine(client: TrackerClient(server: now, http: Self.http), computer: computer, heard: heard)
            },
            makeLive: { server, tokens -> any LiveConnecting in
                guard hasLiveConnection else { return SilentLine() }
                return SocketLiveConnection(
                    to: server, tokens: tokens, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            }, screen: computer, input: computer, spool: spool, state: state, clientID: id,
            defaultInterval: 180, record: { _ in }, suspend: {})
        runner = EffectRunner(surroundings: surroundings) { continuation.yield($0) }
        events = stream.makeAsyncIterator()
        let options = AppModel.Options(server: server.text, email: email, clientID: id, login: login)
        model = AppModel(options: options, at: computer.now(), jitter: { 0.5 })
        await perform(model?.start(at: computer.now()) ?? [])
    }

    /// What a killed one had begun lets go of its folder an instant later.
    private func openSpool() async throws(SpoolError) -> Spool {
        for _ in 0..<10_000 {
            do throws(SpoolError) {
                return try await Spool.open(directory: folder.path + "/queue")
            } catch {
                guard case .inUse = error else { throw error }
                await Task.yield()
            }
        }
        return try await Spool.open(directory: folder.path + "/queue")
    }

    /// `kill -9`.
    func die() {
        (model, runner, events) = (nil, nil, nil)
    }

    func tick() async { await handle(.tick) }

    func press(_ keys: Key...) async {
        for key in keys { await handle(.terminal(.key(key))) }
    }

    /// Presses a key of the status screen; a question for the password is put away before.
    func command(_ key: Character) async {
        if isAsking { await press(.escape) }
        await press(.character(key))
    }

    /// Types the password where it is asked for.
    func type(_ password: String) async { await press(.paste(password), .enter) }

    /// Types the password if the login has ended, also where the question was put away.
    func logInAgain(_ password: String) async {
        guard tracking?.block == .password else { return }
        if !isAsking { await press(.character("p")) }
        await type(password)
    }

    /// Waits until the session is stopped, or that was given up.
    func quit() async {
        await command("q")
        for _ in 0..<3 where isRunning {
            computer.world.pass(milliseconds: 1000)
            await tick()
        }
        die()
    }

    /// What the server tells an earlier client when another one has started.
    func hear(of other: WorldClient) async {
        if hasLiveConnection {
            if tracking?.isTracking == true { await listen { $0.tracking.phase.isElsewhere } }
        } else if let id = other.id, let link = model?.link.generation {
            await handle(.live(.workElsewhere(WorkElsewhere(client: id, host: HostName.own)), link: link))
        }
    }

    /// Takes what comes by itself, until all is as wanted. Time does not pass meanwhile.
    func listen(until isAsWanted: (AppModel) -> Bool) async {
        while let model, !isAsWanted(model), let event = await events?.next() { await handle(event) }
    }

    private func handle(_ event: AppEvent) async {
        await perform(model?.handle(event, at: computer.now()) ?? [])
    }

    /// What has left is answered before the program ends, so that a day ends alike each time.
    private func exit(_ outstanding: Int) async {
        var outstanding = outstanding
        while outstanding > 0, let event = await events?.next() {
            if event.isAnswer { outstanding -= 1 }
        }
        die()
    }

    /// Does what the model wants until all that was asked is answered.
    private func perform(_ effects: [Effect]) async {
        var effects = effects
        var outstanding = 0
        while true {
            for effect in effects {
                if case .exit = effect { return await exit(outstanding) }
                if case .record(let entry) = effect { log.append(entry.line) }
                guard !effect.isOfTheTestsOwn else { continue }
                if effect.isAnswered { outstanding += 1 }
                if case .capture = effect { captured.append(computer.world.now) }
                await runner?.run(effect)
            }
            guard outstanding > 0, let event = await events?.next() else { return }
            if event.isAnswer { outstanding -= 1 }
            effects = model?.handle(event, at: computer.now()) ?? []
        }
    }
}

/// A live connection over which nothing ever comes.
private struct SilentLine: LiveConnecting {
    let events = AsyncStream<LiveEvent> { $0.finish() }

    func send(_ message: LiveMessage) async -> Bool { false }
    func close() async {}
}

extension TrackingSession.Phase {
    var isElsewhere: Bool { if case .elsewhere = self { true } else { false } }
}

extension Effect {
    fileprivate var isAnswered: Bool {
        switch self {
        case .logIn, .changePassword, .resume, .send, .sampleIdle, .capture, .deliver: true
        default: false
        }
    }

    /// Time passes as the test says.
    fileprivate var isOfTheTestsOwn: Bool {
        switch self {
        case .tick, .suspend, .record: true
        default: false
        }
    }
}

extension AppEvent {
    fileprivate var isAnswer: Bool {
        switch self {
        case .loginAnswered, .passwordAnswered, .workAnswered, .idleSampled, .captured, .delivered: true
        default: false
        }
    }
}
