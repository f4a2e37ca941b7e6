/// Follows the markers of a JPEG file (ITU T.81, annex B): segments of the lengths they say, a frame of a sane size,
/// scans with data, and an end. It finds files that were cut off or whose markers are damaged; damage inside the data of a
/// scan, it does not.
struct JPEGStructure {
    private var hasFrame = false
    private var hasScan = false

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

    /// Nil when nothing is wrong. What follows the end is not looked at: cameras put more there.
    static func fault(in bytes: inout ByteWindow) -> String? {
        guard bytes.next() == Marker.prefix, bytes.next() == Marker.start else { return "it does not begin with SOI" }
        var structure = JPEGStructure()
        var marker = bytes.marker()
        while let code = marker, code != Marker.end {
            if let fault = structure.read(code, &bytes) { return fault }
            marker = code == Marker.scan ? bytes.markerAfterScan() : bytes.marker()
        }
        guard marker == Marker.end else { return bytes.next() == nil ? cutOff : "a marker is missing between segments" }
        if !structure.hasFrame { return "it has no frame header" }
        return structure.hasScan ? nil : "it has no scan"
    }

    private static let cutOff = "it is cut off"

    private mutating func read(_ code: UInt8, _ bytes: inout ByteWindow) -> String? {
        switch code {
        case Marker.temporary: return nil
        case Marker.restarts, Marker.start, Marker.stuffed, Marker.reserved: return "marker \(code) stands out of place"
        default: break
        }
        guard let length = bytes.word() else { return Self.cutOff }
        if code == Marker.scan { return readScan(length, &bytes) }
        if Marker.frames.contains(code), !Marker.noFrames.contains(code) { return readFrame(length, &bytes) }
        guard length >= 2 else { return "a segment says that it has \(length) bytes" }
        return bytes.skip(length - 2) ? nil : Self.cutOff
    }

    /// B.2.2
    private mutating func readFrame(_ length: Int, _ bytes: inout ByteWindow) -> String? {
        guard let precision = bytes.next(), let height = bytes.word(), let width = bytes.word(),
            let components = bytes.next()
        else { return Self.cutOff }
        guard [2, 8, 12, 16].contains(precision), width > 0, height > 0, (1...4).contains(components),
            length == 8 + 3 * Int(components)
        else {
            return
                "its frame header says \(width) x \(height) pixels of \(components) components with \(precision) bits"
        }
        guard !hasFrame else { return "it has two frame headers" }
        hasFrame = true
        return bytes.skip(3 * Int(components)) ? nil : Self.cutOff
    }

    /// B.2.3
    private mutating func readScan(_ length: Int, _ bytes: inout ByteWindow) -> String? {
        guard hasFrame else { return "a scan comes before the frame header" }
        guard let components = bytes.next() else { return Self.cutOff }
        guard (1...4).contains(components), length == 6 + 2 * Int(components) else {
            return "a scan header says \(components) components in \(length) bytes"
        }
        hasScan = true
        return bytes.skip(length - 3) ? nil : Self.cutOff
    }
}

extension ByteWindow {
    /// A marker's code after any fill bytes (B.1.1.2); nil at the end and where there is none.
    fileprivate mutating func marker() -> UInt8? {
        guard next() == 0xFF else { return nil }
        return code()
    }

    /// The marker that ends the data of a scan (B.1.1.5).
    fileprivate mutating func markerAfterScan() -> UInt8? {
        while true {
            _ = skip(to: 0xFF)
            guard next() != nil, let code = code() else { return nil }
            if code != 0, !(0xD0...0xD7).contains(code) { return code }
        }
    }

    private mutating func code() -> UInt8? {
        var code = next()
        while code == 0xFF { code = next() }
        return code
    }

    /// Two bytes, the higher first.
    fileprivate mutating func word() -> Int? {
        guard let high = next(), let low = next() else { return nil }
        return Int(high) << 8 | Int(low)
    }
}
