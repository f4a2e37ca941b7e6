/// Every path of the HTTP interface, once. A segment in braces is a parameter.
public enum APIPath {
    public static let health = "/health"
    public static let readiness = "/readyz"
    public static let metrics = "/metrics"

    public static let login = "/api/auth/login"
    public static let logout = "/api/auth/logout"
    public static let refresh = "/api/auth/refresh"
    public static let password = "/api/auth/password"
    public static let me = "/api/me"
    public static let queueKey = "/api/queue-key"
    public static let sessions = "/api/auth/sessions"
    public static let session = "/api/auth/sessions/{id}"
    public static let keys = "/api/keys"
    public static let key = "/api/keys/{id}"
    public static let totp = "/api/auth/totp"
    public static let totpConfirmation = "/api/auth/totp/confirm"
    public static let accountSessions = "/api/accounts/{email}/sessions"

    public static let organization = "/api/org"
    public static let employees = "/api/employees"
    public static let employee = "/api/employees/{email}"
    public static let employeePassword = "/api/employees/{email}/password"
    public static let managers = "/api/managers"
    public static let manager = "/api/managers/{email}"
    public static let managerPassword = "/api/managers/{email}/password"

    public static let captureInterval = "/api/capture-interval"
    public static let captureIntervalOfOne = "/api/capture-interval/{email}"
    public static let captureIntervals = "/api/capture-intervals"

    public static let workStart = "/api/work/start"
    public static let workHeartbeat = "/api/work/heartbeat"
    public static let workStop = "/api/work/stop"
    public static let workSpans = "/api/work/spans"
    public static let workMe = "/api/work/me"
    public static let workSummary = "/api/work/summary"
    public static let workSessions = "/api/work/sessions"
    public static let workCorrections = "/api/work/corrections"
    public static let workCorrection = "/api/work/corrections/{id}"
    public static let workSummaryToday = "/api/work/summary/today"
    public static let workSessionsToday = "/api/work/sessions/today"

    public static let uploadScreenshot = "/api/uploads/screenshot"
    public static let uploadsList = "/api/uploads/list"
    public static let activityRecent = "/api/activity/recent"

    public static let events = "/api/events"
    public static let presence = "/api/presence"
    public static let liveFrame = "/api/live/{email}/frame"
    public static let liveStream = "/api/live/{email}/stream"

    public static let audit = "/api/audit"
    public static let auditMe = "/api/audit/me"

    public static let openAPI = "/api/openapi.json"

    public static let image = "/uploads/{name}"
    public static let downloads = "/downloads/"
    public static let download = "/downloads/{name}"
    public static let start = "/"
}
