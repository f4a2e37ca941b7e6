import ArgumentParser
import Files
import Foundation
import Settings
import Shared

/// `TrackerServer verify`.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks data and uploads and changes nothing; exit code 1 if something is wrong.",
        discussion: """
            Each finding says what to do about it. Errors end with exit code 1; notes alone do not. PNG images are decoded; \
            of JPEG images the structure is checked. Encrypted ones need \(MasterKey.setting). A server may run meanwhile.
            """)

    @Flag(help: "Print a JSON object for scripts.")
    var json = false

    @OptionGroup var data: DataOptions

    /// What is found beside a running server counts when it is still so after this time: no upload hangs between its image
    /// and its record for so long.
    private static let secondReading = Duration.seconds(3)

    func run() async throws {
        let configuration = try data.configuration()
        for folder in [configuration.dataFolder, configuration.uploadFolder] where try !Folder.exists(folder) {
            throw ProgramExit(1, "There is no folder \(folder).")
        }
        let (keys, fault) = try await imageKeys(configuration)
        let inspection = try await inspect(configuration.uploadFolder, keys)
        let isLost = try inspection.closed > 0 && PlainFile.at(ImageKeyFile.path(in: configuration.dataFolder)) == nil
        let keysFault = isLost ? "is gone, while images are encrypted" : fault
        let calendar = WorkCalendar(zone: configuration.zone)
        var layout = StoreLayout(dataFolder: configuration.dataFolder, uploadFolder: configuration.uploadFolder)
        layout.calendar = calendar
        let reader = EvidenceReader(
            layout: layout, keepsKey: configuration.jwtSecret == nil, tlsKey: configuration.tls?.key,
            uploadKey: configuration.uploadKeyFile, imageKeysFault: keysFault)
        let (folders, files) = (layout, BlockingExecutor(label: "audit"))
        let verify = { () async throws -> Verification in
            let audit = try await files.run { try AuditInspection(folders) }
            return try await reader.read { evidence in
                Verification(evidence, images: inspection, audit: audit, calendar: calendar, now: .now)
            }
        }
        var verification = try await verify()
        if verification.holder != .nobody, !verification.findings.isEmpty {
            try await Task.sleep(for: Self.secondReading)
            verification = verification.confirmed(by: try await verify())
        }
        try print(VerifyReport(verification: verification, jpegs: inspection.jpegs))
        if !verification.isSound { throw ExitCode(1) }
    }

    /// Makes no file.
    /// - Returns: the keys if they are set and fit; or why not.
    private func imageKeys(_ configuration: ServerConfiguration) async throws -> (ImageKeys?, fault: String?) {
        try await BlockingExecutor(label: "files").run {
            let folder = configuration.dataFolder
            let master = try configuration.masterKey()
            do {
                guard let file = try ImageKeyFile.read(in: folder) else { return (nil, nil) }
                return (try master.map { try ImageKeys(file, master: $0, folder: folder) }, nil)
            } catch let error as ImageKeyFile.Unusable {
                return (nil, "is damaged: \(error.reason)")
            } catch is ImageKeys.AnotherMaster {
                return (nil, "was made with another key than that of \(MasterKey.setting)")
            }
        }
    }

    private func inspect(_ folder: String, _ keys: ImageKeys?) async throws -> ImageInspection {
        let names = try await BlockingExecutor(label: "files").run {
            try Folder.files(in: folder).map(\.name).filter { ImageFiles.looksLikeImage($0) }
        }
        let progress = Progress(count: names.count, "images checked")
        let inspection = await ImageInspection.inspect(names, in: folder, keys: keys) { progress?.show($0) }
        progress?.clear()
        return inspection
    }

    private func print(_ report: VerifyReport) throws {
        var bytes: [UInt8] = []
        var failure: FileError?
        let limit = 1 << 20
        func flush() {
            do throws(FileError) {
                if failure == nil { try OpenFile.write(bytes.span, to: STDOUT_FILENO, named: "the findings") }
            } catch {
                failure = error
            }
            bytes.removeAll(keepingCapacity: true)
        }
        let write = { (text: String) in
            bytes += text.utf8
            if bytes.count >= limit { flush() }
        }
        if json { report.writeJSON(write) } else { report.writeText(write) }
        flush()
        if let failure { throw failure }
    }
}
