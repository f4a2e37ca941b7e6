import FoundationEssentials
import Glibc

/// Where a program's settings come from: flags, then the environment, then files such as `.env` in the working directory.
///
/// A setting is named by its environment variable, in capitals; a flag stands under the same name. An empty variable
/// counts as unset. Every accessor checks the value and throws ``SettingError`` for one that is not allowed; nothing
/// falls back to a default silently.
public struct Settings: Sendable {
    private let values: [String: String]
    /// Of values that come from ``File``s.
    private let origins: [String: Origin]

    /// A file that other programs' settings may stand in as well. Of those nothing is read.
    public struct File: Sendable {
        public let path: String
        public let text: String

        /// - Parameter path: as people are told it.
        public init(path: String, text: String) {
            (self.path, self.text) = (path, text)
        }
    }

    /// Where in a file a value stands.
    public struct Origin: Sendable, Hashable {
        public let path: String
        public let line: Int
    }

    /// - Parameters:
    ///   - flags: values given on the command line, by variable name.
    ///   - environment: the process's environment.
    ///   - dotEnv: the text of `.env`, empty when there is none.
    public init(flags: [String: String] = [:], environment: [String: String], dotEnv: String = "") throws(SettingError)
    {
        values = Self.merged([flags, Self.nonEmpty(environment), Self.nonEmpty(try DotEnv.parse(dotEnv))])
        origins = [:]
    }

    /// - Parameters:
    ///   - files: the first one that has a value wins.
    ///   - names: of the settings that may stand in files.
    public init(
        flags: [String: String] = [:], environment: [String: String], files: [File], names: Set<String>
    ) throws(SettingError) {
        let environment = Self.nonEmpty(environment)
        var values: [String: String] = [:]
        var origins: [String: Origin] = [:]
        for file in files {
            for (name, entry) in try DotEnv.parse(file.text, names: names, path: file.path)
            where !entry.value.isEmpty && values[name] == nil {
                values[name] = entry.value
                if flags[name] == nil, environment[name] == nil {
                    origins[name] = Origin(path: file.path, line: entry.line)
                }
            }
        }
        self.values = Self.merged([flags, environment, values])
        self.origins = origins
    }

    private static func nonEmpty(_ variables: [String: String]) -> [String: String] {
        variables.filter { !$0.value.isEmpty }
    }

    /// Of a name that several have the first one's value.
    private static func merged(_ sources: [[String: String]]) -> [String: String] {
        sources.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
    }

    /// Reads the process's environment and, if there is one, `.env` in the working directory.
    public static func ofProcess(flags: [String: String] = [:]) throws(SettingError) -> Settings {
        let text = try dotEnv(at: ".env")
        return try Settings(flags: flags, environment: ProcessInfo.processInfo.environment, dotEnv: text)
    }

    /// Bytes of `.env` at most.
    public static let dotEnvLimit = 1_000_000

    /// The text of that file, empty when there is none. Of what is no plain file nothing is read: a pipe would be waited for.
    static func dotEnv(at path: String) throws(SettingError) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if lstat(path, &status) != 0 { return "" }
            throw SettingError(name: path, value: nil, allowed: "a file, but it is a link that leads nowhere")
        }
        if status.st_mode & S_IFMT == S_IFREG, status.st_size <= dotEnvLimit {
            do { return try String(contentsOfFile: path, encoding: .utf8) } catch {}
        }
        throw SettingError(
            name: path, value: nil, allowed: "a readable file of UTF-8 text with at most \(dotEnvLimit) bytes")
    }

    /// The value as it is; nil when unset.
    public func text(_ name: String) -> String? { values[name] }

    public func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) throws(SettingError) -> Int {
        guard let text = text(name) else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            throw refusal(
                name, value: text, allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A path; at its beginning `~/`, which no shell has read in a file, is the folder of HOME. Nil when unset.
    public func path(_ name: String) throws(SettingError) -> String? {
        guard let text = text(name) else { return nil }
        guard text == "~" || text.hasPrefix("~/") else { return text }
        guard let home = self.text("HOME") else {
            throw refusal(name, value: text, allowed: "a path without ~, because HOME is not set")
        }
        return home + text.dropFirst()
    }

    /// The file that the value stands in; nil when it comes from elsewhere, or is unset.
    public func origin(of name: String) -> Origin? { origins[name] }

    /// What is wrong with a value, and where it stands if that is a file.
    ///
    /// - Parameter value: nil when it is secret or there is none.
    public func refusal(_ name: String, value: String?, allowed: String) -> SettingError {
        SettingError(
            name: name, value: value, allowed: allowed,
            origin: origins[name].map { "\($0.path) line \($0.line)" })
    }

    /// The value as `parse` reads it; nil from `parse` means that it is not `allowed`.
    public func value<Value>(_ name: String, allowed: String, _ parse: (String) -> Value?) throws(SettingError)
        -> Value?
    {
        guard let text = text(name) else { return nil }
        guard let value = parse(text) else { throw refusal(name, value: text, allowed: allowed) }
        return value
    }
}

/// A setting that can't be used: both programs print it as one line and exit with 2.
public struct SettingError: Error, Sendable, Hashable, CustomStringConvertible {
    public let name: String
    /// Nil when the value is secret or there is none.
    public let value: String?
    public let allowed: String
    /// The file and the line that it stands in, where there is one.
    public let origin: String?

    public init(name: String, value: String?, allowed: String, origin: String? = nil) {
        self.name = name
        self.value = value
        self.allowed = allowed
        self.origin = origin
    }

    public var description: String {
        (origin.map { "\($0): " } ?? "")
            + (value.map { "\(name)=\($0) is not allowed: it must be \(allowed)." } ?? "\(name) must be \(allowed).")
    }
}
