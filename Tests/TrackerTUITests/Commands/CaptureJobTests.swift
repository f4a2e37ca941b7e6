import Capture
import ArgumentParser
import TestSupport
import Testing

@testable import TrackerTUI

/// A command line of a capture is read in two ways, which must understand the same.
struct CaptureJobTests {
    /// What the general parser makes of it; nil when it refuses it or finds another command.
    private func general(_ arguments: [String]) -> CaptureJob? {
        do {
            return try (TrackerTUI.parseAsRoot(arguments) as? CaptureCommand)?.job
        } catch {
            return nil
        }
    }

    private func fast(_ arguments: [String]) -> CaptureJob? {
        CaptureJob(commandLine: ["TrackerTUI"] + arguments)
    }

    @Test(arguments: [
        ["a.png"], ["-"], ["./-"], ["a=b.png"], ["é ü.png"], ["help"], ["run"], ["--cursor", "a.png"],
        ["a.png", "--cursor"], ["--cursor", "--cursor", "-"], ["--region", "640x480+0+0", "a.png"],
        ["a.png", "--region", "1x1+65535+7"], ["--monitor", "DP-1", "-"], ["--monitor", "", "-"],
        ["--monitor", "a.png", "-"], ["--delay", "2", "-"], ["--delay", "0.25", "-"], ["--delay", "0", "-"],
        ["--delay", "86400", "-"], ["--delay", "+1e-3", "-"], ["--scale", "0.5", "-"], ["--scale", "1", "-"],
        ["--scale", "1e-9", "-"],
        ["--region", "8x4+2+1", "--cursor", "--delay", "0.5", "--scale", "0.75", "a.png"],
        ["--scale", "0.75", "a.png", "--delay", "0.5", "--monitor", "eDP-1", "--cursor"],
    ])
    func theFastWayReadsAsTheGeneralOne(arguments: [String]) throws {
        let job = try #require(fast(["capture"] + arguments))
        #expect(job == general(["capture"] + arguments))
    }

    @Test(arguments: [
        ["a.png", "b.png"], [""], ["--region=1x1+0+0", "-"], ["--", "-"], ["--", "--cursor"], ["--help"],
        ["-h", "a.png"],
        ["--cursor"], ["--region", "1x1+0+0"], ["-", "--region"], ["--region", "1x1", "-"],
        ["--region", "-1x1+0+0", "-"],
        ["--region", "1x1+0+0", "--region", "2x2+0+0", "-"], ["--region", "1x1+0+0", "--monitor", "A", "-"],
        ["--monitor", "A", "--monitor", "B", "-"], ["--monitor", "-A", "-"], ["--delay", "-0", "-"],
        ["--delay", "86401", "-"], ["--delay", "soon", "-"], ["--delay", "1", "--delay", "2", "-"],
        ["--scale", "0", "-"], ["--scale", "2", "-"], ["--scale", "1", "--scale", "0.5", "-"], ["--fast", "-"],
        ["-x", "-"], ["--cursor=yes", "-"], ["--version", "-"], ["--generate-completion-script", "bash"],
    ])
    func whatMayBeAMistakeIsLeftToTheGeneralWay(arguments: [String]) {
        #expect(fast(["capture"] + arguments) == nil)
    }

    @Test(arguments: [
        [], ["capture"], ["run"], ["doctor", "a.png"], ["--headless", "capture", "a.png"], ["help", "capture"],
    ])
    func otherCommandsAreLeftToTheGeneralWay(arguments: [String]) {
        #expect(fast(arguments) == nil)
    }

    @Test(arguments: [
        [], ["--region", "30x20+16+8"], ["--scale", "0.5", "--delay", "0.01"], ["--region", "65x48+0+0"],
        ["--monitor", "Attic"], ["--cursor"],
    ])
    func bothWaysEndAlike(options: [String]) async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48)
        try Painter(server.name).paint { x, y in UInt(x << 16 | y << 8 | 7) }
        let command = [Program.client, "capture"] + options
        for environment in [["DISPLAY": server.name], [:]] {
            let fast = try await run(command + ["-"], environment: environment)
            #expect(try await run(command + ["--", "-"], environment: environment) == fast)
        }
    }
}
