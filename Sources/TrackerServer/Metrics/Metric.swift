/// What `GET /metrics` tells, in this order. Names and labels are part of the interface.
enum Metric: String, Sendable, CaseIterable {
    case httpRequests = "tracker_http_requests_total"
    case httpRequestDuration = "tracker_http_request_duration_seconds"
    case heartbeats = "tracker_heartbeats_total"
    case uploads = "tracker_uploads_total"
    case uploadBytes = "tracker_upload_bytes_total"
    case connections = "tracker_connections"
    case requestsUnderWay = "tracker_requests_under_way"
    case passwordsWaiting = "tracker_passwords_waiting"
    case refusals = "tracker_refusals_total"
    case sockets = "tracker_sockets"
    case watchers = "tracker_watchers"
    case openSessions = "tracker_open_sessions"
    case journalFlushDuration = "tracker_journal_flush_duration_seconds"
    case records = "tracker_records"
    case diskFree = "tracker_disk_free_bytes"
    case loginFailures = "tracker_login_failures_total"
    case residentMemory = "process_resident_memory_bytes"
    case startTime = "process_start_time_seconds"

    enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    var kind: Kind {
        switch self {
        case .httpRequests, .heartbeats, .uploads, .uploadBytes, .loginFailures, .refusals: .counter
        case .httpRequestDuration, .journalFlushDuration: .histogram
        case .connections, .requestsUnderWay, .passwordsWaiting, .sockets, .watchers, .openSessions, .records,
            .diskFree, .residentMemory, .startTime:
            .gauge
        }
    }

    /// A sentence for whoever builds a dashboard.
    var help: String {
        switch self {
        case .httpRequests: "Requests that were answered, by method, path of the interface and status."
        case .httpRequestDuration:
            "Time from a request's head to the head of its answer, by path of the interface; without Socket.IO's polls."
        case .heartbeats: "Heartbeats that were counted as work."
        case .uploads: "Images that were stored."
        case .uploadBytes: "Bytes of the images that were stored."
        case .connections: "Connections that are open."
        case .requestsUnderWay: "Requests that have not been answered yet; without Socket.IO's polls."
        case .passwordsWaiting: "Passwords that wait to be checked or set."
        case .refusals: "What was not taken because there was too much of it, by what it was."
        case .sockets: "Socket.IO clients that have said who they are."
        case .watchers: "Live views that are watched, one for each manager's connection and employee."
        case .openSessions: "Work sessions that have not ended."
        case .journalFlushDuration: "Time that the disk took to keep a batch of changes."
        case .records: "Records of each data file."
        case .diskFree: "Bytes that are free on the disk of each folder; NaN when it can't be asked."
        case .loginFailures: "Passwords that were wrong, at logins and at changes of a password."
        case .residentMemory: "Memory of the server that is in RAM."
        case .startTime: "When the server was started, in seconds since 1970."
        }
    }
}
