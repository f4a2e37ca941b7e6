import Foundation
import Glibc
import TestSupport
import Testing

@testable import TrackerTUI

@Suite struct DoctorTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func checks(
        display: String?, state: String, terminalType: String? = nil, isWayland: Bool = false
    ) async -> [String: DoctorCheck] {
        let doctor = Doctor(
            display: display, isWayland: isWayland, terminalType: terminalType,
            stateDirectory: "\(folder.path)/\(state)",
            checkServer: { [.ok("server", "asked")] })
        return Dictionary(uniqueKeysWithValues: await doctor.checks().map { ($0.name, $0) })
    }

    @Test func aWorkingScreenIsDescribed() async throws {
        let server = try await VirtualDisplay.start(width: 320, height: 200, depth: 16)
        let checks = await checks(display: server.name, state: "state")
        #expect(checks["screen"] == .ok("screen", "\(server.name), 320 x 200, 16 bits"))
        #expect(checks["display"] == .ok("display", "X11, \(server.name)"))
        #expect(checks["shared memory"] == .ok("shared memory", "MIT-SHM"))
        #expect(checks["monitors"] == .ok("monitors", "RANDR, libXrandr.so.2"))
        #expect(checks["pointer"] == .ok("pointer", "XFIXES, libXfixes.so.3"))
        #expect(checks["changes"] == .ok("changes", "DAMAGE, libXdamage.so.1"))
        #expect(checks["idle time"]?.isOK == true)
        #expect(checks["server"] == .ok("server", "asked"))
        #expect(checks["state folder"] == .ok("state folder", folder.path + "/state"))
        #expect(try folder.names(in: "state") == ["queue", "tracker-tui.log"])
    }

    @Test func whatIsMissingSaysWhatItCosts() async throws {
        let server = try await VirtualDisplay.start(
            arguments: ["-extension", "MIT-SHM", "-extension", "MIT-SCREEN-SAVER", "-extension", "RANDR"])
        try folder.write([], to: "file")
        let checks = await checks(display: server.name, state: "file/state")
        #expect(
            checks["shared memory"]?.line == """
                missing  shared memory  It is not used: the X server does not offer MIT-SHM. Captures work, but take \
                several times as long.
                """)
        #expect(
            checks["monitors"]?.line == """
                missing  monitors       The X server does not have the extension RANDR, or an old version of it. \
                `capture --monitor` does not work.
                """)
        #expect(
            checks["idle time"]?.line == """
                missing  idle time      Idle time is unknown: the X server has no screen saver extension \
                (MIT-SCREEN-SAVER). All time counts as active.
                """)
        #expect(
            checks["state folder"]?.line == """
                missing  state folder   Cannot make the folder \(folder.path)/file/state: Not a directory. The client \
                does not start.
                """)
        #expect(checks["terminal"]?.isOK == false)
    }

    @Test func withoutDisplayScreenAndIdleTimeAreMissing() async {
        let checks = await checks(display: nil, state: "state", terminalType: "dumb")
        let reason = "There is no screen to capture: DISPLAY is not set."
        #expect(checks["screen"]?.text == "\(reason) Hours are tracked, but nothing is captured.")
        #expect(checks["idle time"]?.text == "\(reason) All time counts as active.")
        #expect(checks["shared memory"] == nil)
        #expect(checks["terminal"]?.isOK == false)
    }

    @Test func aStateFolderThatAnotherClientWorksWithIsNotFree() async throws {
        let state = try StateDirectory(path: folder.path + "/state")
        let spool = try await Spool.open(directory: state.spool)
        #expect(
            await checks(display: nil, state: "state")["state folder"]?.line == """
                missing  state folder   Another client, process \(getpid()), works with \(folder.path)/state. A second \
                one does not start with it.
                """)
        withExtendedLifetime(spool) {}
    }

    @Test func aFileInTheStateFoldersPlaceIsSaidToBeThere() async throws {
        try folder.write([], to: "state")
        #expect(
            await checks(display: nil, state: "state")["state folder"]?.text
                == "Cannot make the folder \(folder.path)/state: something that is no folder has its name. The client does "
                + "not start.")
    }

    @Test func aStateFolderWhoseQueueCannotBeUsedIsNotSaidToWork() async throws {
        try FileManager.default.createDirectory(atPath: folder.path + "/state", withIntermediateDirectories: false)
        try folder.write([], to: "state/queue")
        let check = await checks(display: nil, state: "state")["state folder"]
        #expect(check?.isOK == false)
        #expect(check?.text.hasSuffix("Not a directory. The client does not start.") == true, "\(check?.text ?? "")")
    }

    @Test func aWaylandSessionIsSaidToBeOne() async throws {
        let server = try await VirtualDisplay.start()
        let stray = await checks(display: server.name, state: "state", isWayland: true)
        #expect(stray["screen"]?.isOK == true)
        try Monitors(server.name).add("XWAYLAND0", x: 0, y: 0, width: 320, height: 200)
        for (display, kind) in [(server.name, "XWayland, \(server.name)"), (nil, "Wayland, without an X server")] {
            let checks = await checks(display: display, state: "state", isWayland: display == nil)
            #expect(checks["display"] == .ok("display", kind))
            #expect(
                checks["screen"]?.text
                    == "Wayland sessions cannot be captured yet. Hours are tracked, but nothing is captured."
            )
            #expect(
                checks["idle time"]?.text
                    == "Idle time is unknown in a Wayland session. All time counts as active.")
        }
    }

    @Test func whatAServerSaysReachesTheTerminalWithoutEscapeSequences() {
        let check = DoctorCheck.missing("server", "No\u{1B}]0;title\u{07}\r\nway\u{9B}2J.", cost: "Nobody can log in.")
        #expect(check.line == "missing  server         No ]0;title   way 2J. Nobody can log in.")
    }
}
