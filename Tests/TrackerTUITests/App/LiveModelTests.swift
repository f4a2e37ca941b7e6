import Shared
import Testing

@testable import TrackerTUI

struct LiveModelTests {
    /// Tracking, and connected at second 0.
    static func connected(width: Int = 80, height: Int = 24) -> Scene {
        var scene = Scene.tracking(width: width, height: height)
        scene.hear(.connected)
        return scene
    }

    static func watched(by names: String..., width: Int = 80, height: Int = 24) -> Scene {
        var scene = connected(width: width, height: height)
        for name in names { scene.hear(.liveViewInitiated(.init(by: name)), at: 4) }
        scene.on(.liveFrame(.sent(at: Times.at(5).wall), round: 1), at: 5)
        return scene
    }

    @Test func theConnectionIsThereFromTheLoginToTheLogout() throws {
        var scene = Scene()
        let account = try Account(
            id: #require(AccountID("eve@example.com")), server: #require(BackendURL(Scene.serverText)))
        #expect(scene.logIn().contains(.openLive(account, link: 1)))
        scene.work(.success(.day(Times.day(), intervalSeconds: nil)))
        #expect(scene.model.tracking.phase == .waiting)
        #expect(scene.press(.character("l")).contains(.closeLive))
        #expect(scene.hear(.connected, link: 1) == [], "it was the old login's")
        #expect(scene.model.link.state == .unknown)
    }

    @Test func aPasswordThatMustBeChangedComesFirst() {
        var scene = Scene()
        scene.logIn(.success(.eve { $0.mustChangePassword = true }))
        #expect(scene.model.link.generation == 0)
    }

    @Test func aNewLoginOpensAConnectionThatIsDownAndLeavesOneThatIsUp() {
        for isUp in [true, false] {
            var scene = Self.connected()
            if !isUp { scene.hear(.disconnected(reason: "Gone."), at: 1) }
            scene.on(.delivered(.loginEnded, epoch: 1, queue: .with(pending: 1)), at: 10)
            scene.press(.paste("eves-password"), .enter, at: 11)
            let opened = scene.logIn(at: 12).contains { if case .openLive = $0 { true } else { false } }
            #expect(opened == !isUp)
        }
    }

    @Test func anIntervalThatIsPushedStartsTracking() {
        var scene = Scene()
        scene.logIn()
        scene.work(.success(.day(Times.day(), intervalSeconds: nil)))
        scene.hear(.intervalAssigned(.init(employeeID: "Bob@example.com", interval: .seconds(300))))
        #expect(scene.model.tracking.phase == .waiting, "that is somebody else's")
        let effects = scene.hear(.intervalAssigned(.init(employeeID: "EVE@example.com", interval: .seconds(300))))
        #expect(scene.model.tracking.phase == .starting)
        #expect(effects.requests == [.start])
        #expect(scene.model.messages.entries.last?.note == .intervalChanged(seconds: 300))
    }

    @Test(
        arguments: [(.seconds(0), 0), (.unassigned, nil), (.unstated, 180), (.seconds(60), 60)]
            as [(CaptureInterval, Int?)])
    func theDefaultCountsOnlyWhereNoIntervalIsStated(stated: CaptureInterval, seconds: Int?) {
        var scene = Scene.tracking()
        scene.hear(.intervalAssigned(.init(employeeID: "eve@example.com", interval: .seconds(300))))
        scene.hear(.intervalAssigned(.init(employeeID: "eve@example.com", interval: stated)))
        #expect(scene.model.tracking.interval == seconds)
        #expect(scene.model.tracking.isTracking == (seconds != nil))
    }

    @Test func liveViewGoesOnWhereHoursAloneAreTracked() {
        var scene = Scene.tracking()
        scene.hear(.intervalAssigned(.init(employeeID: "eve@example.com", interval: .seconds(0))))
        let effects = scene.hear(.liveViewInitiated(.init(by: "boss")))
        #expect(effects.contains { if case .sendFrame = $0 { true } else { false } })
        #expect(scene.model.live.isLive)
        scene.hear(.intervalAssigned(.init(employeeID: "eve@example.com", interval: .unassigned)))
        #expect(!scene.model.live.isLive, "nothing is tracked")
    }

    @Test func theIntervalIsAskedForAtEachConnection() {
        var scene = Scene.tracking()
        #expect(scene.hear(.connected, at: 20).requests == [.day])
        scene.work(.success(.day(Times.day(session: Times.session()), intervalSeconds: 180)), at: 20)
        let lost = scene.hear(.disconnected(reason: "It broke."), at: 30)
        #expect(lost.requests == [.day], "whether the server is still there")
        scene.work(.success(.day(Times.day(session: Times.session()), intervalSeconds: 180)), at: 30)
        #expect(scene.hear(.disconnected(reason: "Still."), at: 31) == [])
        #expect(scene.hear(.connected, at: 35).requests == [.day])
    }

    @Test func theStateOfTheConnectionIsLoggedWhenItChangesAndShownAlways() {
        var scene = Self.connected()
        let messages = scene.model.messages.entries
        let down = LogEntry(at: Times.at(1).wall, note: .liveLinkDown("It broke."))
        #expect(scene.hear(.disconnected(reason: "It broke."), at: 1).contains(.record(down)))
        #expect(scene.lines[2].hasSuffix("online · live link down"))
        #expect(scene.lines(.ascii)[2].hasSuffix("online - live link down"))
        let up = LogEntry(at: Times.at(2).wall, note: .liveLinkUp)
        #expect(scene.hear(.connected, at: 2).contains(.record(up)))
        #expect(scene.lines[2].hasSuffix("  online"))
        #expect(scene.model.messages.entries == messages)
    }

    @Test func anOutageIsMoreThanALinkThatIsDown() {
        var scene = Self.connected()
        scene.hear(.disconnected(reason: "It broke."), at: 1)
        scene.work(.failure(.unreachable("No answer.")), at: 1)
        #expect(scene.lines[2].hasSuffix("OFFLINE since 08:00"))
    }

    @Test func aRefusedTokenAsksForThePasswordWhenTheLoginHasEnded() {
        var scene = Self.connected()
        scene.work(.success(.day(Times.day(session: Times.session()), intervalSeconds: 180)), at: 1)
        #expect(scene.hear(.refused(message: LiveCredentials.refusal), at: 10).requests == [.day])
        scene.work(.failure(.invalidToken), at: 10)
        #expect(scene.prompt != nil)
        #expect(scene.model.tracking.isTracking)
        #expect(scene.hear(.refused(message: LiveCredentials.refusal), at: 20).requests == [])
    }

    @Test func aFrameGoesOutForWhoeverWatches() throws {
        var scene = Self.connected()
        let account = try #require(scene.model.account)
        let effects = scene.hear(.liveViewInitiated(.init(by: "boss@example.org")), at: 4)
        #expect(effects.contains(.sendFrame(account, round: 1, mustSend: true)))
        #expect(scene.model.messages.entries.last?.note == .liveStarted(by: "boss@example.org"))
        scene.on(.liveFrame(.sent(at: Times.at(4).wall), round: 1), at: 4)
        #expect(scene.on(.tick, at: 9).contains(.sendFrame(account, round: 1, mustSend: false)))
        let ended = scene.hear(.liveViewTerminated(.init(by: "boss@example.org")), at: 10)
        #expect(ended.contains(.stopFrames))
        #expect(scene.model.messages.entries.last?.note == .liveEnded(.byWatcher("boss@example.org")))
    }

    @Test func theKeyEndsIt() throws {
        var scene = Self.watched(by: "boss@example.org")
        let account = try #require(scene.model.account)
        let effects = scene.press(.character("v"), at: 6)
        #expect(effects.prefix(2) == [.terminateLive(account), .stopFrames])
        #expect(!scene.model.live.isLive)
        #expect(scene.press(.character("v"), at: 6) == [])
    }

    @Test func theServerSaysAtOnceWhoGoesOnWatching() {
        var scene = Self.watched(by: "boss@example.org", "chief@example.org")
        scene.hear(.liveViewWatched(.init(watchers: ["chief@example.org"])), at: 6)
        #expect(scene.model.live.watchers.map(\.spelling) == ["chief@example.org"])
        #expect(scene.model.live.isLive)
        #expect(scene.model.messages.entries.last?.note == .liveLeft(by: "boss@example.org"))
    }

    @Test func theServersAnswersSayWhoWatches() {
        var scene = Self.watched(by: "boss@example.org", "chief@example.org")
        scene.hear(.heard(.frame, .init(watchers: ["chief@example.org"])), at: 6)
        #expect(scene.model.live.watchers.map(\.spelling) == ["chief@example.org"])
        scene.press(.character("v"), at: 7)
        scene.hear(.liveViewInitiated(.init(by: "boss@example.org")), at: 7)
        #expect(!scene.model.live.isLive)
        scene.hear(.heard(.terminate, .init(watchers: [])), at: 7)
        scene.hear(.liveViewInitiated(.init(by: "boss@example.org")), at: 7)
        #expect(scene.model.live.isLive)
    }

    @Test func theKeyEndsItInTheHelpTooAndWithControlInAForm() {
        var scene = Self.watched(by: "boss@example.org")
        scene.press(.character("?"), .character("v"), at: 6)
        #expect(!scene.model.live.isLive)
        #expect(scene.showsHelp)
        scene = Self.watched(by: "boss@example.org")
        scene.on(.delivered(.loginEnded, epoch: 1, queue: .with(pending: 1)), at: 6)
        scene.press(.character("v"), at: 6)
        #expect(scene.model.live.isLive)
        #expect(scene.prompt?.fields[0].text.text == "v")
        scene.press(.control("v"), at: 6)
        #expect(!scene.model.live.isLive)
        #expect(scene.prompt?.fields[0].text.text == "v")
    }

    @Test func itEndsWhenTrackingStops() throws {
        var scene = Self.watched(by: "boss@example.org")
        let account = try #require(scene.model.account)
        #expect(scene.press(.character("x"), at: 6).contains(.terminateLive(account)))
        #expect(!scene.model.live.isLive)
        #expect(scene.model.messages.entries.contains { $0.note == .liveEnded(.trackingEnded) })
    }

    @Test func itEndsAtOnceForWhoeverLeaves() {
        var scene = Self.watched(by: "boss@example.org")
        let effects = scene.press(.character("q"), at: 6)
        #expect(effects.contains(.closeLive))
        #expect(!effects.contains { if case .terminateLive = $0 { true } else { false } }, "the server says it")
        #expect(!scene.model.live.isLive)
    }

    @Test func theNextEmployeeInheritsNothing() {
        var scene = Self.watched(by: "boss@example.org")
        scene.press(.character("l"), at: 10)
        scene.work(.success(.stopped(Times.ended(Times.session(), at: 10))), at: 10)
        scene.press(.backTab, .control("u"), .paste("bob@example.com"), .enter, .paste("bobs-password"), .enter, at: 11)
        scene.logIn(at: 12)
        #expect(scene.model.live.watchers == [])
        scene.hear(.liveViewInitiated(.init(by: "boss@example.org")), link: 1, at: 13)
        #expect(scene.model.live.watchers == [], "that was Eve's connection")
    }

    @Test func headlessSaysWhoWatches() {
        var scene = Scene(isHeadless: true)
        scene.logIn()
        scene.work(.success(.day(Times.day(), intervalSeconds: 180)))
        scene.work(.success(.started(Times.session(), isNew: true)))
        let effects = scene.hear(.liveViewInitiated(.init(by: "boss@example.org")))
        let lines = effects.compactMap { if case .record(let entry) = $0 { entry.line } else { nil } }
        #expect(
            lines == [
                "2026-03-02T08:00:00.000Z live-started Live view started by boss@example.org: your screen is being watched."
            ])
    }
}

extension Scene {
    @discardableResult
    mutating func hear(_ event: LiveEvent, link: Generation? = nil, at seconds: Double = 0) -> [Effect] {
        on(.live(event, link: link ?? model.link.generation), at: seconds)
    }
}

extension [Effect] {
    var requests: [TrackingSession.Request.Kind] {
        compactMap { if case .send(let request, _) = $0 { request.kind } else { nil } }
    }
}
