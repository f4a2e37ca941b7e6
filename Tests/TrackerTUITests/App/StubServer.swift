import Capture
import Foundation
import Pictures
import Shared
import Synchronization

@testable import TrackerTUI

/// A server that remembers uploads and tokens, and answers as told. What no test expects is unreachable.
final class StubServer: TrackerAPI {
    struct Upload: Equatable, Sendable {
        var png: [UInt8]
        var capturedAt: Timestamp
        var key: UUID
        var token: String
    }

    struct State: Sendable {
        var login: Result<LoginResponse, TrackerAPIError> = .failure(unexpected)
        /// As from a server of an earlier version.
        var queueKey: Result<QueueKeyResponse?, TrackerAPIError> = .success(nil)
        var queueKeysAsked = 0
        var queueKeysAnswered = 0
        /// The answer to who asks for one does not come yet.
        var holdsQueueKey = false
        var upload: Result<UploadResponse, TrackerAPIError> = .failure(unexpected)
        var beat: Result<HeartbeatResponse, TrackerAPIError> = .failure(unexpected)
        var uploads: [Upload] = []
        var beats: [HeartbeatRequest] = []
        var deliver: Result<WorkSpansResponse, TrackerAPIError> = .failure(unexpected)
        var spans: [WorkSpansRequest] = []
        /// A delivery is answered when so many have come.
        var spansTogether = 1
        var loggedOut: [String] = []
        /// How long a logout takes; it is not heard of when it is cancelled before.
        var logoutPause: Duration = .zero
    }

    static let unexpected = TrackerAPIError.unreachable("Nobody expected this.")

    private let state = Mutex(State())

    func set(_ change: @Sendable (inout State) -> Void) { state.withLock { change(&$0) } }
    var seen: State { state.withLock { $0 } }

    func logIn(email: String, password: String) async throws(TrackerAPIError) -> LoginResponse {
        try seen.login.get()
    }

    func queueKey(token: String) async throws(TrackerAPIError) -> QueueKeyResponse? {
        set { $0.queueKeysAsked += 1 }
        while seen.holdsQueueKey { await Task.yield() }
        set { $0.queueKeysAnswered += 1 }
        return try seen.queueKey.get()
    }

    func logOut(token: String) async throws(TrackerAPIError) {
        do {
            try await Task.sleep(for: seen.logoutPause)
        } catch {
            throw Self.unexpected
        }
        set { $0.loggedOut.append(token) }
    }

    func whoLooked(_ path: String, token: String) async throws(TrackerAPIError) -> AuditPage {
        throw Self.unexpected
    }

    func heartbeat(_ beat: HeartbeatRequest, token: String) async throws(TrackerAPIError) -> HeartbeatResponse {
        set { $0.beats.append(beat) }
        return try seen.beat.get()
    }

    func deliver(_ spans: WorkSpansRequest, token: String) async throws(TrackerAPIError) -> WorkSpansResponse {
        set { $0.spans.append(spans) }
        while seen.spans.count < seen.spansTogether { await Task.yield() }
        return try seen.deliver.get()
    }

    func upload(png: [UInt8], capturedAt: Timestamp, key: UUID, token: String) async throws(TrackerAPIError)
        -> UploadResponse
    {
        set { $0.uploads.append(Upload(png: png, capturedAt: capturedAt, key: key, token: token)) }
        return try seen.upload.get()
    }

    func refresh(token: String) async throws(TrackerAPIError) -> LoginResponse { throw Self.unexpected }
    func changePassword(_ change: PasswordChangeRequest, token: String) async throws(TrackerAPIError) -> LoginResponse {
        throw Self.unexpected
    }
    func startWork(_ start: StartRequest, token: String) async throws(TrackerAPIError)
        -> (session: WorkSession, isNew: Bool)
    {
        throw Self.unexpected
    }
    func stopWork(_ stop: HeartbeatRequest, token: String) async throws(TrackerAPIError) -> WorkSession {
        throw Self.unexpected
    }
    func workDay(token: String) async throws(TrackerAPIError) -> WorkDayResponse { throw Self.unexpected }
    func captureInterval(defaultSeconds: Int, token: String) async throws(TrackerAPIError) -> Int? {
        throw Self.unexpected
    }
}

/// A screen that always looks the same.
struct StubScreen: ScreenCapturing, IdleTimeTelling {
    var image: Result<CapturedImage, CaptureError> = .success(CapturedImage(png: [1, 2, 3], width: 4, height: 5))
    var idle: Result<Duration, CaptureError> = .success(.seconds(7))

    func capture() async throws(CaptureError) -> CapturedImage { try image.get() }
    func frame(
        after last: ScreenFrame?, within limit: ScreenFrame.Limit
    ) async throws(CaptureError) -> ScreenFrame? {
        var picture = Picture(size: PictureSize(width: 2, height: 1))
        let words: [UInt32] = [0x010203, 0x040506]
        picture.append(words.span)
        let frame = try ScreenFrame(picture, bytes: limit.bytes)
        return frame == last ? nil : frame
    }
    func idleTime() async throws(CaptureError) -> Duration { try idle.get() }
}

/// A clock that stands still.
struct StubClock: MomentClock {
    var moment: Moment

    func now() -> Moment { moment }
}
