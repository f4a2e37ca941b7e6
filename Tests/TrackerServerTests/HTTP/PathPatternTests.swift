import Shared
import Testing

@testable import TrackerServer

struct PathPatternTests {
    private func match(_ pattern: String, _ path: String) -> [String: String]? {
        RouteTable.split(path).path.flatMap { PathPattern(pattern).match($0) }
    }

    @Test(arguments: [
        ("eva%40example.org", "eva@example.org"), ("eva@example.org", "eva@example.org"), ("a+b", "a+b"),
        ("a%2Bb", "a+b"), ("a%2fb", "a/b"), ("%C3%A4", "ä"), ("constructor", "constructor"),
        ("__proto__", "__proto__"), ("%25", "%"), ("%00", "\u{0}"), ("..", ".."),
    ])
    func aParameterIsOneDecodedSegment(segment: String, value: String) {
        #expect(match(APIPath.employee, "/api/employees/" + segment) == ["email": value])
        #expect(match(APIPath.employeePassword, "/api/employees/\(segment)/password") == ["email": value])
    }

    @Test(arguments: [
        "/api/employees", "/api/employees/", "/api/employees/a/b", "/api/employees/a/", "//api/employees/a",
        "/API/employees/a", "api/employees/a", "/api/employees/%", "/api/employees/%4", "/api/employees/%zz",
        "/api/employees/%ff", "",
    ])
    func aPathThatDiffersDoesNotMatch(path: String) {
        #expect(match(APIPath.employee, path) == nil)
    }

    @Test func fixedSegmentsMatchInEverySpelling() {
        #expect(match(APIPath.organization, "/%61pi/org") == [:])
    }

    @Test func theLastValueOfAQueryNameCounts() throws {
        let query = try Query("a=1&b=%C3%A4+%2B&a=2&c&=x&d=e=f", once: ["b", "x"])
        #expect(query["a"] == "2")
        #expect(query["b"] == "ä++")
        #expect(query["c"] == nil)
        #expect(query.given("c") == "")
        #expect(query.given("missing") == nil)
        #expect(query["d"] == "e=f")
        #expect(query["missing"] == nil)
    }

    @Test func aNameMayHaveToStandAlone() throws {
        #expect(throws: APIError.self) { try Query("a=1&%61=1", once: ["a"]) }
        #expect(throws: APIError.self) { try Query("a&a", once: ["a"]) }
    }

    @Test(arguments: ["a=%", "a=%1", "a=%gg", "%=1", "a=%ff", "a=%ed%a0%80"])
    func aBrokenEscapeInAQueryIsRefused(query: String) {
        #expect(throws: APIError.self) { try Query(query[...], once: []) }
    }
}
