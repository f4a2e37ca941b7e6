import Files
import JSON
import Shared

/// What `verify` prints, piece by piece: there may be a million findings.
struct VerifyReport {
    let verification: Verification
    /// Images of which only the structure was checked.
    let jpegs: Int

    // MARK: For people

    func writeText(_ write: (String) -> Void) {
        if case .process(let id) = verification.holder {
            write(
                "A server runs on these folders\(id.map { " (process \($0))" } ?? ""): this is how things stand at this "
                    + "moment; its journal counts, and what is under way is left out.\n")
        }
        for finding in verification.findings {
            write(
                "\(finding.severity.rawValue): \(finding.kind.noun)\(finding.subject.printable) "
                    + "\(finding.message.printable)\n    \(finding.hint.printable)\n")
        }
        write(summary + "\n")
    }

    private var summary: String {
        let counts = verification.counts
        let contents = [
            Self.count(counts.accounts, "account"), Self.count(counts.sessions, "session"),
            Self.count(counts.images, "image"),
        ].joined(separator: ", ")
        let structural = jpegs == 0 ? "" : " (\(jpegs) of them JPEG, of which only the structure was checked)"
        let (errors, notes) = (verification.count(.error), verification.count(.note))
        var result: [String] = []
        if errors == 0 { result.append("nothing is wrong") } else { result.append(Self.count(errors, "error")) }
        if notes > 0 { result.append(Self.count(notes, "note")) }
        return "\(contents)\(structural): \(result.joined(separator: ", "))."
    }

    private static func count(_ count: Int?, _ noun: String) -> String {
        guard let count else { return "unknown \(noun)s" }
        return "\(count) \(noun)\(count == 1 ? "" : "s")"
    }

    // MARK: For scripts

    /// One JSON object, a finding a line.
    func writeJSON(_ write: (String) -> Void) {
        write("{\"findings\":[")
        var separator = "\n"
        for finding in verification.findings {
            write(separator + Self.text(of: Self.json(of: finding)))
            separator = ",\n"
        }
        let counts = verification.counts
        let numbers = JSONValue.object([
            "errors": .number(verification.count(.error)), "notes": .number(verification.count(.note)),
            "accounts": .optional(counts.accounts), "sessions": .optional(counts.sessions),
            "images": .optional(counts.images), "jpegs": .number(jpegs), "auditLines": .optional(counts.audit),
        ])
        let server: JSONValue =
            switch verification.holder {
            case .nobody: .object(["running": .bool(false), "process": .null])
            case .process(let id): .object(["running": .bool(true), "process": .optional(id)])
            }
        write("\n],\n\"counts\":\(Self.text(of: numbers)),\n\"server\":\(Self.text(of: server)),\n")
        write("\"ok\":\(verification.isSound)}\n")
    }

    private static func json(of finding: Finding) -> JSONValue {
        .object([
            "severity": .string(finding.severity.rawValue), "kind": .string(finding.kind.rawValue),
            "subject": .string(finding.subject), "message": .string(finding.message), "hint": .string(finding.hint),
        ])
    }

    private static func text(of value: JSONValue) -> String {
        String(decoding: JSONWriter.bytes(of: value, .compact), as: UTF8.self)
    }
}
