import Shared

/// What is tracked right now: the main screen.
enum StatusScreen {
    static func draw(_ model: AppModel, into canvas: inout Canvas) {
        let isRoomy = canvas.width >= 60 && canvas.height >= 20
        drawWho(model, into: &canvas)
        var y = 1
        if isRoomy {
            canvas.drawRule(y: 1)
            y = 2
        }
        drawState(model, y: y, into: &canvas)
        y += isRoomy ? 2 : 1
        y = drawClocks(model, y: y, into: &canvas) + (isRoomy ? 1 : 0)
        for row in [drawInterval, drawNextCapture, drawLastCapture, drawQueue, drawMissing] {
            // The small screen says the interval in the row of the next capture.
            y = row(model, y, isRoomy, &canvas)
        }
        let end = canvas.height - (isRoomy ? 2 : 1)
        if isRoomy {
            canvas.drawRule(messagesTitle(model), y: y)
            canvas.drawRule(y: end)
            y += 1
        }
        drawMessages(model, y: y, end: drawPrompt(model, y: y, end: end, into: &canvas), into: &canvas)
        canvas.drawHints(hints(for: model, in: canvas))
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
        let x = canvas.put("\(canvas.glyphs.dot) \(words)", x: 1, y: y, style: style)
        if case .elsewhere(let elsewhere) = model.tracking.phase {
            let place = elsewhere.host.map { " at \($0)" } ?? ""
            let since = model.timeOfDay(elsewhere.since)
            canvas.put(TextWrap.shortened("\(place) since \(since)", columns: canvas.width - x - 22), x: x, y: y)
        } else if model.tracking.phase != .waiting, let start = start(of: model) {
            canvas.put(" since \(model.timeOfDay(start))", x: x, y: y)
        }
        let (connection, connectionStyle) = connection(of: model, in: canvas)
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
        model.newerMessages == 0 ? "Messages" : "Messages: \(model.newerMessages) newer, End"
    }

    /// The newest ones, or those that were scrolled to, oldest first, as many as fit: of the oldest perhaps only the beginning.
    private static func drawMessages(_ model: AppModel, y: Int, end: Int, into canvas: inout Canvas) {
        let start = timeColumns + 2
        var rows: [(time: String, text: String, style: Style)] = []
        for entry in model.log.dropLast(model.newerMessages).reversed() where rows.count < end - y {
            let lines = TextWrap.lines(
                entry.words(model.timeOfDay), columns: canvas.width - start - 1, rows: end - y - rows.count)
            let times = [model.timeOfDay(entry.at)] + Array(repeating: "", count: max(lines.count - 1, 0))
            rows += zip(times, lines).map { (time: $0, text: $1, style: style(of: entry.kind)) }.reversed()
        }
        for (offset, row) in rows.reversed().enumerated() {
            canvas.put(row.time, x: 1, y: y + offset, style: .faint)
            canvas.put(row.text, x: start, y: y + offset, style: row.style)
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

    /// - Returns: the row where the messages must end.
    private static func drawPrompt(_ model: AppModel, y: Int, end: Int, into canvas: inout Canvas) -> Int {
        guard let prompt = model.prompt else { return end }
        let top = max(y, end - 2)
        let sentence =
            prompt.isBusy ? "Signing in..." : prompt.error ?? "The login has ended. Type the password again:"
        canvas.put(TextWrap.shortened(sentence, columns: canvas.width - 2), x: 1, y: top, style: .bad)
        canvas.drawField("Password", prompt.field, x: 1, y: top + 1, labelColumns: 10, isFocused: !prompt.isBusy)
        return top
    }
}
