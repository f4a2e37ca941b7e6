import Foundation
import JSON
import TestSupport
import Testing

/// What is done at the web admin, in Chromium: with the month's data of a small office.
@Suite(.timeLimit(.minutes(5)))
struct WebTasksTests {
    @Test func everyTaskIsDoneByKeyboardAlone() async throws {
        let office = try await WebOffice.afterAMonth()
        #expect(try await office.look("keyboard.py") == "26 tasks by keyboard")
    }

    @Test func theMonthsEndIsWhatTheInterfaceSays() async throws {
        let office = try await WebOffice.afterAMonth()
        #expect(try await office.look("month.py") == "56 things compared")
    }

    @Test func everyStateCanBeUsedByEverybody() async throws {
        let (office, new) = (try await WebOffice.afterAMonth(), try await LiveServer.start())
        #expect(try await office.look("states.py", new.url) == "65 states")
    }

    @Test func thePolicyRefusesNothing() async throws {
        let office = try await WebOffice.afterAMonth()
        #expect(try await office.look("policy.py") == "10 pages of which nothing was reported")
    }
}
