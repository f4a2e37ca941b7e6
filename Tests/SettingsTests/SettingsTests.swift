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

    /// In a file that is shared with other programs, the settings `KEY` and `OTHER` alone are looked at.
    @Test(
        arguments: [
            ("KEY=1\nKEY\u{301}=2", "1"), ("export PORT\nset -a\n. ./more\n[ -n x ] && KEY=3", nil),
            ("A-B=c\n=\n???\nX='a' b\nKEY=4", "4"), ("PEM=\"-----BEGIN\nKEY=5\n-----END\"\nKEY=6", "6"),
            ("X='open\nKEY=7", "7"), ("X=don't\nKEY=8", "8"), ("X=\"a\" + \"b\nKEY='9'", "9"), ("KEY=\nKEY2=0", nil),
            ("  export   KEY = '10' # why", "10"), ("export KEY", nil), ("# KEY='\nKEY=11", "11"), ("KEY=12\rX", "12"),
        ] as [(String, String?)])
    func linesOfOtherProgramsArePassedOver(file: String, value: String?) throws {
        let settings = try Settings(environment: [:], files: [.init(path: "/f", text: file)], names: ["KEY", "OTHER"])
        #expect(settings.text("KEY") == value)
    }

    @Test(arguments: ["KEY='a", "KEY='a' b", "KEY: a", "export KEY a"])
    func aSettingThatCannotBeReadIsNamedWithItsFileAndLine(line: String) {
        let error = #expect(throws: SettingError.self) {
            try Settings(environment: [:], files: [.init(path: "/f", text: "X\n\(line)")], names: ["KEY"])
        }
        #expect(
            error?.description
                == "/f line 2: KEY must be followed by = and its value, in quotes that close or in none.")
    }

    @Test func theFirstFileWinsAndIsTheOrigin() throws {
        let files = [
            Settings.File(path: "/a", text: "A=a\nB="), Settings.File(path: "/b", text: "A=b\n\nB=b\nC=c\nD=d"),
        ]
        let settings = try Settings(
            flags: ["C": "flag"], environment: ["D": "variable"], files: files, names: ["A", "B", "C", "D"])
        #expect(["A", "B", "C", "D"].map(settings.text) == ["a", "b", "flag", "variable"])
        #expect(
            ["A", "B", "C", "D"].map(settings.origin)
                == [.init(path: "/a", line: 1), .init(path: "/b", line: 3), nil, nil])
    }

    @Test func onlyATildeAndASlashAreHome() throws {
        func path(_ text: String, home: String? = "/home/eve") throws -> String? {
            try Settings(environment: ["A": text].merging(home.map { ["HOME": $0] } ?? [:]) { $1 }).path("A")
        }
        #expect(try path("~/a b") == "/home/eve/a b")
        #expect(try path("~") == "/home/eve")
        for text in ["~ada/x", "./~/x", "/~"] { #expect(try path(text) == text) }
        #expect(throws: SettingError.self) { try path("~/x", home: nil) }
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
