import CX11
import Glibc
import Synchronization

/// What Xlib's handlers have reported about one display. Without them Xlib prints to standard error and ends the
/// process; with them a fault is a value that the call which met it turns into a `CaptureError`.
final class X11Faults: Sendable {
    private struct State {
        var isGone = false
        var firstError: (code: UInt8, request: UInt8)?
    }

    private let state = Mutex(State())
    private let address: UInt

    private init(_ display: OpaquePointer) {
        address = UInt(bitPattern: display)
    }

    private func belong(to display: OpaquePointer) -> Bool { address == UInt(bitPattern: display) }

    /// True from the moment the connection to the server broke. Nothing but closing may follow.
    var isGone: Bool { state.withLock { $0.isGone } }

    /// The first protocol error since the last call, and forgets it: the error's code and the request's major opcode.
    func takeError() -> (code: UInt8, request: UInt8)? {
        state.withLock { state in
            defer { state.firstError = nil }
            return state.firstError
        }
    }

    fileprivate func connectionBroke() { state.withLock { $0.isGone = true } }

    fileprivate func failed(code: UInt8, request: UInt8) {
        state.withLock { $0.firstError = $0.firstError ?? (code, request) }
    }
}

extension X11Faults {
    /// Xlib's handlers are C functions without context, one for the whole process, and find a display's faults here.
    /// An address is one display's until that is closed. There are one or two, and the first dictionary of a kind costs a
    /// process a tenth of a capture.
    private static let registry = Mutex<[X11Faults]>([])

    /// Once a process, before the first display is opened.
    private static let handlersAreInstalled: Bool = {
        // Tests and the client use several threads, one a display.
        _ = XInitThreads()
        // Xlib writes to a socket whose other end may be gone: that shall be EPIPE, which becomes an I/O error here.
        signal(SIGPIPE, SIG_IGN)
        XSetErrorHandler { display, event in
            guard let display, let event else { return 0 }
            X11Faults.of(display)?.failed(code: event.pointee.error_code, request: event.pointee.request_code)
            return 0
        }
        cx11_outlive_broken_connections()
        return true
    }()

    private static func of(_ display: OpaquePointer) -> X11Faults? {
        registry.withLock { $0.first { $0.belong(to: display) } }
    }

    /// To be called before a display is opened.
    static func installHandlers() { _ = handlersAreInstalled }

    /// From now on the display's faults go to the returned value.
    static func register(_ display: OpaquePointer) -> X11Faults {
        let faults = X11Faults(display)
        registry.withLock { $0.append(faults) }
        // Without this handler Xlib calls exit() when the connection breaks.
        XSetIOErrorExitHandler(
            display,
            { display, _ in
                guard let display else { return }
                X11Faults.of(display)?.connectionBroke()
            }, nil)
        return faults
    }

    static func unregister(_ display: OpaquePointer) {
        registry.withLock { $0.removeAll { $0.belong(to: display) } }
    }
}
