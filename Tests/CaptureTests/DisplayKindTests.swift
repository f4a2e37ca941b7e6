import TestSupport
import Testing

@testable import Capture

struct DisplayKindTests {
    @Test(
        arguments: [
            (false, "", .x11), (false, "screen ", .x11), (false, "eDP-1 HDMI-1 ", .x11), (true, "", .xwayland),
            (true, "eDP-1 ", .xwayland), (false, "XWAYLAND0 ", .xwayland), (false, "left XWAYLAND1 ", .xwayland),
            (false, "my-XWAYLAND0 ", .x11),
        ] as [(Bool, String, DisplayKind)])
    func whatAnXServerIs(hasXWayland: Bool, monitors: String, kind: DisplayKind) {
        #expect(DisplayKind(hasXWayland: hasXWayland, monitors: monitors) == kind)
    }

    @Test(
        arguments: [
            ([:], false), (["WAYLAND_DISPLAY": "wayland-0"], true), (["WAYLAND_DISPLAY": ""], false),
            (["XDG_SESSION_TYPE": "wayland"], true), (["XDG_SESSION_TYPE": "x11"], false),
            (["XDG_SESSION_TYPE": "tty"], false), (["XDG_SESSION_TYPE": "tty", "WAYLAND_DISPLAY": "/run/w"], true),
        ] as [([String: String], Bool)])
    func whatTheEnvironmentSaysWhereNoXServerAnswers(variables: [String: String], isWayland: Bool) {
        #expect(DisplayKind.isWayland { variables[$0] } == isWayland)
    }

    @Test func nothingOfXWaylandIsBelieved() async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48)
        try Monitors(server.name).add("XWAYLAND0", x: 0, y: 0, width: 64, height: 48)
        let screen = X11Screen(display: server.name)
        #expect(await screen.kind() == .xwayland)
        await #expect(throws: CaptureError.unsupportedSession) { try await screen.capture() }
        await #expect(throws: CaptureError.unsupportedSession) { try await screen.frame(after: nil) }
        await #expect(throws: CaptureError.idleOfWayland) { try await screen.idleTime() }
        await screen.close()
    }

    /// The compositor's own X server, not one that only has a monitor of that name.
    @Test func aRealWaylandSessionIsKnown() async throws {
        let session = try await WaylandSession.start()
        let screen = X11Screen(display: session.variables["DISPLAY"])
        #expect(await screen.kind() == .xwayland)
        await #expect(throws: CaptureError.unsupportedSession) { try await screen.capture() }
        await #expect(throws: CaptureError.idleOfWayland) { try await screen.idleTime() }
        await screen.close()
        await session.end()
    }

    @Test func whereNoXServerAnswersTheSessionDecides() async throws {
        for display in [nil, ":4711"] {
            let screen = X11Screen(display: display, isWayland: true)
            #expect(await screen.kind() == .wayland)
            await #expect(throws: CaptureError.unsupportedSession) { try await screen.capture() }
            await #expect(throws: CaptureError.idleOfWayland) { try await screen.idleTime() }
        }
        #expect(await X11Screen(display: nil).kind() == nil)
        await #expect(throws: CaptureError.noDisplay) { try await X11Screen(display: nil).idleTime() }
    }

    @Test func anXServerWithAScreenOfItsOwnIsBelievedInAnySession() async throws {
        for arguments in [[], ["-extension", "RANDR"]] {
            let server = try await VirtualDisplay.start(width: 64, height: 48, arguments: arguments)
            let screen = X11Screen(display: server.name, isWayland: true)
            #expect(await screen.kind() == .x11)
            #expect(try await screen.capture().width == 64)
            _ = try await screen.idleTime()
            await screen.close()
        }
    }
}
