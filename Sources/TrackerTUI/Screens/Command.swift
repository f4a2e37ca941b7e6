/// What somebody asks of the client by a key.
enum Command: Sendable, Hashable {
    case logIn(Account, password: String)
    /// With the account that the screen shows.
    case logInAgain(password: String)
    /// The answer is not wanted any more.
    case cancelLogIn
    case changePassword(current: String, new: String)
    /// No new password now.
    case leavePassword
    case start
    case end(Question.Ending)
    case endLive
    case askPassword
    /// Over the present screen.
    case show(AnyScreen)
    /// What lies over it goes.
    case back
    /// In the messages: up, by so many lines; to their ends.
    case scroll(Int), oldest, newest
    case suspend
}
