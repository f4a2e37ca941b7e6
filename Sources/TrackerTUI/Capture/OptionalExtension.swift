/// Extensions of X11 that the client can do without, with libraries that need not be installed: they are loaded when a
/// display is opened that wants them.
enum OptionalExtension: CaseIterable, Sendable {
    case monitors
    case pointer
    /// Whether anything was drawn since the last look.
    case damage

    /// As the X server names it.
    var name: String {
        switch self {
        case .monitors: "RANDR"
        case .pointer: "XFIXES"
        case .damage: "DAMAGE"
        }
    }

    var library: String {
        switch self {
        case .monitors: "libXrandr.so.2"
        case .pointer: "libXfixes.so.3"
        case .damage: "libXdamage.so.1"
        }
    }

    enum State: Equatable, Sendable {
        case ready
        case noLibrary
        /// Or one that is too old.
        case noExtension
        /// The display was opened without asking for it.
        case unwanted
    }
}
