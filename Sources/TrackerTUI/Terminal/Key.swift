/// What somebody pressed.
enum Key: Hashable, Sendable {
    case character(Character)
    /// A letter in lower case with the control key held, for example `control("c")`.
    case control(Character)
    case enter, tab, backTab, escape, backspace, delete
    case up, down, left, right, home, end, pageUp, pageDown
    case help
    /// Text that was pasted in one go; it may hold anything.
    case paste(String)
}
