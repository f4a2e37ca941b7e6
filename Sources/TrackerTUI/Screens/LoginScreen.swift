import Shared

/// Asks who works, and where the server is.
struct LoginScreen: Screen {
    enum Field: Int {
        case server, email, password
    }

    private(set) var form: Form
    /// What is said once, at the first sign-in: sentences.
    let notes: [String]
    private let server: String
    private let serverOrigin: String?

    /// - Parameter serverOrigin: the file that the server's address comes from, if it does.
    init(server: String, email: String, password: String = "", serverOrigin: String? = nil, notes: [String] = []) {
        (self.server, self.serverOrigin, self.notes) = (server, serverOrigin, notes)
        form = Form([
            "Server": TextField(server), "Email": TextField(email), "Password": TextField(password, isSecret: true),
        ])
    }

    subscript(field: Field) -> TextField { form.fields[field.rawValue].text }

    var asAny: AnyScreen { .login(self) }
    var isTyping: Bool { true }

    mutating func handle(_ key: Key) -> Command? {
        switch form.handle(key) {
        case .nothing: return nil
        case .edited: form.error = nil
        case .submitted: return submit()
        case .left where form.isBusy:
            form.isBusy = false
            return .cancelLogIn
        case .left: return .end(.quit)
        }
        return nil
    }

    private mutating func submit() -> Command? {
        guard let server = BackendURL(self[.server].text) else {
            return complain("The server must be \(BackendURL.allowed).", .server)
        }
        guard let id = AccountID(self[.email].text) else {
            return complain("The email must have \(AccountID.rule).", .email)
        }
        guard !self[.password].text.isEmpty else { return complain("The password is missing.", .password) }
        form.send()
        return .logIn(Account(id: id, server: server), password: self[.password].text)
    }

    private mutating func complain(_ reason: String, _ field: Field) -> Command? {
        form.complain(reason, about: field.rawValue)
        return nil
    }

    mutating func refused(_ reason: String) {
        form.refused(reason)
        form.clear(Field.password.rawValue)
    }
}

// MARK: Drawing

extension LoginScreen {
    func draw(_ model: AppModel, into canvas: inout Canvas) {
        canvas.drawTitle("sign in")
        let x = max((canvas.width - 64) / 2, 1)
        let (top, spacing) = canvas.height >= 20 ? (5, 2) : (2, 1)
        canvas.drawForm(form, x: x, y: top, labelColumns: 10, spacing: spacing)
        // Where the address in the first field comes from, as long as it is that one.
        let origin = self[.server].text == server ? serverOrigin : nil
        let y = top + form.fields.count * spacing + (spacing == 1 && origin == nil ? 0 : 1)
        let columns = min(canvas.width - x - 1, 62)
        if let origin {
            // Below its field, or where the small screen has a row.
            let text = TextWrap.shortened("from \(origin)", columns: columns - 10)
            canvas.put(text, x: x + 10, y: spacing == 2 ? top + 1 : y - 1, style: .faint)
        }
        let (text, style): (String, Style) =
            if form.isBusy {
                ("Signing in...", .waiting)
            } else if let error = form.error {
                (error, .bad)
            } else {
                (notes.joined(separator: " "), .waiting)
            }
        let rows = canvas.height - y - 1
        let next = canvas.drawParagraph(text, x: x, y: y, columns: columns, rows: rows, style: style)
        // A long sentence needs its row.
        if next < canvas.height - 1 { canvas.drawRule(y: canvas.height - 2) }
    }

    func hints(_ model: AppModel, columns: Int) -> [KeyHint] {
        let hints = form.hints(goOn: "sign in", leave: form.isBusy ? "cancel" : "quit")
        return form.isBusy ? Array(hints.suffix(1)) : hints
    }
}
