/// How often an employee's screen is captured: what managers may assign, in whole minutes.
public enum CaptureInterval {
    public static let minutes = 2...20
}
