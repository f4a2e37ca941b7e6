import ArgumentParser
import Settings

/// The flags that say where the data lies.
struct DataOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder of the JSON files (DATA_DIR).", valueName: "folder"))
    var dataDir: String?

    @Option(help: ArgumentHelp("The folder of the images (UPLOAD_DIR).", valueName: "folder"))
    var uploadDir: String?

    func configuration(_ other: [String: String?] = [:]) throws -> ServerConfiguration {
        var flags = other.compactMapValues { $0 }
        flags["DATA_DIR"] = dataDir
        flags["UPLOAD_DIR"] = uploadDir
        return try ServerConfiguration(try Settings.ofProcess(flags: flags))
    }
}
