import AsyncHTTPClient
import Capture
import Foundation
import Shared
import Synchronization
import TestSupport

@testable import TrackerTUI

/// A computer in a world: its three clocks, its line to the server, and a person before it.
final class WorldComputer: MomentClock {
    struct State: Sendable {
        var bootID = UUID()
        var bootedAt: Int64 = -3_600_000
        var slept: Int64 = 0
        /// By how much its wall clock is wrong, in milliseconds.
        var lead: Int64 = 0
        /// Of the last key or mouse move, by the monotonic clock.
        var lastInput: Int64 = 0
        var isCut = false
        /// What is asked arrives, what is answered does not.
        var losesAnswers = false
        /// Tokens from before are over.
        var deadTokens: Set<String> = []
        var tokens: Set<String> = []
        /// The server has taken a start, whether the answer arrived or not; others are to be told.
        var hasStarted = false
    }

    let world: World
    private let state = Mutex(State())

    init(_ world: World) {
        self.world = world
        input()
    }

    func set(_ change: @Sendable (inout State) -> Void) { state.withLock { change(&$0) } }
    var seen: State { state.withLock { $0 } }

    private var monotonic: Int64 { seen.monotonic(at: world.milliseconds) }

    func now() -> Moment {
        let (state, now) = (seen, world.milliseconds)
        return Moment(
            monotonic: .milliseconds(state.monotonic(at: now)), boot: .milliseconds(now - state.bootedAt),
            wall: world.now.adding(milliseconds: state.lead), bootID: state.bootID)
    }

    /// Somebody presses a key.
    func input() {
        let now = monotonic
        set { $0.lastInput = now }
    }

    /// Off and on again.
    func restart() {
        let now = world.milliseconds
        set {
            $0.bootID = UUID()
            $0.bootedAt = now
            $0.slept = 0
            $0.lastInput = 0
        }
    }

    func endTokens() {
        set {
            $0.deadTokens = $0.tokens
        }
    }
}

extension WorldComputer.State {
    fileprivate func monotonic(at now: Int64) -> Int64 { now - bootedAt - slept }
}

extension WorldComputer: ScreenCapturing, IdleTimeTelling {
    func capture() async throws(CaptureError) -> CapturedImage {
        CapturedImage(png: EncodedPNG.file(around: Array(repeating: 7, count: 16)), width: 1, height: 1)
    }

    func frame(after last: ScreenFrame?, within limit: ScreenFrame.Limit) async throws(CaptureError) -> ScreenFrame? {
        nil
    }

    func idleTime() async throws(CaptureError) -> Duration { .milliseconds(monotonic - seen.lastInput) }
}

/// The computer's line to the server: the real one, if it is not cut.
struct WorldLine: TrackerAPI {
    let client: TrackerClient
    let computer: WorldComputer
    let heard: HeardTime

    /// After a second has begun, in milliseconds.
    private static let dateDelay: Int64 = 400

    private func through<Value>(
        _ token: String?, _ ask: (TrackerClient) async throws(TrackerAPIError) -> Value
    ) async throws(TrackerAPIError) -> Value {
        let before = computer.seen
        guard !before.isCut else { throw .unreachable("The line is cut.") }
        let sentAt = computer.now().boot
        // As a server writes it: whole seconds, made anew once a second, and hardly ever just when one begins.
        func hearDate() {
            let served = Timestamp(milliseconds: (computer.world.now.milliseconds - Self.dateDelay) / 1000 * 1000)
            heard(.init(date: served, sentAt: sentAt, received: computer.now()))
        }
        if let token, before.deadTokens.contains(token) {
            guard !before.losesAnswers else { throw .unreachable("The answer is lost.") }
            hearDate()
            throw .refused(.init(status: 401, code: .invalidToken, message: "Invalid token", retryAfter: nil))
        }
        let answer = try await ask(client)
        guard !before.losesAnswers else { throw .unreachable("The answer is lost.") }
        hearDate()
        return answer
    }

    func logIn(email: String, password: String) async throws(TrackerAPIError) -> LoginResponse {
        let answer = try await through(nil) { (api) throws(TrackerAPIError) in
            try await api.logIn(email: email, password: password)
        }
        computer.set { $0.tokens.insert(answer.token) }
        return answer
    }
    func logOut(token: String) async throws(TrackerAPIError) {
        try await through(token) { (api) throws(TrackerAPIError) in try await api.logOut(token: token) }
    }
    func refresh(token: String) async throws(TrackerAPIError) -> LoginResponse {
        let answer = try await through(token) { (api) throws(TrackerAPIError) in try await api.refresh(token: token) }
        computer.set { $0.tokens.insert(answer.token) }
        return answer
    }
    func queueKey(token: String) async throws(TrackerAPIError) -> QueueKeyResponse? {
        try await through(token) { (api) throws(TrackerAPIError) in try await api.queueKey(token: token) }
    }
    func changePassword(_ change: PasswordChangeRequest, token: String) async throws(TrackerAPIError) -> LoginResponse {
        try await through(token) { (api) throws(TrackerAPIError) in try await api.changePassword(change, token: token) }
    }
    func startWork(_ start: StartRequest, token: String) async throws(TrackerAPIError)
        -> (session: WorkSession, isNew: Bool)
    {
        try await through(token) { (api) throws(TrackerAPIError) in
            let answer = try await api.startWork(start, token: token)
            computer.set { $0.hasStarted = true }
            return answer
        }
    }
    func whoLooked(_ path: String, token: String) async throws(TrackerAPIError) -> AuditPage {
        try await through(token) { (api) throws(TrackerAPIError) in try await api.whoLooked(path, token: token) }
    }
    func heartbeat(_ beat: HeartbeatRequest, token: String) async throws(TrackerAPIError) -> HeartbeatResponse {
        try await through(token) { (api) throws(TrackerAPIError) in try await api.heartbeat(beat, token: token) }
    }
    func stopWork(_ stop: HeartbeatRequest, token: String) async throws(TrackerAPIError) -> WorkSession {
        try await through(token) { (api) throws(TrackerAPIError) in try await api.stopWork(stop, token: token) }
    }
    func deliver(_ spans: WorkSpansRequest, token: String) async throws(TrackerAPIError) -> WorkSpansResponse {
        try await through(token) { (api) throws(TrackerAPIError) in try await api.deliver(spans, token: token) }
    }
    func workDay(token: String) async throws(TrackerAPIError) -> WorkDayResponse {
        try await through(token) { (api) throws(TrackerAPIError) in try await api.workDay(token: token) }
    }
    func captureInterval(defaultSeconds: Int, token: String) async throws(TrackerAPIError) -> Int? {
        try await through(token) { (api) throws(TrackerAPIError) in
            try await api.captureInterval(defaultSeconds: defaultSeconds, token: token)
        }
    }
    func upload(png: [UInt8], capturedAt: Timestamp, key: UUID, token: String) async throws(TrackerAPIError)
        -> UploadResponse
    {
        try await through(token) { (api) throws(TrackerAPIError) in
            try await api.upload(png: png, capturedAt: capturedAt, key: key, token: token)
        }
    }
}
