/// The last row of every screen while it is asked whether tracking shall end.
enum QuestionBar {
    static func draw(_ question: AppModel.Question, y: Int, into canvas: inout Canvas) {
        let again =
            switch question.key {
            case .character(let character): String(character)
            default: "Ctrl-C"
            }
        let (short, long) =
            switch question.ending {
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
