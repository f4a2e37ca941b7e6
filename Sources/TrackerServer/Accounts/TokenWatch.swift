import Shared
import Synchronization

/// What goes on after its token was checked, and ends with it: sockets, watches over HTTP, bodies that arrive.
///
/// A token ends when it expires, with its sign-in, and with its account, its role or its password.
/// What is said here of tokens holds for API keys.
final class TokenWatch: Sendable {
    /// Something that goes on. Whoever made it must ``release()`` it.
    final class Hold: Sendable {
        private enum State { case held, released, ended }

        fileprivate let proof: Proof
        private let end: @Sendable (Hold) -> Void
        private let state = Mutex(State.held)
        private let watch: TokenWatch

        fileprivate init(_ proof: Proof, _ watch: TokenWatch, end: @escaping @Sendable (Hold) -> Void) {
            self.proof = proof
            self.watch = watch
            self.end = end
        }

        /// True once its token has ended, unless it was released before or since.
        var isEnded: Bool { state.withLock { $0 == .ended } }

        /// It does not go on any more.
        func release() {
            let wasHeld = state.withLock { state in
                defer { state = .released }
                return state == .held
            }
            if wasHeld { watch.forget(self) }
        }

        fileprivate func tokenEnded() {
            let isFirst = state.withLock { state in
                guard state == .held else { return false }
                state = .ended
                return true
            }
            guard isFirst else { return }
            watch.forget(self)
            end(self)
        }
    }

    private let store: JSONFileStore
    private let now: @Sendable () -> Timestamp
    private let holds = Mutex<[ObjectIdentifier: Hold]>([:])

    init(store: JSONFileStore, now: @escaping @Sendable () -> Timestamp) {
        self.store = store
        self.now = now
    }

    /// What goes on at the moment.
    var count: Int { holds.withLock(\.count) }

    /// - Parameter end: called once, at most a second after the token has ended, and never after a release.
    func hold(_ proof: Proof, end: @escaping @Sendable (Hold) -> Void) -> Hold {
        let hold = Hold(proof, self, end: end)
        holds.withLock { $0[ObjectIdentifier(hold)] = hold }
        return hold
    }

    /// What a request is answered whose token has ended.
    func refusal(of hold: Hold) -> APIError { store.peek { $0.refusal(of: hold.proof) } }

    private func forget(_ hold: Hold) { holds.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(hold)) } }

    /// Looks at what the store has recorded.
    func recorded(_ changes: [Change]) {
        if changes.contains(where: \.endsTokens) { endInvalid() }
    }

    /// Ends what goes on with tokens that have ended. To be called every second: for those that expire, and those that
    /// ended just before they were held.
    func endInvalid() {
        let held = holds.withLock { Array($0.values) }
        guard !held.isEmpty else { return }
        let now = now()
        let ended = store.peek { state in
            held.filter { $0.proof.expiresAt <= now || state.identity(of: $0.proof, isByCookie: false) == nil }
        }
        for hold in ended { hold.tokenEnded() }
    }
}

extension Change {
    /// True when it may end tokens.
    fileprivate var endsTokens: Bool {
        switch self {
        case .accountRemoved, .accountRoleChanged, .twinRemoved, .credentialSet, .signInEnded, .signInsEnded,
            .tokenRevoked, .keyRemoved, .keysEnded:
            true
        default: false
        }
    }
}
