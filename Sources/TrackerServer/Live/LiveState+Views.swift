import Shared

/// Watching over HTTP: a stream watches as long as its connection, and whoever asks for single frames for a while after each
/// request.
extension LiveState {
    /// The members that watch over HTTP.
    struct Views: Sendable {
        /// Requests for frames of that employee in that sign-in share one watch.
        fileprivate struct Poll: Sendable, Hashable {
            let employee: AccountID
            let proofID: String
        }

        fileprivate struct View: Sendable {
            /// Nil for a stream.
            var poll: Poll?
            /// When it ends unless it is prolonged; nil for a stream.
            var deadline: Instant?
        }

        fileprivate var all: [MemberID: View] = [:]
        fileprivate var polls: [Poll: MemberID] = [:]

        func contains(_ id: MemberID) -> Bool { all[id] != nil }

        mutating func remove(_ id: MemberID) {
            if let poll = all.removeValue(forKey: id)?.poll { polls[poll] = nil }
        }
    }

    /// Somebody begins to watch until ``disconnect(_:)``.
    mutating func view(_ employee: AccountID, as id: MemberID, _ member: Member) -> [Delivery] {
        admit(id, member)
        views.all[id] = Views.View()
        return start(id, watching: employee)
    }

    /// Somebody asks for a frame, which prolongs a watch, or begins one.
    /// - Parameter deadline: when it ends unless it is prolonged.
    /// - Returns: `watch` is the one that there was, or else `id`.
    mutating func poll(
        _ employee: AccountID, as id: MemberID, _ member: Member, until deadline: Instant
    ) -> (watch: MemberID, deliveries: [Delivery]) {
        let poll = Views.Poll(employee: employee, proofID: member.proofID)
        if let known = views.polls[poll] {
            let end = views.all[known]?.deadline ?? deadline
            views.all[known]?.deadline = max(end, deadline)
            return (known, [])
        }
        let deliveries = view(employee, as: id, member)
        views.all[id] = Views.View(poll: poll, deadline: deadline)
        views.polls[poll] = id
        return (id, deliveries)
    }

    /// When a watch is to be looked at by ``expire(_:at:)``; nil for a stream, and for one that has ended.
    func deadline(of id: MemberID) -> Instant? { views.all[id]?.deadline }

    /// Ends a watch whose time is over.
    mutating func expire(_ id: MemberID, at now: Instant) -> [Delivery] {
        guard let deadline = deadline(of: id), now >= deadline else { return [] }
        return disconnect(id)
    }
}
