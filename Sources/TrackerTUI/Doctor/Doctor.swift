import Capture
import Files
import Glibc

// Doctor: what of this machine the client can use. Every check tries the real thing, as the client will.

/// Examines what the client will need.
struct Doctor: Sendable {
    /// DISPLAY.
    var display: String?
    /// Whether the session is one of Wayland where there is no X server, see ``DisplayKind``.
    var isWayland: Bool
    /// TERM.
    var terminalType: String?
    /// TRACKER_STATE_DIR, or what stands for it.
    var stateDirectory: String
    /// Asks the server whether it is there, and how late it is there.
    var checkServer: @Sendable () async -> [DoctorCheck]

    func checks() async -> [DoctorCheck] {
        let executor = BlockingExecutor(label: "doctor")
        let screen = await screenChecks()
        let local = await executor.run { [terminalCheck(), localeCheck()] }
        return screen + local + (await stateChecks(executor)) + (await checkServer())
    }

    private func screenChecks() async -> [DoctorCheck] {
        let screen = X11Screen(display: display, isWayland: isWayland, extensions: X11Extension.allCases)
        var checks: [DoctorCheck] = []
        switch await screen.kind() {
        case .x11?: checks.append(.ok("display", "X11, \(display ?? "")"))
        case .xwayland?: checks.append(.ok("display", "XWayland, \(display ?? "")"))
        case .wayland?: checks.append(.ok("display", "Wayland, without an X server"))
        case nil: break
        }
        do throws(CaptureError) {
            let found = try await screen.diagnose()
            checks.append(.ok("screen", "\(display ?? ""), \(found.width) x \(found.height), \(found.depth) bits"))
            if let refusal = found.sharedMemoryRefusal {
                checks.append(
                    .missing(
                        "shared memory", "It is not used: \(refusal).",
                        cost: "Captures work, but take several times as long."))
            } else {
                checks.append(.ok("shared memory", "MIT-SHM"))
            }
            checks += X11Extension.allCases.map { check($0, found.extensions[$0] ?? .unwanted) }
        } catch {
            checks.append(
                .missing("screen", error.description, cost: "Hours are tracked, but nothing is captured."))
        }
        do throws(CaptureError) {
            let idle = try await screen.idleTime()
            checks.append(.ok("idle time", "MIT-SCREEN-SAVER, last input \(idle.components.seconds) s ago"))
        } catch {
            checks.append(.missing("idle time", error.description, cost: "All time counts as active."))
        }
        await screen.close()
        return checks
    }

    private func check(_ wanted: X11Extension, _ state: X11Extension.State) -> DoctorCheck {
        let (name, cost) =
            switch wanted {
            case .monitors: ("monitors", "`capture --monitor` does not work.")
            case .pointer: ("pointer", "`capture --cursor` does not work.")
            case .damage: ("changes", "The screen is read also when nothing on it has changed.")
            }
        if let complaint = wanted.complaint(state) { return .missing(name, complaint, cost: cost) }
        return .ok(name, "\(wanted.name), \(wanted.library)")
    }

    private func terminalCheck() -> DoctorCheck {
        let cost = "There is no full screen; run with --headless."
        guard let terminalType, !terminalType.isEmpty, terminalType != "dumb" else {
            return .missing("terminal", "TERM does not name a terminal.", cost: cost)
        }
        var size = winsize()
        do throws(FileError) {
            let terminal = try OpenFile("/dev/tty", O_RDWR | O_NOCTTY)
            guard ioctl(terminal.descriptor, UInt(TIOCGWINSZ), &size) == 0 else { throw .last("measure the terminal") }
        } catch {
            return .missing("terminal", "This is not run in a terminal (\(error.reason)).", cost: cost)
        }
        let (columns, rows) = (Int(size.ws_col), Int(size.ws_row))
        guard columns >= 40, rows >= 12 else {
            return .missing(
                "terminal", "It has \(columns) x \(rows) characters; 40 x 12 are needed.",
                cost: "The screen shows nothing until it is larger.")
        }
        return .ok("terminal", "\(terminalType), \(columns) x \(rows)")
    }

    private func localeCheck() -> DoctorCheck {
        let cost = "Characters outside ASCII are not shown; run with --ascii."
        guard setlocale(LC_ALL, "") != nil else {
            return .missing("locale", "The locale that LANG or LC_ALL names is not installed.", cost: cost)
        }
        let encoding = String(cString: nl_langinfo(Int32(CODESET)))
        guard encoding == "UTF-8" else {
            return .missing("locale", "The locale's encoding is \(encoding), not UTF-8.", cost: cost)
        }
        return .ok("locale", encoding)
    }

    /// Does what a start does, and what it will do later.
    private func stateChecks(_ executor: BlockingExecutor) async -> [DoctorCheck] {
        let name = "state folder"
        let queue: DoctorCheck
        do {
            let state = try await executor.run { () throws(FileError) in try StateDirectory(path: stateDirectory) }
            let spool = try await Spool.open(directory: state.spool)
            let owner = try await ClientState(directory: state.path).login()?.account.owner
            var isSealed: Bool?
            if let owner { isSealed = await spool.hasKey(of: owner) }
            queue = .queue(await spool.status, isSealed: isSealed)
            let log = try await executor.run { () throws(FileError) in try state.openLog() }
            close(log)
        } catch SpoolError.inUse(_, let processID) {
            let process = processID.map { ", process \($0)" } ?? ""
            return [
                .missing(
                    name, "Another client\(process), works with \(stateDirectory.printable).",
                    cost: "A second one does not start with it.")
            ]
        } catch {
            return [.missing(name, "\(error)", cost: "The client does not start.")]
        }
        do throws(FileError) {
            try await executor.run { () throws(FileError) in try tryWriting() }
            return [.ok(name, stateDirectory.printable), queue]
        } catch {
            return [.missing(name, error.description, cost: "What waits for the server cannot be kept."), queue]
        }
    }

    /// About as many bytes as a capture has.
    private static let trial = [UInt8](repeating: 0xA5, count: 1 << 20)

    private func tryWriting() throws(FileError) {
        let path = "\(stateDirectory)/.doctor-\(getpid())"
        try WholeFile.write(Self.trial.span, to: path, mode: 0o600)
        try Folder.removeFile(path)
    }
}
