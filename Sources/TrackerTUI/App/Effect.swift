import Shared

/// What shall be done about what has happened.
enum Effect: Sendable, Hashable {
    case logIn(attempt: Generation, Account, password: String)
    /// Its answer is not wanted any more.
    case cancelLogIn
    case changePassword(attempt: Generation, Account, current: String, new: String)
    case logOut(Account)
    /// With the token of an earlier run; answered as a login.
    case resume(attempt: Generation, KeptLogin)
    case send(TrackingSession.Request, Account)
    case sampleIdle
    case capture(Account, epoch: Generation)
    /// The oldest item in the queue.
    case deliver(Account, epoch: Generation)
    /// Work to be delivered.
    case keepSpan(WorkStretch, Account)
    /// Work under way; nil: none is.
    case keepWork(KeptWork?, Account)
    /// Work goes on at this moment.
    case stillWorking(Moment, idleSeconds: Int)
    case keepInterval(Int?)
    /// What was dated by what was known before is dated by this.
    case dateBy(ServerClock)
    /// The account is gone: all that waits for it.
    case putAllAside(Account)
    /// In place of one that is open.
    case openLive(Account, link: Generation)
    case closeLive
    /// Asks for the newest looks.
    case askWhoLooked(Account, link: Generation)
    /// One that shows nothing new is sent only if it must be.
    case sendFrame(Account, round: Generation, mustSend: Bool)
    /// No frame that is being taken may go out any more.
    case stopFrames
    /// The employee ends live view.
    case terminateLive(Account)
    case record(LogEntry)
    /// A tick besides the regular ones.
    case tick(after: Duration)
    case suspend
    case exit(Int32)
}
