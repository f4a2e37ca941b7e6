import Shared
import Testing

@testable import TrackerTUI

struct LoginScreenTests {
    private func scene(width: Int = 80, height: Int = 24, notes: [String] = []) -> Scene {
        Scene(width: width, height: height) {
            $0.serverOrigin = "/home/eve/.env"
            $0.signInNotes = notes
        }
    }

    @Test(arguments: [(80, 24, 6), (40, 12, 5)])
    func anAddressThatCameFromAFileIsShownWithIt(width: Int, height: Int, row: Int) {
        let lines = scene(width: width, height: height).lines
        // Below the field, or below all of them.
        #expect(lines[row].contains("from /home/eve/.env"))
        #expect(lines.contains { $0.contains("Server") && $0.contains(Scene.serverText) })
    }

    @Test func anotherAddressCameFromWhoTypedIt() {
        var scene = scene()
        scene.press(.backTab, .backTab, .character("1"))
        #expect(!scene.lines.contains { $0.contains("from /home/eve/.env") })
        scene.press(.backspace)
        #expect(scene.lines.contains { $0.contains("from /home/eve/.env") })
    }

    @Test func aFileThatWasPassedOverIsNamed() {
        let scene = scene(notes: ["/tmp/.env is not read: others can write it."])
        #expect(scene.lines.contains { $0.contains("/tmp/.env is not read: others can write it.") })
    }

    @Test func theLoginFormShowsDotsForThePassword() {
        var scene = Scene()
        scene.press(.paste("secret"))
        let lines = scene.lines
        #expect(lines[0] == " Time Tracker · sign in")
        #expect(lines[5] == "        Server    http://localhost:4000")
        #expect(lines[7] == "        Email     eve@example.com")
        #expect(lines[9] == "        Password  ••••••")
        #expect(lines[23] == " Enter sign in  Tab next field  Esc quit")
        #expect(!lines.joined().contains("secret"))
    }

    @Test func theLoginFormFitsTheSmallestTerminal() {
        var scene = Scene(width: 40, height: 12)
        scene.logIn(.failure(.refused(401, .invalidCredentials, "Invalid credentials")))
        let lines = scene.lines
        #expect(lines[2] == " Server    http://localhost:4000")
        #expect(lines[4] == " Password")
        #expect(lines[5] == " Invalid credentials")
    }
}

/// What its keys do.
struct LoginKeysTests {
    private func type(_ text: String, in screen: inout LoginScreen) {
        for character in text { _ = screen.handle(.character(character)) }
    }

    private let server = "http://localhost:4000"

    @Test func theFirstEmptyFieldHasTheFocus() {
        #expect(LoginScreen(server: server, email: "").focus == .email)
        #expect(LoginScreen(server: server, email: "eve").focus == .password)
        #expect(LoginScreen(server: "", email: "eve").focus == .server)
    }

    @Test func tabAndArrowsGoRound() {
        var screen = LoginScreen(server: server, email: "")
        _ = screen.handle(.tab)
        #expect(screen.focus == .password)
        _ = screen.handle(.down)
        #expect(screen.focus == .server)
        _ = screen.handle(.backTab)
        #expect(screen.focus == .password)
        _ = screen.handle(.up)
        #expect(screen.focus == .email)
    }

    @Test func enterGoesOnAndSubmitsAtTheLastField() throws {
        var screen = LoginScreen(server: server + "/", email: "")
        type("eve@example.com", in: &screen)
        #expect(screen.handle(.enter) == nil)
        type("secret", in: &screen)
        let account = try Account(
            id: #require(AccountID("eve@example.com")), server: #require(BackendURL(server)))
        #expect(screen.handle(.enter) == .logIn(account, password: "secret"))
        #expect(screen.form.isBusy)
    }

    @Test func whatCannotBeRightIsSaidAtItsField() {
        var screen = LoginScreen(server: "ftp://x", email: "eve", password: "secret")
        #expect(screen.handle(.enter) == nil)
        #expect(screen.focus == .server)
        #expect(screen.form.error?.contains("The server must be") == true)
        screen = LoginScreen(server: server, email: "e v e", password: "secret")
        _ = screen.handle(.enter)
        #expect(screen.focus == .email)
        screen = LoginScreen(server: server, email: "eve")
        _ = screen.handle(.enter)
        #expect(screen.form.error == "The password is missing.")
    }

    @Test func escapeCancelsTheQuestionOrQuits() {
        var screen = LoginScreen(server: server, email: "eve", password: "secret")
        _ = screen.handle(.enter)
        #expect(screen.handle(.character("x")) == nil)
        #expect(screen[.password].text == "secret", "nothing is typed while the server is asked")
        #expect(screen.handle(.escape) == .cancelLogIn)
        #expect(screen.handle(.escape) == .end(.quit))
    }
}

extension LoginScreen {
    fileprivate var focus: Field? { Field(rawValue: form.focus) }
}
