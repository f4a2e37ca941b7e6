import Shared

extension StatusScreen {
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

    static func drawInterval(_ model: AppModel, _ y: Int, _ isRoomy: Bool, into canvas: inout Canvas) -> Int {
        guard isRoomy else { return y }
        label("Interval", y, into: &canvas)
        canvas.put(intervalText(model), x: 1 + labelColumns, y: y)
        return y + 1
    }

    private static func intervalText(_ model: AppModel) -> String {
        switch model.tracking.interval {
        case nil: "none assigned yet (usual: \(DurationText.words(seconds: model.options.defaultInterval)))"
        case CaptureInterval.hoursOnly?: "hours only, nothing is captured"
        case let seconds?: "every \(DurationText.words(seconds: seconds))"
        }
    }

    static func drawNextCapture(_ model: AppModel, _ y: Int, _ isRoomy: Bool, into canvas: inout Canvas) -> Int {
        let start = isRoomy ? 1 + labelColumns : canvas.put("Next capture ", x: 1, y: y, style: .faint)
        if isRoomy { label("Next capture", y, into: &canvas) }
        guard let plan = model.tracking.plan else {
            canvas.put(noCaptureText(model), x: start, y: y)
            return y + 1
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
        return y + 1
    }

    private static func noCaptureText(_ model: AppModel) -> String {
        switch model.tracking.phase {
        case .waiting: "none: no interval assigned"
        case .tracking: "none: hours only"
        default: "none: not tracking"
        }
    }

    static func drawLastCapture(_ model: AppModel, _ y: Int, _ isRoomy: Bool, into canvas: inout Canvas) -> Int {
        label(isRoomy ? "Last capture" : "Last", y, into: &canvas)
        let x = isRoomy ? 1 + labelColumns : 6
        guard let capture = model.lastCapture else {
            canvas.put("none yet", x: x, y: y)
            return y + 1
        }
        let size = isRoomy ? "\(capture.width)x\(capture.height)  " : ""
        let time = model.timeOfDay(capture.at)
        let facts = "\(time)  \(size)\(DurationText.size(bytes: capture.bytes))  "
        let end = canvas.put(facts, x: x, y: y)
        var (words, style): (String, Style) =
            switch capture.result {
            case .queued: ("waits in the queue", Style(color: .yellow))
            case .delivered: ("delivered", Style(color: .green))
            case .putAside(let reason): ("put aside: \(reason)", Style(color: .red))
            }
        if let concealment = capture.concealment {
            words = "\(concealment), \(words)"
            if capture.result == .delivered { style = Style(color: .yellow) }
        }
        canvas.put(TextWrap.shortened(words, columns: canvas.width - end - 1), x: end, y: y, style: style)
        return y + 1
    }

    static func drawQueue(_ model: AppModel, _ y: Int, _ isRoomy: Bool, into canvas: inout Canvas) -> Int {
        label("Queue", y, into: &canvas)
        guard let queue = model.queue else { return y + 1 }
        let own = model.account.map { queue.pending(of: $0) } ?? 0
        let others = queue.pendingForOthers(than: model.account)
        let kept = keptSeconds(model, queue)
        var text = own == 0 ? "empty" : "\(own) waiting (\(DurationText.size(bytes: queue.bytes)))"
        if kept > 0 {
            let work = DurationText.spoken(seconds: kept)
            text = own == 0 ? "\(work) of work kept here" : "\(text), \(work) kept"
        }
        if queue.unkept > 0 { text += ", \(queue.unkept) in memory only" }
        if queue.aside > 0 { text += ", \(queue.aside) put aside" }
        if queue.dropped > 0 { text += ", \(queue.dropped) dropped" }
        // Those go when their account signs in again: nothing that this employee could do.
        if others > 0 { text += "; \(others) of another account or server" }
        let isGood = own == 0 && kept == 0 && queue.aside == 0 && queue.dropped == 0
        let style = isGood ? Style.plain : Style(color: .yellow)
        let x = isRoomy ? 1 + labelColumns : 7
        canvas.put(TextWrap.shortened(text, columns: canvas.width - x - 1), x: x, y: y, style: style)
        return y + 1
    }

    /// Work that has not arrived and that no beat will confirm as it does every minute.
    private static func keptSeconds(_ model: AppModel, _ queue: SpoolStatus) -> Int {
        let waiting = model.account.map { queue.work(of: $0) } ?? 0
        let tracking = model.tracking
        guard tracking.outage != nil || tracking.block != nil else { return waiting }
        return waiting + tracking.unconfirmed(at: model.now).wholeSeconds
    }

    /// What does not work here, and why; no row when nothing is missing.
    static func drawMissing(_ model: AppModel, _ y: Int, _ isRoomy: Bool, into canvas: inout Canvas) -> Int {
        var y = y
        let troubles: [(String, String?)] = [
            ("Not captured", model.captureTrouble),
            ("Not kept", model.queue?.keepTrouble.map { "\($0): what waits is lost if this program ends." }),
            ("Idle unknown", model.idleTrouble == model.captureTrouble ? nil : model.idleTrouble),
            ("Not reached", outageText(model, isRoomy)),
            ("Clock", model.clockTrouble),
            ("Put aside", model.queue?.asideReason.map { "the last one because: \($0)" }),
        ]
        // The small screen has one row for all of it.
        for (name, trouble) in isRoomy ? troubles[...] : troubles.filter({ $0.1 != nil }).prefix(1) {
            guard let trouble else { continue }
            label(name, y, into: &canvas)
            let x = 1 + labelColumns - (isRoomy ? 0 : 1)
            canvas.put(
                TextWrap.shortened(trouble, columns: canvas.width - x - 1), x: x, y: y, style: Style(color: .red))
            y += 1
        }
        return y
    }

    /// The reason, and before it, where there is room, how long ago the server confirmed what is tracked.
    private static func outageText(_ model: AppModel, _ isRoomy: Bool) -> String? {
        guard let outage = model.tracking.outage else { return nil }
        guard isRoomy, let age = model.tracking.sinceBeat(at: model.now.monotonic) else { return outage.reason }
        return "Last confirmed \(DurationText.clock(seconds: age.wholeSeconds)) ago. \(outage.reason)"
    }
}
