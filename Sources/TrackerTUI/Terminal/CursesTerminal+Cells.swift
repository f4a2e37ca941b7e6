import CNcurses
import FoundationEssentials

/// Keys in, cells out: only on the terminal's own thread.
extension CursesTerminal {
    func readKeys(_ window: UnsafeMutablePointer<WINDOW>, _ decoder: inout KeyDecoder) {
        var value: wint_t = 0
        while true {
            switch wget_wch(window, &value) {
            case OK:
                if let key = decoder.decode(.scalar(value)) { send(.key(key)) }
            case KEY_CODE_YES:
                if let key = decoder.decode(.function(Self.key(for: Int32(bitPattern: value)))) { send(.key(key)) }
            default: return
            }
        }
    }

    private static func key(for code: Int32) -> KeyDecoder.FunctionKey {
        switch code {
        case KEY_ENTER: .key(.enter)
        case KEY_BTAB: .key(.backTab)
        case KEY_BACKSPACE: .key(.backspace)
        case KEY_DC: .key(.delete)
        case KEY_UP: .key(.up)
        case KEY_DOWN: .key(.down)
        case KEY_LEFT: .key(.left)
        case KEY_RIGHT: .key(.right)
        case KEY_HOME: .key(.home)
        case KEY_END: .key(.end)
        case KEY_F0 + 1: .key(.help)
        case KEY_RESIZE: .resize
        case pasteStart: .pasteStart
        case pasteEnd: .pasteEnd
        default: .unknown
        }
    }

    func draw(_ canvas: Canvas, in window: UnsafeMutablePointer<WINDOW>) {
        werase(window)
        for y in 0..<min(canvas.height, Int(getmaxy(window))) {
            for x in 0..<min(canvas.width, Int(getmaxx(window))) {
                let cell = canvas.cell(x: x, y: y)
                guard cell != .blank, let character = cell.character else { continue }
                put(character, cell.style, x: x, y: y, in: window)
            }
        }
        if let cursor = canvas.cursor {
            wmove(window, Int32(cursor.y), Int32(cursor.x))
            curs_set(1)
        } else {
            curs_set(0)
        }
        wrefresh(window)
    }

    private func put(_ character: Character, _ style: Style, x: Int, y: Int, in window: UnsafeMutablePointer<WINDOW>) {
        // The base and the marks above it. What joins several pictures into one is left out: not every terminal knows it.
        let scalars = character.unicodeScalars
        let marks = scalars.dropFirst().filter { $0.properties.generalCategory == .nonspacingMark }
        let text = (scalars.prefix(1) + marks.prefix(3)).map { wchar_t(bitPattern: $0.value) } + [0]
        var cell = cchar_t()
        let pair = usesColor ? Int16(style.color.rawValue) : 0
        setcchar(&cell, text, tracker_attributes(style.isBold, style.isDim, style.isReverse), pair, nil)
        wmove(window, Int32(y), Int32(x))
        wadd_wch(window, &cell)
    }
}
