import Dispatch
import Glibc

/// Signals as calls, on a queue of their own.
final class ProcessSignals {
    private let sources: [any DispatchSourceSignal]

    init(_ handlers: [Int32: @Sendable () -> Void]) {
        // A reader of standard output that goes away, or a server that hangs up, must not end the program.
        signal(SIGPIPE, SIG_IGN)
        let queue = DispatchQueue(label: "ProcessSignals")
        sources = handlers.map { number, handler in
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler(handler: handler)
            source.resume()
            return source
        }
    }

    deinit {
        for source in sources { source.cancel() }
    }
}
