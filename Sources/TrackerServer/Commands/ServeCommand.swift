import ArgumentParser
import Foundation
import Hummingbird
import Logging
import NIOCore
import Settings

/// `TrackerServer serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "serve", abstract: "Serves until it is stopped.")

    @Option(help: ArgumentHelp("The address to listen on (HOST).", valueName: "address"))
    var host: String?

    @Option(help: ArgumentHelp("The port to listen on (PORT); 0 takes a free one.", valueName: "number"))
    var port: String?

    @Flag(help: "Listen on an address that others can reach, without encryption (INSECURE_HTTP).")
    var insecureHttp = false

    @Flag(
        help: """
            The clock is right: remove what is older than RETENTION_DAYS with this start, also where the server has held \
            that back.
            """)
    var confirmRetention = false

    @Option(
        help: ArgumentHelp("Pages come from this folder, to work on them; else from the program.", valueName: "folder"))
    var webRoot: String?

    @OptionGroup var data: DataOptions

    func run() async throws {
        var settings = try data.configuration(["HOST": host, "PORT": port, "INSECURE_HTTP": insecureHttp ? "1" : nil])
        settings.confirmsRetention = confirmRetention
        settings.webRoot = webRoot
        let configuration = settings
        try await configuration.check()
        let logger = Logger.toStandardError(configuration.logLevel)
        warn(about: configuration, logger)
        Descriptors.raiseLimit(logger)
        let application = try await TrackerApplication.build(
            configuration, logger: logger,
            onServerRunning: { channel in
                print("API listening on port \(channel.localAddress?.port ?? configuration.port)")
                fflush(nil)
            })
        if let folder = try configuration.folderWithKey() {
            logger.warning(
                "The file of \(MasterKey.setting) lies in \(folder), which it is to protect: whoever copies that has both."
            )
        }
        logger.info(
            "Days are those of \(configuration.zone.name)", metadata: ["rules": "\(configuration.zone.source)"])
        if try await !application.environment.store.read({ $0.hasAdministrator }) {
            logger.notice(
                "There is no administrator yet. Stop the server and run: TrackerServer add-admin you@example.org")
        }
        do {
            try await application.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw ProgramExit(1, "Port \(configuration.port) is in use by another program; choose one with --port.")
        } catch let error as IOError {
            throw ProgramExit(1, "Can't listen on \(configuration.host):\(configuration.port): \(error)")
        }
    }

    private func warn(about configuration: ServerConfiguration, _ logger: Logger) {
        if let secret = configuration.jwtSecret, secret.count < ServerConfiguration.minimalSecretBytes {
            logger.warning(
                "JWT_SECRET is shorter than \(ServerConfiguration.minimalSecretBytes) bytes: tokens can be guessed.")
        }
        guard !configuration.isLoopback, configuration.tls == nil else { return }
        logger.warning(
            configuration.proxies.isEmpty
                ? "HOST is not a loopback address: passwords and tokens cross the network without encryption."
                : "HOST is not a loopback address: what does not come by way of a proxy crosses the network without encryption."
        )
    }
}

extension Logger {
    static func toStandardError(_ level: Logger.Level) -> Logger {
        var logger = Logger(label: "tracker", factory: { PrintableLog(StreamLogHandler.standardError(label: $0)) })
        logger.logLevel = level
        return logger
    }
}
