/// What a key does on the status screen. What it does, the hints below and the help come from one table.
struct KeyBinding: Sendable {
    enum Action: Sendable, Hashable {
        case start, end(AppModel.Question.Ending), endLive, askPassword, help
        /// In the messages: up, by so many lines; to their ends.
        case scroll(Int), oldest, newest
    }

    let keys: [(key: Key, action: Action)]
    /// As people write it.
    let label: String
    /// In a word or two.
    let brief: String
    let help: String
    /// Whether it stands in the last row.
    let isHinted: Bool

    private init(
        _ keys: [(key: Key, action: Action)], _ label: String, _ brief: String, help: String, isHinted: Bool = false
    ) {
        self.keys = keys
        self.label = label
        self.brief = brief
        self.help = help
        self.isHinted = isHinted
    }

    private init(_ character: Character, _ action: Action, _ brief: String, help: String) {
        self.init([(.character(character), action)], String(character), brief, help: help, isHinted: true)
    }

    /// What comes first is what is left where there is little room.
    static let status: [KeyBinding] = [
        KeyBinding("v", .endLive, "end live view", help: "end live view; forms: Ctrl-V"),
        KeyBinding("p", .askPassword, "password", help: "type the password again"),
        KeyBinding("s", .start, "start", help: "start tracking"),
        KeyBinding("x", .end(.stop), "stop", help: "stop tracking"),
        KeyBinding("l", .end(.logOut), "logout", help: "log out"),
        KeyBinding("q", .end(.quit), "quit", help: "quit; Ctrl-C on any screen"),
        KeyBinding(
            [(.character("?"), .help), (.character("h"), .help), (.help, .help)], "?", "help",
            help: "this page; also h and F1", isHinted: true),
        KeyBinding(
            [
                (.up, .scroll(1)), (.down, .scroll(-1)), (.pageUp, .scroll(5)), (.pageDown, .scroll(-5)),
                (.home, .oldest), (.end, .newest),
            ], "Up, Down", "messages", help: "older, newer messages; End"),
    ]

    /// Wherever one is: ``AppModel/press(_:)`` and the terminal see to them.
    static let everywhere: [KeyBinding] = [
        KeyBinding([], "Ctrl-L", "redraw", help: "draw the screen anew"),
        KeyBinding([], "Ctrl-Z", "shell", help: "shell; tracking goes on"),
    ]

    static func action(of key: Key) -> Action? {
        for binding in status {
            if let found = binding.keys.first(where: { $0.key == key }) { return found.action }
        }
        return nil
    }
}
