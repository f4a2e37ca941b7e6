import Shared

/// The keys, and what this program sees.
struct HelpScreen: Screen {
    var asAny: AnyScreen { .help(self) }

    mutating func handle(_ key: Key) -> Command? { .back }

    func hints(_ model: AppModel, columns: Int) -> [KeyHint] { [("any key", "back")] }

    /// All keys but those of forms. The terminal itself sees to Ctrl-L.
    static let bindings: [KeyBinding<Command>] =
        StatusScreen.bindings + [
            KeyBinding([], "Ctrl-L", "redraw", help: "draw the screen anew"),
            KeyBinding([], "Ctrl-Z", "shell", help: "shell; tracking goes on", everywhere: (.control("z"), .suspend)),
        ]
}

// MARK: Drawing

extension HelpScreen {
    func draw(_ model: AppModel, into canvas: inout Canvas) {
        canvas.drawTitle("help")
        let facts = Self.facts(model)
        let room = canvas.height - 4 - Self.keyRows
        let needed = facts.reduce(0) { $0 + TextWrap.lines($1, columns: canvas.width - 4).count }
        if canvas.width >= 60, needed <= room {
            Self.drawAll(facts, gap: needed + facts.count <= room ? 1 : 0, into: &canvas)
        } else {
            Self.drawShort(into: &canvas)
        }
        canvas.drawRule(y: canvas.height - 2)
    }

    /// In two columns.
    private static var keyRows: Int { (bindings.count + 1) / 2 }

    private static func drawAll(_ facts: [String], gap: Int, into canvas: inout Canvas) {
        for (index, binding) in bindings.enumerated() {
            let (x, y) = (2 + index / keyRows * (canvas.width / 2), 2 + index % keyRows)
            canvas.put(binding.label, x: x, y: y, style: Style(color: .cyan, isBold: true))
            let columns = canvas.width / 2 - 11
            let fits = CharacterWidth.columns(of: binding.help) <= columns
            canvas.put(fits ? binding.help : binding.brief, x: x + 10, y: y, columns: columns)
        }
        var y = 2 + keyRows
        for fact in facts {
            let rows = canvas.height - 2 - (y + gap)
            y = canvas.drawParagraph(fact, x: 2, y: y + gap, columns: canvas.width - 4, rows: rows)
        }
    }

    private static func facts(_ model: AppModel) -> [String] {
        let threshold = DurationText.words(seconds: model.options.tracking.idleThreshold.wholeSeconds)
        let pause = DurationText.words(seconds: model.options.liveInterval.wholeSeconds)
        return [
            "While you are tracking, your whole screen is captured at the interval that a manager assigned, and at no "
                + "other time. Every capture is announced here.",
            "A pause of \(threshold) or more without a key or the mouse counts as idle, all of it. Which keys you press "
                + "is never recorded.",
            "Managers may watch your screen live while you are tracking: a red line says who does, and a small picture "
                + "goes out every \(pause).",
            "What cannot be delivered waits on this computer and goes out later.",
        ]
    }

    /// Where there is no room for all of it, what is recorded and who sees it goes before the keys.
    private static func drawShort(into canvas: inout Canvas) {
        let end = canvas.height - 2
        var (x, y) = (1, 2)
        for fact in [
            "Recorded while tracking: the screen at the interval, idle time; no keys.",
            "Managers may watch it live: then a red line says who.",
        ] { y = canvas.drawParagraph(fact, x: x, y: y, columns: canvas.width - 2, rows: end - y) }
        for binding in bindings {
            let columns = CharacterWidth.columns(of: "\(binding.label) \(binding.brief)")
            if x + columns >= canvas.width { (x, y) = (1, y + 1) }
            guard y < end else { return }
            x = canvas.put(binding.label, x: x, y: y, style: Style(color: .cyan, isBold: true))
            x = canvas.put(" \(binding.brief)", x: x, y: y) + 2
        }
    }
}
