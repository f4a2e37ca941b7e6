import HTTPTypes
import Hummingbird
import NIOCore
import SocketIOServer

/// The body of an answer that goes on as long as somebody watches: one frame after the other.
struct FrameStream: Sendable {
    enum Form {
        /// `multipart/x-mixed-replace`, each part an image. A boundary follows each at once, since browsers show a part when
        /// the next one begins.
        case multipart
        /// For players built on ffmpeg, see ``MatroskaStream``. They ask for titles as radio streams have them, with
        /// `Icy-MetaData`; browsers and curl do not.
        case video

        var mediaType: String {
            switch self {
            case .multipart: "multipart/x-mixed-replace; boundary=\(FrameStream.boundary)"
            case .video: "video/x-matroska"
            }
        }
    }

    private static let boundary = "frame"

    private let form: Form
    private let box: FrameBox
    private let channel: any Channel
    private let leave: @Sendable () -> Void

    /// - Parameter leave: ends the watch; called when the connection has ended, be it before anything was written, and when
    ///   all is written.
    init(_ form: Form, of box: FrameBox, on channel: any Channel, leave: @escaping @Sendable () -> Void) {
        self.form = form
        self.box = box
        self.channel = channel
        self.leave = leave
        // Also while no frame comes.
        ConnectionWatch.watch(channel) { _ in leave() }
    }

    func write(to writer: any ResponseBodyWriter) async throws {
        var writer = writer
        defer {
            leave()
            ConnectionWatch.watch(channel, nil)
        }
        if form == .multipart { try await writer.write(ByteBuffer(string: "--\(Self.boundary)\r\n")) }
        var video: (stream: MatroskaStream, start: ContinuousClock.Instant)?
        var last = 0
        while let next = await box.next({ [last] number, _ in number > last }) {
            last = next.number
            guard let (bytes, format) = next.frame.image else { continue }
            let image = [UInt8](bytes)
            guard form == .video else {
                try await writer.write(Self.part(image, format, next.frame))
                continue
            }
            let (stream, start) = video ?? (MatroskaStream(format: format), .now)
            if video == nil { try await writer.write(stream.head(image)) }
            video = (stream, start)
            if format == stream.format { try await writer.write(stream.cluster(image, at: .now - start)) }
        }
        try await writer.finish(nil)
    }

    private static func part(_ image: [UInt8], _ format: ImageFormat, _ frame: LiveFrame) -> ByteBuffer {
        var part = ByteBuffer(string: "Content-Type: \(format.mediaType)\r\nContent-Length: \(image.count)\r\n")
        for field in frame.headers { part.writeString("\(field.name): \(field.value)\r\n") }
        part.writeString("\r\n")
        part.writeBytes(image)
        part.writeString("\r\n--\(boundary)\r\n")
        return part
    }
}
