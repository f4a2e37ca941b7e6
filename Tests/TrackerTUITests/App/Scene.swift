import Foundation
import Shared

@testable import TrackerTUI

/// An AppModel at work, and what it asked for.
struct Scene {
    static let serverText = "http://localhost:4000"

    var model: AppModel
    private(set) var effects: [Effect] = []

    init(
        isHeadless: Bool = false, asks: Bool = false, width: Int = 80, height: Int = 24,
        _ change: (inout AppModel.Options) -> Void = { _ in }
    ) {
        var options = AppModel.Options(
            server: Self.serverText, email: "eve@example.com", password: isHeadless ? "eves-password" : "",
            isHeadless: isHeadless, asksBeforeStopping: asks)
        change(&options)
        model = AppModel(options: options, at: Times.at(0), jitter: { 0 })
        if isHeadless {
            effects = model.start(at: Times.at(0)).filter { !$0.isKeeping }
        } else {
            on(.terminal(.resized(width: width, height: height)))
        }
    }

    @discardableResult
    mutating func on(_ event: AppEvent, at seconds: Double = 0) -> [Effect] {
        effects = model.handle(event, at: Times.at(seconds)).filter { !$0.isKeeping }
        return effects
    }

    @discardableResult
    mutating func press(_ keys: Key..., at seconds: Double = 0) -> [Effect] {
        for key in keys { on(.terminal(.key(key)), at: seconds) }
        return effects
    }

    @discardableResult
    mutating func logIn(_ result: Result<AppEvent.SignIn, TrackerAPIError> = .success(.eve), at seconds: Double = 0)
        -> [Effect]
    {
        if !model.options.isHeadless, case .login = model.screen { press(.paste("eves-password"), .enter) }
        return on(.loginAnswered(attempt: model.login.attempt, result), at: seconds)
    }

    /// Answers the request that is on its way.
    @discardableResult
    mutating func work(_ result: Result<TrackingSession.Answer, TrackerAPIError>, at seconds: Double = 0) -> [Effect] {
        guard let number = model.tracking.inFlight?.number else { return [] }
        return on(.workAnswered(number: number, result), at: seconds)
    }

    static func tracking(
        isHeadless: Bool = false, asks: Bool = false, width: Int = 80, height: Int = 24
    ) -> Scene {
        var scene = Scene(isHeadless: isHeadless, asks: asks, width: width, height: height)
        scene.logIn()
        scene.work(.success(.day(Times.day(), intervalSeconds: 180)))
        scene.work(.success(.started(Times.session(), isNew: true)))
        scene.work(.success(.day(Times.day(session: Times.session()), intervalSeconds: 180)))
        scene.on(.captured(.queued(.first), epoch: 1, queue: .with(pending: 1)))
        return scene
    }

    /// Nothing waits to be delivered.
    mutating func emptyQueue(at seconds: Double = 0) {
        while model.delivery.isSending {
            on(.delivered(.nothing, epoch: model.login.epoch, queue: .with()), at: seconds)
        }
    }

    var hasLeft: Bool { effects.contains(.exit(0)) }

    var isOnStatus: Bool { if case .status = model.screen { true } else { false } }

    /// The question for the password on the status screen.
    var prompt: Form? { if case .status(let screen) = model.screen { screen.prompt } else { nil } }

    var showsHelp: Bool { model.shown == .help(HelpScreen()) }

    var lines: [String] { lines(.unicode) }

    func lines(_ glyphs: Glyphs) -> [String] { Screens.picture(of: model, glyphs: glyphs).lines }
}

/// The first, the second and so on.
extension Generation: ExpressibleByIntegerLiteral {
    public init(integerLiteral number: Int) { self.init(number) }
}

extension Effect {
    /// For the next run.
    fileprivate var isKeeping: Bool {
        switch self {
        case .keepWork, .keepInterval, .stillWorking, .dateBy: true
        default: false
        }
    }
}

extension AppEvent.SignIn {
    static let eve = AppEvent.SignIn(
        role: .employee, mustChangePassword: false, tokenLife: .seconds(8 * 3600), queue: .with())

    static func eve(_ change: (inout AppEvent.SignIn) -> Void) -> AppEvent.SignIn {
        var signIn = eve
        change(&signIn)
        return signIn
    }
}

extension SpoolStatus {
    /// - Parameters:
    ///   - pending: Eve's.
    ///   - others: Ada's.
    static func with(pending: Int = 0, others: Int = 0, aside: Int = 0, dropped: Int = 0) -> SpoolStatus {
        let waiting = [
            SpoolOwner(account: AccountID(stored: "eve@example.com"), server: Scene.serverText): pending,
            SpoolOwner(account: AccountID(stored: "ada@example.com"), server: Scene.serverText): others,
        ]
        return SpoolStatus(
            pending: pending + others, bytes: (pending + others) * 182_000, aside: aside, dropped: dropped,
            waiting: waiting)
    }
}

extension LastCapture {
    static let first = LastCapture(
        id: UUID(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)), at: Times.wallZero, width: 1920,
        height: 1080, bytes: 182_000)
}

extension TrackerAPIError {
    static func refused(_ status: Int, _ code: APIError.Code, _ message: String) -> TrackerAPIError {
        .refused(.init(status: status, code: code, message: message, retryAfter: nil))
    }

    static let invalidToken = refused(401, .invalidToken, "Invalid token")
}
