/// The keys, and what this program sees.
enum HelpScreen {
    private static let keys: [(key: String, meaning: String)] = [
        ("s", "start tracking"), ("x", "stop tracking"), ("v", "end live view; in forms Ctrl-V"),
        ("p", "type the password again"),
        ("l", "log out"), ("q", "quit"), ("Ctrl-Z", "shell; tracking goes on"), ("?", "this page"),
    ]

    static func draw(_ model: AppModel, into canvas: inout Canvas) {
        canvas.drawTitle("help")
        var y = 2
        for (key, meaning) in keys where y < canvas.height - 2 {
            canvas.put(key, x: 2, y: y, style: Style(color: .cyan, isBold: true))
            canvas.put(meaning, x: 10, y: y)
            y += 1
        }
        let threshold = DurationText.words(seconds: model.options.tracking.idleThreshold.wholeSeconds)
        let pause = DurationText.words(seconds: model.options.liveInterval.wholeSeconds)
        let facts = [
            "While you are tracking, your whole screen is captured at the interval that a manager assigned, and at no "
                + "other time. Every capture is announced here.",
            "A pause of \(threshold) or more without a key or the mouse counts as idle, all of it. Which keys you press "
                + "is never recorded.",
            "While somebody watches live, a red line says who, and a small picture of your screen goes out every "
                + "\(pause), while you are tracking.",
            "What cannot be delivered waits on this computer and goes out later.",
        ]
        for fact in facts where y + 1 < canvas.height - 2 {
            let rows = canvas.height - 2 - (y + 1)
            y = canvas.drawParagraph(fact, x: 2, y: y + 1, columns: canvas.width - 4, rows: rows)
        }
        canvas.drawRule(y: canvas.height - 2)
        canvas.drawHints([("any key", "back")])
    }
}
