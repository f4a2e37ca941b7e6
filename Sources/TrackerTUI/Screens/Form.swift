/// Fields that are filled in one after the other: what is typed in each, which one has the focus, whether what was typed is
/// with the server, and what is wrong with it.
struct Form: Sendable, Hashable {
    struct Field: Sendable, Hashable {
        /// What stands before it.
        let label: String
        var text: TextField
    }

    enum Outcome: Sendable, Hashable {
        /// A field has taken the key.
        case edited
        /// Enter in the last field.
        case submitted
        case left
        case nothing
    }

    private(set) var fields: [Field]
    /// The number of the field that is typed into.
    private(set) var focus: Int
    /// Why what was typed cannot be sent, or was refused: a sentence.
    var error: String?
    /// The server is being asked.
    var isBusy = false

    /// The first empty field has the focus, or the last one.
    init(_ fields: KeyValuePairs<String, TextField>) {
        self.fields = fields.map { Field(label: $0, text: $1) }
        focus = fields.firstIndex { $1.text.isEmpty } ?? fields.count - 1
    }

    mutating func handle(_ key: Key) -> Outcome {
        let action = Self.bindings.action(of: key)
        if action == .leave { return .left }
        guard !isBusy else { return .nothing }
        switch action {
        case .goOn where focus == fields.count - 1: return .submitted
        case .goOn: move(1)
        case .move(let step): move(step)
        case .leave, nil: if fields[focus].text.handle(key) { return .edited }
        }
        return .nothing
    }

    private mutating func move(_ step: Int) { focus = (focus + step + fields.count) % fields.count }

    /// What was typed goes to the server.
    mutating func send() {
        error = nil
        isBusy = true
    }

    /// It cannot be sent, for what is in that field.
    mutating func complain(_ reason: String, about field: Int) {
        error = reason
        focus = field
    }

    /// The server has refused it.
    mutating func refused(_ reason: String) {
        error = reason
        isBusy = false
    }

    mutating func clear(_ field: Int) { fields[field].text.clear() }
}

// MARK: Keys

extension Form {
    enum Action: Sendable, Hashable {
        /// To the next field, and after the last one away with it all.
        case goOn
        case move(Int)
        case leave
    }

    static let bindings: [KeyBinding<Action>] = [
        KeyBinding([(.enter, .goOn)], "Enter", "go on"),
        KeyBinding(
            [(.tab, .move(1)), (.down, .move(1)), (.backTab, .move(-1)), (.up, .move(-1))], "Tab", "next field"),
        KeyBinding([(.escape, .leave)], "Esc", "leave"),
    ]

    /// With the form's own words for its first and its last key.
    func hints(goOn: String, leave: String) -> [KeyHint] {
        Self.bindings.compactMap { binding -> KeyHint? in
            switch binding.keys.first?.action {
            case .goOn?: (binding.label, goOn)
            case .leave?: (binding.label, leave)
            case .move? where fields.count > 1: (binding.label, binding.brief)
            case .move?, nil: nil
            }
        }
    }
}

// MARK: Drawing

extension Canvas {
    /// One field below the other.
    ///
    /// - Parameter spacing: rows from one to the next.
    mutating func drawForm(_ form: Form, x: Int, y: Int, labelColumns: Int, spacing: Int = 1) {
        for (index, field) in form.fields.enumerated() {
            drawField(
                field.label, field.text, x: x, y: y + index * spacing, labelColumns: labelColumns,
                isFocused: form.focus == index && !form.isBusy)
        }
    }
}
