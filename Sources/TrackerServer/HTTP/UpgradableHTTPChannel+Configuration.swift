import NIOCore
import SocketIOServer

extension UpgradableHTTPChannel.Configuration {
    /// What every connection of the server has: its deadlines, its limits, and the headers of its answers.
    init(_ deadlines: Deadlines, isSecure: Bool) {
        self.init { [MalformedRequestHandler(), RequestDeadlineHandler(deadlines)] }
        firstRequestTimeout = deadlines.firstRequest
        idleTimeout = deadlines.idleConnection
        answeredBodyTimeout = deadlines.answeredBody
        unreadTimeout = deadlines.unreadAnswer
        closingTimeout = deadlines.closing
        maxHeaderSize = Limits.requestHeaders
        maxHeaderCount = Limits.requestHeaderCount
        headers = SecurityHeaders.all(isSecure: isSecure)
    }
}
