import ServiceLifecycle

/// Ends what goes on with tokens that have expired, while the server runs; ends everything live when it stops.
struct TokenSweeper: Service, CustomStringConvertible {
    let tokens: TokenWatch
    let live: LiveView

    /// For the log, which would otherwise show everything that the environment holds.
    var description: String { "TokenSweeper" }

    static let interval = Duration.seconds(1)

    func run() async throws {
        while await pause(Self.interval) { tokens.endInvalid() }
        live.endAll()
    }
}
