import FoundationEssentials
import Shared

extension AppModel {
    struct Options: Sendable {
        var server: String
        /// The file that the server's address comes from, if it does.
        var serverOrigin: String?
        /// What the sign-in says besides: sentences.
        var signInNotes: [String] = []
        var email = ""
        var password = ""
        /// Shown while no interval is assigned.
        var defaultInterval = 180
        var tracking = TrackingSession.Settings()
        var liveInterval: Duration = .seconds(5)
        /// No screen: log in with email and password, and leave when that fails.
        var isHeadless = false
        /// Whoever ends tracking by a key is asked once.
        var asksBeforeStopping = false
        var timeZone = LocalTime.Zone.gmt
        /// What this machine's client is known by; nil: the server is told of no client.
        var clientID: UUID?
        /// Who has not logged out of an earlier run.
        var login: KeptLogin?
        /// Which servers are asked through a proxy: what goes to them may be read on the way.
        var proxies = ProxyRules.none
        /// False: there is none that could be silent.
        var hasDisplay = true
    }
}
