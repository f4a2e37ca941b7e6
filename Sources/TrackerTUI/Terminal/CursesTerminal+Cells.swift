import CNcurses
import FoundationEssentials
import Glibc

/// Keys in, cells out: only on the terminal's own thread.
extension CursesTerminal {
    /// The keys among what waits at standard input. Past ncurses, which stays in the locale's characters and gives unknown
    /// sequences out as single keys.
    func readKeys(_ window: UnsafeMutablePointer<WINDOW>, _ decoder: inout KeyDecoder) {
        let bytes = Self.waitingBytes()
        let now = SystemClock().now().monotonic
        if bytes.isEmpty, let deadline = decoder.deadline, now >= deadline {
            tell(decoder.silence(), window)
        }
        for key in decoder.take(bytes, at: now) { tell(key, window) }
    }

    private func tell(_ key: Key?, _ window: UnsafeMutablePointer<WINDOW>) {
        switch key {
        case .control("l")?: drawAnew(window)
        case let key?: send(.key(key))
        case nil: break
        }
    }

    /// Something else may have written to the terminal.
    private func drawAnew(_ window: UnsafeMutablePointer<WINDOW>) {
        clearok(window, true)
        wrefresh(window)
    }

    /// As many as have come; of a flood a part, so that drawing has its turn.
    private static func waitingBytes() -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        while bytes.count < 65_536, poll(&input, 1, 0) > 0, input.revents & Int16(POLLIN) != 0 {
            let count = read(STDIN_FILENO, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return bytes
    }

    /// What terminfo says of this terminal's keys.
    static func keySequences() -> KeySequences {
        var strings: [String: [UInt8]] = [:]
        var index = 0
        while let name = tracker_capability(index) {
            index += 1
            guard name[0] == CChar(bitPattern: UInt8(ascii: "k")), let string = tracker_string(name) else { continue }
            strings[String(cString: name)] = Array(String(cString: string).utf8)
        }
        return KeySequences(terminfo: strings)
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
