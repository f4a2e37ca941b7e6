import ArgumentParser
import Capture
import Files

/// One capture into a file, without a server or an account. Most command lines do not come here but to
/// `CaptureJob.init(commandLine:)`, which understands what it understands in the same way.
struct CaptureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture", abstract: "Take one picture of the screen.",
        discussion: """
            The file appears whole or not at all. Ends with 0; with 1 when there is no picture; with 2 for an option or a \
            value that is not understood.
            """)

    @Argument(help: "The PNG file to write; - for standard output.")
    var file: String

    @Option(
        help: ArgumentHelp("Only a part of the screen, in pixels from its upper left corner.", valueName: "WxH+X+Y"),
        transform: { text in
            guard let area = ScreenArea(geometry: text) else {
                throw ValidationError("a region is WxH+X+Y in pixels, such as 640x480+0+0")
            }
            return area
        })
    var region: ScreenArea?

    @Option(help: ArgumentHelp("Only the monitor of this name, as xrandr lists them.", valueName: "name"))
    var monitor: String?

    @Flag(help: "Draw the pointer.")
    var cursor = false

    @Option(
        help: ArgumentHelp("Wait before the picture is taken.", valueName: "seconds"),
        transform: { text in
            guard let delay = CaptureJob.delay(text) else {
                throw ValidationError("a delay is 0 to 86400 seconds")
            }
            return delay
        })
    var delay = Duration.zero

    @Option(
        help: ArgumentHelp("Make the picture smaller, such as 0.5 for half its width and height.", valueName: "factor"),
        transform: { text in
            guard let scale = PictureScale(text) else {
                throw ValidationError("a factor is more than 0 and at most 1")
            }
            return scale
        })
    var scale = PictureScale.whole

    func validate() throws {
        if file.isEmpty { throw ValidationError("The name of the file is empty.") }
        if region != nil, monitor != nil {
            throw ValidationError("--region and --monitor exclude each other.")
        }
    }

    var job: CaptureJob {
        var request = CaptureRequest(showsPointer: cursor, scale: scale)
        if let region { request.part = .area(region) }
        if let monitor { request.part = .monitor(monitor) }
        return CaptureJob(destination: PictureDestination(argument: file), request: request, delay: delay)
    }

    func run() async throws {
        let job = job
        try await BlockingExecutor(label: "capture").run { _ = try job.perform() }
    }
}
