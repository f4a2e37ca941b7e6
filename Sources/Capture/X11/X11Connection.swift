import CX11

/// An open display. Every call blocks until the server has answered; the value belongs to one thread at a time.
final class X11Connection {
    let display: OpaquePointer
    let root: Window
    let name: String
    let offersSharedMemory: Bool
    let offersScreenSaver: Bool
    /// What the server is: of XWayland's screen and input nothing is to be believed.
    let kind: DisplayKind
    /// By their indices.
    private let extensions: [X11Extension.State]
    private let faults: X11Faults
    private let damageEvent: Int32

    /// - Parameters:
    ///   - extensions: those that will be used. Each costs the server a question or two.
    ///   - needsScreenSaver: whether idle time will be asked for.
    /// - Throws: `cannotOpenDisplay`, also when the server ends while it is being greeted.
    init(name: String, extensions: [X11Extension], needsScreenSaver: Bool) throws(CaptureError) {
        X11Faults.installHandlers()
        var opened = cx11_connection()
        let wanted = extensions.reduce(0 as UInt32) { $0 | 1 << UInt32($1.index) }
        guard cx11_open(name, wanted, needsScreenSaver ? 1 : 0, &opened) == 1,
            let display = opened.display
        else {
            throw .cannotOpenDisplay(name: name)
        }
        self.display = display
        self.name = name
        offersSharedMemory = opened.has_shared_memory != 0
        offersScreenSaver = opened.has_screen_saver != 0
        self.extensions = withUnsafeBytes(of: &opened.extensions) { states in
            states.bindMemory(to: Int32.self).map(X11Extension.State.init)
        }
        damageEvent = opened.damage_event
        kind = DisplayKind(
            hasXWayland: opened.has_xwayland != 0,
            monitors: withUnsafePointer(to: &opened.monitors) { names in
                names.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: names.pointee)) {
                    String(cString: $0)
                }
            })
        faults = X11Faults.register(display)
        root = XDefaultRootWindow(display)
        XSelectInput(display, root, StructureNotifyMask)
    }

    deinit {
        // First, because another thread may be given the same address as soon as the display is closed.
        X11Faults.unregister(display)
        XCloseDisplay(display)
    }

    var isGone: Bool { faults.isGone }

    func state(of wanted: X11Extension) -> X11Extension.State { extensions[wanted.index] }

    /// - Throws: `missingAbility`.
    func demand(_ wanted: X11Extension) throws(CaptureError) {
        if let complaint = wanted.complaint(state(of: wanted)) { throw .missingAbility(complaint) }
    }

    /// To be called after each round trip, before its results are looked at: they mean nothing when the server is gone.
    func checkServer() throws(CaptureError) {
        if faults.isGone { throw .serverWentAway(name: name) }
    }

    /// What happened to the screen since the last call: what has arrived with the answers to requests is looked at.
    func takeEvents() -> ScreenEvents {
        var events: ScreenEvents = []
        while XEventsQueued(display, QueuedAlready) > 0 {
            var event = XEvent()
            XNextEvent(display, &event)
            if event.type == ConfigureNotify { events.insert(.resized) }
            if state(of: .damage) == .ready, event.type == damageEvent { events.insert(.damaged) }
        }
        return events
    }

    /// What the server had against the requests since the last call, for example `BadMatch (request 130)`.
    func takeError() -> String? {
        guard let (code, request) = faults.takeError() else { return nil }
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            guard let start = buffer.baseAddress else { return "error \(code)" }
            start.initialize(repeating: 0, count: buffer.count)
            XGetErrorText(display, Int32(code), start, Int32(buffer.count))
            return String(cString: start)
        }
        return "\(text) (request \(request))"
    }
}

struct ScreenEvents: OptionSet {
    let rawValue: Int

    static let resized = ScreenEvents(rawValue: 1)
    /// Something was drawn, for the first time since damage was forgotten.
    static let damaged = ScreenEvents(rawValue: 2)
}

extension X11Extension {
    /// In what CX11 tells of them.
    fileprivate var index: Int {
        switch self {
        case .monitors: Int(CX11_MONITORS)
        case .pointer: Int(CX11_POINTER)
        case .damage: Int(CX11_DAMAGE)
        }
    }
}

extension X11Extension.State {
    fileprivate init(_ state: Int32) {
        switch Int(state) {
        case Int(CX11_READY): self = .ready
        case Int(CX11_NO_LIBRARY): self = .noLibrary
        case Int(CX11_NO_EXTENSION): self = .noExtension
        default: self = .unwanted
        }
    }
}
