import Glibc

/// Follows the markers of a JPEG file (ITU T.81, annex B) as its bytes come: segments of the lengths they say, a frame of a sane
/// size, scans with data, and an end. It finds files that were cut off or whose markers are damaged; damage inside the data
/// of a scan, it does not.
struct JPEGStructure: Sendable {
    private enum Marker {
        static let prefix: UInt8 = 0xFF
        static let stuffed: UInt8 = 0x00
        static let temporary: UInt8 = 0x01
        static let restarts: ClosedRange<UInt8> = 0xD0...0xD7
        static let start: UInt8 = 0xD8
        static let end: UInt8 = 0xD9
        static let scan: UInt8 = 0xDA
        /// SOF0 to SOF15; among them are three that are something else.
        static let frames: ClosedRange<UInt8> = 0xC0...0xCF
        static let noFrames: Set<UInt8> = [0xC4, 0xC8, 0xCC]
        static let reserved: ClosedRange<UInt8> = 0x02...0xBF
    }

    private enum Place {
        case start
        /// A marker's first byte, and its code after any fill bytes (B.1.1.2).
        case marker, code
        case length
        case frame(length: Int), scan(length: Int)
        case content(left: Int)
        /// The data of a scan, and what comes after an 0xFF in them (B.1.1.5).
        case data, dataCode
        case end
    }

    static let firstByte = Marker.prefix

    private let maxPixels: Int
    private let allowsMore: Bool
    private var place = Place.start
    private var number = ArrivingNumber()
    /// Of the segment that is read.
    private var code: UInt8 = 0
    private var hasFrame = false
    private var hasScan = false

    /// - Parameter allowsMore: true where something may follow the end, as cameras do it.
    init(maxPixels: Int, allowsMore: Bool) {
        self.maxPixels = maxPixels
        self.allowsMore = allowsMore
    }

    mutating func take(_ bytes: Span<UInt8>) throws(ImageFault) {
        var offset = 0
        while offset < bytes.count {
            switch place {
            case .content(let left):
                let end = min(offset + left, bytes.count)
                pass(left: offset + left - end)
                offset = end
            case .data:
                guard let prefix = bytes.firstIndex(of: Marker.prefix, from: offset) else { return }
                place = .dataCode
                offset = prefix + 1
            case .end:
                guard allowsMore else { throw .jpeg("there is more after its end") }
                return
            default: try step(bytes, &offset)
            }
        }
    }

    func finish() throws(ImageFault) {
        switch place {
        case .end: return
        case .start: throw .notAnImage
        default: throw .jpeg("it is cut off")
        }
    }

    /// Takes the next byte, or number.
    private mutating func step(_ bytes: Span<UInt8>, _ offset: inout Int) throws(ImageFault) {
        let size =
            switch place {
            case .start, .length: 2
            case .frame: 6
            default: 1
            }
        guard let value = number.take(size, of: bytes, from: &offset) else { return }
        let byte = UInt8(truncatingIfNeeded: value)
        switch place {
        case .start:
            guard value == UInt64(Marker.prefix) << 8 | UInt64(Marker.start) else { throw .notAnImage }
            place = .marker
        case .marker:
            guard byte == Marker.prefix else { throw .jpeg("a marker is missing between segments") }
            place = .code
        case .code where byte != Marker.prefix: try begin(byte)
        case .dataCode where byte == Marker.stuffed || Marker.restarts.contains(byte): place = .data
        case .dataCode where byte != Marker.prefix: try begin(byte)
        case .length: try begin(length: Int(value))
        case .frame(let length): try takeFrame(value, length)
        case .scan(let length): try takeScan(components: Int(byte), length)
        default: break
        }
    }

    private mutating func begin(_ code: UInt8) throws(ImageFault) {
        self.code = code
        switch code {
        case Marker.end:
            guard hasFrame else { throw .jpeg("it has no frame header") }
            guard hasScan else { throw .jpeg("it has no scan") }
            place = .end
        case Marker.temporary: place = .marker
        case Marker.restarts, Marker.start, Marker.stuffed, Marker.reserved:
            throw .jpeg("marker \(code) stands out of place")
        default: place = .length
        }
    }

    private mutating func begin(length: Int) throws(ImageFault) {
        if code == Marker.scan {
            guard hasFrame else { throw .jpeg("a scan comes before the frame header") }
            place = .scan(length: length)
        } else if Marker.frames.contains(code), !Marker.noFrames.contains(code) {
            guard !hasFrame else { throw .jpeg("it has two frame headers") }
            place = .frame(length: length)
        } else {
            guard length >= 2 else { throw .jpeg("a segment says that it has \(length) bytes") }
            pass(left: length - 2)
        }
    }

    /// B.2.2: precision, height, width and the number of components.
    private mutating func takeFrame(_ start: UInt64, _ length: Int) throws(ImageFault) {
        let (precision, components) = (start >> 40, Int(start & 0xFF))
        let (height, width) = (Int(start >> 24 & 0xFFFF), Int(start >> 8 & 0xFFFF))
        guard [2, 8, 12, 16].contains(precision), width > 0, height > 0, (1...4).contains(components),
            length == 8 + 3 * components
        else {
            throw .jpeg(
                "its frame header says \(width) x \(height) pixels of \(components) components with \(precision) bits")
        }
        guard width * height <= maxPixels else {
            throw .jpeg("it has \(width) x \(height) pixels, more than the \(maxPixels) that are allowed")
        }
        hasFrame = true
        pass(left: 3 * components)
    }

    /// B.2.3
    private mutating func takeScan(components: Int, _ length: Int) throws(ImageFault) {
        guard (1...4).contains(components), length == 6 + 2 * components else {
            throw .jpeg("a scan header says \(components) components in \(length) bytes")
        }
        hasScan = true
        pass(left: length - 3)
    }

    /// Goes on in the segment, or behind it.
    private mutating func pass(left: Int) {
        place = left > 0 ? .content(left: left) : code == Marker.scan ? .data : .marker
    }
}

extension Span<UInt8> {
    /// The offset of the first `byte` that stands at `start` or behind it.
    fileprivate func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        // Unsafe: memchr(3) gives a place among the bytes that it was given, or none.
        withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress, start < buffer.count,
                let found = memchr(base + start, Int32(byte), buffer.count - start)
            else { return nil }
            return UnsafeRawPointer(found) - UnsafeRawPointer(base)
        }
    }
}
