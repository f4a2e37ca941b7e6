import Foundation
import Settings
import TestSupport
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

    @Test func theStateFolderMayBeBelowHome() throws {
        #expect(try configuration(["TRACKER_STATE_DIR": "~/state"]).stateDirectory == "/home/eve/state")
        #expect(try configuration(["TRACKER_STATE_DIR": "~eve"]).stateDirectory == "~eve")
    }

    @Test func whatStandsInAFileIsToldWithItsPlace() throws {
        func configuration(_ text: String, flags: [String: String] = [:]) throws(SettingError) -> ClientConfiguration {
            let files = [Settings.File(path: "/home/eve/.env", text: text)]
            return try ClientConfiguration(
                Settings(
                    flags: flags, environment: ["HOME": "/home/eve"], files: files, names: ClientConfiguration.names))
        }
        let text = "HOME=/tmp\nPORT=4000\nBACKEND_URL=https://x\n"
        #expect(try configuration(text).backendOrigin == "/home/eve/.env")
        #expect(try configuration(text).stateDirectory == "/home/eve/.local/state/tracker-tui")
        #expect(try configuration(text, flags: ["BACKEND_URL": "https://x"]).backendOrigin == nil)
        #expect(try configuration("").backendOrigin == nil)
        for (text, complaint) in [
            (
                "\nBACKEND_URL=ftp://x",
                "/home/eve/.env line 2: BACKEND_URL=ftp://x is not allowed: it must be an address"
            ),
            (
                "IDLE_THRESHOLD_SECONDS=soon",
                "/home/eve/.env line 1: IDLE_THRESHOLD_SECONDS=soon is not allowed: it must"
            ),
            ("TRACKER_EMAIL='e v e'", "/home/eve/.env line 1: TRACKER_EMAIL=e v e is not allowed: it must be"),
        ] {
            let error = #expect(throws: SettingError.self) { try configuration(text) }
            #expect(error?.description.hasPrefix(complaint) == true, "\(error?.description ?? "")")
        }
    }

    @Test func everySettingOfTheExampleMayStandInAFile() throws {
        let example = try String(contentsOfFile: Program.repository + "/.env.example", encoding: .utf8)
        let part = try #require(example.range(of: "# --- TrackerTUI ---"))
        let names = example[part.upperBound...].matches(of: /(?m)^(?:# )?([A-Z_]+)=/).map { String($0.1) }
        #expect(Set(names) == ClientConfiguration.names)
    }

    @Test func tellsWhetherToAskAndHowLongEscWaits() throws {
        #expect(try configuration([:]).asksBeforeStopping)
        #expect(try !configuration(["TRACKER_NO_CONFIRM": "1"]).asksBeforeStopping)
        #expect(try configuration(["TRACKER_NO_CONFIRM": "0"]).asksBeforeStopping)
        #expect(complaint(["TRACKER_NO_CONFIRM": "yes"]) == "TRACKER_NO_CONFIRM=yes is not allowed: it must be 1 or 0.")
        #expect(try configuration([:]).escapeDelay == 50)
        #expect(try configuration(["ESCDELAY": "0"]).escapeDelay == 0)
        #expect(complaint(["ESCDELAY": "-1"])?.hasPrefix("ESCDELAY=-1 is not allowed") == true)
    }

    @Test func aFileOfAuthoritiesIsReadAtTheStart() async throws {
        let folder = try TemporaryFolder()
        let certificate = try await TestCertificate(in: folder)
        let authorities = try configuration(["TRACKER_CA_FILE": certificate.certificate]).access.authorities
        #expect(authorities?.certificates.count == 1)
        #expect(try folder.bytes(of: "localhost.pem") == authorities?.pem)
        #expect(try configuration([:]).access.authorities == nil)
        try folder.write("no certificate", to: "text")
        try #require(mkfifo(folder.path + "/pipe", 0o600) == 0)
        try folder.write([], to: "large")
        try #require(truncate(folder.path + "/large", off_t(AuthorityFile.limit + 1)) == 0)
        for name in ["missing", "text", "pipe", "large", "localhost-key.pem", ""] {
            let path = "\(folder.path)/\(name)"
            #expect(
                complaint(["TRACKER_CA_FILE": path])
                    == "TRACKER_CA_FILE=\(path) is not allowed: it must be a readable file with certificates in PEM.")
        }
    }

    @Test func passwordsInClearAreAllowedByOneAndNothingElse() throws {
        #expect(try !configuration([:]).access.allowsPlainPasswords)
        #expect(try !configuration(["TRACKER_INSECURE_HTTP": "0"]).access.allowsPlainPasswords)
        #expect(try configuration(["TRACKER_INSECURE_HTTP": "1"]).access.allowsPlainPasswords)
        #expect(
            complaint(["TRACKER_INSECURE_HTTP": "yes"])
                == "TRACKER_INSECURE_HTTP=yes is not allowed: it must be 1 or 0.")
    }

    @Test func aProxyThatCannotBeUsedIsToldAtTheStart() throws {
        let settings = try Settings(environment: ["HOME": "/home/eve", "BACKEND_URL": "https://a.example"])
        let rules = ProxyRules(environment: ["https_proxy": "socks5://one"])
        #expect(throws: SettingError.self) { try ClientConfiguration(settings, proxies: rules) }
        let others = ProxyRules(environment: ["http_proxy": "socks5://one"])
        #expect(try ClientConfiguration(settings, proxies: others).access.proxies == others)
    }

    @Test func anyValueOfNoColorTurnsColoursOff() throws {
        #expect(try !configuration(["NO_COLOR": "0"]).usesColor)
    }
}
