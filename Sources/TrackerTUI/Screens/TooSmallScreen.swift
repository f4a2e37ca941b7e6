/// Says what is needed when there is no room for anything else.
enum TooSmallScreen {
    static func draw(into canvas: inout Canvas) {
        let needed = Screens.smallest
        let sentence =
            "This window has \(canvas.width)x\(canvas.height) characters; "
            + "Time Tracker needs \(needed.width)x\(needed.height)."
        for (y, line) in TextWrap.lines(sentence, columns: canvas.width).enumerated() {
            canvas.put(line, x: 0, y: y)
        }
    }
}
