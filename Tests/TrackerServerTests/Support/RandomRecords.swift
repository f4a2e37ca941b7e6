import JSON
import Shared
import TestSupport

@testable import TrackerServer

/// Records of the two long files, as the server writes them and as others might.
struct RandomRecords {
    var generator: SeededGenerator
    private var time = Timestamp(milliseconds: 1_600_000_000_000)

    /// Ids that differ in case or in Unicode's forms alone, and such as need escapes.
    static let employees = [
        "mira", "Mira", "\u{E9}va", "e\u{301}va", "__proto__", "a\"b\\c", "😀", "a-1", "bob@example.org",
    ]

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func session(isOpen: Bool = false) -> WorkSession {
        time = time.adding(milliseconds: Int64.random(in: 0...3 * 60_000, using: &generator))
        let employee = Self.employees.randomElement(using: &generator) ?? ""
        let idle: Double = [0, 1, 59, 0.5, 1e-7, 123_456.789].randomElement(using: &generator) ?? 0
        let end = time.adding(seconds: 60)
        // Ids of open ones are all different.
        let id = isOpen ? "open-\(generator.next())" : "\(employee)-\(time.milliseconds)"
        return WorkSession(
            id: id, employeeID: employee, startedAt: time, endedAt: isOpen ? nil : end, isActive: isOpen,
            idleSeconds: idle, lastHeartbeatAt: end,
            date: CivilDate(daysSince1970: time.milliseconds / 86_400_000).iso8601)
    }

    mutating func upload() -> UploadRecord {
        time = time.adding(milliseconds: Int64.random(in: 0...9000, using: &generator))
        let key = (0..<36).map {
            [8, 13, 18, 23].contains($0) ? "-" : String(Int.random(in: 0...9, using: &generator))
        }
        let part = Bool.random(using: &generator) ? key.joined() : "shot-\(generator.next() % 1000)"
        return UploadRecord(
            file: UploadRecord.folder + UploadName.make(at: time, clientPart: part + ".png"),
            employeeID: Self.employees.randomElement(using: &generator) ?? "",
            ts: time.adding(seconds: Int.random(in: -90_000...0, using: &generator)))
    }

    /// The bytes of the record in an array, from the line break before it.
    static func canonical(_ record: some FileRecord) -> String {
        var writer = JSONWriter(.pretty)
        writer.beginArray()
        Stored(record).write(to: &writer)
        writer.endArray()
        return String(decoding: writer.bytes.dropFirst().dropLast(2), as: UTF8.self)
    }

    /// The record in another form: other spaces, keys in another order, keys twice or unknown, escapes, other numbers.
    mutating func irregular(_ record: some FileRecord) throws -> String {
        let canonical = try JSONReader.value(of: Array(Self.canonical(record).utf8))
        var members = (canonical.object?.members ?? []).map { (name: $0.key.text ?? "", value: text($0.value)) }
        if Bool.random(using: &generator) { members.shuffle(using: &generator) }
        if Bool.random(using: &generator) {
            let unknown = ["x", "10", "__proto__", "ID"].randomElement(using: &generator) ?? ""
            members.insert((unknown, unknownValue()), at: Int.random(in: 0...members.count, using: &generator))
        }
        if Int.random(in: 0..<4, using: &generator) == 0, let twice = members.randomElement(using: &generator) {
            members.append(twice)
        }
        let body = members.map { "\(space())\"\($0.name)\"\(space()):\(space())\($0.value)\(space())" }
        return "\(space()){\(body.joined(separator: ","))}\(space())"
    }

    mutating func space() -> String {
        let spaces = ["", "", " ", "\n", "\t", "\r\n", "   "]
        return spaces.randomElement(using: &generator) ?? ""
    }

    private mutating func text(_ value: JSONValue) -> String {
        switch value {
        case .string(let string):
            let escaped = (string.text ?? "").utf16.map { unit in
                Int.random(in: 0..<8, using: &generator) == 0 || unit > 0x7F || unit == 0x22 || unit == 0x5C
                    ? "\\u" + String(UInt32(unit) + 0x10000, radix: 16).dropFirst() : String(UnicodeScalar(UInt8(unit)))
            }
            return "\"\(escaped.joined())\""
        case .number(let number):
            return Bool.random(using: &generator) ? number.text + (number.text.contains("e") ? "" : "e0") : number.text
        default: return String(decoding: JSONWriter.bytes(of: value, .compact), as: UTF8.self)
        }
    }

    private mutating func unknownValue() -> String {
        let values = [
            "1.0", "123456789012345678901234567890", "-0", "1E+400", #""\ud800 \/""#, "[]", "{}",
            #"{"a":[{"b":null}]}"#,
            "true", "\"" + String(repeating: "é", count: 700) + "\"",
        ]
        return values.randomElement(using: &generator) ?? ""
    }
}
