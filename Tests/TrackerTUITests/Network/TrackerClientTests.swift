import AsyncHTTPClient
import Foundation
import JSON
import Shared
import Testing

@testable import TrackerTUI

@Suite(.timeLimit(.minutes(5)))
struct TrackerClientTests {
    private let login =
        #"{"token":"t","role":"employee","expiresAt":"2026-03-02T16:00:00.000Z","mustChangePassword":false}"#

    private func session(_ status: Int) -> TinyServer.Answer {
        let session = WorkSessionResponse(session: Times.session(idle: 7)).json
        return .init(status: status, body: String(decoding: JSONWriter.bytes(of: session, .compact), as: UTF8.self))
    }

    private func error(_ answer: TinyServer.Answer) async throws -> TrackerAPIError? {
        try await TinyServer.run(answer) { _, client in
            do throws(TrackerAPIError) {
                _ = try await client.heartbeat(HeartbeatRequest(idleDeltaSeconds: 1), token: "t")
                return nil
            } catch {
                return error
            }
        }
    }

    @Test func loginSendsWhatTheContractSaysBelowThePathPrefix() async throws {
        try await TinyServer.run(.init(body: login)) { server, client in
            let response = try await client.logIn(email: "eve", password: "s\"ecret")
            #expect(response.token == "t")
            let request = try #require(server.requests.first)
            #expect(request.line == "POST /prefix/api/auth/login")
            #expect(request.headers["content-type"] == "application/json")
            #expect(request.headers["authorization"] == nil)
            #expect(request.body == #"{"email":"eve","password":"s\"ecret"}"#)
        }
    }

    @Test func startTellsANewSessionFromALiveOne() async throws {
        for (status, isNew) in [(201, true), (200, false)] {
            try await TinyServer.run(session(status)) { server, client in
                let started = try await client.startWork(StartRequest(host: "desk"), token: "abc")
                #expect(started.isNew == isNew)
                #expect(started.session == Times.session(idle: 7))
                #expect(server.requests.first?.headers["authorization"] == "Bearer abc")
            }
        }
    }

    @Test func beatsCarryTheIdleSeconds() async throws {
        try await TinyServer.run(.init(body: #"{"ok":true,"idleSeconds":65}"#)) { server, client in
            let response = try await client.heartbeat(HeartbeatRequest(idleDeltaSeconds: 61), token: "t")
            #expect(response.idleSeconds == 65)
            #expect(server.requests.first?.line == "POST /prefix/api/work/heartbeat")
            #expect(server.requests.first?.body == #"{"idleDeltaSeconds":61}"#)
        }
    }

    @Test func anUploadIsAFormWithTimeImageAndKey() async throws {
        let key = UUID(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16))
        let answer = TinyServer.Answer(
            status: 201, body: #"{"file":"uploads/a.png","ts":"2026-03-02T08:00:00.000Z"}"#)
        try await TinyServer.run(answer) { server, client in
            let response = try await client.upload(
                png: [UInt8]("image".utf8), capturedAt: Times.wallZero, key: key, token: "t")
            #expect(response.file == "uploads/a.png")
            let request = try #require(server.requests.first)
            #expect(request.headers["idempotency-key"] == "01020304-0506-0708-090a-0b0c0d0e0f10")
            let type = try #require(request.headers["content-type"])
            let boundary = try #require(type.split(separator: "boundary=").last)
            #expect(
                request.body == """
                    --\(boundary)\r
                    Content-Disposition: form-data; name="capturedAt"\r
                    \r
                    2026-03-02T08:00:00.000Z\r
                    --\(boundary)\r
                    Content-Disposition: form-data; name="screenshot"; filename="screenshot.png"\r
                    Content-Type: image/png\r
                    \r
                    image\r
                    --\(boundary)--\r

                    """)
        }
    }

    @Test func anIntervalWithoutAValueIsTheDefault() async throws {
        for (body, seconds) in [
            (#"{"assigned":false,"intervalSeconds":null}"#, nil), (#"{"assigned":true,"intervalSeconds":null}"#, nil),
            (#"{"assigned":true}"#, 99), (#"{"assigned":false}"#, nil), ("{}", nil),
            (#"{"assigned":true,"intervalSeconds":240}"#, 240), (#"{"assigned":true,"intervalSeconds":0}"#, 0),
        ] as [(String, Int?)] {
            let interval = try await TinyServer.run(.init(body: body)) { _, client in
                try await client.captureInterval(defaultSeconds: 99, token: "t")
            }
            #expect(interval == seconds)
        }
    }

    @Test func theQueuesKeyIsWhatTheServerHandsOut() async throws {
        let key = QueueKeyResponse(key: Array(0..<32))
        let body = #"{"key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}"#
        try await TinyServer.run(.init(body: body)) { server, client in
            let handedOut = try await client.queueKey(token: "t")
            #expect(handedOut == key)
            #expect(server.requests.map(\.line) == ["GET /prefix/api/queue-key"])
            #expect(server.requests.first?.headers["authorization"] == "Bearer t")
        }
    }

    /// A page of the network's says nothing of the server.
    @Test func onlyTheServerItselfCanSayThatItHandsOutNoKey() async throws {
        let ours = TinyServer.Answer(
            status: 404, body: #"{"error":"There is nothing at this path.","code":"not_found"}"#)
        let none = try await TinyServer.run(ours) { _, client in try await client.queueKey(token: "t") }
        #expect(none == nil)
        let others: [TinyServer.Answer] = [
            .init(status: 404, headers: ["Content-Type": "text/html"], body: "<html>"),
            .init(body: #"{"key":"AAAA"}"#), .init(status: 401, body: #"{"error":"No.","code":"invalid_token"}"#),
        ]
        for answer in others {
            await #expect(throws: TrackerAPIError.self) {
                try await TinyServer.run(answer) { _, client in _ = try await client.queueKey(token: "t") }
            }
        }
    }

    @Test func aRefusalHasItsCodeItsSentenceAndItsPause() async throws {
        let answer = TinyServer.Answer(
            status: 429, headers: ["Retry-After": "12"], body: #"{"error":"Too many.","code":"too_many_attempts"}"#)
        #expect(
            try await error(answer)
                == .refused(
                    .init(status: 429, code: .tooManyAttempts, message: "Too many.", retryAfter: .seconds(12))))
    }

    @Test(arguments: [403, 408, 425, 429, 502, 503])
    func aPageMayAskForAPauseToo(status: Int) async throws {
        for (text, pause) in [("6", .seconds(6)), ("100000", .seconds(3600)), ("-1", .zero), ("soon", nil)]
            as [(String, Duration?)]
        {
            let page = TinyServer.Answer(
                status: status, headers: ["Content-Type": "text/html", "Retry-After": text], body: "<html>")
            let error = try #require(try await error(page))
            #expect(error.retryAfter == pause && error.verdict == .later)
            #expect(error.failure == .tryLater(error.message, retryAfter: pause))
        }
    }

    @Test(arguments: [
        (401, "invalid_token", TrackingSession.Failure.loginEnded),
        (403, "password_change_required", .passwordExpired), (404, "no_active_session", .noActiveSession),
        (404, "not_found", .refused("No.")), (403, "forbidden", .refused("No.")), (400, "new_code", .refused("No.")),
        (408, "request_timeout", .tryLater("No.", retryAfter: nil)),
        (500, "internal", .tryLater("No.", retryAfter: nil)), (507, "storage_full", .tryLater("No.", retryAfter: nil)),
    ])
    func everyRefusalMeansSomething(status: Int, code: String, failure: TrackingSession.Failure) async throws {
        let error = try await error(.init(status: status, body: #"{"error":"No.","code":"\#(code)"}"#))
        #expect(error?.failure == failure)
    }

    @Test func aPasswordIsNotSentInClearUnlessItIsAllowedTo() async throws {
        try await TinyServer.run(.init(body: login)) { server, client in
            // The address of all interfaces leads here too, but is no loopback address.
            let elsewhere = try #require(BackendURL("http://0.0.0.0:\(client.server.port)"))
            let change = PasswordChangeRequest(currentPassword: "s", newPassword: "t")
            var outside = TrackerClient(server: elsewhere, http: client.http)
            let refusal = TrackerAPIError.notSent(
                "The password would go to \(elsewhere.text) unencrypted: use an https address, or allow it with "
                    + "--insecure-http (TRACKER_INSECURE_HTTP=1).")
            await #expect(throws: refusal) { try await outside.logIn(email: "eve", password: "s") }
            await #expect(throws: refusal) { try await outside.changePassword(change, token: "t") }
            #expect(server.requests.isEmpty)
            #expect(refusal.failure == .refused(refusal.message))
            // Who is signed in goes on.
            _ = try await outside.refresh(token: "t")
            outside.access.allowsPlainPasswords = true
            _ = try await outside.logIn(email: "eve", password: "s")
            _ = try await client.logIn(email: "eve", password: "s")
            #expect(server.requests.count == 3)
        }
    }

    @Test func aStrangersAnswerIsNotUnderstoodAndTriedAgainLater() async throws {
        for answer in [
            TinyServer.Answer(status: 404, body: "<html>"), .init(body: "<html>"), .init(body: "{}"),
            .init(status: 302, headers: ["Location": "http://127.0.0.1:1/"]),
        ] {
            let error = try await error(answer)
            guard case .notUnderstood = error, case .tryLater = error?.failure else {
                Issue.record("\(answer): \(String(describing: error))")
                continue
            }
        }
    }

    @Test(arguments: [
        (1, true), (4096, true), (0, false), (4097, false), (1_000_000, false),
    ])
    func aTokenHasALengthThatAHeaderHasRoomFor(length: Int, isTaken: Bool) async throws {
        let token = String(repeating: "t", count: length)
        let body = login.replacingOccurrences(of: #""t""#, with: #""\#(token)""#)
        try await TinyServer.run(.init(body: body)) { _, client in
            do throws(TrackerAPIError) {
                let response = try await client.logIn(email: "eve", password: "s")
                #expect(response.token == token && isTaken)
            } catch {
                guard case .notUnderstood = error, !isTaken else {
                    Issue.record("\(length): \(error)")
                    return
                }
            }
        }
    }

    @Test func aTokenOfOtherCharactersIsNoToken() async throws {
        for token in [#"a b"#, #"a\r\nX: y"#, "\u{FF21}", #"\u0000"#] {
            let body = login.replacingOccurrences(of: #""t""#, with: "\"\(token)\"")
            await #expect(throws: TrackerAPIError.self) {
                try await TinyServer.run(.init(body: body)) { _, client in
                    _ = try await client.logIn(email: "eve", password: "s")
                }
            }
        }
    }

    @Test func whatAServerSaysIsCutWhereNobodyReadsOn() async throws {
        let sentence = String(repeating: "\u{E9}", count: 400_000)
        let error = try await error(.init(status: 400, body: #"{"error":"\#(sentence)","code":"conflict"}"#))
        #expect(error?.message == String(repeating: "\u{E9}", count: 248) + "...")
    }

    @Test func anEndlessAnswerIsNotReadToItsEnd() async throws {
        let error = try await error(.init(body: String(repeating: " ", count: TrackerClient.largestAnswer + 1)))
        guard case .notUnderstood = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func anEndlessRefusalIsARefusal() async throws {
        let page = String(repeating: " ", count: TrackerClient.largestAnswer + 1)
        #expect(try await error(.init(status: 413, body: page))?.verdict == .aside)
        #expect(try await error(.init(status: 403, body: page))?.verdict == .later)
    }

    @Test func nobodyThereIsASentence() async throws {
        let http = TrackerClient.makeHTTPClient()
        let nobody = TrackerClient(server: try #require(BackendURL("http://127.0.0.1:1")), http: http)
        await #expect(
            throws: TrackerAPIError.unreachable("http://127.0.0.1:1 cannot be reached: connection refused.")
        ) {
            try await nobody.logOut(token: "t")
        }
        try await http.shutdown()
    }
}
