import CNcurses
import Foundation
import Synchronization

/// The terminal through ncurses. One thread owns all of it: it waits for keys and for pictures, so that ncurses, which is not
/// made for several threads, sees only one.
final class CursesTerminal: Terminal {
    struct Options: Sendable {
        var usesColor: Bool
    }

    /// What other threads want of the terminal's own.
    private struct Mailbox {
        var canvas: Canvas?
        var shallSuspend = false
        var shallClose = false
        var isClosed = false
        var closing: [CheckedContinuation<Void, Never>] = []
    }

    private let mailbox = Mutex(Mailbox())
    private let wake: WakePipe
    private let usesColor: Bool
    private let send: @Sendable (TerminalEvent) -> Void

    /// Takes the screen, and tells the size and the keys from then on, from a thread of its own.
    ///
    /// - Throws: `noTerminal` or `unknownTerminal`; nothing is changed then.
    static func open(_ options: Options, send: @escaping @Sendable (TerminalEvent) -> Void) throws(TerminalError)
        -> CursesTerminal
    {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { throw .noTerminal }
        guard let wake = WakePipe() else { throw .noTerminal }
        let terminal = CursesTerminal(options, wake: wake, send: send)
        tracker_guard_terminal()
        guard tracker_open_screen() != nil else {
            throw .unknownTerminal(ProcessInfo.processInfo.environment["TERM"] ?? "")
        }
        let thread = Thread { terminal.run() }
        thread.name = "Terminal"
        thread.start()
        return terminal
    }

    /// Reads the locale of the environment. False when it is not one that writes UTF-8; pictures must be ASCII then.
    static func usesUTF8() -> Bool { tracker_use_locale() }

    private init(_ options: Options, wake: WakePipe, send: @escaping @Sendable (TerminalEvent) -> Void) {
        usesColor = options.usesColor
        self.wake = wake
        self.send = send
    }

    func show(_ canvas: Canvas) {
        mailbox.withLock { $0.canvas = canvas }
        wake.signal()
    }

    func suspend() {
        mailbox.withLock { $0.shallSuspend = true }
        wake.signal()
    }

    /// The size may have changed, or the job may be in the foreground again.
    func lookAround() { wake.signal() }

    func close() async {
        await withCheckedContinuation { continuation in
            let isClosed = mailbox.withLock { box in
                if !box.isClosed { box.closing.append(continuation) }
                box.shallClose = true
                return box.isClosed
            }
            if isClosed { continuation.resume() }
            wake.signal()
        }
    }
}

// MARK: The terminal's own thread

extension CursesTerminal {
    private static let pasteStart: Int32 = 1000
    private static let pasteEnd: Int32 = 1001

    private func run() {
        guard let window = tracker_window() else { return closed() }
        setUp(window)
        tellSize(window)
        var decoder = KeyDecoder()
        var isSuspended = false
        while true {
            // The shell may bring the job back without a signal; pasted text may lack its end.
            let timeout: Int32 = isSuspended ? 300 : decoder.isPasting ? 1000 : -1
            let arrival = wake.wait(forInput: !isSuspended, milliseconds: timeout)
            let box = mailbox.withLock { box in
                defer { (box.canvas, box.shallSuspend) = (nil, false) }
                return box
            }
            if box.shallClose { break }
            if isSuspended {
                guard isInForeground else { continue }
                isSuspended = false
                resume(window)
            }
            adaptSize(window)
            if let canvas = box.canvas { draw(canvas, in: window) }
            if arrival == .timeout, let paste = decoder.endPaste() { send(.key(paste)) }
            if arrival == .hangUp {
                send(.closed)
                break
            }
            readKeys(window, &decoder)
            if box.shallSuspend {
                leaveScreen()
                stopJob()
                isSuspended = true
            }
        }
        leaveScreen()
        closed()
    }

    private func closed() {
        let waiting = mailbox.withLock { box in
            defer { box.closing = [] }
            box.isClosed = true
            return box.closing
        }
        for continuation in waiting { continuation.resume() }
    }

    private func setUp(_ window: UnsafeMutablePointer<WINDOW>) {
        raw()
        noecho()
        nonl()
        nodelay(window, true)
        keypad(window, true)
        set_escdelay(25)
        define_key("\u{1B}[200~", Self.pasteStart)
        define_key("\u{1B}[201~", Self.pasteEnd)
        if usesColor, has_colors() {
            start_color()
            use_default_colors()
            for color in Style.Color.allCases where color != .normal {
                init_pair(Int16(color.rawValue), Int16(Self.number(of: color)), -1)
            }
        }
        enterScreen()
    }

    private static func number(of color: Style.Color) -> Int32 {
        switch color {
        case .normal: -1
        case .red: COLOR_RED
        case .green: COLOR_GREEN
        case .yellow: COLOR_YELLOW
        case .cyan: COLOR_CYAN
        }
    }

    private func enterScreen() {
        tracker_set_screen_open(true)
        write("\u{1B}[?2004h")
    }

    private func leaveScreen() {
        write("\u{1B}[?2004l")
        curs_set(1)
        endwin()
        tracker_set_screen_open(false)
    }

    /// Bracketed paste is not part of ncurses: past it, straight to the terminal.
    private func write(_ sequence: StaticString) {
        fflush(nil)
        _ = Foundation.write(STDOUT_FILENO, sequence.utf8Start, sequence.utf8CodeUnitCount)
    }

    private func resume(_ window: UnsafeMutablePointer<WINDOW>) {
        enterScreen()
        clearok(window, true)
        wrefresh(window)
    }

    private var isInForeground: Bool { tcgetpgrp(STDIN_FILENO) == getpgrp() }

    /// Stops the process, so that the shell takes the terminal back, and lets it run on a moment later in the background.
    private func stopJob() {
        let waker = Process()
        waker.executableURL = URL(fileURLWithPath: "/bin/sh")
        waker.arguments = ["-c", "sleep 0.2; kill -CONT \(getpid())"]
        do {
            try waker.run()
        } catch {
            // Without the waker the process would stay stopped and track nothing.
            return
        }
        kill(getpid(), SIGSTOP)
    }

    private func tellSize(_ window: UnsafeMutablePointer<WINDOW>) {
        send(.resized(width: Int(getmaxx(window)), height: Int(getmaxy(window))))
    }

    private func adaptSize(_ window: UnsafeMutablePointer<WINDOW>) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0,
            Int32(size.ws_row) != getmaxy(window) || Int32(size.ws_col) != getmaxx(window)
        else { return }
        resizeterm(Int32(size.ws_row), Int32(size.ws_col))
        clearok(window, true)
        tellSize(window)
    }
}

// MARK: Keys and cells

extension CursesTerminal {
    private func readKeys(_ window: UnsafeMutablePointer<WINDOW>, _ decoder: inout KeyDecoder) {
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

    private func draw(_ canvas: Canvas, in window: UnsafeMutablePointer<WINDOW>) {
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
