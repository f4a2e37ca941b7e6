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
            of JPEG images the structure is checked. A server may run meanwhile.
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
        let inspection = try await inspect(configuration.uploadFolder)
        let calendar = WorkCalendar(zone: configuration.zone)
        var layout = StoreLayout(dataFolder: configuration.dataFolder, uploadFolder: configuration.uploadFolder)
        layout.calendar = calendar
        let reader = EvidenceReader(
            layout: layout, keepsKey: configuration.jwtSecret == nil, tlsKey: configuration.tls?.key)
        let (folders, files) = (layout, BlockingExecutor(label: "audit"))
        let verify = { () async throws -> Verification in
            let audit = try await files.run { try AuditInspection(folders) }
            return try await reader.read { evidence in
                Verification(evidence, images: inspection.faults, audit: audit, calendar: calendar, now: .now)
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

    private func inspect(_ folder: String) async throws -> ImageInspection {
        let names = try await BlockingExecutor(label: "files").run {
            try Folder.files(in: folder).map(\.name).filter { ImageFiles.looksLikeImage($0) }
        }
        let progress = Progress(count: names.count)
        let inspection = await ImageInspection.inspect(names, in: folder) { progress?.show($0) }
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
