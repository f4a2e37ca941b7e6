/// A screen with a keyboard.
protocol Terminal: Sendable {
    /// Shows a picture. It may come later than a newer one was given; then only the newer one is shown.
    func show(_ canvas: Canvas)
    /// Gives the screen back to the shell and stops the job there, while the process runs on; the screen comes back when
    /// the job is in the foreground again.
    func suspend()
    /// Restores the screen as it was before the program. Waits until that is done; nothing is shown any more.
    func close() async
}

/// What a terminal tells.
enum TerminalEvent: Equatable, Sendable {
    case key(Key)
    /// The size in columns and rows: at the start, and whenever it has changed.
    case resized(width: Int, height: Int)
    /// Nobody is there any more.
    case closed
}
