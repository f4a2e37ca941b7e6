import Shared

/// Asks for a password of the employee's own in place of one that the server made.
struct PasswordScreen: Screen {
    enum Field: Int {
        case current, new, repeated
    }

    private(set) var form: Form

    /// - Parameter current: what was just typed at the login, if anything.
    init(current: String) {
        form = Form([
            "Current password": TextField(current, isSecret: true), "New password": TextField(isSecret: true),
            "New one again": TextField(isSecret: true),
        ])
    }

    subscript(field: Field) -> TextField { form.fields[field.rawValue].text }

    var asAny: AnyScreen { .password(self) }
    var isTyping: Bool { true }

    mutating func handle(_ key: Key) -> Command? {
        switch form.handle(key) {
        case .nothing: return nil
        case .edited: form.error = nil
        case .submitted: return submit()
        case .left: return .leavePassword
        }
        return nil
    }

    private mutating func submit() -> Command? {
        let (current, new) = (self[.current].text, self[.new].text)
        if current.isEmpty { return complain("The current password is missing.", .current) }
        if let expected = PasswordRule.missing(in: new) {
            return complain("The new password must be \(expected).", .new)
        }
        if new == current { return complain("The new password must be another one.", .new) }
        if new != self[.repeated].text { return complain("The two new passwords are not the same.", .repeated) }
        form.send()
        return .changePassword(current: current, new: new)
    }

    private mutating func complain(_ reason: String, _ field: Field) -> Command? {
        form.complain(reason, about: field.rawValue)
        return nil
    }

    mutating func refused(_ reason: String) { form.refused(reason) }
}

// MARK: Drawing

extension PasswordScreen {
    func draw(_ model: AppModel, into canvas: inout Canvas) {
        canvas.drawTitle("new password")
        let isRoomy = canvas.height >= 20
        let x = max((canvas.width - 70) / 2, 1)
        let columns = min(canvas.width - x - 1, 68)
        let reason =
            "Choose a password of your own, 10 to 256 characters: this one is temporary."
            + (model.tracking.isSignedIn ? " Hours and captures are kept meanwhile." : "")
        let news: (text: String, style: Style)? =
            form.isBusy ? ("Changing the password...", .waiting) : form.error.map { ($0, .bad) }
        let spacing = isRoomy ? 2 : 1
        var top = canvas.height - 2 - form.fields.count
        if isRoomy {
            top = canvas.drawParagraph(reason, x: x, y: 4, columns: columns, rows: 4) + 1
            let y = top + form.fields.count * spacing + 1
            if let news {
                let rows = canvas.height - y - 2
                canvas.drawParagraph(news.text, x: x, y: y, columns: columns, rows: rows, style: news.style)
            }
        } else {
            // What is new stands in the place of why the form is there.
            let (text, style) = news ?? (reason, .plain)
            canvas.drawParagraph(text, x: x, y: 2, columns: columns, rows: top - 2, style: style)
        }
        canvas.drawForm(form, x: x, y: top, labelColumns: 18, spacing: spacing)
        canvas.drawRule(y: canvas.height - 2)
    }

    func hints(_ model: AppModel, columns: Int) -> [KeyHint] {
        form.hints(goOn: "change", leave: model.tracking.isSignedIn ? "later" : "log out")
    }
}
