import Files
import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Settings
import Shared
import SocketIOServer
import UnixSignals

/// A server that is ready to run: the one place that names live implementations.
struct TrackerApplication: Sendable {
    let environment: ServerEnvironment
    let application: Application<Responder>
    /// Nil without TLS.
    let certificate: CertificateWatch?
    private let hasher: PasswordHasher
    private let pools: Pools
    /// Its locks are held as long as the server lives.
    private let folders: ClaimedFolders

    /// Threads for what blocks.
    private struct Pools {
        let images = NIOThreadPool(numberOfThreads: imageThreads)
        let thumbnails = NIOThreadPool(numberOfThreads: Thumbnails.madeAtATime)

        /// More of them wait for each other more than for the disk: they write to the same few blocks of inodes.
        static let imageThreads = 3

        func start() {
            images.start()
            thumbnails.start()
        }

        func shutDown() async throws {
            try await thumbnails.shutdownGracefully()
            try await images.shutdownGracefully()
        }
    }

    /// Opens the folders, takes the lock, loads the data and ends sessions that fell silent while no server ran.
    static func build(
        _ configuration: ServerConfiguration, logger: Logger,
        hasher: PasswordHasher = PasswordHasher(),
        now: @escaping @Sendable () -> Timestamp = { .now }, steady: @escaping @Sendable () -> Int64 = { .steady },
        storeClock: StoreClock = .system, deadlines: Deadlines = Deadlines(),
        programFolder: String = Bundle.main.bundlePath,
        onServerRunning: @escaping @Sendable (any Channel) async -> Void = { _ in }
    ) async throws -> TrackerApplication {
        let startedAt = now()
        let metrics = ServerMetrics(isOn: configuration.countsMetrics)
        let certificate = try configuration.tls.map {
            CertificateWatch(certificate: try ServedCertificate($0), now: now, logger: logger)
        }
        let folders = try ClaimedFolders(configuration, logger: logger)
        let pools = Pools()
        pools.start()
        let store = try await JSONFileStore.open(
            folders.layout, logger: logger, now: now, clock: storeClock,
            flushes: Flushes(timing: metrics.journalFlushes))
        let started = ContinuousClock.now
        let keys = try folders.layout.openImageKeys(
            configuration, images: store.peek { $0.uploads.newest(StoreLayout.imagesLookedAt).map(\.name) })
        let images = try openImages(
            configuration, in: folders.layout, beside: store, keys, pools, patience: deadlines.thumbnail,
            logger: logger)
        let secret = try configuration.jwtSecret ?? JWTSecret.load(from: configuration.dataFolder)
        let accounts = Accounts(
            store: store, hasher: hasher, tokens: await Tokens(secret: secret),
            rule: SignInRule(days: configuration.signInDays), seal: FactorSeal(secret: secret),
            requiresSecondFactor: configuration.requiresSecondFactor, now: now,
            failures: metrics.loginFailures, refusals: metrics.refusals.passwords)
        let tokens = TokenWatch(store: store, now: now)
        let events = EventFeed(open: store.peek { $0.openSessions })
        let live = LiveView(
            accounts: accounts, tokens: tokens, store: store, events: events, calendar: folders.layout.calendar,
            frameWatch: deadlines.frameWatch, places: configuration.floods.sockets,
            refusals: metrics.refusals.sockets)
        let notice = AuditNotice(logger: logger)
        store.listen { recorded in
            notice.recorded(recorded.changes)
            accounts.recorded(recorded.changes)
            // Before the events, which are not for those whose token they end.
            tokens.recorded(recorded.changes)
            live.recorded(recorded.changes)
            events.tell(recorded.events)
        }
        let environment = ServerEnvironment(
            store: store, readiness: Readiness(store: store), images: images, accounts: accounts,
            devices: DeviceCookie(secret: secret), tokens: tokens, queueKeys: QueueKeys(secret: secret), live: live,
            events: events,
            audit: AuditReader(folders.layout, folders: store.flushes.folders, logger: logger),
            looks: Looks(calendar: folders.layout.calendar),
            rules: WorkRules(
                calendar: folders.layout.calendar,
                timeout: Int64(configuration.sessionTimeoutSeconds) * 1000),
            reports: BlockingExecutor(label: "reports"),
            connections: PlaceKeeper(
                .init(inAll: .max, fromNetwork: configuration.floods.connectionsFromNetwork),
                refused: metrics.refusals.connections),
            requests: PlaceKeeper(configuration.floods.requests, refused: metrics.refusals.requests),
            uploads: UploadQuotas(configuration.floods.uploads, refused: metrics.refusals.uploads),
            maxUploadBytes: configuration.maxUploadBytes, maxImagePixels: configuration.maxImagePixels,
            deadlines: deadlines, now: now,
            clock: WatchedClock(now: now, steady: steady), logger: logger,
            metrics: metrics, startedAt: startedAt,
            uptime: { (ContinuousClock.now - started) / .seconds(1) },
            programFolder: programFolder, web: configuration.webRoot.map { WebAdmin(folder: $0) } ?? WebAdmin())
        try await environment.sweep()
        // What was watched when an earlier run was killed has ended by then.
        try await store.noteStart()
        if let administrator = configuration.administrator, try await !store.read({ $0.hasAdministrator }) {
            if let expected = accounts.choice(of: administrator.id).missing(in: administrator.password) {
                throw SettingError(name: "ADMIN_PASSWORD", value: nil, allowed: expected)
            }
            let verifier = try await hasher.ownVerifier(of: administrator.password)
            try await store.setAdministrator(administrator.id, verifier: verifier, at: now())
        }
        let application = try application(
            configuration, environment, certificate, logger: logger, onServerRunning: onServerRunning)
        return TrackerApplication(
            environment: environment, application: application, certificate: certificate, hasher: hasher, pools: pools,
            folders: folders)
    }

    private static func openImages(
        _ configuration: ServerConfiguration, in layout: StoreLayout, beside store: JSONFileStore, _ keys: ImageKeys?,
        _ pools: Pools, patience: Duration, logger: Logger
    ) throws -> FolderImageStore {
        let thumbnails = Thumbnails(
            besideImagesIn: layout.uploadFolder, abilities: layout.abilities.uploads,
            limit: configuration.thumbnailCacheBytes, rule: ThumbnailRule(maxPixels: configuration.maxImagePixels),
            keys: keys, patience: patience, pool: pools.images, makers: pools.thumbnails, logger: logger)
        let images = FolderImageStore(
            folder: layout.uploadFolder, abilities: layout.abilities.uploads,
            arrivals: ArrivalNote(folder: layout.dataFolder), folders: store.flushes.folders, thumbnails: thumbnails,
            keys: keys, pool: pools.images, logger: logger)
        try images.takeStock(
            indexed: { name in store.peek { $0.upload(named: name) != nil } },
            left: ArrivalNote.images(in: layout.uploadFolder, notedIn: layout.dataFolder))
        return images
    }

    private static func application(
        _ configuration: ServerConfiguration, _ environment: ServerEnvironment, _ certificate: CertificateWatch?,
        logger: Logger, onServerRunning: @escaping @Sendable (any Channel) async -> Void
    ) throws -> Application<Responder> {
        let sockets = SocketIOServer(configuration.sockets, application: environment.live, logger: logger).engine
        let channel = UpgradableHTTPChannel.Configuration(environment.deadlines, isSecure: certificate != nil)
        let server = HTTPServerBuilder { responder in
            let plain = OnItsEventLoop(
                base: UpgradableHTTPChannel(responder: responder, servers: [sockets], configuration: channel),
                places: environment.connections, proxies: configuration.proxies)
            guard let certificate else { return plain }
            return RenewableTLSChannel(base: plain, certificate: certificate.certificate)
        }
        let table = RouteTable(routes: routes(environment), environment: environment)
        return Application(
            responder: Responder(
                table: table, sockets: sockets, places: environment.requests,
                allowedOrigins: configuration.allowedOrigins, proxies: configuration.proxies,
                isSecure: certificate != nil,
                metrics: environment.metrics.requests(paths: table.paths.union([ServerConfiguration.socketPath]))),
            server: server,
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: ConnectionLimit(
                    descriptors: Descriptors.limit, most: configuration.floods.connections, logger: logger)),
            services: services(configuration, environment, certificate, logger: logger),
            onServerRunning: { channel in
                await AcceptPause.add(to: channel, logger: logger)
                await onServerRunning(channel)
            }, logger: logger)
    }

    /// What goes on without requests.
    private static func services(
        _ configuration: ServerConfiguration, _ environment: ServerEnvironment, _ certificate: CertificateWatch?,
        logger: Logger
    ) -> [any Service] {
        var services: [any Service] = [
            SilenceSweeper(environment: environment, logger: logger),
            TokenSweeper(tokens: environment.tokens, live: environment.live),
            LastUseKeeper(
                store: environment.store, uses: environment.accounts.uses, now: environment.now, logger: logger),
            EventPulse(events: environment.events, interval: environment.deadlines.eventComment),
        ]
        if let certificate { services.append(certificate) }
        if let rule = configuration.retention {
            services.append(
                ImageRetention(
                    rule, environment: environment, logger: logger, isConfirmed: configuration.confirmsRetention))
        }
        return services
    }

    /// Requests that are still under way when the server is asked to stop get so long to end.
    static let shutdownGrace = Duration.seconds(5)

    /// Serves until a signal asks it to stop.
    func run() async throws {
        let hangUps = HangUps(
            watch: certificate, signals: await UnixSignalsSequence(trapping: .sighup), terminal: StartingTerminal(),
            logger: application.logger)
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: hangUps, successTerminationBehavior: .gracefullyShutdownGroup),
                .init(service: application),
            ], gracefulShutdownSignals: [.sigterm, .sigint], logger: application.logger)
        configuration.maximumGracefulShutdownDuration = Self.shutdownGrace
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch is CancellationError {
            // Some requests took longer than the grace and were cut off: a clean stop all the same.
        }
        try await shutDown()
        withExtendedLifetime(folders) {}
    }

    /// Ends the store and the threads, once nothing is served any more.
    func shutDown() async throws {
        let closing: Result<Void, any Error>
        environment.live.endLooks()
        do {
            try await environment.store.close()
            closing = .success(try await environment.images.close())
        } catch {
            closing = .failure(
                ProgramExit(1, "The data files are behind: \(error) The journal has what they lack; start again."))
        }
        try await hasher.shutDown()
        try await pools.shutDown()
        try closing.get()
    }

    static func routes(_ environment: ServerEnvironment) -> [Route] {
        let routes =
            SystemRoutes.routes(environment) + OperationRoutes.routes(environment) + AuthRoutes.routes(environment)
            + SignInRoutes.routes(environment) + KeyRoutes.routes(environment) + FactorRoutes.routes(environment)
            + OrganizationRoutes.routes(environment)
            + AccountRoutes.routes(environment) + IntervalRoutes.routes(environment) + WorkRoutes.routes(environment)
            + ReportRoutes.routes(environment) + CorrectionRoutes.routes(environment)
            + UploadRoutes.routes(environment) + CaptureRoutes.routes(environment) + LiveRoutes.routes(environment)
            + EventRoutes.routes(environment) + AuditRoutes.routes(environment) + WebRoutes.routes(environment)
        return routes + OpenAPIRoutes.routes(beside: routes)
    }
}

extension Int64 {
    /// Milliseconds of a clock that nobody sets; it goes on while the machine sleeps.
    static var steady: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

extension Timestamp {
    /// The wall clock's time, the only place where the server reads it.
    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
