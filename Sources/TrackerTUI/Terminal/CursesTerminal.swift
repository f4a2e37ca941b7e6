import CNcurses
import Dispatch
import FoundationEssentials
import Glibc
import Synchronization

/// The terminal through ncurses. One thread owns all of it: it waits for keys and for pictures, so that ncurses, which is not
/// made for several threads, sees only one.
final class CursesTerminal: Terminal {
    struct Options: Sendable {
        var usesColor: Bool
        /// How long Esc may wait for the rest of a sequence.
        var escapeDelay: Duration = .milliseconds(50)
    }

    /// What other threads want of the terminal's own.
    private struct Mailbox {
        var canvas: Canvas?
        var shallSuspend = false
        var wasContinued = false
        var shallClose = false
        var isClosed = false
        var closing: [CheckedContinuation<Void, Never>] = []
    }

    private let mailbox = Mutex(Mailbox())
    private let wake: WakePipe
    private let errors: ErrorStream?
    private let escapeDelay: Duration
    let usesColor: Bool
    let send: @Sendable (TerminalEvent) -> Void

    /// Takes the screen, and tells the size and the keys from then on, from a thread of its own.
    ///
    /// - Parameter log: a line that somebody writes to standard error meanwhile; returns when it is written.
    /// - Throws: `noTerminal` or `unknownTerminal`; nothing is changed then.
    static func open(
        _ options: Options, log: @escaping @Sendable (String) -> Void,
        send: @escaping @Sendable (TerminalEvent) -> Void
    ) throws(TerminalError) -> CursesTerminal {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { throw .noTerminal }
        guard let wake = WakePipe() else { throw .noTerminal }
        tracker_guard_terminal()
        guard tracker_open_screen() != nil else {
            throw .unknownTerminal(ProcessInfo.processInfo.environment["TERM"] ?? "")
        }
        let errors = ErrorStream(tracker_errors(), log: log)
        let terminal = CursesTerminal(options, wake: wake, errors: errors, send: send)
        ShellJob.forbidStops()
        DispatchQueue(label: "Terminal").async { terminal.run() }
        return terminal
    }

    /// Reads the locale of the environment, and writes UTF-8 even where that does not. False when this system has no UTF-8;
    /// pictures must be ASCII then.
    static func usesUTF8() -> Bool { tracker_use_locale() }

    private init(
        _ options: Options, wake: WakePipe, errors: ErrorStream?, send: @escaping @Sendable (TerminalEvent) -> Void
    ) {
        usesColor = options.usesColor
        escapeDelay = options.escapeDelay
        self.wake = wake
        self.errors = errors
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

    /// The size may have changed.
    func resized() { wake.signal() }

    /// The process was stopped, perhaps by somebody else, and runs again: the shell may have changed screen and modes.
    func continued() {
        mailbox.withLock { $0.wasContinued = true }
        wake.signal()
    }

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
    /// Whose the terminal is, as far as this thread knows.
    private enum Screen {
        case shown
        /// Given back to the shell.
        case left
        /// The shell took it.
        case lost
    }

    private func run() {
        guard let window = tracker_window() else { return closed() }
        setUp(window)
        tellSize(window)
        var decoder = KeyDecoder(sequences: Self.keySequences(), escapeDelay: escapeDelay)
        var screen = Screen.shown
        var canvas: Canvas?
        while true {
            // The shell may bring the job back without a signal.
            let timeout = screen != .shown ? 300 : Self.milliseconds(until: decoder.deadline)
            let arrival = wake.wait(forInput: screen == .shown, milliseconds: timeout)
            let box = mailbox.withLock { box in
                defer { (box.canvas, box.shallSuspend, box.wasContinued) = (nil, false, false) }
                return box
            }
            if box.shallClose { break }
            let place = ShellJob.place
            if arrival == .hangUp || screen != .shown && place == .nowhere {
                send(.closed)
                break
            }
            canvas = box.canvas ?? canvas
            if place == .background {
                if screen == .shown { screen = .lost }
                // The modes are the shell's now: no way out of the process may set them.
                tracker_set_screen_open(false)
                continue
            }
            if screen != .shown || box.wasContinued {
                screen = .shown
                resume(window)
            }
            adaptSize(window)
            if let picture = canvas { draw(picture, in: window) }
            canvas = nil
            readKeys(window, &decoder)
            if box.shallSuspend, place == .foreground {
                leaveScreen()
                tellHowToComeBack()
                ShellJob.stop()
                screen = .left
            }
        }
        switch screen {
        case .shown: leaveScreen()
        case .left: break
        case .lost:
            fflush(nil)
            tracker_write_reset(STDOUT_FILENO)
        }
        closed()
    }

    /// For poll(2); negative for ever.
    private static func milliseconds(until deadline: Duration?) -> Int32 {
        guard let deadline else { return -1 }
        return Int32(clamping: max((deadline - SystemClock().now().monotonic).wholeMilliseconds, 0) + 1)
    }

    private func closed() {
        errors?.giveBack()
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
        // Else a refresh is put off while somebody types.
        typeahead(-1)
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
        _ = Glibc.write(STDOUT_FILENO, sequence.utf8Start, sequence.utf8CodeUnitCount)
    }

    /// The shell says "Stopped", which is true of the job and not of the process. By number, because only the shell knows
    /// which job this is.
    private func tellHowToComeBack() {
        let line = "Time Tracker is still running: fg brings its screen back, kill \(getpid()) ends it.\r\n"
        _ = Array(line.utf8).withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }

    private func resume(_ window: UnsafeMutablePointer<WINDOW>) {
        reset_prog_mode()
        enterScreen()
        clearok(window, true)
        wrefresh(window)
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
