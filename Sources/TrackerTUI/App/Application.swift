import Shared

/// The loop: events in, decisions of the model, effects out, a new picture.
struct Application {
    var model: AppModel
    let surroundings: Surroundings
    /// Nil without a screen.
    let terminal: (any Terminal)?
    let glyphs: Glyphs
    let events: AsyncStream<AppEvent>
    let send: @Sendable (AppEvent) -> Void

    private static let tick: Duration = .seconds(1)

    /// Runs until the model says so.
    ///
    /// - Returns: the exit code.
    mutating func run() async -> Int32 {
        let runner = EffectRunner(surroundings: surroundings, send: send)
        let ticker = startTicking()
        defer { ticker.cancel() }
        let effects = model.start(at: surroundings.clock.now())
        if let code = await perform(effects, runner) { return code }
        var shown: Canvas?
        for await event in events {
            let effects = model.handle(event, at: surroundings.clock.now())
            if let code = await perform(effects, runner) { return code }
            guard let terminal else { continue }
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
        Task { [send] in
            do {
                while true {
                    try await Task.sleep(for: Self.tick, tolerance: .milliseconds(20))
                    send(.tick)
                }
            } catch {
                // Cancelled: the loop has ended.
            }
        }
    }
}
