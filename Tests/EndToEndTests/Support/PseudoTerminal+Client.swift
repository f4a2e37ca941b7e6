import TestSupport

extension PseudoTerminal {
    /// Looks until the client shows this. What has changed is written in parts, so it draws everything anew each time.
    func waitForScreen(_ text: String) async throws {
        try await wait(for: "“\(text)” on the screen") { terminal in
            if terminal.output.contains(text) { return true }
            terminal.press("\u{C}")
            return false
        }
    }
}
