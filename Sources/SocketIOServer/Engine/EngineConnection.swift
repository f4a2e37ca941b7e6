import Logging
public import NIOCore
public import SocketIO
import Synchronization

/// What listens to one session. Everything is called on the session's event loop; nothing of it may block.
public protocol EngineHandler: AnyObject {
    func received(_ message: EngineMessage)
    /// Nothing is called any more after this.
    func closed(_ reason: EngineCloseReason)
    /// True as long as nobody knows who the client is: ``Strangers`` are borne in small numbers, and may say little. Changes
    /// while a message is received, or just before something is sent.
    var isStranger: Bool { get }
}

extension EngineHandler {
    /// Nobody is asked who they are.
    public var isStranger: Bool { false }
}

/// How a poll is answered.
enum PollAnswer: Sendable {
    case body([UInt8])
    case refused
    /// The session ended while it waited.
    case ended
}

/// One session on its event loop: carries out what ``EngineSession`` decides.
final class EngineConnection {
    private var session: EngineSession
    private let loop: any EventLoop
    private let logger: Logger
    private let becameStranger: (Bool) -> Void
    private let ended: () -> Void
    var handler: (any EngineHandler)?
    private var isStranger = false

    private struct Post {
        var packets: PollingPayload.Reader
        let answer: (Bool) -> Void
    }

    /// Those that are not all taken, the first of them in part.
    private var posts: [Post] = []
    /// A client sends one after the other; a second may overtake the first answer.
    private static let maximumPosts = 2
    private var isPostDue = false
    /// What the WebSocket was told last.
    private var isBehind = false
    private var poll: EventLoopPromise<PollAnswer>?
    private var link: WebSocketLink?
    private var probe: WebSocketLink?
    private var timer: (task: Scheduled<Void>, due: EngineSession.Instant)?
    /// What is to be done, in order: doing one thing may lead to the next before it returns.
    private var actions: [EngineSession.Action] = []
    private var isActing = false

    init(
        _ session: EngineSession, loop: any EventLoop, link: WebSocketLink?, logger: Logger,
        becameStranger: @escaping (Bool) -> Void, ended: @escaping () -> Void
    ) {
        self.session = session
        self.loop = loop
        self.link = link
        self.logger = logger
        self.becameStranger = becameStranger
        self.ended = ended
    }

    var sid: String { session.sid }

    func start(answering poll: EventLoopPromise<PollAnswer>? = nil) {
        self.poll = poll
        act(session.open())
    }

    // MARK: What happens

    func poll(_ answer: EventLoopPromise<PollAnswer>) {
        let actions = session.poll(at: .now)
        if actions.contains(.refusePoll) {
            act(actions)
            answer.succeed(.refused)
        } else {
            poll = answer
            act(actions)
        }
    }

    func pollCancelled(_ answer: EventLoopPromise<PollAnswer>) {
        guard poll?.futureResult === answer.futureResult else { return }
        poll = nil
        act(session.pollCancelled())
        answer.succeed(.refused)
    }

    /// - Parameter answer: gets false when the request is to be answered with 400.
    func post(_ body: [UInt8], _ answer: @escaping (Bool) -> Void) {
        do throws(EngineProtocolError) {
            guard posts.count < Self.maximumPosts else {
                throw EngineProtocolError(expected: "one POST at a time")
            }
            posts.append(Post(packets: try PollingPayload.Reader(body), answer: answer))
            if posts.count == 1 { takePosts() }
        } catch {
            fail(error)
            answer(false)
        }
    }

    /// Some packets of the first request, and what follows later, in turns with other sessions.
    private func takePosts() {
        guard !posts.isEmpty, !isPostDue, !session.isBehind else { return }
        do throws(EngineProtocolError) {
            act(try session.post(&posts[0].packets, at: .now))
            if posts[0].packets.isAtEnd || !session.acceptsHTTP { posts.removeFirst().answer(true) }
        } catch {
            fail(error)
            posts.removeFirst().answer(false)
        }
        waitForPosts()
    }

    private func waitForPosts() {
        guard !posts.isEmpty, !isPostDue else { return }
        isPostDue = true
        LoopTurns.of(loop).wait {
            self.isPostDue = false
            self.takePosts()
        }
    }

    func fail(_ error: EngineProtocolError) { act(session.fail(error)) }

    /// A request was longer than it may be; one that came after the upgrade harms nobody.
    func tooLarge(_ limit: Int) {
        fail(EngineProtocolError(expected: "\(limit) bytes at most", endsSession: session.acceptsHTTP))
    }

    func openProbe(_ link: WebSocketLink) {
        guard session.openProbe(at: .now) else { return link.close() }
        probe = link
        act([])
    }

    func frame(_ packet: EnginePacket, from link: WebSocketLink) {
        if link === self.link {
            act(session.frame(packet, at: .now))
        } else if link === probe {
            act(session.probeFrame(packet, at: .now))
        }
    }

    func broken(_ error: EngineProtocolError, from link: WebSocketLink) {
        if link === self.link { fail(error) } else { closed(link) }
    }

    func closed(_ link: WebSocketLink) {
        if link === self.link {
            self.link = nil
            act(session.webSocketClosed())
        } else if link === probe {
            probe = nil
            act(session.probeClosed())
        }
    }

    func writabilityChanged(to isWritable: Bool, of link: WebSocketLink) {
        if link === self.link { act(session.writabilityChanged(to: isWritable)) }
    }

    func send(_ messages: [EngineMessage], replacing slot: String?) {
        for message in messages { act(session.send(message, replacing: slot)) }
    }

    func close() { act(session.close(at: .now)) }

    func abandon(_ reason: EngineCloseReason) { act(session.abandon(reason)) }

    // MARK: What follows

    private func act(_ new: [EngineSession.Action]) {
        actions += new
        guard !isActing else { return }
        isActing = true
        noteStranger()
        var next = 0
        while next < actions.count {
            carryOut(actions[next])
            next += 1
        }
        actions = []
        isActing = false
        noteStranger()
        noteBehind()
        setTimer()
    }

    private func noteStranger() {
        guard let handler, handler.isStranger != isStranger else { return }
        isStranger.toggle()
        becameStranger(isStranger)
    }

    private func noteBehind() {
        guard session.isBehind != isBehind else { return }
        isBehind.toggle()
        link?.setReading(!isBehind)
        if !isBehind { waitForPosts() }
    }

    private func carryOut(_ action: EngineSession.Action) {
        switch action {
        case .answerPoll(let body):
            poll?.succeed(.body(body))
            poll = nil
        case .failPoll:
            poll?.succeed(.ended)
            poll = nil
        case .refusePoll: break
        case .send(let packets): link?.send(packets)
        case .sendProbe(let packet): probe?.send([packet])
        case .adoptProbe:
            link = probe
            probe = nil
            if let link, !link.isWritable { act(session.writabilityChanged(to: false)) }
        case .closeProbe:
            probe?.close()
            probe = nil
        case .closeWebSocket:
            link?.close()
            link = nil
        case .deliver(let message): handler?.received(message)
        case .closed(let reason):
            logger.debug("A session ended", metadata: ["sid": "\(session.sid)", "reason": "\(reason)"])
            handler?.closed(reason)
            handler = nil
        case .ended: ended()
        }
    }

    private func setTimer() {
        guard let deadline = session.deadline else {
            timer?.task.cancel()
            timer = nil
            return
        }
        // A timer that comes too early is set again when it comes.
        if let timer, timer.due <= deadline { return }
        timer?.task.cancel()
        let nanoseconds = Int64((deadline - .now) / .nanoseconds(1))
        let task = loop.assumeIsolated().scheduleTask(in: .nanoseconds(max(0, nanoseconds))) { self.tick() }
        timer = (task, deadline)
    }

    private func tick() {
        timer = nil
        act(session.tick(at: .now))
    }
}

/// A session for those on other threads. Calls return at once and take effect on the session's event loop, in order.
public final class EngineSocket: Sendable {
    public let sid: String
    public let eventLoop: any EventLoop
    private let connection: NIOLoopBound<EngineConnection>
    private let limits: (known: Int, stranger: Int)
    private let isStranger = Atomic(false)

    /// To be called on the event loop.
    /// - Parameter limits: the longest message of a client that is known, and of one that is not, in bytes.
    init(_ connection: EngineConnection, loop: any EventLoop, limits: (known: Int, stranger: Int)) {
        sid = connection.sid
        eventLoop = loop
        self.connection = NIOLoopBound(connection, eventLoop: loop)
        self.limits = limits
    }

    /// The longest body of a request or message that the client may send now, in bytes.
    var maxPayload: Int {
        isStranger.load(ordering: .relaxed) ? min(limits.stranger, limits.known) : limits.known
    }

    func setStranger(_ isStranger: Bool) { self.isStranger.store(isStranger, ordering: .relaxed) }

    /// Sends messages, one after the other.
    /// - Parameter slot: see ``EngineSession/send(_:replacing:)``.
    public func send(_ messages: [EngineMessage], replacing slot: String? = nil) {
        run { $0.send(messages, replacing: slot) }
    }

    /// Closes the session once everything is sent.
    public func close() { run { $0.close() } }

    /// Ends the session because of what the client did.
    public func fail(_ error: EngineProtocolError) { run { $0.fail(error) } }

    func tooLarge(_ limit: Int) { run { $0.tooLarge(limit) } }

    /// Ends the session at once, for a reason that does not keep its client away.
    func abandon(_ reason: EngineCloseReason) { run { $0.abandon(reason) } }

    func poll() -> EventLoopPromise<PollAnswer> {
        let answer = eventLoop.makePromise(of: PollAnswer.self)
        run { $0.poll(answer) }
        return answer
    }

    func pollCancelled(_ answer: EventLoopPromise<PollAnswer>) { run { $0.pollCancelled(answer) } }

    func post(_ body: [UInt8]) async -> Bool {
        await withCheckedContinuation { continuation in
            run { $0.post(body) { continuation.resume(returning: $0) } }
        }
    }

    func openProbe(_ link: WebSocketLink) { run { $0.openProbe(link) } }

    func run(_ body: @escaping @Sendable (EngineConnection) -> Void) {
        if eventLoop.inEventLoop {
            body(connection.value)
        } else {
            eventLoop.execute { [connection] in body(connection.value) }
        }
    }
}
