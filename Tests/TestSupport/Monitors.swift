import CX11
import Glibc

/// Changes a virtual display's monitors, as xrandr(1) would.
public final class Monitors {
    public struct CannotChange: Error {
        let what: String
    }

    private let display: OpaquePointer
    private let library: UnsafeMutableRawPointer

    public init(_ displayName: String) throws {
        guard let library = dlopen("libXrandr.so.2", RTLD_NOW) else { throw CannotChange(what: "libXrandr.so.2") }
        guard let display = XOpenDisplay(displayName) else { throw CannotChange(what: displayName) }
        (self.display, self.library) = (display, library)
    }

    deinit {
        XCloseDisplay(display)
    }

    /// Adds a monitor without an output.
    public func add(_ name: String, x: Int, y: Int, width: Int, height: Int) throws {
        let atom = XInternAtom(display, name, 0)
        var monitor = Monitor(name: atom, x: Int32(x), y: Int32(y), width: Int32(width), height: Int32(height))
        try function("XRRSetMonitor", as: SetMonitor.self)(display, XDefaultRootWindow(display), &monitor)
        XSync(display, 0)
    }

    /// Makes the screen smaller and returns when it is. Xvfb's only monitor goes with it.
    public func resizeScreen(width: Int, height: Int) throws {
        let root = XDefaultRootWindow(display)
        guard let resources = try function("XRRGetScreenResources", as: GetResources.self)(display, root) else {
            throw CannotChange(what: "no resources")
        }
        let found = resources.load(as: Resources.self)
        let monitors = UnsafeBufferPointer(start: found.monitors, count: Int(found.count))
        for monitor in monitors {
            _ = try function("XRRSetCrtcConfig", as: SetMonitorConfig.self)(
                display, resources, monitor, Time(CurrentTime), 0, 0, 0, 1, nil, 0)
        }
        try function("XRRSetScreenSize", as: SetScreenSize.self)(display, root, Int32(width), Int32(height), 100, 100)
        XSync(display, 0)
    }

    private func function<Function>(_ name: String, as type: Function.Type) throws -> Function {
        guard let symbol = dlsym(library, name) else { throw CannotChange(what: name) }
        return unsafeBitCast(symbol, to: type)
    }

    /// XRRMonitorInfo of RandR 1.5.
    private struct Monitor {
        var name: Atom
        var isPrimary: Int32 = 0
        var isAutomatic: Int32 = 0
        var outputCount: Int32 = 0
        var x: Int32
        var y: Int32
        var width: Int32
        var height: Int32
        var millimetresAcross: Int32 = 100
        var millimetresDown: Int32 = 100
        var outputs: UnsafeMutablePointer<XID>?
    }

    /// The beginning of XRRScreenResources.
    private struct Resources {
        var timestamp: Time
        var configurationTimestamp: Time
        var count: Int32
        var monitors: UnsafeMutablePointer<XID>?
    }

    private typealias SetMonitor = @convention(c) (OpaquePointer, Window, UnsafeMutableRawPointer) -> Void
    private typealias GetResources = @convention(c) (OpaquePointer, Window) -> UnsafeMutableRawPointer?
    private typealias SetMonitorConfig =
        @convention(c) (
            OpaquePointer, UnsafeMutableRawPointer, XID, Time, Int32, Int32, XID, UInt16, UnsafeMutablePointer<XID>?,
            Int32
        ) -> Int32
    private typealias SetScreenSize = @convention(c) (OpaquePointer, Window, Int32, Int32, Int32, Int32) -> Void
}
