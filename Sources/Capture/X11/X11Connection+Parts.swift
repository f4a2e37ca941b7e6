import CX11
import Files
import Glibc
import Pictures

extension X11Connection {
    /// Where a part of the screen lies.
    ///
    /// - Throws: `outsideScreen`, `missingAbility`, `noSuchMonitor`, `screenWentAway`, `unreadable`.
    func area(of part: CaptureRequest.Part, on window: RootWindow) throws(CaptureError) -> ScreenArea {
        let area =
            switch part {
            case .everything: ScreenArea(window.size)
            case .area(let area): area
            case .monitor(let name): try monitor(name)
            }
        guard area.isInside(window.size) else { throw .outsideScreen(area, window.size) }
        return area
    }

    private func monitor(_ name: String) throws(CaptureError) -> ScreenArea {
        let monitors = try monitors()
        guard let found = monitors.first(where: { $0.name == name }) else {
            throw .noSuchMonitor(name: name, others: monitors.map(\.name))
        }
        return found.area
    }

    /// The active monitors in the order of RandR.
    private func monitors() throws(CaptureError) -> [(name: String, area: ScreenArea)] {
        try demand(.monitors)
        var list: UnsafeMutablePointer<cx11_monitor>?
        let count = cx11_get_monitors(display, root, &list)
        defer { free(list) }
        try checkServer()
        guard count >= 0 else { throw .grabFailed(reason: takeError() ?? "it does not say which monitors it has") }
        var monitors: [(name: String, area: ScreenArea)] = []
        for monitor in UnsafeBufferPointer(start: list, count: Int(count)) {
            let name = XGetAtomName(display, monitor.name)
            defer { if let name { XFree(name) } }
            try checkServer()
            let area = ScreenArea(
                x: Int(monitor.x), y: Int(monitor.y), width: Int(monitor.width), height: Int(monitor.height))
            monitors.append((name.map { String(systemBytes: $0) } ?? "", area))
        }
        return monitors
    }

    /// What the pointer looks like now.
    ///
    /// - Throws: `missingAbility`, `screenWentAway`, `unreadable`.
    func pointer() throws(CaptureError) -> PointerImage {
        try demand(.pointer)
        var pointer = cx11_pointer()
        let answered = cx11_get_pointer(display, &pointer)
        defer { free(pointer.pixels) }
        try checkServer()
        guard answered == 1 else { throw .grabFailed(reason: takeError() ?? "it does not show its pointer") }
        let area = ScreenArea(
            x: Int(pointer.x), y: Int(pointer.y), width: Int(pointer.width), height: Int(pointer.height))
        return PointerImage(
            area: area,
            pixels: [UInt32](UnsafeBufferPointer(start: pointer.pixels, count: area.width * area.height)))
    }
}
