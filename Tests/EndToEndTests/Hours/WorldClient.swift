import AsyncHTTPClient
import Foundation
import Shared
import TestSupport

@testable import TrackerTUI

/// The client on a computer of a world: its real model, its real runner and its real folder, driven by hand.
final class WorldClient {
    let computer: WorldComputer
    let email: String
    private let server: BackendURL
    private let folder: TemporaryFolder
    /// As the client makes it: whoever asks has pauses of his own.
    private static let http = TrackerClient.makeHTTPClient()
    private var model: AppModel?
    private var runner: EffectRunner?
    private var events: AsyncStream<AppEvent>.Iterator?
    /// When the screen was captured, by the world's clock.
    private(set) var captured: [Timestamp] = []
    private(set) var log: [String] = []

    init(on computer: WorldComputer, email: String, server: BackendURL) throws {
        (self.computer, self.email, self.server) = (computer, email, server)
        folder = try TemporaryFolder()
    }

    var isRunning: Bool { model != nil }
    var tracking: TrackingSession? { model?.tracking }
    var screen: AppModel.Screen? { model?.screen }
    var isAsking: Bool { model?.prompt != nil }
    var queue: SpoolStatus? { model?.queue }
    var clockTrouble: String? { model?.clockTrouble }

    /// A new process. Whoever has logged in before is signed in still.
    func start() async throws {
        let spool = try await Spool.open(directory: folder.path + "/queue")
        let state = ClientState(directory: folder.path)
        let (stream, continuation) = AsyncStream.makeStream(of: AppEvent.self)
        let (id, login, computer) = (try await state.clientID(), try await state.login(), computer)
        let surroundings = Surroundings(
            clock: computer,
            api: { server, heard in
                let now = BackendURL("http://127.0.0.1:\(computer.world.port)") ?? server
                return WorldLine(client: TrackerClient(server: now, http: Self.http), computer: computer, heard: heard)
            },
            makeLive: { _, _ in SilentLine() }, screen: computer, spool: spool, state: state, clientID: id,
            defaultInterval: 180, record: { _ in }, suspend: {})
        runner = EffectRunner(surroundings: surroundings) { continuation.yield($0) }
        events = stream.makeAsyncIterator()
        let options = AppModel.Options(server: server.text, email: email, clientID: id, login: login)
        model = AppModel(options: options, at: computer.now(), jitter: { 0.5 })
        await perform(model?.start(at: computer.now()) ?? [])
    }

    /// `kill -9`.
    func die() {
        (model, runner, events) = (nil, nil, nil)
    }

    func tick() async { await handle(.tick) }

    func press(_ keys: Key...) async {
        for key in keys { await handle(.terminal(.key(key))) }
    }

    /// Types the password where it is asked for.
    func type(_ password: String) async { await press(.paste(password), .enter) }

    /// Waits until the session is stopped, or that was given up.
    func quit() async {
        await press(.character("q"))
        for _ in 0..<3 where isRunning {
            computer.world.pass(milliseconds: 1000)
            await tick()
        }
        die()
    }

    private func handle(_ event: AppEvent) async {
        await perform(model?.handle(event, at: computer.now()) ?? [])
    }

    /// Does what the model wants until all that was asked is answered.
    private func perform(_ effects: [Effect]) async {
        var effects = effects
        var outstanding = 0
        while true {
            for effect in effects {
                if case .exit = effect { return die() }
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
