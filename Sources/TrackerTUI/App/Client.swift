import Capture
import Files
import FoundationEssentials
import Glibc
import Logging
import Shared

/// The one place that names live implementations: it puts the program together, runs it, and takes it apart.
struct Client: Sendable {
    let configuration: ClientConfiguration
    let isASCII: Bool

    /// For a terminal or a pipe that nobody reads any more: what is left to say then does not keep the process from ending.
    private static let patience: Duration = .milliseconds(500)

    /// - Throws: `TerminalError` without a terminal; ``StartError`` when the state folder cannot be used.
    /// - Returns: the exit code.
    func runOnScreen() async throws -> Int32 {
        let canShowUnicode = CursesTerminal.usesUTF8() && !isASCII
        let parts = try await Parts(configuration)
        let events = EventQueue()
        let send: @Sendable (AppEvent) -> Void = { events.send($0) }
        let terminal: CursesTerminal
        do throws(TerminalError) {
            let options = CursesTerminal.Options(
                usesColor: configuration.usesColor, escapeDelay: .milliseconds(configuration.escapeDelay))
            terminal = try CursesTerminal.open(options, log: parts.recordError) { send(.terminal($0)) }
        } catch {
            await parts.close()
            throw error
        }
        let signals = ProcessSignals(
            Self.leaving(send).merging([
                SIGWINCH: { terminal.resized() }, SIGCONT: { terminal.continued() },
                SIGTSTP: { terminal.suspend() },
            ]) { $1 })
        let surroundings = parts.surroundings(
            configuration, record: parts.record, suspend: { terminal.suspend() })
        var application = Application(
            model: model(password: configuration.password ?? "", isHeadless: false, parts, surroundings.clock),
            surroundings: surroundings, terminal: terminal, glyphs: canShowUnicode ? .unicode : .ascii, events: events)
        let code = await application.run()
        await waiting(atMost: Self.patience) { await terminal.close() }
        await parts.close()
        withExtendedLifetime(signals) {}
        return code
    }

    /// - Throws: ``StartError`` when the state folder cannot be used.
    /// - Returns: the exit code.
    func runHeadless(password: String) async throws -> Int32 {
        let parts = try await Parts(configuration)
        let events = EventQueue()
        let send: @Sendable (AppEvent) -> Void = { events.send($0) }
        let output = LineWriter(descriptor: STDOUT_FILENO) { send(.listenerLost(ListenerLoss(code: $0))) }
        ListenerLoss.watch(STDOUT_FILENO) { send(.listenerLost($0)) }
        let (pace, clock) = (SharedLinePace(), SystemClock())
        let signals = ProcessSignals(Self.leaving(send))
        let surroundings = parts.surroundings(
            configuration,
            record: { entry in
                if let leftOut = pace.admit(entry.note.name, at: clock.now().monotonic) {
                    if leftOut > 0 {
                        output.write("\(entry.at.iso8601) left-out \(leftOut) lines of \(entry.note.name)")
                    }
                    output.write(entry.line)
                }
                parts.record(entry)
            }, suspend: {})
        var application = Application(
            model: model(password: password, isHeadless: true, parts, surroundings.clock), surroundings: surroundings,
            terminal: nil, glyphs: .ascii, events: events)
        let code = await application.run()
        await waiting(atMost: Self.patience) { await output.flush() }
        await parts.close()
        withExtendedLifetime(signals) {}
        return code
    }

    private func model(password: String, isHeadless: Bool, _ parts: Parts, _ clock: any MomentClock) -> AppModel {
        let login = parts.login.flatMap { configuration.means($0.account) ? $0 : nil }
        let options = AppModel.Options(
            server: configuration.backend.text, serverOrigin: configuration.backendOrigin,
            signInNotes: configuration.passedOver, email: configuration.email ?? "", password: password,
            defaultInterval: configuration.screenshotInterval, tracking: configuration.tracking,
            liveInterval: .seconds(configuration.liveViewInterval), isHeadless: isHeadless,
            asksBeforeStopping: configuration.asksBeforeStopping, timeZone: .system, clientID: parts.clientID,
            login: login, proxies: configuration.access.proxies, hasDisplay: parts.screen.hasDisplay)
        return AppModel(options: options, at: clock.now(), jitter: { Double.random(in: 0...1) })
    }

    private static func leaving(_ send: @escaping @Sendable (AppEvent) -> Void) -> [Int32: @Sendable () -> Void] {
        [SIGINT: { send(.interrupt) }, SIGTERM: { send(.terminate) }, SIGHUP: { send(.terminate) }]
    }
}

/// Why the client cannot start. A sentence.
struct StartError: Error, CustomStringConvertible {
    let description: String
}

/// What both ways of running have in common.
private struct Parts: Sendable {
    let spool: Spool
    let state: ClientState
    let clientID: UUID
    let login: KeptLogin?
    let http: HTTPClients
    let log: LineWriter
    let logger: Logger
    let screen: X11Screen

    init(_ configuration: ClientConfiguration) async throws(StartError) {
        do {
            let folder = try StateDirectory(path: configuration.stateDirectory)
            spool = try await Spool.open(directory: folder.spool)
            state = ClientState(directory: folder.path)
            clientID = try await state.clientID()
            login = try await state.login()
            // Of a client that was killed while it logged out.
            if login == nil { try await spool.signedIn(as: nil) }
            let descriptor = try folder.openLog()
            log = LineWriter(
                descriptor: descriptor,
                whenWritten: {
                    // A log that cannot be renewed goes on in the old file: nobody could be told where.
                    do throws(FileError) { try folder.renewLog(descriptor) } catch {}
                })
        } catch {
            throw StartError(description: "\(error)")
        }
        let handler = FileLogHandler(writer: log, clock: SystemClock())
        logger = Logger(label: "TrackerTUI") { _ in handler }
        http = HTTPClients(configuration.access, devices: DeviceMemory(state: state, logger: logger))
        let environment = ProcessInfo.processInfo.environment
        screen = X11Screen(
            display: environment["DISPLAY"], isWayland: DisplayKind.isWayland { environment[$0] },
            extensions: [.damage])
    }

    func record(_ entry: LogEntry) {
        let level: Logger.Level =
            switch entry.note.kind {
            case .plain, .good: .info
            case .warning: .warning
            case .bad: .error
            }
        logger.log(level: level, "\(entry.text)")
    }

    /// A line that a library or a child process has for standard error. Returns when it is written.
    @Sendable func recordError(_ line: String) {
        logger.warning("Standard error: \(line)")
        log.wait()
    }

    func surroundings(
        _ configuration: ClientConfiguration, record: @escaping @Sendable (LogEntry) -> Void,
        suspend: @escaping @Sendable () -> Void
    ) -> Surroundings {
        Surroundings(
            clock: SystemClock(), api: { [http] in http.client(for: $0, heard: $1) },
            makeLive: { [logger] in
                SocketLiveConnection(to: $0, access: configuration.access, tokens: $1, logger: logger)
            },
            screen: screen, input: screen, spool: spool, state: state, clientID: clientID,
            defaultInterval: configuration.screenshotInterval,
            record: record, suspend: suspend)
    }

    func close() async {
        // An X server that does not answer must not hold up the end.
        await waiting(atMost: .seconds(1)) { [screen] in await screen.close() }
        do {
            try await http.shutdown()
        } catch {
            logger.error("The connections could not be closed: \(error)")
        }
        await log.flush()
    }
}
