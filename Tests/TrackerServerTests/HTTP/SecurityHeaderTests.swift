import Foundation
import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// What every answer tells browsers.
struct SecurityHeaderTests {
    private func expectHeaders(_ reply: Reply, isSecure: Bool = false, policy: String? = nil, _ of: String) {
        func all(_ name: String) -> [String] { reply.headers.filter { $0.name == name }.map(\.value) }
        #expect(all("x-content-type-options") == ["nosniff"], "\(of)")
        #expect(
            all("content-security-policy") == [policy ?? "default-src 'none'; frame-ancestors 'none'"], "\(of)")
        #expect(all("referrer-policy") == ["no-referrer"], "\(of)")
        #expect(all("cross-origin-resource-policy") == ["same-origin"], "\(of)")
        #expect(all("strict-transport-security") == (isSecure ? ["max-age=31536000"] : []), "\(of)")
    }

    @Test func everyAnswerHasThem() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let eva = try await server.employee()
            let upload = try await server.upload(.image(), as: eva)
            let image = "/" + (try #require(try upload[member: "file"]?.text))
            for (method, path) in [
                ("GET", APIPath.health), ("HEAD", APIPath.health), ("GET", "/api/nothing"), ("DELETE", APIPath.health),
                ("GET", APIPath.organization), ("GET", "/api/employees?%"), ("OPTIONS", APIPath.login),
                ("GET", APIPath.downloads), ("GET", "/downloads/nothing"), ("GET", image), ("HEAD", image),
                ("GET", "/socket.io/?EIO=4&transport=polling"), ("GET", "/socket.io/?EIO=3"),
                ("OPTIONS", "/socket.io/"), ("POST", APIPath.logout), ("GET", "/api/live/eva/stream"),
                ("GET", "/%"), ("GET", "/bad target"),
            ] {
                let person = path == APIPath.organization ? nil : path == APIPath.logout ? eva : admin
                let reply = try await server.send(method, path, as: person)
                expectHeaders(reply, "\(method) \(path): \(reply.status)")
            }
            let known = try await server.get(image, as: admin)
            let tag = try #require(known["etag"])
            let same = try await server.get(image, as: admin, headers: ["If-None-Match": tag])
            #expect(same.status == 304)
            expectHeaders(same, "an image that has not changed")
            let part = try await server.get(image, as: admin, headers: ["Range": "bytes=999999999-"])
            #expect(part.status == 416)
            expectHeaders(part, "a range beyond the end")
            let large = String(repeating: " ", count: Limits.jsonBody + 1)
            expectHeaders(try await server.post(APIPath.organization, large, as: admin), "a body that is too large")
        }
    }

    @Test func pagesHaveAPolicyOfTheirOwn() async throws {
        try await TestServer.run { server in
            let reply = try await server.get(APIPath.start)
            expectHeaders(reply, policy: WebAdmin.policy, "a page")
            for part in ["default-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"] {
                #expect(WebAdmin.policy.contains(part))
            }
        }
    }

    @Test func overTLSTheySayToStayThere() async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let tls = try await TestCertificate(in: folder)
        try await TestServer.run(["TLS_CERT_FILE": tls.certificate, "TLS_KEY_FILE": tls.key]) { server in
            for path in [APIPath.health, APIPath.start, "/api/nothing", "/socket.io/?EIO=4&transport=polling"] {
                let outcome = try await TestSupport.run(
                    "curl", "-sS", "-D", "-", "-o", "/dev/null", "--cacert", tls.certificate,
                    "https://localhost:\(server.port)\(path)")
                let head = String(decoding: outcome.output, as: UTF8.self)
                let reply = Reply(head: head.components(separatedBy: "\r\n\r\n")[0])
                expectHeaders(reply, isSecure: true, policy: path == APIPath.start ? WebAdmin.policy : nil, path)
            }
        }
    }
}
