import Configuration
import FoundationEssentials
import Glibc

/// Where a program's settings come from: flags, then the environment, then `.env` in the working directory.
///
/// A setting is named by its environment variable, in capitals; a flag stands under the same name. An empty variable
/// counts as unset. Every accessor checks the value and throws ``SettingError`` for one that is not allowed; nothing
/// falls back to a default silently.
public struct Settings: Sendable {
    private let reader: ConfigReader

    /// - Parameters:
    ///   - flags: values given on the command line, by variable name.
    ///   - environment: the process's environment.
    ///   - dotEnv: the text of `.env`, empty when there is none.
    public init(flags: [String: String] = [:], environment: [String: String], dotEnv: String = "") throws(SettingError)
    {
        reader = ConfigReader(providers: [
            EnvironmentVariablesProvider(environmentVariables: flags),
            EnvironmentVariablesProvider(environmentVariables: environment.filter { !$0.value.isEmpty }),
            EnvironmentVariablesProvider(environmentVariables: try DotEnv.parse(dotEnv).filter { !$0.value.isEmpty }),
        ])
    }

    /// Reads the process's environment and, if there is one, `.env` in the working directory.
    public static func ofProcess(flags: [String: String] = [:]) throws(SettingError) -> Settings {
        let text = try dotEnv(at: ".env")
        return try Settings(flags: flags, environment: ProcessInfo.processInfo.environment, dotEnv: text)
    }

    /// Bytes of `.env` at most.
    static let dotEnvLimit = 1_000_000

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
    public func text(_ name: String) -> String? {
        reader.string(forKey: ConfigKey(name.lowercased().split(separator: "_").map(String.init)))
    }

    public func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) throws(SettingError) -> Int {
        guard let text = text(name) else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            throw SettingError(
                name: name, value: text, allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// The value as `parse` reads it; nil from `parse` means that it is not `allowed`.
    public func value<Value>(_ name: String, allowed: String, _ parse: (String) -> Value?) throws(SettingError)
        -> Value?
    {
        guard let text = text(name) else { return nil }
        guard let value = parse(text) else { throw SettingError(name: name, value: text, allowed: allowed) }
        return value
    }
}

/// A setting that can't be used: both programs print it as one line and exit with 2.
public struct SettingError: Error, Sendable, Hashable, CustomStringConvertible {
    public let name: String
    /// Nil when the value is secret or there is none.
    public let value: String?
    public let allowed: String

    public init(name: String, value: String?, allowed: String) {
        self.name = name
        self.value = value
        self.allowed = allowed
    }

    public var description: String {
        value.map { "\(name)=\($0) is not allowed: it must be \(allowed)." } ?? "\(name) must be \(allowed)."
    }
}
