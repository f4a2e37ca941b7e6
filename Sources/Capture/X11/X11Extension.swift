/// Extensions of X11 that a capture can do without, with libraries that need not be installed: they are loaded when a
/// display is opened that wants them.
public enum X11Extension: CaseIterable, Sendable {
    case monitors
    case pointer
    /// Tells whether anything was drawn since it was asked last.
    case damage

    /// As the X server names it.
    public var name: String {
        switch self {
        case .monitors: "RANDR"
        case .pointer: "XFIXES"
        case .damage: "DAMAGE"
        }
    }

    public var library: String {
        switch self {
        case .monitors: "libXrandr.so.2"
        case .pointer: "libXfixes.so.3"
        case .damage: "libXdamage.so.1"
        }
    }

    public enum State: Equatable, Sendable {
        case ready
        case noLibrary
        /// Or one that is too old.
        case noExtension
        /// The display was opened without asking for it.
        case unwanted
    }

    /// A sentence for whoever wants it all the same; nil when it is ready.
    public func complaint(_ state: State) -> String? {
        switch state {
        case .ready: nil
        case .noLibrary: "The library \(library) is not installed, or too old."
        case .noExtension, .unwanted: "The X server does not have the extension \(name), or an old version of it."
        }
    }
}

extension CaptureRequest {
    /// What the X server must have besides a screen. No set: the first of a kind costs a process a tenth of a capture.
    var extensions: [X11Extension] {
        var extensions: [X11Extension] = []
        if case .monitor = part { extensions.append(.monitors) }
        if showsPointer { extensions.append(.pointer) }
        return extensions
    }
}
