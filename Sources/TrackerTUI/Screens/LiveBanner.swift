import Shared

/// The row above every screen while somebody watches: who, when they saw the screen last, and the key that ends it.
enum LiveBanner {
    private static let style = Style(color: .red, isBold: true, isReverse: true)

    static func draw(_ model: AppModel, y: Int, into canvas: inout Canvas) {
        let isWide = canvas.width >= 60
        let gap = isWide ? "  " : " "
        let key = model.isTyping ? (isWide ? "Ctrl-V" : "^V") : "v"
        let head = " \(canvas.glyphs.dot) LIVE\(gap)"
        let tail = "\(gap)\(key) ends it "
        let room = canvas.width - CharacterWidth.columns(of: head) - CharacterWidth.columns(of: tail)
        canvas.fill(" ", x: 0, y: y, columns: canvas.width, style: style)
        let end = canvas.put(head, x: 0, y: y, style: style)
        canvas.put(watching(model, gap: gap, columns: room), x: end, y: y, style: style)
        canvas.put(tail, x: canvas.width - CharacterWidth.columns(of: tail), y: y, style: style)
    }

    /// In as many words as there is room for.
    private static func watching(_ model: AppModel, gap: String, columns: Int) -> String {
        let time = model.live.lastFrame.map(model.timeOfDay)
        let frame = time.map { "last frame \($0)" } ?? "no frame yet"
        let forms = [
            ("your screen is being watched by ", "\(gap)\(frame)"), ("watched by ", "\(gap)\(frame)"),
            ("", "\(gap)\(time ?? "--:--:--")"),
        ]
        let names = model.live.watchers.map(\.spelling)
        let all = names.joined(separator: ", ")
        for (before, after) in forms where CharacterWidth.columns(of: before + all + after) <= columns {
            return before + all + after
        }
        let (before, after) = columns >= 50 ? forms[1] : forms[2]
        let others = names.count > 1 ? " +\(names.count - 1)" : ""
        let room = columns - CharacterWidth.columns(of: before + others + after)
        return before + TextWrap.shortened(names.first ?? "", columns: room) + others + after
    }
}
