import CX11
import Capture
import Glibc

/// What captures cost the running client on the display of DISPLAY: the medians of the processor time after the whole screen
/// was scrolled, and when nothing was drawn since, in one line that `capture.py` reads.
@main
struct CaptureBenchmark {
    private static let turns = 61

    static func main() async throws {
        guard let name = getenv("DISPLAY").map({ String(cString: $0) }), let page = Page(display: name) else {
            print("DISPLAY names no display")
            exit(1)
        }
        let screen = X11Screen(display: name, extensions: [.damage])
        var (changed, unchanged): ([Double], [Double]) = ([], [])
        for turn in 1...turns {
            // The last turn shows the page as it was.
            page.show(from: page.height * turn / turns % page.height)
            changed.append(try await milliseconds(of: screen))
            unchanged.append(try await milliseconds(of: screen))
        }
        print("REPORT {\"changed_ms\": \(median(changed)), \"unchanged_ms\": \(median(unchanged))}")
        await screen.close()
    }

    /// Processor time of a capture, of all threads.
    private static func milliseconds(of screen: X11Screen) async throws(CaptureError) -> Double {
        let start = processorTime()
        _ = try await screen.capture()
        return (processorTime() - start) / .milliseconds(1)
    }

    private static func processorTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

/// What the root window showed at first, over a connection of its own.
private struct Page {
    private let display: OpaquePointer
    private let root: Window
    private let copy: Pixmap
    private let width: UInt32
    let height: Int

    init?(display name: String) {
        guard let display = XOpenDisplay(name) else { return nil }
        let screen = XDefaultScreen(display)
        self.display = display
        root = XDefaultRootWindow(display)
        width = UInt32(XDisplayWidth(display, screen))
        height = Int(XDisplayHeight(display, screen))
        copy = XCreatePixmap(display, root, width, UInt32(height), UInt32(XDefaultDepth(display, screen)))
        put(from: root, 0, height, to: copy, 0)
    }

    /// Shows it scrolled up by so many rows, with the upper ones below the others, and returns when that is drawn.
    func show(from row: Int) {
        put(from: copy, row, height - row, to: root, 0)
        put(from: copy, 0, row, to: root, height - row)
        XSync(display, 0)
    }

    private func put(from source: Drawable, _ row: Int, _ rows: Int, to target: Drawable, _ targetRow: Int) {
        let context = XDefaultGC(display, XDefaultScreen(display))
        XCopyArea(display, source, target, context, 0, Int32(row), width, UInt32(rows), 0, Int32(targetRow))
    }
}
