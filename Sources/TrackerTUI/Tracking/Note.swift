import Capture
import Shared

/// Something that happened and that the employee should know: one line on the screen, in the log and in headless output.
enum Note: Sendable, Hashable {
    enum Kind: Sendable, Hashable { case plain, good, warning, bad }

    case signedIn(email: String, server: String)
    /// Since an earlier run.
    case stillSignedIn(email: String)
    case loginFailed(String)
    case waitingForInterval
    case intervalChanged(seconds: Int?)
    case trackingStarted(Timestamp)
    case trackingResumed(Timestamp)
    case trackingStopped(activeSeconds: Int, idleSeconds: Int)
    /// The server cannot be asked: hours are kept here.
    case trackingWithoutServer
    /// What was worked since its last heartbeat is kept, and delivered by itself.
    case sessionClosedByServer(keptSeconds: Int)
    case workDelivered(seconds: Int)
    /// Some of it will not count, and why.
    case workRefused(seconds: Int, reason: String)
    case workNotKept(String)
    case trackedElsewhere(host: String?, hasKeys: Bool = true)
    case elsewhereEnded(host: String?)
    /// A manager has corrected a day's hours, or revoked that.
    case corrected(Correction)
    /// Somebody looks at captures or at the screen.
    case looked(AuditRow)
    case accountRemoved
    case clockIsOff(String)
    case slept(Duration)
    case wentOffline(String)
    /// The server cannot be asked, and without it nothing can begin.
    case notTracked(until: String, String)
    case cameOnline
    case loginEnded
    /// The same where nobody can type a password.
    case loginRenewed
    /// There it was refused, and is tried again.
    case loginRetried(String, pause: Duration)
    case passwordExpired
    case passwordChanged
    case requestRefused(String)
    case captured(width: Int, height: Int, bytes: Int, concealment: Concealment? = nil)
    case captureFailed(String)
    case captureNotKept(String)
    case uploaded(file: String)
    case putAside(String)
    /// What waits stays in line, and why.
    case deliveryWaits(String)
    case queueFailed(String)
    case screenLost(String)
    case liveLinkUp
    case liveLinkDown(String)
    /// Nothing is tracked, so nothing is shown.
    case liveAsked(by: String)
    case liveStarted(by: String)
    /// Others still watch.
    case liveLeft(by: String)
    case liveEnded(LiveEnd)
    case liveFrameFailed(String)
    case left
    case problem(String)

    enum LiveEnd: Sendable, Hashable {
        case byWatcher(String)
        case byEmployee, trackingEnded, disconnected, left
    }

    /// What it is called in headless output and in the log.
    var name: String {
        switch self {
        case .signedIn: "signed-in"
        case .stillSignedIn: "still-signed-in"
        case .loginFailed, .loginRetried: "login-failed"
        case .waitingForInterval: "waiting"
        case .intervalChanged: "interval"
        case .trackingStarted: "tracking-started"
        case .trackingResumed: "tracking-resumed"
        case .trackingStopped: "tracking-stopped"
        case .trackingWithoutServer: "tracking-offline"
        case .sessionClosedByServer: "session-closed"
        case .workDelivered: "work-delivered"
        case .workRefused: "work-refused"
        case .workNotKept: "work-not-kept"
        case .trackedElsewhere: "tracked-elsewhere"
        case .elsewhereEnded: "elsewhere-ended"
        case .corrected: "corrected"
        case .looked: "looked"
        case .accountRemoved: "account-removed"
        case .clockIsOff: "clock"
        case .slept: "slept"
        case .wentOffline, .notTracked: "offline"
        case .cameOnline: "online"
        case .loginEnded, .loginRenewed: "login-ended"
        case .passwordExpired: "password-expired"
        case .passwordChanged: "password-changed"
        case .requestRefused: "refused"
        case .captured: "captured"
        case .captureFailed: "capture-failed"
        case .captureNotKept: "capture-not-kept"
        case .uploaded: "uploaded"
        case .putAside: "put-aside"
        case .deliveryWaits: "delivery-waits"
        case .queueFailed: "queue-failed"
        case .screenLost: "no-screen"
        case .liveLinkUp: "live-link-up"
        case .liveLinkDown: "live-link-down"
        case .liveAsked: "live-asked"
        case .liveStarted: "live-started"
        case .liveLeft: "live-left"
        case .liveEnded: "live-ended"
        case .liveFrameFailed: "live-frame-failed"
        case .left: "left"
        case .problem: "problem"
        }
    }

    var kind: Kind {
        switch self {
        case .signedIn, .stillSignedIn, .trackingStarted, .trackingResumed, .cameOnline, .uploaded, .workDelivered,
            .passwordChanged,
            .liveLinkUp:
            .good
        case .waitingForInterval, .trackingWithoutServer, .sessionClosedByServer, .trackedElsewhere, .elsewhereEnded,
            .corrected, .looked, .clockIsOff, .wentOffline, .notTracked, .deliveryWaits, .screenLost, .slept,
            .liveLinkDown,
            .liveAsked,
            .liveEnded, .captured(_, _, _, .some):
            .warning
        case .loginFailed, .loginEnded, .loginRenewed, .loginRetried, .passwordExpired, .requestRefused, .captureFailed,
            .captureNotKept, .putAside, .queueFailed, .workRefused, .workNotKept, .accountRemoved, .liveStarted,
            .liveFrameFailed, .problem:
            .bad
        case .intervalChanged, .trackingStopped, .captured, .liveLeft, .left: .plain
        }
    }

    /// A sentence for a person.
    var text: String { words { $0.iso8601 } }

    /// - Parameter clock: a time in words.
    func words(_ clock: (Timestamp) -> String) -> String {
        switch self {
        case .signedIn(let email, let server): "Signed in as \(email) at \(server)."
        case .loginFailed(let reason), .requestRefused(let reason), .captureNotKept(let reason),
            .queueFailed(let reason), .screenLost(let reason), .workNotKept(let reason), .clockIsOff(let reason),
            .problem(let reason):
            reason
        case .stillSignedIn(let email): "Still signed in as \(email)."
        case .waitingForInterval: "Waiting until a manager assigns a capture interval."
        case .intervalChanged(CaptureInterval.hoursOnly?): "Captures are switched off: hours only, nothing is captured."
        case .intervalChanged(let seconds?): "The capture interval is \(DurationText.words(seconds: seconds))."
        case .intervalChanged(nil): "No capture interval is assigned any more."
        case .trackingStarted: "Tracking has started."
        case .trackingResumed(let start): "Tracking goes on in the session that began at \(clock(start))."
        case .trackingStopped(let active, let idle):
            "Tracking has stopped after \(DurationText.clock(seconds: active)), "
                + "\(DurationText.clock(seconds: idle)) of it idle."
        case .trackingWithoutServer: "Tracking without the server: hours are kept here until it can be reached."
        case .sessionClosedByServer(0): "The server has closed the session at its last heartbeat."
        case .sessionClosedByServer(let seconds):
            "\(DurationText.clock(seconds: seconds)) are kept here and delivered now: "
                + "the server had closed the session at its last heartbeat."
        case .workDelivered(let seconds):
            "\(DurationText.clock(seconds: seconds)) have arrived: work that was kept here."
        case .workRefused(let seconds, let reason):
            "\(DurationText.clock(seconds: seconds)) that were kept here do not count: \(reason)"
        case .trackedElsewhere(let host, let hasKeys):
            "Your time is tracked \(host.map { "at \($0)" } ?? "by another client") now. "
                + (hasKeys ? "Press s to track here again." : "Start this client again to track here.")
        case .elsewhereEnded(let host):
            "Nothing is tracked now: tracking \(host.map { "at \($0)" } ?? "by the other client") has ended."
        case .corrected(let correction): Self.words(for: correction)
        case .looked(let row): Looks.words(for: row, clock) + "."
        case .accountRemoved:
            "This account has been removed: nothing is tracked or captured any more. What waits is kept, put aside."
        case .slept(let duration): "The machine slept for \(DurationText.clock(seconds: duration.wholeSeconds))."
        case .wentOffline(let reason): "Offline, hours and captures are kept here: \(reason)"
        case .notTracked(let event, let reason): "Nothing is tracked until \(event): \(reason)"
        case .cameOnline: "The server can be reached again."
        case .loginEnded: "The login has ended: type the password again. Hours and captures are kept here for 7 days."
        case .loginRenewed:
            "The login has ended: it is renewed with the password that was given. Tracking goes on, and hours and captures are "
                + "kept here for 7 days."
        case .loginRetried(let reason, let pause):
            "Tracking goes on, and the login is tried again in \(DurationText.words(seconds: pause.wholeSeconds)). "
                + "For another password start the client again: it delivers what is kept here. Refused: \(reason)"
        case .passwordExpired: "The password must be changed. Hours and captures are kept here until then."
        case .passwordChanged: "The password is changed."
        case .captured(let width, let height, let bytes, let concealment):
            "Screen captured\(Self.words(for: concealment)): "
                + "\(width)x\(height), \(DurationText.size(bytes: bytes))."
        case .captureFailed(let reason): "No capture: \(reason)"
        case .uploaded(let file): "Capture delivered as \(file)."
        case .putAside(let reason): "A capture was put aside: \(reason)"
        case .deliveryWaits(let reason): "Not delivered yet: \(reason)"
        case .liveLinkUp: "The live connection is back."
        case .liveLinkDown(let reason): "The live connection is down: \(reason)"
        case .liveAsked(let name):
            "Nothing is shown while you are not tracking: \(name) wants to watch your screen live."
        case .liveStarted(let name): "Live view started by \(name): your screen is being watched."
        case .liveLeft(let name): "\(name) has stopped watching; others still watch."
        case .liveEnded(let end): "Live view has ended\(Self.reason(of: end))."
        case .liveFrameFailed(let reason): "No live frame: \(reason)"
        case .left: "Good-bye."
        }
    }

    private static func words(for correction: Correction) -> String {
        // What managers write, and what a server says of them, may be anything.
        let reason = correction.reason.asSaid.onOneLine
        let (by, revokedBy) = (correction.by.asSaid.onOneLine, correction.revokedBy?.asSaid.onOneLine)
        let amount = DurationText.clock(seconds: abs(correction.seconds))
        let day = correction.date.iso8601
        if correction.revokedAt != nil {
            let change = "\(correction.minutes < 0 ? "-" : "+")\(amount)"
            return "\(revokedBy ?? by) has revoked the correction of \(day) by \(change): "
                + reason
        }
        return "\(by) has \(correction.minutes < 0 ? "taken \(amount) off" : "added \(amount) to") \(day): "
            + reason
    }

    private static func words(for concealment: Concealment?) -> String {
        switch concealment {
        case .screenSaver?: ", screen saver on (locked?)"
        case .oneColour(0)?: ", all black (locked or off?)"
        case .oneColour?: ", all one colour"
        case nil: ""
        }
    }

    private static func reason(of end: LiveEnd) -> String {
        switch end {
        case .byWatcher(let name): ": \(name) has stopped watching"
        case .byEmployee: ", as you wished"
        case .trackingEnded: ", as tracking has"
        case .disconnected: ": the connection is down"
        case .left: ""
        }
    }
}
