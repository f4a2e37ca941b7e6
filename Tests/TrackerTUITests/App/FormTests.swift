import Shared
import Testing

@testable import TrackerTUI

struct TextFieldTests {
    private func field(after keys: [Key], _ text: String = "") -> TextField {
        var field = TextField(text)
        for key in keys { _ = field.handle(key) }
        return field
    }

    @Test func charactersGoWhereTheCursorIs() {
        let field = field(after: [.left, .left, .character("x"), .right, .character("y")], "abc")
        #expect(field.text == "axbyc")
        #expect(field.cursor == 4)
    }

    @Test func backspaceAndDeleteTakeTheirSide() {
        #expect(field(after: [.left, .backspace, .delete], "abc").text == "a")
        #expect(field(after: [.home, .backspace, .delete], "abc").text == "bc")
        #expect(field(after: [.end, .delete], "abc").text == "abc")
        #expect(field(after: [.control("u")], "abc").text == "")
    }

    @Test func controlWTakesTheWordBeforeTheCursor() {
        #expect(field(after: [.control("w")], "one two  ").text == "one ")
        #expect(field(after: [.left, .left, .control("w")], "one two").text == "one wo")
        #expect(field(after: [.home, .control("w")], "one").text == "one")
        var secret = TextField("one two", isSecret: true)
        let isTaken = secret.handle(.control("w"))
        #expect(isTaken && secret.text == "", "its words are nobody's business")
    }

    @Test func pasteIsTheFirstLineWithoutControlCharacters() {
        #expect(field(after: [.paste("\nse\u{1B}cret\t1\r\nmore")]).text == "secret1")
    }

    @Test func aCombiningMarkJoinsTheCharacterBeforeIt() {
        let field = field(after: [.character("e"), .character("\u{301}"), .character("x")])
        #expect(field.text == "e\u{301}x")
        #expect(field.cursor == 2)
    }

    @Test func noMoreThanTheLimit() {
        let field = field(after: [.paste(String(repeating: "a", count: 256)), .character("b")])
        #expect(field.text.count == 256)
    }

    @Test func otherKeysAreNotTheFields() {
        var field = TextField("abc")
        let isTaken = field.handle(.tab)
        #expect(!isTaken)
    }
}

struct LoginFormTests {
    private func type(_ text: String, in form: inout LoginForm) {
        for character in text { _ = form.handle(.character(character)) }
    }

    private let server = "http://localhost:4000"

    @Test func theFirstEmptyFieldHasTheFocus() {
        #expect(LoginForm(server: server, email: "").focus == .email)
        #expect(LoginForm(server: server, email: "eve").focus == .password)
        #expect(LoginForm(server: "", email: "eve").focus == .server)
    }

    @Test func tabAndArrowsGoRound() {
        var form = LoginForm(server: server, email: "")
        _ = form.handle(.tab)
        #expect(form.focus == .password)
        _ = form.handle(.down)
        #expect(form.focus == .server)
        _ = form.handle(.backTab)
        #expect(form.focus == .password)
        _ = form.handle(.up)
        #expect(form.focus == .email)
    }

    @Test func enterGoesOnAndSubmitsAtTheLastField() throws {
        var form = LoginForm(server: server + "/", email: "")
        type("eve@example.com", in: &form)
        #expect(form.handle(.enter) == .editing)
        type("secret", in: &form)
        let account = try Account(
            id: #require(AccountID("eve@example.com")), server: #require(BackendURL(server)))
        #expect(form.handle(.enter) == .submitted(account, password: "secret"))
        #expect(form.isBusy)
    }

    @Test func whatCannotBeRightIsSaidAtItsField() {
        var form = LoginForm(server: "ftp://x", email: "eve", password: "secret")
        #expect(form.handle(.enter) == .editing)
        #expect(form.focus == .server)
        #expect(form.error?.contains("The server must be") == true)
        form = LoginForm(server: server, email: "e v e", password: "secret")
        _ = form.handle(.enter)
        #expect(form.focus == .email)
        form = LoginForm(server: server, email: "eve")
        _ = form.handle(.enter)
        #expect(form.error == "The password is missing.")
    }

    @Test func escapeCancelsTheQuestionOrQuits() {
        var form = LoginForm(server: server, email: "eve", password: "secret")
        _ = form.handle(.enter)
        #expect(form.handle(.character("x")) == .editing)
        #expect(form[.password].text == "secret", "nothing is typed while the server is asked")
        #expect(form.handle(.escape) == .cancelled)
        #expect(form.handle(.escape) == .quit)
    }
}

struct PasswordFormTests {
    private func outcome(current: String = "temporary", _ new: String, _ repeated: String) -> (
        PasswordForm.Outcome, String?
    ) {
        var form = PasswordForm(current: current)
        for key in [.paste(new), .enter, .paste(repeated)] as [Key] { _ = form.handle(key) }
        let outcome = form.handle(.enter)
        return (outcome, form.error)
    }

    @Test func aNewPasswordOfTheRightLengthIsSubmitted() {
        #expect(outcome("new-password", "new-password").0 == .submitted(current: "temporary", new: "new-password"))
    }

    @Test func tenCharactersAreTheLeast() {
        #expect(outcome("123456789", "123456789").1 == "The new password must be a text of 10 to 256 characters.")
        #expect(outcome("1234567890", "1234567890").1 == nil)
    }

    @Test func bothMustBeTheSameAndAnotherOne() {
        #expect(outcome("new-password", "new-passw0rd").1 == "The two new passwords are not the same.")
        #expect(outcome(current: "new-password", "new-password", "new-password").1?.contains("another one") == true)
    }

    @Test func escapeLeaves() {
        var form = PasswordForm(current: "")
        #expect(form.handle(.escape) == .left)
    }
}
