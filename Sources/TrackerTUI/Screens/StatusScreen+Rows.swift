import Shared

extension StatusScreen {
    /// Where the next fact goes.
    struct FactRows {
        var y: Int
        /// Where the facts end at the latest; each gets one row all the same.
        let end: Int
        let isRoomy: Bool

        /// How many rows a fact may have when so many follow.
        func room(before others: Int) -> Int { max(end - y - others, 1) }
    }

    /// The table of active, idle and net time, for the session and for the day.
    ///
    /// - Returns: the row after it.
    static func drawClocks(_ model: AppModel, y: Int, into canvas: inout Canvas) -> Int {
        let isWide = canvas.width >= 60
        let columns = isWide ? [17, 31, 45] : [9, 19, 29]
        for (x, title) in zip(columns, ["Active", "Idle", "Net"]) { canvas.put(title, x: x, y: y, style: .faint) }
        let now = model.now
        let rows = [
            (isWide ? "This session" : "Session", model.tracking.sessionTotals(at: now), Style.strong),
            ("Today", model.tracking.dayTotals(at: now), Style.plain),
        ]
        for (offset, (name, totals, style)) in rows.enumerated() {
            let row = y + 1 + offset
            label(name, row, into: &canvas)
            let clocks = totals.map { [$0.activeSeconds, $0.idleSeconds, $0.netActiveSeconds] }
            for (index, x) in columns.enumerated() {
                let text = clocks.map { DurationText.clock(seconds: $0[index]) } ?? "--:--:--"
                canvas.put(text, x: x, y: row, style: style)
            }
        }
        return y + 3
    }

    /// Today's; by whom, and those of other days, is in the messages.
    static func drawCorrections(_ model: AppModel, _ rows: inout FactRows, into canvas: inout Canvas) {
        let seconds = model.tracking.correctionSeconds
        guard rows.isRoomy, seconds != 0 else { return }
        label("Corrected", rows.y, into: &canvas)
        let amount = "\(seconds < 0 ? "-" : "+")\(DurationText.clock(seconds: abs(seconds)))"
        canvas.put("\(amount) today", x: 1 + labelColumns, y: rows.y)
        rows.y += 1
    }

    static func drawInterval(_ model: AppModel, _ rows: inout FactRows, into canvas: inout Canvas) {
        guard rows.isRoomy else { return }
        label("Interval", rows.y, into: &canvas)
        canvas.put(intervalText(model), x: 1 + labelColumns, y: rows.y)
        rows.y += 1
    }

    private static func intervalText(_ model: AppModel) -> String {
        switch model.tracking.interval {
        case nil: "none assigned yet (usual: \(DurationText.words(seconds: model.options.defaultInterval)))"
        case CaptureInterval.hoursOnly?: "hours only, nothing is captured"
        case let seconds?: "every \(DurationText.words(seconds: seconds))"
        }
    }

    static func drawNextCapture(_ model: AppModel, _ rows: inout FactRows, into canvas: inout Canvas) {
        let (y, isRoomy) = (rows.y, rows.isRoomy)
        rows.y += 1
        // There is no room for it in the row of the state.
        if canvas.width < 60, case .elsewhere(let elsewhere) = model.tracking.phase {
            let start = canvas.put("Tracked ", x: 1, y: y, style: .faint)
            canvas.put(elsewhereText(elsewhere, model, columns: canvas.width - start - 1), x: start, y: y)
            return
        }
        let start = isRoomy ? 1 + labelColumns : canvas.put("Next capture ", x: 1, y: y, style: .faint)
        if isRoomy { label("Next capture", y, into: &canvas) }
        guard let plan = model.tracking.plan else {
            canvas.put(noCaptureText(model), x: start, y: y)
            return
        }
        let remaining = plan.remaining(at: model.now.monotonic)
        // Rounded up: the capture comes when the countdown reaches zero, not a second later.
        let seconds = (remaining + .milliseconds(999)).wholeSeconds
        var x = canvas.put("in \(DurationText.countdown(seconds: seconds))", x: start, y: y, style: .strong) + 1
        if !isRoomy, let interval = model.tracking.interval {
            x = canvas.put("of \(DurationText.countdown(seconds: interval))", x: x, y: y) + 1
        }
        canvas.drawBar(
            progress: plan.progress(at: model.now.monotonic), x: x + (isRoomy ? 1 : 0), y: y,
            columns: min(canvas.width - x - 3, 60), style: Style(color: .green))
    }

    private static func noCaptureText(_ model: AppModel) -> String {
        switch model.tracking.phase {
        case .waiting: "none: no interval assigned"
        case .tracking: "none: hours only"
        default: "none: not tracking"
        }
    }

    static func drawLastCapture(_ model: AppModel, _ rows: inout FactRows, into canvas: inout Canvas) {
        label(rows.isRoomy ? "Last capture" : "Last", rows.y, into: &canvas)
        let x = rows.isRoomy ? 1 + labelColumns : 6
        guard let capture = model.lastCapture else {
            canvas.put("none yet", x: x, y: rows.y)
            rows.y += 1
            return
        }
        let size = rows.isRoomy ? "\(capture.width)x\(capture.height)  " : ""
        let time = model.timeOfDay(capture.at)
        let facts = "\(time)  \(size)\(DurationText.size(bytes: capture.bytes))  "
        var end = canvas.put(facts, x: x, y: rows.y)
        // Why it was put aside stands below, and in the messages.
        var (words, style): (String, Style) =
            switch capture.result {
            case .queued: ("waits in the queue", Style(color: .yellow))
            case .delivered: ("delivered", Style(color: .green))
            case .putAside: ("put aside", Style(color: .red))
            }
        if let concealment = capture.concealment {
            words = "\(concealment), \(words)"
            if capture.result == .delivered { style = Style(color: .yellow) }
        }
        if CharacterWidth.columns(of: words) > canvas.width - end - 1, rows.room(before: 3) > 1 {
            rows.y += 1
            end = x
        }
        canvas.put(TextWrap.shortened(words, columns: canvas.width - end - 1), x: end, y: rows.y, style: style)
        rows.y += 1
    }

    static func drawQueue(_ model: AppModel, _ rows: inout FactRows, into canvas: inout Canvas) {
        label("Queue", rows.y, into: &canvas)
        guard let queue = model.queue else {
            rows.y += 1
            return
        }
        let x = rows.isRoomy ? 1 + labelColumns : 7
        var text = queueText(model, queue, isLong: true)
        if !rows.isRoomy, CharacterWidth.columns(of: text) > canvas.width - x - 1 {
            text = queueText(model, queue, isLong: false)
        }
        let isGood =
            model.account.map { queue.pending(of: $0) } ?? 0 == 0 && keptSeconds(model, queue) == 0 && queue.aside == 0
            && queue.dropped == 0 && queue.locked == 0
        let style = isGood ? Style.plain : Style(color: .yellow)
        drawFact(text, x: x, style, before: rows.isRoomy ? 1 : 0, &rows, &canvas)
    }

    /// - Parameter isLong: also what this employee can do nothing about.
    private static func queueText(_ model: AppModel, _ queue: SpoolStatus, isLong: Bool) -> String {
        let own = model.account.map { queue.pending(of: $0) } ?? 0
        let others = queue.pendingForOthers(than: model.account)
        let kept = keptSeconds(model, queue)
        let size = isLong ? " (\(DurationText.size(bytes: queue.bytes)))" : ""
        var text = own == 0 ? "empty" : "\(own) waiting\(size)"
        if kept > 0 {
            let work = DurationText.spoken(seconds: kept)
            text = own == 0 ? "\(work) of work kept here" : "\(text), \(work) kept"
        }
        if queue.unkept > 0 { text += ", \(queue.unkept) in memory only" }
        if queue.aside > 0 { text += ", \(queue.aside) put aside" }
        if queue.locked > 0 { text += ", \(queue.locked) unreadable" }
        if queue.dropped > 0 { text += ", \(queue.dropped) dropped" }
        // Those go when their account signs in again.
        if others > 0, isLong { text += "; \(others) of another account or server" }
        return text
    }

    private static func drawFact(
        _ text: String, x: Int, _ style: Style, before others: Int, _ rows: inout FactRows, _ canvas: inout Canvas
    ) {
        rows.y = canvas.drawParagraph(
            text, x: x, y: rows.y, columns: canvas.width - x - 1, rows: rows.room(before: others), style: style)
    }

    /// Work that has not arrived and that no beat will confirm as it does every minute.
    private static func keptSeconds(_ model: AppModel, _ queue: SpoolStatus) -> Int {
        let waiting = model.account.map { queue.work(of: $0) } ?? 0
        let tracking = model.tracking
        guard tracking.outage != nil || tracking.block != nil else { return waiting }
        return waiting + tracking.untold(at: model.now).wholeSeconds
    }

    /// Who looked last; no row when nobody did. All of them: `TrackerTUI looked`.
    static func drawLooks(_ model: AppModel, _ rows: inout FactRows, into canvas: inout Canvas) {
        let looks = model.looks.newest(at: model.now.wall).prefix(rows.isRoomy ? 2 : 1)
        for (index, row) in looks.enumerated() where rows.y < rows.end {
            if index == 0 { label("Looked", rows.y, into: &canvas) }
            let x = rows.isRoomy ? 1 + labelColumns : 8
            let words = Looks.words(for: row) { String(model.timeOfDay($0).prefix(5)) }
            let text = "\(model.timeOfDay(row.at).prefix(5)) \(words)"
            canvas.put(
                TextWrap.shortened(text, columns: canvas.width - x - 1), x: x, y: rows.y, style: Style(color: .yellow))
            rows.y += 1
        }
    }

    /// What does not work here, and why; no row when nothing is missing. What has no room is in the messages too.
    static func drawMissing(_ model: AppModel, _ rows: inout FactRows, into canvas: inout Canvas) {
        let all: [(String, String?)] = [
            ("Not captured", model.display.captureTrouble),
            ("Not kept", model.queue?.keepTrouble.map { "What waits is lost if this program ends: \($0)." }),
            (
                "Idle unknown",
                model.display.idleTrouble == model.display.captureTrouble ? nil : model.display.idleTrouble
            ),
            ("Not reached", outageText(model, rows.isRoomy)),
            ("Clock", model.clocks.trouble),
            // Where nothing can be delivered at all, that is said already.
            ("Not delivered", model.tracking.outage == nil ? model.holdup.reason : nil),
            ("Unreadable", unreadableText(model.queue?.locked ?? 0)),
            ("Put aside", model.queue?.asideReason),
        ]
        let troubles = all.compactMap { name, trouble in trouble.map { (name: name, text: $0) } }
        let x = 1 + labelColumns - (rows.isRoomy ? 0 : 1)
        // On the small screen a second row of messages, which have all of it, goes before a second row here.
        let kept = rows.isRoomy ? 0 : 1
        for (index, trouble) in troubles.enumerated() where rows.y < rows.end - kept {
            label(trouble.name, rows.y, into: &canvas)
            let others = troubles.count - 1 - index + kept
            drawFact(trouble.text, x: x, Style(color: .red), before: others, &rows, &canvas)
        }
    }

    private static func unreadableText(_ count: Int) -> String? {
        count == 0
            ? nil
            : "The key of \(count) in the queue is missing. They are sent once their owner logs in; `TrackerTUI queue` drops them."
    }

    /// The reason, and before it, where there is room, how long ago the server confirmed what is tracked.
    private static func outageText(_ model: AppModel, _ isRoomy: Bool) -> String? {
        guard let outage = model.tracking.outage else { return nil }
        guard isRoomy, let age = model.tracking.sinceBeat(at: model.now.monotonic) else { return outage.reason }
        return "Last confirmed \(DurationText.clock(seconds: age.wholeSeconds)) ago. \(outage.reason)"
    }
}
