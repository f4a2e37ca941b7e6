import ArgumentParser
import Files
import FoundationEssentials

/// One capture into a file, without a server or an account.
struct CaptureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture", abstract: "Take one picture of the screen.")

    @Argument(help: "The PNG file to write; - for standard output.")
    var file: String

    func validate() throws {
        if file.isEmpty { throw ValidationError("The name of the file is empty.") }
    }

    func run() async throws {
        let screen = X11Screen(display: ProcessInfo.processInfo.environment["DISPLAY"])
        let image = try await screen.capture()
        let destination = PictureDestination(argument: file)
        try await BlockingExecutor(label: "capture").run { () throws(FileError) in try destination.write(image.png) }
    }
}
