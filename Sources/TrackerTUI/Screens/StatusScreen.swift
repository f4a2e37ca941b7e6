import Shared

/// What is tracked right now: the main screen.
enum StatusScreen {
    static func draw(_ model: AppModel, into canvas: inout Canvas) {
        let isRoomy = isRoomy(canvas)
        let end = canvas.height - (isRoomy ? 2 : 1)
        var y = drawFacts(model, end: end, into: &canvas)
        if isRoomy {
            canvas.drawRule(messagesTitle(model), y: y)
            canvas.drawRule(y: end)
            y += 1
        }
        drawMessages(model, y: y, end: drawPrompt(model, y: y, end: end, into: &canvas), into: &canvas)
        canvas.drawHints(hints(for: model, in: canvas))
    }

    /// How many lines of messages the screen has room for.
    static func messageRows(of model: AppModel) -> Int {
        var canvas = Canvas(width: model.size.width, height: model.size.height - (model.live.isLive ? 1 : 0))
        let others = isRoomy(canvas) ? 2 : 1
        let end = canvas.height - others
        return max(end - drawFacts(model, end: end, into: &canvas) - (others - 1), 0)
    }

    private static func isRoomy(_ canvas: Canvas) -> Bool { canvas.width >= 60 && canvas.height >= 20 }

    /// All that stands above the messages.
    ///
    /// - Parameter end: the row after the messages.
    /// - Returns: the row after it.
    private static func drawFacts(_ model: AppModel, end: Int, into canvas: inout Canvas) -> Int {
        let isRoomy = isRoomy(canvas)
        drawWho(model, into: &canvas)
        var y = 1
        if isRoomy {
            canvas.drawRule(y: 1)
            y = 2
        }
        drawState(model, y: y, into: &canvas)
        y += isRoomy ? 2 : 1
        y = drawClocks(model, y: y, into: &canvas) + (isRoomy ? 1 : 0)
        // What must be left for the messages, and for the prompt in their place.
        let prompt = promptLines(model, columns: canvas.width - 2)
        let others = max(isRoomy ? 3 : 1, prompt.isEmpty ? 0 : min(prompt.count, 3) + 1)
        var facts = FactRows(y: y, end: end - others, isRoomy: isRoomy)
        for row in [drawInterval, drawNextCapture, drawLastCapture, drawQueue, drawMissing] {
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
        let isDown = if case .down = model.link { true } else { false }
        let (isWide, separator) = (canvas.width >= 60, canvas.glyphs.separator)
        if let account = model.account, !model.options.proxies.isPrivate(account.server) {
            let link = isDown ? "live link down" : "online"
            return (isWide ? "\(link)\(separator)not encrypted" : "in clear", .bad)
        }
        guard isDown else { return ("online", Style(color: .green)) }
        // Requests are answered, but nothing can be pushed.
        return (isWide ? "online\(separator)live link down" : "no live link", Style(color: .yellow))
    }

    private static func hints(for model: AppModel, in canvas: Canvas) -> [(key: String, action: String)] {
        if model.prompt != nil { return [("Enter", "sign in"), ("Esc", "later")] }
        return KeyBinding.status.filter(\.isHinted).compactMap { binding -> (key: String, action: String)? in
            switch binding.keys.first?.action {
            case .endLive? where !model.live.isLive,
                .askPassword? where [nil, .accountRemoved].contains(model.tracking.block):
                nil
            case .endLive? where canvas.width < 60: (binding.label, "end")
            default: (binding.label, binding.brief)
            }
        }
    }
}

// MARK: Messages

extension StatusScreen {
    /// Of a time of day.
    private static let timeColumns = 8

    private static func messagesTitle(_ model: AppModel) -> String {
        switch model.reading?.newer {
        case nil: "Messages"
        case 0?: "Messages: End for the newest"
        case let newer?: "Messages: \(newer) newer, End"
        }
    }

    /// Of a message, on a screen of that width.
    static func lines(of entry: LogEntry, in model: AppModel, width: Int) -> [String] {
        TextWrap.lines(entry.words(model.timeOfDay), columns: width - timeColumns - 3)
    }

    /// The newest ones, or those that somebody reads, oldest first, as many as fit. Of one that has no room the beginning is
    /// shown, with what it says; to who reads on upwards, its end.
    private static func drawMessages(_ model: AppModel, y: Int, end: Int, into canvas: inout Canvas) {
        var rows: [(time: String, text: String, style: Style)] = []
        var below = model.reading?.below ?? 0
        for entry in model.log.dropLast(model.reading?.newer ?? 0).reversed() where rows.count < end - y {
            var lines = lines(of: entry, in: model, width: canvas.width)
            let times = [model.timeOfDay(entry.at)] + Array(repeating: "", count: max(lines.count - 1, 0))
            if model.reading == nil {
                lines = TextWrap.first(end - y - rows.count, of: lines, columns: canvas.width - timeColumns - 3)
            }
            rows += zip(times, lines).dropLast(max(min(below, lines.count - 1), 0))
                .map { (time: $0, text: $1, style: style(of: entry.kind)) }.reversed()
            below = 0
        }
        for (offset, row) in rows.prefix(max(end - y, 0)).reversed().enumerated() {
            canvas.put(row.time, x: 1, y: y + offset, style: .faint)
            canvas.put(row.text, x: timeColumns + 2, y: y + offset, style: row.style)
        }
    }

    private static func style(of kind: Note.Kind) -> Style {
        switch kind {
        case .plain: .plain
        case .good: Style(color: .green)
        case .warning: Style(color: .yellow)
        case .bad: Style(color: .red)
        }
    }

    /// What is said above the field for the password; nothing without it.
    private static func promptLines(_ model: AppModel, columns: Int) -> [String] {
        guard let prompt = model.prompt else { return [] }
        let sentence =
            prompt.isBusy ? "Signing in..." : prompt.error ?? "Type the password again: the login has ended."
        return TextWrap.lines(sentence, columns: columns)
    }

    /// - Returns: the row where the messages must end.
    private static func drawPrompt(_ model: AppModel, y: Int, end: Int, into canvas: inout Canvas) -> Int {
        guard let prompt = model.prompt else { return end }
        let lines = promptLines(model, columns: canvas.width - 2)
        let top = max(y, end - 1 - lines.count)
        for (offset, line) in TextWrap.first(end - 1 - top, of: lines, columns: canvas.width - 2).enumerated() {
            canvas.put(line, x: 1, y: top + offset, style: .bad)
        }
        canvas.drawField("Password", prompt.field, x: 1, y: end - 1, labelColumns: 10, isFocused: !prompt.isBusy)
        return top
    }
}
