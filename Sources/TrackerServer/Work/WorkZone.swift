import Files
import Foundation
import Shared

/// A time zone by its name in the IANA database, with what its clock shows when.
struct WorkZone: Sendable {
    let name: String
    /// Where the rules are from and which edition they are, for a sentence.
    let source: String
    private let clock: Clock

    private enum Clock: Sendable {
        case rules(ZoneRules)
        case foundation(TimeZone)
    }

    static let utc = WorkZone(.gmt)

    init(_ zone: TimeZone) {
        name = zone.identifier
        source = "Foundation's own time zones, \(TimeZone.timeZoneDataVersion)"
        clock = .foundation(zone)
    }

    init(name: String, rules: ZoneRules, source: String) {
        self.name = name
        self.source = source
        clock = .rules(rules)
    }

    /// Seconds that the zone is ahead of UTC.
    /// - Parameter time: in seconds since 1970.
    func offset(at time: Int64) -> Int {
        switch clock {
        case .rules(let rules): Int(rules.offset(at: time))
        case .foundation(let zone): zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time)))
        }
    }
}

/// The time zones of the system: a folder of TZif files with names such as `Europe/Berlin`, as tzdata installs it.
struct ZoneDatabase: Sendable {
    let folder: String

    static let system = ZoneDatabase(folder: "/usr/share/zoneinfo")

    /// No rules of a zone take more.
    private static let limit = 1 << 20

    /// The zone of that name; where the system has none, Foundation's. Blocks.
    /// - Returns: nil for what is no name in the database: abbreviations such as BST, which stand for several zones and of
    ///   which Foundation picks one, offsets, and names that differ in case.
    func zone(_ name: String) -> WorkZone? {
        guard Self.isName(name) else { return nil }
        if let bytes = contents(name), let rules = ZoneRules(tzif: bytes) {
            return WorkZone(name: name, rules: rules, source: "\(folder), \(version)")
        }
        // The list of names that Foundation knows lacks aliases such as Asia/Kolkata.
        guard Self.isKnownWithoutSystem(name), let zone = TimeZone(identifier: name),
            zone.identifier == name || name == "UTC"
        else { return nil }
        return WorkZone(zone)
    }

    /// Names have parts of letters, digits and `_ + -` (the database's own rule, file "theory.html"), so that none leads
    /// elsewhere. Folders and links that the system adds are no names: posix and right hold the zones once more, localtime
    /// is whatever this machine shows.
    private static func isName(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return !["posix", "right", "localtime", "posixrules", "Factory"].contains(parts[0])
            && parts.allSatisfy { part in
                part.first.map { $0.isASCII && $0.isUppercase } == true
                    && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_+-".contains($0)) }
            }
    }

    /// An area and a place, or a word such as Japan or EST5EDT: what has capitals alone may be an abbreviation.
    private static func isKnownWithoutSystem(_ name: String) -> Bool {
        name == "UTC" || name == "GMT" || name.contains { $0 == "/" || $0.isLowercase || $0.isNumber }
    }

    private func contents(_ name: String) -> [UInt8]? {
        do throws(FileError) {
            return try OpenFile.contents(of: "\(folder)/\(name)", limit: Self.limit)
        } catch {
            // Whatever keeps the system's from being read, there is Foundation's, and the log says which it is.
            return nil
        }
    }

    /// The database's edition, such as `2025b`, from where distributions keep it.
    private var version: String {
        let text = contents("tzdata.zi") ?? contents("+VERSION") ?? []
        let line = String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        let version = line.hasPrefix("# version ") ? line.dropFirst("# version ".count) : line[...]
        return version.isEmpty ? "of an unknown edition" : String(version)
    }
}
