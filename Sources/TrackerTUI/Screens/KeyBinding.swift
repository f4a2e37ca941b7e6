/// What some keys do on a screen. What they do, the hints in the last row and the help come from one table of these.
struct KeyBinding<Action: Sendable>: Sendable {
    let keys: [(key: Key, action: Action)]
    /// Does so on every screen.
    let everywhere: (key: Key, action: Action)?
    /// As people write it.
    let label: String
    /// In a word or two.
    let brief: String
    let help: String
    /// Whether it stands in the last row.
    let isHinted: Bool

    init(
        _ keys: [(key: Key, action: Action)], _ label: String, _ brief: String, help: String = "",
        isHinted: Bool = false, everywhere: (key: Key, action: Action)? = nil
    ) {
        self.keys = keys
        self.everywhere = everywhere
        self.label = label
        self.brief = brief
        self.help = help
        self.isHinted = isHinted
    }

    init(_ character: Character, _ action: Action, _ brief: String, help: String, everywhere: Key? = nil) {
        self.init(
            [(.character(character), action)], String(character), brief, help: help, isHinted: true,
            everywhere: everywhere.map { ($0, action) })
    }
}

extension Array {
    func action<Action>(of key: Key) -> Action? where Element == KeyBinding<Action> {
        for binding in self {
            if let found = binding.keys.first(where: { $0.key == key }) { return found.action }
        }
        return nil
    }

    /// On every screen.
    func actionEverywhere<Action>(of key: Key) -> Action? where Element == KeyBinding<Action> {
        lazy.compactMap(\.everywhere).first { $0.key == key }?.action
    }
}

/// A key as it stands in the last row, and what it does.
typealias KeyHint = (key: String, action: String)
