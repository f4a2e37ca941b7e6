import ArgumentParser
import Files
import Glibc
import Settings

/// What waits on this computer, and what becomes of that which will not be delivered.
struct QueueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue",
        abstract: "Show what waits on this computer, save its pictures, or drop what is put aside.",
        discussion: "While a client runs, the queue is its own: end it first.")

    @Option(help: ArgumentHelp("Write the pictures, decrypted, into this folder.", valueName: "folder"))
    var save: String?

    @Flag(help: "Remove what was put aside and what cannot be read; what waits for delivery stays.")
    var drop = false

    func run() async throws {
        let configuration = try ClientConfiguration.ofProcess(flags: [:])
        let executor = BlockingExecutor(label: "queue")
        let lines: [String]
        do {
            let state = try await executor.run { () throws(FileError) in
                try StateDirectory(path: configuration.stateDirectory)
            }
            let spool = try await Spool.open(directory: state.spool)
            try await spool.signedIn(as: try await ClientState(directory: state.path).login()?.account.owner)
            lines = try await carryOut(spool)
        } catch {
            throw ProgramExit(1, "\(error)")
        }
        let report = lines.map { $0 + "\n" }.joined()
        try await executor.run { () throws(FileError) in
            try OpenFile.write([UInt8](report.utf8).span, to: STDOUT_FILENO, named: "standard output")
        }
    }

    private func carryOut(_ spool: Spool) async throws(SpoolError) -> [String] {
        var lines: [String] = []
        if let save {
            let pictures = try await spool.savePictures(in: save)
            lines.append("Pictures saved in \(save.printable): \(pictures.saved).")
            if pictures.unreadable > 0 { lines.append("Files that cannot be read: \(pictures.unreadable).") }
        }
        if drop { lines.append("Files removed: \(try await spool.dropUndeliverable()).") }
        if save == nil, !drop {
            lines = try await spool.entries().map(\.line)
            if lines.isEmpty { lines = ["The queue is empty."] }
        }
        return lines
    }
}
