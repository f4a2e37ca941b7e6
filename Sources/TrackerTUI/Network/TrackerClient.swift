import AsyncHTTPClient
import FoundationEssentials
import JSON
import NIOCore
import NIOHTTP1
import NIOPosix
import Shared

/// The server's interface over HTTP.
struct TrackerClient: TrackerAPI {
    /// No answer of the interface that a client asks for is larger.
    static let largestAnswer = 1 << 20
    static let requestLimit: TimeAmount = .seconds(30)
    static let uploadLimit: TimeAmount = .minutes(3)

    let server: BackendURL
    let http: HTTPClient
    var clock: any MomentClock = SystemClock()
    var heard: HeardTime = { _ in }

    /// A redirection is no answer of this interface: following it could carry the token somewhere else.
    static func makeHTTPClient() -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(5), read: .seconds(30)))
        configuration.httpVersion = .http1Only
        // Whoever asks has pauses of his own between attempts, and wants to know at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Whether this system's server answers there.
    func checkHealth() async throws(TrackerAPIError) {
        let isWell = try await send(request(.GET, APIPath.health, token: nil)).read { (json) throws(JSONFieldError) in
            try JSONFields(json).flag("ok")
        }
        guard isWell else { throw .notUnderstood("\(server.text) does not answer like this system's server.") }
    }

    func logIn(email: String, password: String) async throws(TrackerAPIError) -> LoginResponse {
        try await post(APIPath.login, LoginRequest(email: email, password: password).json, token: nil)
    }

    func logOut(token: String) async throws(TrackerAPIError) {
        _ = try await send(request(.POST, APIPath.logout, token: token))
    }

    func refresh(token: String) async throws(TrackerAPIError) -> LoginResponse {
        try await post(APIPath.refresh, nil, token: token)
    }

    func changePassword(_ change: PasswordChangeRequest, token: String) async throws(TrackerAPIError) -> LoginResponse {
        try await post(APIPath.password, change.json, token: token)
    }

    func startWork(_ start: StartRequest, token: String) async throws(TrackerAPIError)
        -> (session: WorkSession, isNew: Bool)
    {
        let answer = try await send(request(.POST, APIPath.workStart, token: token, start.json))
        return (try answer.decoded(WorkSessionResponse.self).session, answer.status == 201)
    }

    func heartbeat(_ beat: HeartbeatRequest, token: String) async throws(TrackerAPIError) -> HeartbeatResponse {
        try await post(APIPath.workHeartbeat, beat.json, token: token)
    }

    func stopWork(_ stop: HeartbeatRequest, token: String) async throws(TrackerAPIError) -> WorkSession {
        let response: WorkSessionResponse = try await post(APIPath.workStop, stop.json, token: token)
        return response.session
    }

    func deliver(_ spans: WorkSpansRequest, token: String) async throws(TrackerAPIError) -> WorkSpansResponse {
        try await post(APIPath.workSpans, spans.json, token: token)
    }

    func workDay(token: String) async throws(TrackerAPIError) -> WorkDayResponse {
        try await send(request(.GET, APIPath.workMe, token: token)).decoded()
    }

    func captureInterval(defaultSeconds: Int, token: String) async throws(TrackerAPIError) -> Int? {
        let answer = try await send(request(.GET, APIPath.captureInterval, token: token))
        return try answer.read { (json) throws(JSONFieldError) in
            try CaptureIntervalResponse(json: json, defaultSeconds: defaultSeconds).intervalSeconds
        }
    }

    func upload(png: [UInt8], capturedAt: Timestamp, key: UUID, token: String) async throws(TrackerAPIError)
        -> UploadResponse
    {
        var form = MultipartForm()
        form.append(field: UploadField.capturedAt, text: capturedAt.iso8601)
        form.append(file: UploadField.image, name: "screenshot.png", type: "image/png", bytes: png)
        var request = request(.POST, APIPath.uploadScreenshot, token: token)
        request.headers.add(name: "Content-Type", value: form.contentType)
        request.headers.add(name: "Idempotency-Key", value: key.uuidString.lowercased())
        request.body = .bytes(form.finished())
        return try await send(request, limit: Self.uploadLimit).decoded()
    }
}

extension TrackerClient {
    private func request(_ method: HTTPMethod, _ path: String, token: String?, _ body: JSONValue? = nil)
        -> HTTPClientRequest
    {
        var request = HTTPClientRequest(url: server.appending(path))
        request.method = method
        request.headers.add(name: "Accept", value: "application/json")
        request.headers.add(name: "User-Agent", value: "TrackerTUI")
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: JSONWriter.bytes(of: body, .compact)))
        }
        return request
    }

    private func post<Response: JSONRepresentable>(_ path: String, _ body: JSONValue?, token: String?)
        async throws(TrackerAPIError) -> Response
    {
        try await send(request(.POST, path, token: token, body)).decoded()
    }

    /// - Throws: `refused` for every status but 2xx.
    private func send(_ request: HTTPClientRequest, limit: TimeAmount = requestLimit) async throws(TrackerAPIError)
        -> Answer
    {
        let answer: Answer
        let sentAt = clock.now().boot
        let received: Moment
        let date: Timestamp?
        do {
            let response = try await http.execute(request, timeout: limit)
            date = response.headers.first(name: "Date").flatMap { Timestamp(httpDate: $0) }
            received = clock.now()
            let body = try await response.body.collect(upTo: Self.largestAnswer)
            let retryAfter = response.headers.first(name: "Retry-After").flatMap { Int($0) }
            answer = Answer(
                status: Int(response.status.code), body: [UInt8](body.readableBytesView), retryAfter: retryAfter)
        } catch is NIOTooManyBytesError {
            throw .notUnderstood("\(server.text) answers with more than this system's server would.")
        } catch {
            throw .unreachable(Self.sentence(for: error, server: server))
        }
        let refusal = (200..<300).contains(answer.status) ? nil : answer.refusal(from: server)
        // What else may have answered says nothing of the server's clock.
        if let date, refusal?.isThisSystems ?? true {
            heard(ServerClock.Sample(date: date, sentAt: sentAt, received: received))
        }
        if let refusal { throw refusal }
        return answer
    }

    /// Errors of the HTTP library in words; their own descriptions are names of Swift cases.
    private static func sentence(for error: any Error, server: BackendURL) -> String {
        switch error {
        case let error as HTTPClientError: sentence(for: error, server: server)
        case let error as NIOConnectionError where error.dnsAError != nil && error.connectionErrors.isEmpty:
            "The name in \(server.text) is not known."
        case let error as NIOConnectionError:
            "\(server.text) cannot be reached\(reason(of: error.connectionErrors.first?.error))."
        // What is left of a connection whose server died.
        case is ChannelError: "\(server.text) closed the connection."
        case let error as IOError: "\(server.text) cannot be reached\(reason(of: error))."
        case is CancellationError: "The request to \(server.text) was given up."
        default: "\(server.text) cannot be reached (\(String(reflecting: type(of: error))))."
        }
    }

    private static func sentence(for error: HTTPClientError, server: BackendURL) -> String {
        switch error {
        case .connectTimeout: "\(server.text) does not answer."
        case .deadlineExceeded, .readTimeout: "\(server.text) takes too long to answer."
        case .remoteConnectionClosed: "\(server.text) closed the connection."
        case .cancelled: "The request to \(server.text) was given up."
        default: "\(server.text) cannot be reached (\(error.shortDescription.lowercased()))."
        }
    }

    private static func reason(of error: (any Error)?) -> String {
        guard let error = error as? IOError else { return "" }
        return ": " + String(cString: strerror(error.errnoCode)).lowercased()
    }
}

/// What came back.
private struct Answer {
    let status: Int
    let body: [UInt8]
    let retryAfter: Int?

    func decoded<Response: JSONRepresentable>(_ type: Response.Type = Response.self) throws(TrackerAPIError) -> Response
    {
        try read { (json) throws(JSONFieldError) in try Response(json: json) }
    }

    func read<Value>(_ decode: (JSONValue) throws(JSONFieldError) -> Value) throws(TrackerAPIError) -> Value {
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONReader.value(of: body)
        } catch {
            throw .notUnderstood("The server's answer is not JSON (\(error)).")
        }
        do throws(JSONFieldError) {
            return try decode(json)
        } catch {
            throw .notUnderstood("The server's answer is not what was asked for: \(error)")
        }
    }

    func refusal(from server: BackendURL) -> TrackerAPIError {
        let fields: JSONFields
        do {
            fields = try JSONFields(try JSONReader.value(of: body))
        } catch {
            return status >= 500
                ? .refused(.init(status: status, code: nil, message: sentence, retryAfter: pause))
                : .notUnderstood("\(server.text) does not answer like this system's server (status \(status)).")
        }
        let code = fields["code"]?.text.flatMap(APIError.Code.init(rawValue:))
        let message = fields["error"]?.text ?? sentence
        var refusal = TrackerAPIError.Refusal(status: status, code: code, message: message, retryAfter: pause)
        if code == .trackedElsewhere {
            refusal.host = fields["host"]?.text.map { String($0.prefix(LiveCredentials.longestHost)) }
        }
        return .refused(refusal)
    }

    private var sentence: String { "The server answers with status \(status)." }
    private var pause: Duration? { retryAfter.map { .seconds(min(max($0, 0), 3600)) } }
}
