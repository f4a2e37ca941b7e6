import Foundation
import JSON
import TestSupport
import Testing

/// What is done at the web admin, in Chromium: with the month's data of a small office.
@Suite(.timeLimit(.minutes(5)))
struct WebTasksTests {
    @Test func everyTaskIsDoneByKeyboardAlone() async throws {
        let office = try await WebOffice.afterAMonth()
        #expect(try await office.look("keyboard.py") == "17 tasks by keyboard")
    }
}
