/// The question for the password on the status screen, while tracking goes on.
struct PasswordPrompt: Sendable, Hashable {
    var field = TextField(isSecret: true)
    var error: String?
    var isBusy = false
}
