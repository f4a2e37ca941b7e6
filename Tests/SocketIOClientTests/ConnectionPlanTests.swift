import SocketIO
import Testing

@testable import SocketIOClient

struct ConnectionPlanTests {
    private let start = ContinuousClock.now

    private func plan(_ transports: Set<EngineTransport> = [.webSocket, .polling]) -> ConnectionPlan {
        ConnectionPlan(reconnectionDelay: ReconnectionDelay(), transports: transports, webSocketPause: .seconds(300))
    }

    @Test func waitsGrowUpToTheirMaximum() {
        let reconnectionDelay = ReconnectionDelay(minimum: .milliseconds(500), maximum: .seconds(10))
        let longest = (1...7).map { reconnectionDelay.wait(after: $0, random: 1) }
        #expect(
            longest == [
                .milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(10), .seconds(10),
            ])
        #expect(reconnectionDelay.wait(after: 3, random: 0.25) == .milliseconds(500))
        #expect(reconnectionDelay.wait(after: 3, random: 0) == .zero)
        #expect(reconnectionDelay.wait(after: .max, random: 1) == .seconds(10))
    }

    @Test func waitsBeginAnewAfterAConnect() {
        var plan = plan()
        for _ in 1...5 { _ = plan.ended(.webSocket, wasOpened: false, .unreachable(""), random: 1) }
        plan.opened(at: start)
        plan.connected()
        #expect(plan.ended(.webSocket, wasOpened: true, .connectionLost, random: 1) == .after(.milliseconds(500)))
        #expect(plan.ended(.webSocket, wasOpened: true, .connectionLost, random: 1) == .after(.seconds(1)))
    }

    @Test(arguments: [ClientCloseReason.webSocketRefused, .connectionLost, .closedByServer, .handshakeTimeout])
    func longPollingFollowsAWebSocketThatNeverOpened(reason: ClientCloseReason) {
        var plan = plan()
        #expect(plan.transport(at: start) == .webSocket)
        #expect(plan.ended(.webSocket, wasOpened: false, reason, random: 1) == .fallBack)
        #expect(plan.transport(at: start) == .polling)
    }

    @Test func aServerThatRefusesWebSocketsIsAskedAgainLater() {
        var plan = plan()
        _ = plan.ended(.webSocket, wasOpened: false, .webSocketRefused, random: 1)
        plan.opened(at: start)
        plan.connected()
        _ = plan.ended(.polling, wasOpened: true, .connectionLost, random: 1)
        #expect(plan.transport(at: start + .seconds(299)) == .polling)
        #expect(plan.transport(at: start + .seconds(300)) == .webSocket)
    }

    @Test func aServerThatAnswersNothingHasRefusedNothing() {
        var plan = plan()
        _ = plan.ended(.webSocket, wasOpened: false, .webSocketRefused, random: 1)
        #expect(plan.ended(.polling, wasOpened: false, .unreachable(""), random: 1) == .after(.milliseconds(500)))
        #expect(plan.transport(at: start) == .webSocket)
    }

    @Test func aHostThatCantBeReachedIsNotAskedForLongPolling() {
        var plan = plan()
        #expect(plan.ended(.webSocket, wasOpened: false, .unreachable(""), random: 1) == .after(.milliseconds(500)))
    }

    @Test func aRefusalEndsTheAttempts() {
        var plan = plan()
        #expect(plan.ended(.webSocket, wasOpened: true, .refused, random: 1) == .stop)
    }

    @Test func onlyWhatIsWantedIsTried() {
        var plan = plan([.webSocket])
        #expect(plan.ended(.webSocket, wasOpened: false, .webSocketRefused, random: 1) == .after(.milliseconds(500)))
        #expect(plan.transport(at: start) == .webSocket)
        #expect(self.plan([.polling]).transport(at: start) == .polling)
    }
}
