import ArgumentParser
import Foundation
import JSON
import Logging
import Settings
import Shared

/// `TrackerServer add-admin EMAIL`.
struct AddAdminCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-admin",
        abstract: "Makes an administrator, or gives an existing account that role and a password.",
        discussion: "Works only while no server runs on the data folder.")

    @Argument(help: "The administrator's email.")
    var email: String

    @Option(help: "The administrator's name; an existing account keeps its own when it is not given.")
    var name: String?

    @Flag(help: "Read the password from standard input, up to the first line break, instead of asking for it.")
    var passwordStdin = false

    @OptionGroup var data: DataOptions

    func run() async throws {
        let configuration = try data.configuration()
        guard let id = AccountID(email) else {
            throw ProgramExit(2, "EMAIL must be \(AccountID.rule).")
        }
        let name = try name.map { text throws(ProgramExit) in
            guard let name = JSONFields.name(text) else { throw ProgramExit(2, "NAME must be \(Limits.nameRule).") }
            return name
        }
        let password = try readPassword()
        try check(password, of: id)
        let logger = Logger.toStandardError(configuration.logLevel)
        let folders = try ClaimedFolders(configuration, logger: logger)
        let store = try await JSONFileStore.open(folders.layout, logger: logger)
        let organization = try await store.read { $0.organization.value.name }
        do {
            try check(password, of: id, organization)
        } catch {
            try await store.close()
            throw error
        }
        let hasher = PasswordHasher()
        let verifier = try await hasher.ownVerifier(of: password)
        try await store.setAdministrator(id, name: name, verifier: verifier, at: .now)
        try await store.close()
        try await hasher.shutDown()
        withExtendedLifetime(folders) {}
        print("\(id.spelling) is an administrator and can log in with the new password.")
    }

    private func check(_ password: String, of id: AccountID, _ organization: String = "") throws(ProgramExit) {
        if let expected = PasswordChoice(account: id, organization: organization).missing(in: password) {
            throw ProgramExit(2, "The password must be \(expected).")
        }
    }

    private func readPassword() throws -> String {
        if passwordStdin { return InputLine.first() ?? "" }
        guard isatty(STDIN_FILENO) == 1 else {
            throw ProgramExit(2, "There is no terminal to ask for the password; use --password-stdin.")
        }
        let password = try ask("Password for \(email): ")
        guard try ask("The same again: ") == password else {
            throw ProgramExit(2, "The two passwords differ; nothing was changed.")
        }
        return password
    }

    /// Reads a line that is not shown. Ctrl-C ends the line like Enter would, so that the terminal is itself again before
    /// the program ends.
    private func ask(_ prompt: String) throws -> String {
        let controlC: UInt8 = 3
        FileHandle.standardError.write(Data(prompt.utf8))
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else { throw ProgramExit(1, "The terminal can't be set up.") }
        var silent = settings
        silent.c_lflag &= ~tcflag_t(ECHO | ISIG)
        withUnsafeMutableBytes(of: &silent.c_cc) { $0[Int(VEOL)] = controlC }
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        var line = [UInt8](repeating: 0, count: 4096)
        let count = read(STDIN_FILENO, &line, line.count)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
        FileHandle.standardError.write(Data("\n".utf8))
        let bytes = line.prefix(max(0, count))
        guard !bytes.contains(controlC) else { throw ProgramExit(1, "Given up; nothing was changed.") }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
