import Settings
import Testing

@testable import TrackerTUI

struct ClientConfigurationTests {
    private func configuration(_ environment: [String: String]) throws(SettingError) -> ClientConfiguration {
        try ClientConfiguration(Settings(environment: ["HOME": "/home/eve"].merging(environment) { $1 }))
    }

    private func complaint(_ environment: [String: String]) -> String? {
        do throws(SettingError) {
            _ = try configuration(environment)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func theDefaultsAreTheContracts() throws {
        let configuration = try configuration([:])
        #expect(configuration.backend.text == "http://localhost:4000")
        #expect(configuration.screenshotInterval == 180)
        #expect(configuration.liveViewInterval == 5)
        #expect(configuration.heartbeatInterval == 60)
        #expect(configuration.idleThreshold == 180)
        #expect(configuration.stateDirectory == "/home/eve/.local/state/tracker-tui")
        #expect(configuration.usesColor)
        #expect(configuration.email == nil)
        #expect(configuration.password == nil)
    }

    @Test func theStateFolderFollowsTheDesktopsRules() throws {
        #expect(try configuration(["XDG_STATE_HOME": "/s"]).stateDirectory == "/s/tracker-tui")
        #expect(try configuration(["XDG_STATE_HOME": "s"]).stateDirectory == "/home/eve/.local/state/tracker-tui")
        #expect(try configuration(["TRACKER_STATE_DIR": "here"]).stateDirectory == "here")
    }

    @Test(arguments: [
        "SCREENSHOT_INTERVAL_SECONDS", "LIVE_VIEW_INTERVAL_SECONDS", "HEARTBEAT_INTERVAL_SECONDS",
        "IDLE_THRESHOLD_SECONDS",
    ])
    func secondsAreWholeAndPositive(name: String) {
        for value in ["0", "-1", "1.5", "abc", "999999999999999999999"] {
            let complaint = complaint([name: value])
            #expect(complaint?.hasPrefix("\(name)=\(value) is not allowed: it must be a whole number from 1") == true)
        }
        #expect(complaint([name: "1"]) == nil)
    }

    @Test func liveFramesAreAMinuteApartAtMost() {
        #expect(complaint(["LIVE_VIEW_INTERVAL_SECONDS": "60"]) == nil)
        #expect(complaint(["LIVE_VIEW_INTERVAL_SECONDS": "61"])?.hasSuffix("from 1 to 60.") == true)
    }

    @Test func aBadAddressIsNamedButNeverAPasswordInIt() {
        #expect(complaint(["BACKEND_URL": "ftp://x"])?.hasPrefix("BACKEND_URL=ftp://x is not allowed") == true)
        let secret = complaint(["BACKEND_URL": "http://eve:secret@x"])
        #expect(secret?.hasPrefix("BACKEND_URL must be") == true)
        #expect(secret?.contains("secret") == false)
    }

    @Test func anEmailWithSpacesIsNamed() {
        #expect(complaint(["TRACKER_EMAIL": "e v e"])?.hasPrefix("TRACKER_EMAIL=e v e is not allowed") == true)
    }

    @Test func anyValueOfNoColorTurnsColoursOff() throws {
        #expect(try !configuration(["NO_COLOR": "0"]).usesColor)
    }
}
