import Shared

/// What is tracked right now: the main screen.
struct StatusScreen: Screen {
    /// Asks for the password again while tracking goes on: the login has ended.
    var prompt: Form?

    init(isAsking: Bool = false) {
        if isAsking { prompt = Form(["Password": TextField(isSecret: true)]) }
    }

    var asAny: AnyScreen { .status(self) }
    var isTyping: Bool { prompt != nil }

    mutating func handle(_ key: Key) -> Command? {
        prompt == nil ? Self.bindings.action(of: key) : handleInPrompt(key)
    }
}

// MARK: Keys

extension StatusScreen {
    static let bindings: [KeyBinding<Command>] = [
        KeyBinding("v", .endLive, "end live view", help: "end live view; forms: Ctrl-V", everywhere: .control("v")),
        KeyBinding("p", .askPassword, "password", help: "type the password again"),
        KeyBinding("s", .start, "start", help: "start tracking"),
        KeyBinding("x", .end(.stop), "stop", help: "stop tracking"),
        KeyBinding("l", .end(.logOut), "logout", help: "log out"),
        KeyBinding("q", .end(.quit), "quit", help: "quit; Ctrl-C on any screen", everywhere: .control("c")),
        KeyBinding(
            [(.character("?"), help), (.character("h"), help), (.help, help)], "?", "help",
            help: "this page; also h and F1", isHinted: true),
        KeyBinding(
            [
                (.up, .scroll(1)), (.down, .scroll(-1)), (.pageUp, .scroll(5)), (.pageDown, .scroll(-5)),
                (.home, .oldest), (.end, .newest),
            ], "Up, Down", "messages", help: "older, newer messages; End"),
    ]

    private static let help = Command.show(.help(HelpScreen()))

    func hints(_ model: AppModel, columns: Int) -> [KeyHint] {
        if let prompt { return prompt.hints(goOn: "sign in", leave: "later") }
        return Self.bindings.filter(\.isHinted).compactMap { binding -> KeyHint? in
            switch binding.keys.first?.action {
            case .endLive? where !model.live.isLive,
                .askPassword? where [nil, .accountRemoved].contains(model.tracking.block):
                nil
            case .endLive? where columns < 60: (binding.label, "end")
            default: (binding.label, binding.brief)
            }
        }
    }
}

// MARK: Drawing

extension StatusScreen {
    func draw(_ model: AppModel, into canvas: inout Canvas) {
        let isRoomy = Self.isRoomy(canvas)
        let end = canvas.height - (isRoomy ? 2 : 1)
        var y = drawFacts(model, end: end, into: &canvas)
        if isRoomy {
            canvas.drawRule(Self.messagesTitle(model), y: y)
            canvas.drawRule(y: end)
            y += 1
        }
        Self.drawMessages(model, y: y, end: drawPrompt(y: y, end: end, into: &canvas), into: &canvas)
    }

    /// How many lines of messages the screen has room for.
    func messageRows(of model: AppModel) -> Int {
        var canvas = Canvas(width: model.size.width, height: model.size.height - (model.live.isLive ? 1 : 0))
        let others = Self.isRoomy(canvas) ? 2 : 1
        let end = canvas.height - others
        return max(end - drawFacts(model, end: end, into: &canvas) - (others - 1), 0)
    }

    private static func isRoomy(_ canvas: Canvas) -> Bool { canvas.width >= 60 && canvas.height >= 20 }

    /// All that stands above the messages.
    ///
    /// - Parameter end: the row after the messages.
    /// - Returns: the row after it.
    private func drawFacts(_ model: AppModel, end: Int, into canvas: inout Canvas) -> Int {
        let isRoomy = Self.isRoomy(canvas)
        Self.drawWho(model, into: &canvas)
        var y = 1
        if isRoomy {
            canvas.drawRule(y: 1)
            y = 2
        }
        Self.drawState(model, y: y, into: &canvas)
        y += isRoomy ? 2 : 1
        y = Self.drawClocks(model, y: y, into: &canvas) + (isRoomy ? 1 : 0)
        // What must be left for the messages, and for the prompt in their place.
        let prompt = promptLines(columns: canvas.width - 2)
        let others = max(isRoomy ? 3 : 1, prompt.isEmpty ? 0 : min(prompt.count, 3) + 1)
        var facts = FactRows(y: y, end: end - others, isRoomy: isRoomy)
        for row in [
            Self.drawCorrections, Self.drawInterval, Self.drawNextCapture, Self.drawLastCapture, Self.drawQueue,
            Self.drawLooks, Self.drawMissing,
        ] {
            // The small screen says the interval in the row of the next capture.
            row(model, &facts, &canvas)
        }
        return facts.y
    }

    static let labelColumns = 15

    static func label(_ text: String, _ y: Int, into canvas: inout Canvas) {
        canvas.put(text, x: 1, y: y, style: .faint)
    }

    private static func drawWho(_ model: AppModel, into canvas: inout Canvas) {
        guard let account = model.account else { return }
        let title = canvas.width >= 60 ? " Time Tracker" + canvas.glyphs.separator : " "
        let x = canvas.put(title, x: 0, y: 0, style: .strong)
        let place = " @ \(account.server.text)"
        let room = canvas.width - x - 1
        let email = TextWrap.shortened(account.email, columns: max(room - CharacterWidth.columns(of: place), room / 2))
        let end = canvas.put(email, x: x, y: 0, style: .accent)
        canvas.put(TextWrap.shortened(place, columns: canvas.width - end - 1), x: end, y: 0)
    }

    private static func drawState(_ model: AppModel, y: Int, into canvas: inout Canvas) {
        let (words, style) = state(of: model)
        let (connection, connectionStyle) = connection(of: model, in: canvas)
        let x = canvas.put("\(canvas.glyphs.dot) \(words)", x: 1, y: y, style: style)
        if case .elsewhere(let elsewhere) = model.tracking.phase {
            let room = canvas.width - x - connection.count - 3
            if canvas.width >= 60 { canvas.put(elsewhereText(elsewhere, model, columns: room), x: x + 1, y: y) }
        } else if model.tracking.phase != .waiting, let start = start(of: model) {
            canvas.put(" since \(model.timeOfDay(start))", x: x, y: y)
        }
        canvas.put(connection, x: canvas.width - connection.count - 1, y: y, style: connectionStyle)
    }

    /// When what is tracked began; by the server's clock, as all times here.
    private static func start(of model: AppModel) -> Timestamp? {
        model.tracking.work.map { $0.session?.startedAt ?? $0.begun(at: model.now) }
    }

    private static func state(of model: AppModel) -> (String, Style) {
        if model.departure != nil { return ("STOPPING", .waiting) }
        return switch model.tracking.phase {
        case .signedOut: ("SIGNED OUT", .bad)
        case .waiting: ("WAITING FOR AN INTERVAL", .waiting)
        case .starting: ("STARTING", .waiting)
        case .tracking: ("TRACKING", .good)
        case .stopped where model.tracking.block == .accountRemoved: ("ACCOUNT REMOVED", .bad)
        case .stopped: (model.tracking.isClosing ? "STOPPING" : "STOPPED", .bad)
        case .elsewhere: ("TRACKED ELSEWHERE", .waiting)
        }
    }

    /// Where work is tracked, as much of a long name as there is room for, and since when.
    static func elsewhereText(_ elsewhere: TrackingSession.Elsewhere, _ model: AppModel, columns: Int) -> String {
        let time = model.timeOfDay(elsewhere.since)
        let since = "since \(columns >= 32 ? time : String(time.prefix(5)))"
        guard let host = elsewhere.host else { return since }
        return "\(TextWrap.shortened("at \(host)", columns: columns - since.count - 1)) \(since)"
    }

    private static func connection(of model: AppModel, in canvas: Canvas) -> (String, Style) {
        if model.tracking.block == .accountRemoved { return ("", .bad) }
        if model.tracking.block != nil { return ("LOGIN ENDED", .bad) }
        if let outage = model.tracking.outage {
            let since = String(model.timeOfDay(outage.since).prefix(5))
            let words = outage.isUnreachable ? "OFFLINE" : "SERVER FAILS"
            return (canvas.width >= 60 ? "\(words) since \(since)" : words, .bad)
        }
        let isDown = model.link.isDown
        let (isWide, separator) = (canvas.width >= 60, canvas.glyphs.separator)
        if let account = model.account, !model.options.proxies.isPrivate(account.server) {
            let link = isDown ? "live link down" : "online"
            return (isWide ? "\(link)\(separator)not encrypted" : "in clear", .bad)
        }
        guard isDown else { return ("online", Style(color: .green)) }
        // Requests are answered, but nothing can be pushed.
        return (isWide ? "online\(separator)live link down" : "no live link", Style(color: .yellow))
    }
}
