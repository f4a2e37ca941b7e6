import SocketIO

extension SocketSession {
    /// A session that is 0 ms old and has 1000 ms to join a namespace.
    static func connecting(_ time: TestTime = TestTime()) -> SocketSession {
        SocketSession(namespaces: ["/", "/custom", "/ä"], connectTimeout: .milliseconds(1000), at: time(0))
    }

    /// A session with a socket `s1` in `/`, and one `s2` in `/custom`.
    static func connected() -> SocketSession {
        var session = connecting()
        for (namespace, text, sid) in [("/", "0", "s1"), ("/custom", "0/custom,", "s2")] {
            _ = session.receive(EngineMessage(text))
            _ = session.accept(namespace, sid: sid)
        }
        return session
    }
}

/// True when the actions are to close the connection, and nothing else.
func closes(_ actions: [SocketSession.Action]) -> Bool {
    if case .close? = actions.first { actions.count == 1 } else { false }
}
