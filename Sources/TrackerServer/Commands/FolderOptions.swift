import ArgumentParser
import Foundation
import Settings

/// The flags that say where the data lies.
struct FolderOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder of the JSON files (DATA_DIR).", valueName: "folder"))
    var dataDir: String?

    @Option(help: ArgumentHelp("The folder of the images (UPLOAD_DIR).", valueName: "folder"))
    var uploadDir: String?

    func configuration(_ other: [String: String?] = [:]) throws -> ServerConfiguration {
        var flags = other.compactMapValues { $0 }
        flags["DATA_DIR"] = dataDir
        flags["UPLOAD_DIR"] = uploadDir
        do throws(SettingError) {
            return try ServerConfiguration(try Settings.ofProcess(flags: flags))
        } catch {
            throw ProgramExit(code: 2, message: error.description)
        }
    }
}

/// Ends the program with one line on standard error.
struct ProgramExit: Error {
    let code: Int32
    let message: String

    /// Runs a command: what it throws becomes one line and the exit code that fits.
    static func report(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as ExitCode {
            throw error
        } catch let error as ProgramExit {
            FileHandle.standardError.write(Data("TrackerServer: \(error.message)\n".utf8))
            throw ExitCode(error.code)
        } catch {
            FileHandle.standardError.write(Data("TrackerServer: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }
}
