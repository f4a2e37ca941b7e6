/// One thing that the client needs, and whether it is there.
struct DoctorCheck: Equatable, Sendable {
    /// Of what, in a word or two.
    let name: String
    let isOK: Bool
    /// What was found; where something is missing also what that costs.
    let text: String

    static func ok(_ name: String, _ found: String) -> DoctorCheck {
        DoctorCheck(name: name, isOK: true, text: found)
    }

    /// - Parameters:
    ///   - reason: a sentence.
    ///   - cost: a sentence.
    static func missing(_ name: String, _ reason: String, cost: String) -> DoctorCheck {
        DoctorCheck(name: name, isOK: false, text: "\(reason) \(cost)")
    }

    /// What an answer of the server says of this machine's wall clock.
    static func clock(_ sample: ServerClock.Sample) -> DoctorCheck {
        var clock = ServerClock(at: sample.received)
        clock.heard(sample)
        let words = clock.lead(at: sample.received).flatMap(ServerClock.words(lead:))
        return words.map {
            .missing("clock", $0, cost: "Hours and captures are dated by the server's clock all the same.")
        }
            ?? .ok("clock", "as the server's")
    }

    /// Whether what waits can be read by whoever finds the disk, and by the client.
    ///
    /// - Parameter isSealed: nil: nobody is signed in.
    static func queue(_ status: SpoolStatus, isSealed: Bool?) -> DoctorCheck {
        guard status.locked == 0 else {
            return .missing(
                "queue", "The key of \(status.locked) files is missing, so they cannot be read.",
                cost: "They are sent once their owner has logged in; `TrackerTUI queue --drop` removes them.")
        }
        let how =
            switch isSealed {
            case true?: "encrypted"
            case false?: "not encrypted: the server has handed out no key"
            case nil: "nobody is signed in"
            }
        let waits = status.pending + status.aside == 0 ? "" : ", \(status.pending) wait, \(status.aside) put aside"
        return .ok("queue", how + waits)
    }

    /// For example `missing  terminal       There is no terminal. …`; without the control characters that a server's
    /// answer may hold.
    var line: String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(1, width - text.count))
        }
        return padded(isOK ? "ok" : "missing", 9) + padded(name, 15) + text.onOneLine
    }
}
