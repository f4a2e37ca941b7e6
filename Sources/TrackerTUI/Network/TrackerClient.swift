import AsyncHTTPClient
import FoundationEssentials
import JSON
import NIOCore
import NIOHTTP1
import NIOSSL
import Settings
import Shared
import SocketIOClient

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
    var access = ServerAccess()
    /// Nil where nothing is kept of a login.
    var devices: DeviceMemory?

    /// A redirection is no answer of this interface: following it could carry the token somewhere else.
    static func makeHTTPClient(
        tls: TLSConfiguration = ServerAccess().tls, proxy: SocketProxy? = nil
    ) -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(5), read: .seconds(30)))
        configuration.proxy = proxy?.configuration
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
        guard isWell else {
            throw .notUnderstood(ForeignAnswer(status: 200).sentence(of: server, path: APIPath.health), status: 200)
        }
    }

    func logIn(email: String, password: String) async throws(TrackerAPIError) -> LoginResponse {
        try checkThatPasswordsMayGo()
        let body = LoginRequest(email: email, password: password, device: devices != nil).json
        var request = request(.POST, APIPath.login, token: nil, body)
        if let cookie = await devices?.cookie(email: email, server: server) {
            request.headers.add(name: "Cookie", value: cookie)
        }
        let answer = try await send(request)
        let response: LoginResponse = try answer.decoded()
        if let cookie = DeviceMemory.cookie(in: answer.cookies) {
            await devices?.keep(cookie, email: email, server: server)
        }
        return response
    }

    func logOut(token: String) async throws(TrackerAPIError) {
        _ = try await send(request(.POST, APIPath.logout, token: token))
    }

    func refresh(token: String) async throws(TrackerAPIError) -> LoginResponse {
        try await post(APIPath.refresh, nil, token: token)
    }

    func queueKey(token: String) async throws(TrackerAPIError) -> QueueKeyResponse? {
        do throws(TrackerAPIError) {
            return try await send(request(.GET, APIPath.queueKey, token: token)).decoded()
        } catch {
            // What else may have answered 404 is asked again, a page of the network's for example.
            guard case .refused(let refusal) = error, refusal.status == 404, refusal.code == .notFound else {
                throw error
            }
            return nil
        }
    }

    func changePassword(_ change: PasswordChangeRequest, token: String) async throws(TrackerAPIError) -> LoginResponse {
        try checkThatPasswordsMayGo()
        return try await post(APIPath.password, change.json, token: token)
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

    func whoLooked(_ path: String, token: String) async throws(TrackerAPIError) -> AuditPage {
        let answer = try await send(request(.GET, path, token: token))
        let rows = try answer.read { (json) throws(JSONFieldError) in
            guard let elements = json.array else { throw JSONFieldError(field: nil, expected: "a list") }
            var rows: [AuditRow] = []
            for element in elements { rows.append(try AuditRow(json: element)) }
            return rows
        }
        return AuditPage(rows: rows, next: answer.next(of: APIPath.auditMe))
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
        var response = try await send(request, limit: Self.uploadLimit).decoded(UploadResponse.self)
        response.file = response.file.asSaid
        return response
    }
}

extension TrackerClient {
    private func checkThatPasswordsMayGo() throws(TrackerAPIError) {
        if let refusal = access.refusal(ofPasswordTo: server) { throw .notSent(refusal) }
    }

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
        let proxy: Proxy?
        do throws(SettingError) {
            proxy = try access.proxies.proxy(for: server)
        } catch {
            throw .unreachable(error.description)
        }
        let answer: Answer
        let sentAt = clock.now().boot
        let received: Moment
        let date: Timestamp?
        do {
            let response = try await http.execute(request, timeout: limit)
            date = response.headers.first(name: "Date").flatMap { Timestamp(httpDate: $0) }
            received = clock.now()
            let body = try await Self.body(of: response)
            let retryAfter = response.headers.first(name: "Retry-After").flatMap { Int($0) }
            let foreign = ForeignAnswer(
                status: Int(response.status.code), location: response.headers.first(name: "Location"),
                isPage: response.headers.first(name: "Content-Type")?.lowercased().hasPrefix("text/html") ?? false)
            answer = Answer(
                server: server, path: String(request.url.dropFirst(server.text.count)), foreign: foreign,
                body: body, retryAfter: retryAfter, link: response.headers.first(name: "Link"),
                cookies: response.headers["Set-Cookie"])
        } catch is NIOTooManyBytesError {
            throw .notUnderstood("\(server.text) answers with more than this system's server would.", status: 200)
        } catch {
            let fault = ConnectionFault(server: server, proxy: proxy, authorities: access.authorities?.path)
            throw .unreachable(await fault.sentence(for: error))
        }
        let refusal = (200..<300).contains(answer.status) ? nil : answer.refusal
        // What else may have answered says nothing of the server's clock.
        if let date, refusal?.isThisSystems ?? true {
            heard(ServerClock.Sample(date: date, sentAt: sentAt, received: received))
        }
        if let refusal { throw refusal }
        return answer
    }

    /// Of a refusal the status is enough, if more does not come to its end.
    private static func body(of response: HTTPClientResponse) async throws -> [UInt8] {
        do {
            return [UInt8](try await response.body.collect(upTo: largestAnswer).readableBytesView)
        } catch  where response.status.code >= 400 && !(error is CancellationError) {
            return []
        }
    }
}

/// What came back.
private struct Answer {
    let server: BackendURL
    /// Below the server's address.
    let path: String
    /// What it is where it is not this system's.
    let foreign: ForeignAnswer
    let body: [UInt8]
    let retryAfter: Int?
    let link: String?
    /// The values of `Set-Cookie`.
    let cookies: [String]

    /// The next page of the list at `path`, by the Link header (RFC 8288); nil where there is none.
    func next(of path: String) -> String? {
        guard let link, link.hasPrefix("<\(path)?"), link.hasSuffix(">; rel=\"next\"") else { return nil }
        return String(link.dropFirst().prefix { $0 != ">" })
    }

    var status: Int { foreign.status }

    func decoded<Response: JSONRepresentable>(_ type: Response.Type = Response.self) throws(TrackerAPIError) -> Response
    {
        try read { (json) throws(JSONFieldError) in try Response(json: json) }
    }

    func read<Value>(_ decode: (JSONValue) throws(JSONFieldError) -> Value) throws(TrackerAPIError) -> Value {
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONReader.value(of: body)
        } catch {
            guard !foreign.isPage else { throw notOurs }
            throw .notUnderstood("The server's answer is not JSON (\(error)).", status: status)
        }
        do throws(JSONFieldError) {
            return try decode(json)
        } catch {
            throw .notUnderstood("The server's answer is not what was asked for: \(error)", status: status)
        }
    }

    /// Of an answer that is no success.
    var refusal: TrackerAPIError {
        do {
            let fields = try JSONFields(try JSONReader.value(of: body))
            let code = APIError.Code(rawValue: try fields.text("code"))
            let message = try fields.text("error").asSaid
            var refusal = TrackerAPIError.Refusal(status: status, code: code, message: message, retryAfter: pause)
            if code == .trackedElsewhere {
                refusal.host = fields["host"]?.text.map { String($0.prefix(LiveCredentials.longestHost)) }
            }
            return .refused(refusal)
        } catch {
            return notOurs
        }
    }

    private var notOurs: TrackerAPIError {
        .notUnderstood(foreign.sentence(of: server, path: path), status: status, retryAfter: pause)
    }

    /// Retry-After in seconds (RFC 9110, section 10.2.3); as a date, which this system's server does not send, it is not read.
    private var pause: Duration? { retryAfter.map { .seconds(min(max($0, 0), 3600)) } }
}
