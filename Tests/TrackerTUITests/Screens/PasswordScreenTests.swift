import Testing

@testable import TrackerTUI

struct PasswordScreenTests {
    @Test func thePasswordFormSaysWhyItIsThere() {
        var scene = Scene()
        scene.logIn(.success(.eve { $0.mustChangePassword = true }))
        let lines = scene.lines
        #expect(lines[0] == " Time Tracker · new password")
        #expect(lines[7] == "     Current password  •••••••••••••")
        #expect(lines[11] == "     New one again")
    }
}

/// What its keys do.
struct PasswordKeysTests {
    private func outcome(current: String = "temporary", _ new: String, _ repeated: String) -> (
        Command?, String?
    ) {
        var screen = PasswordScreen(current: current)
        for key in [.paste(new), .enter, .paste(repeated)] as [Key] { _ = screen.handle(key) }
        let outcome = screen.handle(.enter)
        return (outcome, screen.form.error)
    }

    @Test func aNewPasswordOfTheRightLengthIsSubmitted() {
        #expect(outcome("new-password", "new-password").0 == .changePassword(current: "temporary", new: "new-password"))
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
        var screen = PasswordScreen(current: "")
        #expect(screen.handle(.escape) == .leavePassword)
    }
}
