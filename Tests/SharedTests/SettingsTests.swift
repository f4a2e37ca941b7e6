import Glibc
import TestSupport
import Testing

@testable import Settings

@Suite struct SettingsTests {
    @Test func aFlagBeatsTheEnvironmentWhichBeatsTheFile() throws {
        let file = "A_ONE=file\nA_TWO=file\nA_THREE=file"
        let settings = try Settings(
            flags: ["A_ONE": "flag"], environment: ["A_ONE": "env", "A_TWO": "env"], dotEnv: file)
        #expect(settings.text("A_ONE") == "flag")
        #expect(settings.text("A_TWO") == "env")
        #expect(settings.text("A_THREE") == "file")
        #expect(settings.text("A_FOUR") == nil)
    }

    @Test func anEmptyVariableCountsAsUnset() throws {
        let settings = try Settings(environment: ["PORT": ""], dotEnv: "PORT=4001")
        #expect(try settings.integer("PORT", default: 4000, in: 0...65535) == 4001)
    }

    @Test func aBadValueIsNamedWithWhatIsAllowed() throws {
        let settings = try Settings(environment: ["PORT": "70000"])
        let error = #expect(throws: SettingError.self) { try settings.integer("PORT", default: 4000, in: 0...65535) }
        #expect(error?.description == "PORT=70000 is not allowed: it must be a whole number from 0 to 65535.")
    }

    @Test(arguments: [
        ("KEY=value", "value"), ("export KEY = value ", "value"), ("KEY='a # b\\n'", "a # b\\n"),
        (#"KEY="a \"b\" \\ \$ \n" # comment"#, "a \"b\" \\ $ \n"), ("KEY=a#b # c", "a#b"), ("# KEY=x\nKEY=y", "y"),
        ("KEY=1\r\nKEY=2\r\n", "2"), ("KEY=a=b", "a=b"),
    ])
    func theFileMayHaveQuotesAndComments(file: String, value: String) throws {
        #expect(try Settings(environment: [:], dotEnv: file).text("KEY") == value)
    }

    @Test(arguments: ["KEY", "=value", "KEY='a", "KEY='a' b", "A-B=c"])
    func aLineThatIsNoAssignmentIsRefusedByItsNumber(line: String) throws {
        let error = #expect(throws: SettingError.self) { try Settings(environment: [:], dotEnv: "# first\n\(line)") }
        #expect(error?.name == ".env line 2")
    }

    @Test func theFileMayBeMissingAndElseIsAFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/env"
        #expect(try Settings.dotEnv(at: path) == "")
        try folder.write("KEY=1", to: "env")
        #expect(try Settings.dotEnv(at: path) == "KEY=1")
        #expect(truncate(path, 20 << 30) == 0)
        #expect(throws: SettingError.self) { try Settings.dotEnv(at: path) }
        for make in [
            { symlink("nowhere", path) }, { mkdir(path, 0o700) }, { mkfifo(path, 0o600) },
        ] {
            #expect(remove(path) == 0)
            #expect(make() == 0)
            #expect(throws: SettingError.self) { try Settings.dotEnv(at: path) }
        }
    }

    @Test(arguments: [
        ("", nil), ("\n", ""), ("secret", "secret"), ("secret\nmore", "secret"), ("secret\r\n", "secret"),
        ("\r\r\n", "\r"), ("grün\n", "grün"),
    ])
    func aPasswordIsTheFirstLineOfTheInput(input: String, line: String?) {
        var bytes = Array(input.utf8)[...]
        let read = InputLine.first { byte in
            guard let next = bytes.popFirst() else { return false }
            byte = next
            return true
        }
        #expect(read == line)
    }

    @Test func aLineWithoutAnEndIsCut() {
        let read = InputLine.first { byte in
            byte = UInt8(ascii: "x")
            return true
        }
        #expect(read?.utf8.count == InputLine.limit)
    }
}
