import Capture
import FoundationEssentials
import Shared

/// Does what the model decides about the live connection and about frames. What happens comes back as events.
actor LiveRunner {
    private let surroundings: Surroundings
    private let send: @Sendable (AppEvent) -> Void
    private var connection: (any LiveConnecting)?
    private var closing: Task<Void, Never>?
    /// Frames of this round may go out, and of no other.
    private var round: Generation?
    /// What those who watch saw last.
    private var last: ScreenFrame?

    /// What a packet of live view carries.
    static let frameLimit = ScreenFrame.Limit(
        width: LiveViewFrame.largestWidth, height: LiveViewFrame.largestHeight, bytes: LiveViewFrame.largestImage)

    /// How long the end of the program waits for the connection to close.
    private static let closingLimit: Duration = .milliseconds(300)

    init(surroundings: Surroundings, send: @escaping @Sendable (AppEvent) -> Void) {
        self.surroundings = surroundings
        self.send = send
    }

    /// - Parameter link: comes back with all that happens on this connection.
    func open(_ server: BackendURL, link: Generation, tokens: @escaping LiveTokens) {
        close()
        let new = surroundings.makeLive(server, tokens)
        connection = new
        let events = new.events
        Task { [send] in
            for await event in events { send(.live(event, link: link)) }
        }
    }

    func close() {
        stopFrames()
        guard let old = connection else { return }
        connection = nil
        let before = closing
        closing = Task {
            await before?.value
            await old.close()
        }
    }

    func finish() async {
        close()
        guard let closing else { return }
        await waiting(atMost: Self.closingLimit) { await closing.value }
    }

    func terminate(_ account: Account) async {
        _ = await connection?.send(.terminate(LiveViewTerminate(by: account.email)))
    }

    func stopFrames() {
        round = nil
        last = nil
    }

    /// To be called before ``sendFrame(_:round:mustSend:)``, in the order of what the model decides.
    func allowFrames(of round: Generation) {
        if self.round != round { last = nil }
        self.round = round
    }

    /// - Parameters:
    ///   - mustSend: also when the screen looks as it did in the frame before.
    ///   - takenAt: by the server's clock.
    func sendFrame(_ account: Account, round: Generation, mustSend: Bool, at takenAt: Timestamp) async {
        guard self.round == round else { return }
        send(.liveFrame(await outcome(account, round: round, mustSend: mustSend, at: takenAt), round: round))
    }

    private func outcome(_ account: Account, round: Generation, mustSend: Bool, at takenAt: Timestamp) async
        -> LiveFeed.Outcome
    {
        let new: ScreenFrame?
        do throws(CaptureError) {
            new = try await surroundings.screen.frame(after: last, within: Self.frameLimit)
        } catch {
            return .failed(error)
        }
        guard let frame = new ?? (mustSend ? last : nil) else { return .unchanged }
        let message = LiveViewFrame(
            employeeID: account.email, frameBase64: Data(frame.image.png).base64EncodedString(), ts: takenAt)
        // Live view may have ended while the frame was taken: then nobody may see it.
        guard self.round == round, let connection, await connection.send(.frame(message)) else { return .notSent }
        if self.round == round { last = frame }
        return .sent(at: takenAt)
    }
}
