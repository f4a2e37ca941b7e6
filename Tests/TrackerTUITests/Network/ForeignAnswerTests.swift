import Shared
import Testing

@testable import TrackerTUI

@Suite(.timeLimit(.minutes(2)))
struct ForeignAnswerTests {
    private func sentence(_ status: Int, _ location: String? = nil, isPage: Bool = false) throws -> String {
        try ForeignAnswer(status: status, location: location, isPage: isPage)
            .sentence(of: #require(BackendURL("http://a.example/t")), path: "/health")
    }

    @Test(arguments: [301, 308])
    func whereTheServerHasMovedToIsSaid(status: Int) throws {
        let moved = { (place: String) in
            "http://a.example/t has moved to \(place): use that address (BACKEND_URL, --backend-url)."
        }
        for (location, place) in [
            ("https://b.example/health", "https://b.example"),
            ("https://B.example/x/health?a=1", "https://b.example/x"),
            ("/new/health", "http://a.example/new"), ("https://b.example/", "https://b.example"),
            ("ftp://b.example/x", "ftp://b.example/x"), ("https://b.example\r\nX: y/health", "https://b.example  X: y"),
        ] {
            #expect(try sentence(status, location) == moved(place))
        }
        #expect(
            try sentence(status) == "http://a.example/t answers, but not like this system's server (status \(status)).")
        #expect(try sentence(status, String(repeating: "x", count: 100_000)).utf8.count < 700)
    }

    @Test(arguments: [302, 303, 307])
    func aLoginPageOfTheNetworkIsNotTheServer(status: Int) throws {
        #expect(
            try sentence(status, "http://portal.example/login?next=1")
                == "http://a.example/t answers, but not like this system's server: it leads to "
                + "http://portal.example/login. Perhaps this network wants a login first.")
    }

    @Test func aPageAndAnythingElseAreNotTheServerEither() throws {
        #expect(
            try sentence(403, isPage: true)
                == "http://a.example/t answers, but not like this system's server: with a web page (status 403). Perhaps "
                + "this network wants a login first.")
        #expect(try sentence(400) == "http://a.example/t answers, but not like this system's server (status 400).")
        #expect(
            try sentence(413, isPage: true)
                == "Too large (413) for what answers at http://a.example/t.")
        for status in [500, 502, 503, 504, 599] {
            #expect(try sentence(status, isPage: true) == "Status \(status) from what answers at http://a.example/t.")
        }
    }

    /// Network Authentication Required.
    @Test func theStatusOfLoginPagesOfNetworksIsNoFailureOfTheServer() throws {
        for isPage in [true, false] {
            #expect(
                try sentence(511, isPage: isPage)
                    == "http://a.example/t answers, but not like this system's server (status 511). Perhaps this network "
                    + "wants a login first.")
        }
    }

    @Test func theClientSaysSo() async throws {
        for (answer, part) in [
            (
                TinyServer.Answer(status: 301, headers: ["Location": "https://b.example/api/work/me"]),
                "has moved to https://b.example:"
            ),
            (.init(status: 307, headers: ["Location": "http://portal.example/"]), "leads to http://portal.example."),
            (
                .init(status: 200, headers: ["Content-Type": "text/html; charset=utf-8"], body: "<html>"),
                "with a web page"
            ),
            (.init(status: 502, body: "<html>"), "Status 502 from what answers"),
            (.init(status: 511, body: "Log in."), "Perhaps this network wants a login first."),
            (.init(status: 404, body: "{}"), "not like this system's server (status 404)"),
            (.init(status: 403, body: #"{"error":"Blocked"}"#), "not like this system's server (status 403)"),
        ] {
            try await TinyServer.run(answer) { _, client in
                do throws(TrackerAPIError) {
                    _ = try await client.workDay(token: "t")
                    Issue.record("\(answer) is taken")
                } catch {
                    guard case .notUnderstood(let sentence, answer.status, nil) = error else {
                        Issue.record("\(error)")
                        return
                    }
                    #expect(sentence.contains(part), "\(sentence)")
                }
            }
        }
    }
}
