// Screens: one file a screen. A screen is a value that handles its keys, draws itself and names its keys. It draws what the
// model shows and changes only itself: what else a key asks for goes to the model as a Command.

/// What the terminal shows below the live view's row, but for a question.
protocol Screen: Sendable, Hashable {
    /// Itself as one of all.
    var asAny: AnyScreen { get }
    /// Letters go into a field.
    var isTyping: Bool { get }
    /// - Returns: what the key asks for beyond this screen.
    mutating func handle(_ key: Key) -> Command?
    /// What was asked for last was refused, for this reason.
    mutating func refused(_ reason: String)
    /// All but the last row, which is for ``hints(_:columns:)``.
    func draw(_ model: AppModel, into canvas: inout Canvas)
    /// What comes first is what is left where there is little room.
    func hints(_ model: AppModel, columns: Int) -> [KeyHint]
}

extension Screen {
    var isTyping: Bool { false }

    mutating func refused(_ reason: String) {}
}

/// One of the screens: each is a case here.
enum AnyScreen: Sendable, Hashable {
    case login(LoginScreen)
    case password(PasswordScreen)
    case status(StatusScreen)
    case help(HelpScreen)

    var screen: any Screen {
        switch self {
        case .login(let screen): screen
        case .password(let screen): screen
        case .status(let screen): screen
        case .help(let screen): screen
        }
    }

    /// See ``Screen/handle(_:)``.
    mutating func handle(_ key: Key) -> Command? { change { $0.handle(key) } }

    /// See ``Screen/refused(_:)``.
    mutating func refused(_ reason: String) { change { $0.refused(reason) } }

    private mutating func change<Result>(_ body: (inout any Screen) -> Result) -> Result {
        var screen = screen
        defer { self = screen.asAny }
        return body(&screen)
    }
}
