import Pictures

/// A rectangle of the screen, in pixels from its upper left corner.
public struct ScreenArea: Equatable, Sendable {
    public var x: Int
    public var y: Int
    public var width: Int
    public var height: Int

    var size: PictureSize { PictureSize(width: width, height: height) }
    var columns: Range<Int> { x..<(x + width) }
    var rows: Range<Int> { y..<(y + height) }

    public init(x: Int, y: Int, width: Int, height: Int) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    /// Everything of a screen of that size.
    init(_ size: PictureSize) {
        self.init(x: 0, y: 0, width: size.width, height: size.height)
    }

    /// - Parameter geometry: `WxH+X+Y`, four whole numbers of at most 65,535, of which the first two are not 0; nil for
    ///   everything else, also for `-X`, which elsewhere counts from the right.
    public init?(geometry: String) {
        var rest = geometry.utf8[...]
        guard let width = Self.number(&rest, upTo: "x"), let height = Self.number(&rest, upTo: "+"),
            let x = Self.number(&rest, upTo: "+"), let y = Self.number(&rest, upTo: nil), width > 0, height > 0
        else { return nil }
        self.init(x: x, y: y, width: width, height: height)
    }

    /// Takes digits and the character that must follow them, or the end.
    private static func number(_ text: inout Substring.UTF8View, upTo end: Unicode.Scalar?) -> Int? {
        var number: Int?
        while let byte = text.popFirst() {
            if let end, byte == UInt8(ascii: end) { return number }
            guard case let digit = Int(byte) - 48, 0...9 ~= digit else { return nil }
            let next = 10 * (number ?? 0) + digit
            guard next <= 65_535 else { return nil }
            number = next
        }
        return end == nil ? number : nil
    }

    var geometry: String { "\(width)x\(height)+\(x)+\(y)" }

    func isInside(_ size: PictureSize) -> Bool {
        x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= size.width && y + height <= size.height
    }

    /// The area from top to bottom in parts of so many rows; the last may have fewer.
    func bands(of rows: Int) -> some Sequence<ScreenArea> {
        stride(from: y, to: y + height, by: rows).lazy.map { top in
            ScreenArea(x: x, y: top, width: width, height: min(rows, y + height - top))
        }
    }
}
