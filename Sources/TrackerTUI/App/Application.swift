import Shared

/// The loop: events in, decisions of the model, effects out, a new picture.
struct Application {
    var model: AppModel
    let surroundings: Surroundings
    /// Nil without a screen.
    let terminal: (any Terminal)?
    let glyphs: Glyphs
    let events: EventQueue

    private static let tick: Duration = .seconds(1)
    /// What has changed is drawn when no event waits, so that a key behind a thousand others does not wait for a thousand
    /// pictures; and while events come without a pause as often as this, which people still take for at once.
    static let longestUndrawn: Duration = .milliseconds(100)

    /// Runs until the model says so.
    ///
    /// - Returns: the exit code.
    mutating func run() async -> Int32 {
        let runner = EffectRunner(surroundings: surroundings) { [events] in events.send($0) }
        let ticker = startTicking()
        defer { ticker.cancel() }
        let effects = model.start(at: surroundings.clock.now())
        if let code = await perform(effects, runner) { return code }
        var shown: Canvas?
        /// When the oldest event was taken that no picture shows.
        var undrawnSince: Duration?
        for await event in events {
            let now = surroundings.clock.now()
            let effects = model.handle(event, at: now)
            if let code = await perform(effects, runner) { return code }
            guard let terminal else { continue }
            let since = undrawnSince ?? now.monotonic
            guard events.isEmpty || now.monotonic - since >= Self.longestUndrawn else {
                undrawnSince = since
                continue
            }
            undrawnSince = nil
            let canvas = Screens.picture(of: model, glyphs: glyphs)
            if canvas != shown { terminal.show(canvas) }
            shown = canvas
        }
        return 0
    }

    private func perform(_ effects: [Effect], _ runner: EffectRunner) async -> Int32? {
        for effect in effects {
            await runner.run(effect)
            if case .exit(let code) = effect { return code }
        }
        return nil
    }

    private func startTicking() -> Task<Void, Never> {
        Task { [events] in
            do {
                while true {
                    try await Task.sleep(for: Self.tick, tolerance: .milliseconds(20))
                    events.send(.tick)
                }
            } catch {
                // Cancelled: the loop has ended.
            }
        }
    }
}
