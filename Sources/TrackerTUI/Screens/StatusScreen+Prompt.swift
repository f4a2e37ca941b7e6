// The question for the password, below the messages.

extension StatusScreen {
    /// What stands in the question; nil when there is none.
    var typedPassword: String? { prompt?.fields[0].text.text }

    mutating func handleInPrompt(_ key: Key) -> Command? {
        switch prompt?.handle(key) {
        case .left:
            prompt = nil
            return .cancelLogIn
        case .submitted:
            guard let password = typedPassword, !password.isEmpty else { return nil }
            prompt?.send()
            return .logInAgain(password: password)
        case .edited, .nothing, nil: return nil
        }
    }

    mutating func refused(_ reason: String) {
        guard prompt != nil else { return }
        self = StatusScreen(isAsking: true)
        prompt?.refused(reason)
    }

    /// What is said above the field; nothing without it.
    func promptLines(columns: Int) -> [String] {
        guard let prompt else { return [] }
        let sentence =
            prompt.isBusy ? "Signing in..." : prompt.error ?? "Type the password again: the login has ended."
        return TextWrap.lines(sentence, columns: columns)
    }

    /// - Returns: the row where the messages must end.
    func drawPrompt(y: Int, end: Int, into canvas: inout Canvas) -> Int {
        guard let prompt else { return end }
        let lines = promptLines(columns: canvas.width - 2)
        let top = max(y, end - 1 - lines.count)
        for (offset, line) in TextWrap.first(end - 1 - top, of: lines, columns: canvas.width - 2).enumerated() {
            canvas.put(line, x: 1, y: top + offset, style: .bad)
        }
        canvas.drawForm(prompt, x: 1, y: end - 1, labelColumns: 10)
        return top
    }
}
