import HTTPTypes
import Hummingbird
import NIOCore
import Shared

/// The form of `POST /api/uploads/screenshot`.
struct UploadForm: Sendable {
    var image: any ArrivingImage
    let format: ImageFormat
    let fileName: String?
    /// The text fields.
    let fields: [String: String]

    static let maximumFieldBytes = 4096
    /// So much is taken from the network at once, in bytes.
    private static let readSize = 256 * 1024

    /// Reads the form off the request. When this throws, nothing of it is left on disk.
    static func read(_ call: Call, _ environment: ServerEnvironment) async throws -> UploadForm {
        // As its record will say whose it is.
        let owner = AccountID(stored: try call.identity.id.spelling)
        var receiver = Receiver(
            parser: try MultipartParser(contentType: call.request.headers[.contentType] ?? ""), of: owner, environment)
        // Large reads take fewer turns; between uploads a connection shall not keep so much memory.
        let channel = call.context.channel
        _ = channel.setOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: readSize))
        defer { _ = channel.setOption(.recvAllocator, value: AdaptiveRecvByteBufferAllocator()) }
        do {
            try await call.body.read { try await receiver.receive($0) }
            return try receiver.form()
        } catch {
            if let image = receiver.image { await environment.images.discard(image) }
            throw error
        }
    }
}

/// Sorts the parts of the form as they arrive.
private struct Receiver {
    private var parser: MultipartParser
    private let owner: AccountID
    private let images: any ImageStore
    private let maxImageBytes: Int

    private(set) var image: (any ArrivingImage)?
    private var structure: ImageStructure
    private var imageIsComplete = false
    private var fileName: String?
    private var fields: [String: String] = [:]
    private var part: MultipartParser.Part?
    private var value = ByteBuffer()

    init(parser: MultipartParser, of owner: AccountID, _ environment: ServerEnvironment) {
        self.parser = parser
        self.owner = owner
        images = environment.images
        maxImageBytes = environment.maxUploadBytes
        structure = ImageStructure(maxPixels: environment.maxImagePixels)
    }

    mutating func receive(_ bytes: ByteBuffer) async throws {
        for event in try parser.parse(bytes) {
            switch event {
            case .partStarted(let part): try start(part)
            case .bytes(let bytes): try await append(bytes)
            case .partEnded: try end()
            }
        }
    }

    private mutating func start(_ part: MultipartParser.Part) throws {
        self.part = part
        value.clear()
        guard let fileName = part.fileName else {
            if part.name == UploadField.image {
                throw APIError(.badRequest, "\"\(UploadField.image)\" must be a file, not a text.")
            }
            return
        }
        guard part.name == UploadField.image else {
            throw APIError(.badRequest, "The file must be in the field \"\(UploadField.image)\".")
        }
        guard image == nil else { throw APIError(.badRequest, "The form must have one file, not two.") }
        self.fileName = fileName
        image = images.newArrival(of: owner)
    }

    private mutating func append(_ bytes: ByteBuffer) async throws {
        if part?.fileName != nil, let size = image?.size {
            guard size + bytes.readableBytes <= maxImageBytes else { throw PayloadTooLarge(limit: maxImageBytes) }
            try checkImage { (structure) throws(ImageFault) in try structure.take(bytes.readableBytesUInt8Span) }
            try await image?.append(bytes)
        } else {
            guard value.readableBytes + bytes.readableBytes <= UploadForm.maximumFieldBytes else {
                throw APIError(
                    .invalidField, "A text field of the form may have \(UploadForm.maximumFieldBytes) bytes at most.")
            }
            value.writeImmutableBuffer(bytes)
        }
    }

    private mutating func checkImage<Value>(
        _ check: (inout ImageStructure) throws(ImageFault) -> Value
    ) throws(APIError) -> Value {
        do throws(ImageFault) {
            return try check(&structure)
        } catch {
            let reason =
                switch error {
                case .png(let reason): "; as a PNG, \(reason)"
                case .jpeg(let reason): "; as a JPEG, \(reason)"
                case .empty, .notAnImage, .unreadable: ""
                }
            throw APIError(.unsupportedMediaType, "The file must be a whole PNG or JPEG image\(reason).")
        }
    }

    private mutating func end() throws {
        guard let part else { return }
        if part.fileName != nil {
            imageIsComplete = true
        } else {
            guard let text = String(validating: value.readableBytesView, as: UTF8.self) else {
                throw APIError(.invalidField, "The text fields of the form must be UTF-8.")
            }
            fields[part.name] = text
        }
        self.part = nil
    }

    /// The form, once it has arrived whole.
    mutating func form() throws -> UploadForm {
        try parser.finish()
        guard let image, imageIsComplete else {
            throw APIError(.badRequest, "The form has no file in the field \"\(UploadField.image)\".")
        }
        guard image.size > 0 else { throw APIError(.badRequest, "The file is empty.") }
        let format = try checkImage { (structure) throws(ImageFault) in try structure.finish() }
        return UploadForm(image: image, format: format, fileName: fileName, fields: fields)
    }
}
