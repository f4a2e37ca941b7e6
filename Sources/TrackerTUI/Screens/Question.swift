/// What is asked before a key ends tracking. It stands in the last row of every screen.
struct Question: Sendable, Hashable {
    enum Ending: Sendable, Hashable {
        case stop, logOut, quit
    }

    let ending: Ending
    /// What asked for it.
    let key: Key

    /// The same key again or y is a yes, any other a no and nothing else.
    func isYes(_ answer: Key) -> Bool { answer == key || answer == .character("y") || answer == .character("Y") }

    func draw(y: Int, into canvas: inout Canvas) {
        let again =
            switch key {
            case .character(let character): String(character)
            default: "Ctrl-C"
            }
        let (short, long) =
            switch ending {
            case .stop: ("Stop", "Stop tracking")
            case .logOut: ("Stop, log out", "Stop tracking and log out")
            case .quit: ("Stop, quit", "Stop tracking and quit")
            }
        let words =
            canvas.width >= 70
            ? "\(long)?  y or \(again) again: yes  any other key: no" : "\(short)? y/\(again) yes, else no"
        canvas.fill(" ", x: 0, y: y, columns: canvas.width, style: .question)
        canvas.put(words, x: 1, y: y, style: .question)
    }
}
