import JSON
import Shared

/// The shapes of requests and answers, by the names that the document gives them.
extension Schema {
    /// The document's components, in order.
    static let components: [(name: String, schema: Schema)] = [
        ("Error", errorShape), ("User", userShape), ("Login", loginShape), ("Organization", organizationShape),
        ("Session", sessionShape), ("SessionPart", sessionPartShape), ("Correction", correctionShape),
        ("ReportRow", reportRowShape), ("Capture", captureShape), ("Elsewhere", elsewhereShape),
    ]

    static let error = named("Error")
    static let user = named("User")
    static let login = named("Login")
    static let organization = named("Organization")
    static let session = named("Session")
    static let sessionPart = named("SessionPart")
    static let correction = named("Correction")
    static let reportRow = named("ReportRow")
    static let capture = named("Capture")

    private static let earlierAccount: KeyValuePairs<JSONString, Schema> = [
        "earlierAccount": flag.described("It is about another person, who had an account of that id before.")
    ]
    private static let seconds = integer.described("Whole seconds, rounded down.")
    private static let role = choice(["employee", "manager", "super_admin"])

    private static let errorShape = object([
        "error": text.described("A sentence for a person."),
        "code": choice(APIError.Code.allCases.map(\.rawValue)).described("A stable name for programs."),
    ])
    private static let userShape = object([
        "email": text, "name": text, "role": role, "createdAt": time.orNull,
    ])
    private static let loginShape = object(
        ["role": role, "expiresAt": time, "mustChangePassword": flag],
        optional: ["token": text.described("Left out where a cookie was renewed.")])
    static let queueKey = object(["key": text.described("32 bytes in base64, always the same for an account.")])
    static let me = object(
        ["email": text, "name": text, "role": role, "expiresAt": time, "mustChangePassword": flag, "zone": text],
        optional: ["secondFactor": flag.described("Of a manager: whether a login needs a code.")])
    private static let organizationShape = object(["name": text, "createdAt": time.orNull])
    private static let sessionShape = object([
        "id": text, "employeeId": text, "startedAt": time, "endedAt": time.orNull, "isActive": flag,
        "idleSeconds": number, "lastHeartbeatAt": time, "date": text,
    ])
    private static let sessionPartShape = object(
        [
            "id": text, "startedAt": time, "endedAt": time.orNull, "isActive": flag, "activeSeconds": seconds,
            "idleSeconds": seconds, "netActiveSeconds": seconds,
        ], optional: earlierAccount)
    private static let correctionShape = object([
        "id": text, "employeeId": text, "date": day, "minutes": integer, "reason": text, "by": text, "createdAt": time,
        "revokedAt": time.orNull, "revokedBy": text.orNull,
    ])
    private static let reportRowShape = object(
        [
            "period": text, "from": day, "to": day, "firstLogin": time.orNull, "lastLogout": time.orNull,
            "sessions": integer(from: 0), "totalActiveSeconds": seconds, "totalIdleSeconds": seconds,
            "netActiveSeconds": seconds, "correctionSeconds": seconds, "payableSeconds": seconds,
        ], optional: ["parts": list(of: sessionPart), "corrections": list(of: correction)])
    private static let captureShape = object(
        ["file": text, "ts": time, "employeeId": text], optional: earlierAccount)
    private static let elsewhereShape = object([
        "error": text, "code": choice([APIError.Code.trackedElsewhere.rawValue]), "client": uuid, "host": text.orNull,
    ])
}

// Requests.
extension Schema {
    private static let name = text(0...Limits.name)
    private static let newPassword = text(PasswordRule.length)

    static let credentials = object(
        ["email": text, "password": text],
        optional: [
            "role": text.orNull, "cookie": flag.orNull, "device": flag.orNull,
            "code": text.orNull.described("Of the second factor: the app's, or a recovery code."),
        ])
    static let passwordChange = object(["currentPassword": text, "newPassword": newPassword])
    static let newAccount = object(
        ["email": text(1...254)], optional: ["name": name.orNull, "password": newPassword.orNull])
    static let rename = object(["name": name])
    static let factorCode = object(["code": text])
    static let newKey = object(
        ["name": text(1...Limits.name), "scope": choice(APIKey.Scope.allCases.map(\.rawValue))],
        optional: ["expiresInDays": integer(APIKey.days).orNull])
    static let passwordReset = object([:], optional: ["password": newPassword.orNull])
    static let managerPasswordReset = object(["currentPassword": text], optional: ["password": newPassword.orNull])
    static let organizationName = object(["name": name])
    static let intervalAssignment = object([
        "employeeId": text,
        "intervalMinutes": integer.or(text).described(
            "0: hours only; else \(CaptureInterval.minutes.lowerBound) to \(CaptureInterval.minutes.upperBound)."),
    ])
    static let start = object(
        [:], optional: ["client": uuid.orNull, "host": text(0...LiveCredentials.longestHost).orNull])
    static let beat = object([:], optional: ["idleDeltaSeconds": integer(from: 0).orNull, "client": uuid.orNull])
    static let spans = object(
        [
            "spans": list(
                of: object(["key": uuid, "startedAt": time, "endedAt": time, "idleSeconds": integer(from: 0)]),
                WorkSpansRequest.count)
        ], optional: ["client": uuid.orNull])
    static let newCorrection = object([
        "employeeId": text, "date": day, "minutes": integer(-Correction.largest...Correction.largest),
        "reason": text(Correction.reasonLengths),
    ])
    static let uploadForm = object(
        ["screenshot": bytes], optional: ["employeeId": text, "email": text, "capturedAt": time])
}

// Answers.
extension Schema {
    static let account = object(["user": user], optional: ["temporaryPassword": text])
    static let accounts = object(["users": list(of: user)])
    static let temporaryPassword = object([:], optional: ["temporaryPassword": text])
    static let signIns = object([
        "sessions": list(
            of: object([
                "id": text, "createdAt": time, "expiresAt": time.described("When its newest token ends."),
                "lastUsedAt": time, "address": text, "client": text(0...SignInOrigin.longestClient), "current": flag,
            ]))
    ])
    private static let apiKey: KeyValuePairs<JSONString, Schema> = [
        "id": uuid, "name": text, "scope": choice(APIKey.Scope.allCases.map(\.rawValue)), "createdAt": time,
        "expiresAt": time, "lastUsedAt": time.orNull,
    ]
    static let keys = object(["keys": list(of: object(apiKey, optional: ["account": text.described("Whose it is.")]))])
    static let madeKey = object([
        "key": object(apiKey), "secret": text(APIKey.Secret.length...APIKey.Secret.length),
    ])
    static let factorSecret = object(["secret": text.described("In Base32."), "uri": text])
    static let recoveryCodes = object(["recoveryCodes": list(of: text, RecoveryCode.count...RecoveryCode.count)])
    static let savedOrganization = object(["ok": flag, "organization": organization])
    static let shownOrganization = object(["organization": organization])
    static let interval = object(["assigned": flag, "intervalSeconds": integer(from: 0).orNull])
    static let intervals = object(["intervals": map(of: integer(from: 0))])
    static let assignedInterval = object(["ok": flag, "employeeId": text, "intervalSeconds": integer(from: 0)])
    static let workSession = object(["ok": flag, "session": session])
    static let beatAnswer = object(["ok": flag, "idleSeconds": number])
    static let spansAnswer = object([
        "spans": list(
            of: object(
                ["key": uuid, "sessions": list(of: session), "refusedSeconds": integer(from: 0)],
                optional: ["reason": text]))
    ])
    static let workDay = object([
        "today": day, "session": session.orNull, "totalActiveSeconds": integer, "totalIdleSeconds": integer,
        "netActiveSeconds": integer, "intervalSeconds": integer(from: 0).orNull,
        "sessionTimeoutSeconds": integer(from: 1),
        "corrections": list(of: correction), "correctionSeconds": integer,
    ])
    static let summaryToday = object([
        "today": day,
        "employees": list(
            of: object([
                "employeeId": text, "loginTimes": list(of: time), "logoutTimes": list(of: time),
                "totalActiveSeconds": integer, "totalIdleSeconds": integer, "netActiveSeconds": integer,
                "registered": flag,
            ])),
    ])
    static let sessionsToday = object([
        "today": day,
        "employees": list(of: object(["employeeId": text, "sessions": list(of: sessionPart), "registered": flag])),
    ])
    static let report = object([
        "from": day, "to": day, "zone": text, "by": choice(ReportDivision.allCases.map(\.rawValue)),
        "employees": list(
            of: object([
                "employeeId": text, "name": text, "registered": flag, "rows": list(of: reportRow), "total": reportRow,
            ])),
    ])
    static let sessionList = list(
        of: object(
            [
                "id": text, "employeeId": text, "date": text, "startedAt": time, "endedAt": time.orNull,
                "isActive": flag, "activeSeconds": integer, "idleSeconds": integer, "netActiveSeconds": integer,
            ], optional: ["earlierAccount": flag]))
    static let madeCorrection = object(["correction": correction])
    static let upload = object(["file": text, "ts": time])
    static let activity = list(
        of: object(
            [
                "employeeId": text,
                "latest": list(of: object(["file": text, "ts": time], optional: ["earlierAccount": flag])),
                "count": integer(from: 0), "registered": flag,
            ], optional: ["earlierAccount": flag]))
    private static let details = Schema.map(of: text.or(number).or(flag)).described(
        "What else there is to say, by names that depend on `what`.")
    private static let kind = choice(AuditKind.allCases.map(\.rawValue))
    static let auditList = list(
        of: object([
            "n": integer(from: 1), "at": time, "who": text.orNull, "address": text.orNull, "what": kind,
            "about": text.orNull, "detail": details.orNull, "prev": text,
        ]))
    static let ownAuditList = list(
        of: object([
            "n": integer(from: 1), "at": time, "who": text.orNull, "what": kind, "about": text.orNull,
            "detail": details.orNull,
        ]))
    static let presence = object(["users": list(of: text)])
    static let health = object(["ok": flag, "uptime": number])
    static let downloads = list(of: object(["name": text, "size": integer(from: 0), "sha256": text]))
}
