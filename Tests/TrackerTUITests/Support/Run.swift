/// How a program ended and what it wrote.
struct Outcome: Equatable {
    /// The exit status; negative the signal that ended it.
    let status: Int32
    let output: [UInt8]
    let errors: String
}

/// Runs a program to its end.
///
/// - Parameter environment: all that the program gets besides PATH.
@discardableResult
func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> Outcome {
    let process = try ChildProcess(arguments, environment: environment)
    async let output = bytes(from: process.output)
    async let errors = bytes(from: process.errors)
    let (written, complaints) = await (output, errors)
    return Outcome(
        status: await process.end(), output: written, errors: String(decoding: complaints, as: UTF8.self))
}
