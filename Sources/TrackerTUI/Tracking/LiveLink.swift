/// The live connection as far as the client knows it, and what follows when it comes and goes.
struct LiveLink: Sendable, Hashable {
    enum State: Sendable, Hashable {
        /// It is being made, or there is none to make.
        case unknown
        case up
        case down(reason: String)
    }

    enum Action: Sendable, Hashable {
        /// In the log alone: on the screen the state of the connection is always seen.
        case record(Note)
        /// Nobody can be shown anything.
        case endLiveView
        /// What was pushed meanwhile was missed.
        case ask
        /// What was there has broken, and the server perhaps with it.
        case suspectServer
    }

    private(set) var state: State = .unknown
    /// Of the connection.
    private(set) var generation = Generation()

    /// A connection is opened in place of the one before, or that one is closed for good.
    mutating func renew() {
        generation.advance()
        state = .unknown
    }

    mutating func cameUp() -> [Action] {
        defer { state = .up }
        return (isDown ? [.record(.liveLinkUp)] : []) + [.ask]
    }

    mutating func wentDown(_ reason: String) -> [Action] {
        defer { state = .down(reason: reason) }
        let news: [Action] = isDown ? [] : [.record(.liveLinkDown(reason))]
        return news + [.endLiveView] + (state == .up ? [.suspectServer] : [])
    }

    var isDown: Bool { if case .down = state { true } else { false } }
}
