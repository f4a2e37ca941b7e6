import ServiceLifecycle

/// Lets those who follow the events hear something now and then, also where nothing happens.
struct EventPulse: Service, CustomStringConvertible {
    let events: EventFeed
    let interval: Duration

    /// For the log.
    var description: String { "EventPulse" }

    func run() async throws {
        while await pause(interval) { events.keepAwake() }
    }
}
