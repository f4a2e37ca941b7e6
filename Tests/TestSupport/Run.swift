/// How a program ended and what it wrote.
public struct Outcome: Equatable, Sendable {
    /// The exit status; negative the signal that ended it.
    public let status: Int32
    public let output: [UInt8]
    public let errors: String

    public init(status: Int32, output: [UInt8], errors: String) {
        self.status = status
        self.output = output
        self.errors = errors
    }
}

/// Runs a program to its end.
///
/// - Parameter environment: all that the program gets besides PATH.
@discardableResult
public func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Outcome {
    let process = try ChildProcess(arguments, environment: environment)
    async let output = bytes(from: process.output)
    async let errors = bytes(from: process.errors)
    let (written, complaints) = await (output, errors)
    return Outcome(
        status: await process.end(), output: written, errors: String(decoding: complaints, as: UTF8.self))
}

@discardableResult
public func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> Outcome {
    try await run(arguments, environment: environment)
}
