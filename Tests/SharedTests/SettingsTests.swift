import Settings
import Testing

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
}
