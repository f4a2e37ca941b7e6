import NIOCore
import Shared

/// Where images are kept, as the rest of the server sees it: sizes, offsets, comparisons and validators are of the bytes
/// that were sent, whatever lies on the disk.
protocol ImageStore: Sendable {
    /// Images that are kept without the index knowing them.
    var unindexed: UnindexedImages { get }

    /// An image that is about to arrive.
    /// - Parameter owner: whose it is to be.
    func newArrival(of owner: AccountID) -> any ArrivingImage

    /// Gives an image a name that no other has, or takes up the name that this image has from an upload that ended before
    /// the index knew of it. Image and name are on the disk when this returns; ``recorded(_:)``, ``withdraw(_:)`` or
    /// ``remove(_:)`` is owed.
    /// - Parameters:
    ///   - part: of the name, behind the time; see ``UploadName``.
    ///   - key: the idempotency key that it was sent with.
    ///   - isKnown: whether the index has that name.
    /// - Throws: `FileError` or `CancellationError`; then ``discard(_:)`` is owed.
    func place(
        _ image: inout any ArrivingImage, as part: String, key: String?, at now: Timestamp, isKnown: (String) -> Bool
    ) async throws -> PlacedImage

    /// The record of the image is on disk.
    func recorded(_ image: PlacedImage)

    /// The image was not recorded: it goes, unless it was there before.
    func withdraw(_ image: PlacedImage) async

    /// Frees what an image takes that was not stored after all. One that has a name keeps it. What fails, the log says.
    func discard(_ image: any ArrivingImage) async

    /// Notes that the image goes as soon as its record has: should the server be killed between the two, the next start
    /// removes it. ``remove(_:)`` is owed, or ``keep(_:)``.
    /// - Throws: `FileError`; then it is not noted.
    func announceRemoval(of name: String) async throws

    /// The record stays after all.
    func keep(_ name: String)

    /// Removes the image of that name.
    /// - Returns: false when it stays, which the log says.
    @discardableResult
    func remove(_ name: String) async -> Bool

    /// The image, to be read; nil when there is none of that name.
    /// - Parameter owner: whose it is.
    /// - Throws: `FileError`, also for what is encrypted and can't be decrypted as that name and that owner's.
    func open(_ name: String, of owner: AccountID) async throws -> StoredImage?

    /// The image at most so wide, as a PNG.
    /// - Parameters:
    ///   - owner: whose it is.
    ///   - image: as ``open(_:of:)`` gave it.
    ///   - width: one of ``ThumbnailKey/widths``.
    /// - Returns: nil when the image is to be sent as it is: because it is no wider, or can't be made smaller.
    func thumbnail(of name: String, _ owner: AccountID, _ image: StoredImage, width: Int) async throws -> Thumbnail?

    /// Once nothing arrives any more and every record is on disk.
    func close() async throws
}

/// An image on its way in.
protocol ArrivingImage: Sendable {
    /// Bytes that have arrived.
    var size: Int { get }
    var owner: AccountID { get }
    mutating func append(_ bytes: ByteBuffer) async throws
    /// Gives the image a name, which no other file may have. Image and name are on the disk when this returns.
    /// - Returns: false when the name is taken.
    mutating func publish(as name: String) async throws -> Bool
    /// Frees what it takes. Once it has a name, it keeps that.
    func discard() async throws
    /// Compares the images byte by byte.
    func isSame(as stored: StoredImage) async throws -> Bool
}

/// An image that has its name, while its record may not be on disk yet.
struct PlacedImage: Sendable {
    let name: String
    /// It had the name already.
    let isTakenUp: Bool
}

/// An image that is kept, open for reading.
struct StoredImage: Sendable {
    /// Bytes.
    let size: Int
    /// A strong validator (RFC 9110, section 8.8.1).
    let eTag: String
    /// What is read best at once, from a multiple of it on, in bytes.
    var chunk = ServedFile.chunk
    /// Reads up to so many bytes from an offset.
    let read: @Sendable (_ count: Int, _ offset: Int) async throws -> [UInt8]

    /// By its first bytes; nil for what is neither PNG nor JPEG.
    func format() async throws -> ImageFormat? {
        ImageFormat(firstBytes: try await read(ImageFormat.signatureLength, 0))
    }
}

/// A small picture of an image, which need not have been made.
struct Thumbnail: Sendable {
    /// A strong validator (RFC 9110, section 8.8.1), not the image's.
    let eTag: String
    /// The picture, made if it is not kept; nil when the image turns out to be damaged, and is to be sent as it is.
    /// - Throws: ``TurnTooLate``, `FileError` or `CancellationError`.
    let open: @Sendable () async throws -> StoredImage?
}
