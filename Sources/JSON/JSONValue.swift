/// A JSON text (RFC 8259) as a value that loses nothing: members keep their order, numbers keep their digits.
public indirect enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(JSONString)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    public static func string(_ text: String) -> JSONValue { .string(JSONString(text)) }
    public static func number(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }
    public static func number(_ value: Double) -> JSONValue { .number(JSONNumber(value)) }
    public static func object(_ members: KeyValuePairs<JSONString, JSONValue>) -> JSONValue {
        .object(JSONObject(members.map { ($0.key, $0.value) }))
    }
    /// `null` for nil, as the API writes absent values that have a key.
    public static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    public static func optional(_ value: Int?) -> JSONValue { value.map { .number($0) } ?? .null }

    /// The text of a string that has no unpaired surrogates; nil for everything else.
    public var text: String? {
        if case .string(let string) = self { string.text } else { nil }
    }

    public var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    public var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }
}

/// A JSON string. JSON can hold what Unicode text can't, unpaired surrogates; such a string is kept as its JSON text.
public struct JSONString: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The characters, or the JSON text between the quotes when `isVerbatim`.
    let content: String
    /// True when `content` is JSON text because the string has unpaired surrogates.
    let isVerbatim: Bool

    public init(_ text: String) {
        content = text
        isVerbatim = false
    }

    public init(stringLiteral text: String) {
        self.init(text)
    }

    init(verbatim content: String) {
        self.content = content
        isVerbatim = true
    }

    /// The characters; nil when the string has unpaired surrogates.
    public var text: String? { isVerbatim ? nil : content }

    /// Strings are the same when their bytes are: JSON knows no canonical equivalence of Unicode.
    public static func == (left: JSONString, right: JSONString) -> Bool {
        left.isVerbatim == right.isVerbatim && left.content.utf8.elementsEqual(right.content.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in content.utf8 { hasher.combine(byte) }
    }
}

/// A JSON number by its text, so that no digit is lost.
public struct JSONNumber: Sendable, Hashable {
    public let text: String

    /// `text` must follow the grammar of RFC 8259, section 6; the reader sees to it.
    init(text: String) {
        self.text = text
    }

    public init(_ value: Int) {
        text = String(value)
    }

    /// The shortest text that reads back as `value`, written as JavaScript does; what is not finite becomes 0.
    public init(_ value: Double) {
        text = value.ecmaScriptText
    }

    public var double: Double { Double(text) ?? .nan }

    /// The whole number that the text stands for, also when it is written as `60.0` or `6e1`; nil otherwise.
    public var integer: Int? {
        if let value = Int(text) { return value }
        return Int(exactly: double)
    }
}

extension Double {
    /// The text of ECMAScript's `Number::toString` (ECMA-262, 6.1.6.1.20), radix 10.
    public var ecmaScriptText: String {
        guard isFinite else { return "0" }
        if self == 0 { return "0" }
        if let whole = Int64(exactly: self), whole.magnitude < 1 << 53 { return String(whole) }
        // Swift's description has the shortest digits, as ECMAScript wants; only their layout differs.
        var mantissa = magnitude.description
        var exponent = 0
        if let mark = mantissa.firstIndex(of: "e") {
            exponent = Int(mantissa[mantissa.index(after: mark)...]) ?? 0
            mantissa = String(mantissa[..<mark])
        }
        let parts = mantissa.split(separator: ".", maxSplits: 1)
        let fraction = parts.count > 1 && parts[1] != "0" ? String(parts[1]) : ""
        var digits = String(parts[0]) + fraction
        var point = parts[0].count + exponent
        while digits.hasPrefix("0") {
            digits.removeFirst()
            point -= 1
        }
        while digits.hasSuffix("0") { digits.removeLast() }
        let sign = self < 0 ? "-" : ""
        let count = digits.count
        if count <= point, point <= 21 { return sign + digits + String(repeating: "0", count: point - count) }
        if point > 0, point <= 21 { return sign + digits.prefix(point) + "." + digits.dropFirst(point) }
        if point > -6, point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        let shown = point - 1 < 0 ? "-\(1 - point)" : "+\(point - 1)"
        return sign + digits.prefix(1) + (count > 1 ? "." + digits.dropFirst() : "") + "e" + shown
    }
}

/// An object's members in the order of the text. Of duplicate keys the last value wins, in the place of the first.
public struct JSONObject: Sendable, Hashable {
    public private(set) var members: [Member]
    /// Positions by key, kept only where a linear search would be slow.
    private var positions: [JSONString: Int] = [:]
    private static let linearSearchLimit = 16

    public struct Member: Sendable, Hashable {
        public let key: JSONString
        public var value: JSONValue
    }

    public init() {
        members = []
    }

    public init(_ members: some Sequence<(JSONString, JSONValue)>) {
        self.init()
        for (key, value) in members { self[key] = value }
    }

    /// Setting a new key appends it; setting nil removes the key.
    public subscript(key: JSONString) -> JSONValue? {
        get { position(of: key).map { members[$0].value } }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?): members[position].value = value
            case (let position?, nil):
                members.remove(at: position)
                positions = [:]
                if members.count > Self.linearSearchLimit { indexAll() }
            case (nil, let value?):
                members.append(Member(key: key, value: value))
                if !positions.isEmpty {
                    positions[key] = members.count - 1
                } else if members.count > Self.linearSearchLimit {
                    indexAll()
                }
            case (nil, nil): break
            }
        }
    }

    private func position(of key: JSONString) -> Int? {
        positions.isEmpty ? members.firstIndex { $0.key == key } : positions[key]
    }

    private mutating func indexAll() {
        for (position, member) in members.enumerated() { positions[member.key] = position }
    }
}
