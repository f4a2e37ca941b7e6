import Glibc
import TestSupport
import Testing

@testable import TrackerTUI

/// The program itself, as a user runs it.
@Suite(.serialized) struct CaptureCommandTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func capture(_ file: String, display: String?) async throws -> Outcome {
        try await run(Program.client, "capture", file, environment: display.map { ["DISPLAY": $0] } ?? [:])
    }

    @Test func thePictureReplacesTheFileAndNothingElseIsLeft() async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48)
        try Painter(server.name).paint { x, y in UInt(x << 16 | y << 8 | 7) }
        try folder.write([1, 2, 3], to: "a.png")
        let outcome = try await capture(folder.path + "/a.png", display: server.name)
        #expect(outcome == Outcome(status: 0, output: [], errors: ""))
        #expect(
            try DecodedPNG(try folder.bytes(of: "a.png"))
                == DecodedPNG(width: 64, height: 48) { x, y in [UInt8(x), UInt8(y), 7] })
        #expect(try folder.names() == ["a.png"])
    }

    @Test func aDashIsStandardOutput() async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48)
        let outcome = try await capture("-", display: server.name)
        #expect(outcome.status == 0)
        #expect(try DecodedPNG(outcome.output).width == 64)
    }

    @Test func aSymbolicLinkStaysAndItsTargetIsReplaced() async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48)
        try folder.write([1], to: "target.png")
        symlink("target.png", folder.path + "/link.png")
        #expect(try await capture(folder.path + "/link.png", display: server.name).status == 0)
        #expect(try DecodedPNG(try folder.bytes(of: "target.png")).width == 64)
        var status = stat()
        #expect(lstat(folder.path + "/link.png", &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    }

    @Test(arguments: [[], ["--"], ["--scale=0.5", "--"]])
    func aNameIsBytes(options: [String]) async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48)
        // No text in UTF-8, two that differ in that alone, and one of two lines.
        let names = ["mir\\344.png", "mir\\345.png", "two\\nlines.png"]
        for name in names {
            let script = #"cd "$1" && name=$2 && shift 2 && exec "$0" capture "$@" "$(printf -- "$name")""#
            let outcome = try await run(
                ["bash", "-c", script, Program.client, folder.path, name] + options,
                environment: ["DISPLAY": server.name])
            #expect(outcome == Outcome(status: 0, output: [], errors: ""), "\(name)")
        }
        let list = try await run(
            "bash", "-c", #"cd "$0" && printf '%q\n' ./*"#, folder.path, environment: ["LC_ALL": "C"])
        #expect(
            String(decoding: list.output, as: UTF8.self).split(separator: "\n").sorted()
                == [#"$'./mir\344.png'"#, #"$'./mir\345.png'"#, #"$'./two\nlines.png'"#])
    }

    @Test func whatIsWrongWithANameIsOneLine() async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48)
        let outcome = try await run(
            "bash", "-c", #"exec "$0" capture "$1/$(printf 'no\nmir\344')/a.png""#, Program.client, folder.path,
            environment: ["DISPLAY": server.name])
        #expect(outcome.status == 1)
        #expect(
            outcome.errors
                == "TrackerTUI: Cannot write \(folder.path)/no\\x0amir\\xe4/a.png: No such file or directory.\n")
    }

    @Test(arguments: ["a.png", "link.png", "link to link.png"])
    func aFileThatIsReplacedKeepsModeOwnerAndGroup(name: String) async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48)
        try folder.write([1, 2, 3], to: "a.png")
        symlink("a.png", folder.path + "/link.png")
        symlink("link.png", folder.path + "/link to link.png")
        #expect(chmod(folder.path + "/a.png", 0o604) == 0)
        let isRoot = geteuid() == 0
        if isRoot { #expect(chown(folder.path + "/a.png", 4711, 4712) == 0) }
        #expect(try await capture("\(folder.path)/\(name)", display: server.name).status == 0)
        #expect(try DecodedPNG(try folder.bytes(of: "a.png")).width == 64)
        var status = stat()
        #expect(lstat(folder.path + "/a.png", &status) == 0)
        #expect(status.st_mode == S_IFREG | 0o604)
        if isRoot { #expect(status.st_uid == 4711 && status.st_gid == 4712) }
        #expect(try folder.names() == ["a.png", "link to link.png", "link.png"])
    }

    @Test(.enabled(if: geteuid() == 0)) func aFileWhoseOwnerCannotBeKeptStaysTheSameFile() async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48)
        let path = folder.path + "/a.png"
        // Longer than the picture.
        try folder.write([UInt8](repeating: 1, count: 100_000), to: "a.png")
        #expect(chown(path, 4711, 4711) == 0 && chmod(path, 0o666) == 0 && chmod(folder.path, 0o777) == 0)
        var (before, after) = (stat(), stat())
        #expect(stat(path, &before) == 0)
        let outcome = try await run(
            "setpriv", "--reuid=4713", "--regid=4713", "--clear-groups", Program.client, "capture", path,
            environment: ["DISPLAY": server.name])
        #expect(outcome == Outcome(status: 0, output: [], errors: ""))
        #expect(try DecodedPNG(try folder.bytes(of: "a.png")).width == 64)
        #expect(stat(path, &after) == 0)
        #expect(after.st_ino == before.st_ino && after.st_uid == 4711 && after.st_mode == before.st_mode)
        #expect(after.st_size < 100_000)
        #expect(try folder.names() == ["a.png"])
    }

    @Test func whatADanglingLinkLeadsToIsMadeAndTheLinkStays() async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48)
        symlink("new.png", folder.path + "/link.png")
        symlink(folder.path + "/link.png", folder.path + "/other.png")
        #expect(try await capture(folder.path + "/other.png", display: server.name).status == 0)
        #expect(try DecodedPNG(try folder.bytes(of: "new.png")).width == 64)
        var status = stat()
        for name in ["link.png", "other.png"] {
            #expect(lstat("\(folder.path)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
        }
    }

    @Test func aFileThatHasLostItsNameIsWrittenToWhereItIs() async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48)
        let script = #"exec 3<>"$1/a" && rm "$1/a" && "$0" capture /proc/self/fd/3 && cat /proc/self/fd/3"#
        let outcome = try await run(
            "bash", "-c", script, Program.client, folder.path, environment: ["DISPLAY": server.name])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(try DecodedPNG(outcome.output).width == 64)
        #expect(try folder.names() == [])
    }

    @Test(arguments: [
        (#"exec "$0" capture - >&-"#, "Bad file descriptor"),
        (#"exec "$0" capture -- - >&-"#, "Bad file descriptor"),
        (#"exec "$0" capture - <&- >&-"#, "Bad file descriptor"),
        (#"exec "$0" capture - > /dev/full"#, "No space left on device"),
        // A pipe whose reader has gone.
        (#"mkfifo "$1/p" && exec 3<>"$1/p" 4>"$1/p" 3<&- && exec "$0" capture - >&4"#, "Broken pipe"),
    ])
    func standardOutputThatTakesNothingIsAnError(script: String, reason: String) async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48)
        let outcome = try await run(
            "bash", "-c", script, Program.client, folder.path, environment: ["DISPLAY": server.name])
        #expect(
            outcome
                == Outcome(status: 1, output: [], errors: "TrackerTUI: Cannot write standard output: \(reason).\n"))
    }

    @Test func aWaylandSessionIsOneSentenceAndNoFile() async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48)
        let wayland = ["WAYLAND_DISPLAY": "wayland-0", "XDG_SESSION_TYPE": "wayland"]
        // An X server with a screen of its own, whatever is left over in the environment.
        let stray = try await run(
            Program.client, "capture", "-", environment: wayland.merging(["DISPLAY": server.name]) { $1 })
        #expect(stray.status == 0 && stray.errors.isEmpty)
        try Monitors(server.name).add("XWAYLAND0", x: 0, y: 0, width: 64, height: 48)
        for environment in [["DISPLAY": server.name], wayland, wayland.merging(["DISPLAY": ":4711"]) { $1 }] {
            for options in [[], ["--"], ["--cursor"]] {
                let outcome = try await run(
                    [Program.client, "capture"] + options + [folder.path + "/a.png"], environment: environment)
                #expect(
                    outcome
                        == Outcome(
                            status: 1, output: [],
                            errors: "TrackerTUI: Wayland sessions cannot be captured yet.\n"))
            }
        }
        #expect(try folder.names() == [])
    }

    /// The compositor's own X server, without a word of it in the environment, as for a service of the user's.
    @Test func aRealWaylandSessionIsOneSentence() async throws {
        let session = try await WaylandSession.start()
        let outcome = try await run(
            Program.client, "capture", "-", environment: ["DISPLAY": session.variables["DISPLAY"] ?? ""])
        #expect(
            outcome
                == Outcome(
                    status: 1, output: [], errors: "TrackerTUI: Wayland sessions cannot be captured yet.\n"))
        await session.end()
    }

    @Test func aDeviceIsWrittenToAndStaysADevice() async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48)
        #expect(try await capture("/dev/null", display: server.name).status == 0)
        let full = try await capture("/dev/full", display: server.name)
        #expect(
            full
                == Outcome(
                    status: 1, output: [], errors: "TrackerTUI: Cannot write /dev/full: No space left on device.\n"))
        var status = stat()
        #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    }

    @Test func whatFailsIsOneLineAndLeavesTheOldFile() async throws {
        try folder.write([1, 2, 3], to: "a.png")
        let noDisplay = try await capture(folder.path + "/a.png", display: nil)
        #expect(
            noDisplay
                == Outcome(
                    status: 1, output: [], errors: "TrackerTUI: There is no screen to capture: DISPLAY is not set.\n"))
        #expect(try folder.bytes(of: "a.png") == [1, 2, 3])
        let server = try await VirtualDisplay.start(width: 64, height: 48)
        let noFolder = try await capture("\(folder.path)/none/a.png", display: server.name)
        #expect(noFolder.status == 1)
        #expect(noFolder.errors == "TrackerTUI: Cannot write \(folder.path)/none/a.png: No such file or directory.\n")
    }

    @Test(
        arguments: [
            ([], "file"), ([""], "file"), (["a.png", "b.png"], "b.png"), (["--fast", "a.png"], "--fast"),
            (["--region", "1920x1080", "a.png"], "WxH+X+Y"), (["--region", "0x1+0+0", "a.png"], "WxH+X+Y"),
            (["--region", "1x1+0+0", "--monitor", "A", "a.png"], "--monitor"), (["--scale", "0", "a.png"], "--scale"),
            (["--scale", "1.01", "a.png"], "at most 1"), (["--scale", "nan", "a.png"], "--scale"),
            (["--delay", "-1", "a.png"], "--delay"), (["--delay", "soon", "a.png"], "0 to 86400"),
        ] as [([String], String)])
    func badUsageIsTwoAndOneLine(arguments: [String], mentioned: String) async throws {
        let outcome = try await run([Program.client, "capture"] + arguments)
        #expect(outcome.status == 2)
        #expect(outcome.errors.hasPrefix("TrackerTUI: ") && outcome.errors.contains(mentioned), "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    }

    @Test func optionsChooseAPartDrawThePointerAndMakeThePictureSmaller() async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48)
        let painter = try Painter(server.name)
        try painter.paint { x, y in UInt(x << 16 | y << 8 | 7) }
        painter.showPointer(x: 20, y: 10, side: 4, colour: 0xff8000)
        try Monitors(server.name).add("Left", x: 0, y: 0, width: 32, height: 48)
        func picture(_ options: String...) async throws -> DecodedPNG {
            let outcome = try await run(
                [Program.client, "capture"] + options + ["-"], environment: ["DISPLAY": server.name])
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
            return try DecodedPNG(outcome.output)
        }
        #expect(
            try await picture("--region", "30x20+16+8")
                == DecodedPNG(width: 30, height: 20) { x, y in [UInt8(x + 16), UInt8(y + 8), 7] })
        #expect(
            try await picture("--monitor", "Left", "--cursor")
                == DecodedPNG(width: 32, height: 48) { x, y in
                    20..<24 ~= x && 10..<14 ~= y ? [255, 128, 0] : [UInt8(x), UInt8(y), 7]
                })
        #expect(
            try await picture("--region=4x4+22+12", "--cursor", "--scale", "0.5")
                == DecodedPNG(width: 2, height: 2) { x, y in
                    // Averages of two neighbours, rounded up.
                    x == 0 && y == 0 ? [255, 128, 0] : [UInt8(2 * x + 23), UInt8(2 * y + 13), 7]
                })
    }

    @Test func aDelayIsWaitedFor() async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48)
        let clock = ContinuousClock()
        let start = clock.now
        let outcome = try await run(
            Program.client, "capture", "--delay", "0.3", "-", environment: ["DISPLAY": server.name])
        #expect(outcome.status == 0)
        #expect(clock.now - start >= .milliseconds(300))
    }

    @Test(arguments: [
        (["--region", "65x48+0+0"], "The region 65x48+0+0 is not inside the screen, which has 64 x 48 pixels."),
        (["--region", "1x1+0+48"], "The region 1x1+0+48 is not inside the screen, which has 64 x 48 pixels."),
        (["--monitor", "Attic"], "There is no monitor Attic, but screen."),
    ])
    func whatIsNotThereIsOneLineAndNoFile(options: [String], complaint: String) async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48)
        let outcome = try await run(
            [Program.client, "capture"] + options + [folder.path + "/a.png"], environment: ["DISPLAY": server.name])
        #expect(outcome == Outcome(status: 1, output: [], errors: "TrackerTUI: \(complaint)\n"))
        #expect(try folder.names() == [])
    }

    @Test func whatTheServerCannotDoIsOneLine() async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48, arguments: ["-extension", "RANDR"])
        let outcome = try await run(
            Program.client, "capture", "--monitor", "screen", "-", environment: ["DISPLAY": server.name])
        #expect(outcome.status == 1)
        #expect(
            outcome.errors
                == "TrackerTUI: The X server does not have the extension RANDR, or an old version of it.\n")
    }

    @Test func aCaptureThatIsKilledLeavesNeitherSegmentNorFile() async throws {
        let server = try await VirtualDisplay.start(width: 1920, height: 1080)
        var wasCaught = false
        // The program may be done before it is seen; one that is caught in the act is enough.
        for _ in 1...50 where !wasCaught {
            let process = try ChildProcess(
                [Program.client, "capture", folder.path + "/a.png"], environment: ["DISPLAY": server.name])
            var status = stat()
            while !wasCaught, stat(folder.path + "/a.png", &status) != 0 {
                // In the microseconds before the mark, nothing can be done about SIGKILL.
                wasCaught = try SharedSegment.all().contains { $0.creator == process.id && $0.isMarkedForRemoval }
            }
            process.send(SIGKILL)
            _ = await process.end()
            // The server's side goes when it notices that its client went; its next answer comes after that.
            _ = try Painter(server.name)
            while try SharedSegment.all().contains(where: { $0.creator == process.id && $0.isMarkedForRemoval }) {
                await Task.yield()
            }
            #expect(try !SharedSegment.all().contains { $0.creator == process.id })
            if wasCaught { #expect(try folder.names() == []) }
            unlink(folder.path + "/a.png")
        }
        #expect(wasCaught)
    }
}
