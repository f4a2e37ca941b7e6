/// The programs of other makers that ours are tested against: Tests/Peers, and what scripts/peers installs for them.
public enum Peers {
    /// Where the tests' own programs are.
    public static let programs = Program.repository + "/Tests/Peers"
    /// What others have made.
    public static let folder = Program.repository + "/.build/peers"

    /// Once for all tests of a process.
    private static let preparation = Task {
        let outcome = try await run("bash", Program.repository + "/scripts/peers", folder)
        guard outcome.status == 0 else { throw NotPrepared(errors: outcome.errors) }
    }

    public struct NotPrepared: Error {
        public let errors: String
    }

    /// Sees that everything is there.
    public static func prepare() async throws { try await preparation.value }

    /// A Python that has the packages.
    public static func python() async throws -> String {
        try await prepare()
        return folder + "/venv/bin/python"
    }
}
