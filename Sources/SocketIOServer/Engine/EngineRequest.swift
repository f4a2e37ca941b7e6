public import HTTPTypes
import NIOCore
import SocketIO

/// What is kept of the request that opened a session, as long as the session lasts.
public struct EngineRequest: Sendable {
    /// Those that ``EngineServer/Configuration/rememberedHeaders`` names, in their order, as far as they fit into
    /// ``maximumHeaders``.
    public let headers: HTTPFields
    /// The client's IP address, without the port.
    public let address: String?

    /// Names and values together, in bytes.
    public static let maximumHeaders = 8192

    init(_ fields: some Sequence<HTTPField>, remembering names: Set<HTTPField.Name>, address: String?) {
        var headers = HTTPFields()
        var room = Self.maximumHeaders
        for field in fields where names.contains(field.name) {
            let length = field.name.rawName.utf8.count + field.value.utf8.count
            guard length <= room else { continue }
            room -= length
            headers.append(field)
        }
        self.headers = headers
        self.address = address
    }
}

extension String {
    /// Whom a session from this address counts for, see ``SenderNetwork``.
    var sessionOwner: String { SenderNetwork.name(of: self) }
}

/// The query of a request to an Engine.IO server.
struct EngineQuery: Sendable, Hashable {
    let transport: EngineTransport
    let sid: String?

    /// - Parameter target: path and query.
    init(_ target: String) throws(EngineRefusal) {
        var values: [Substring: Substring] = [:]
        if let mark = target.firstIndex(of: "?") {
            for pair in target[target.index(after: mark)...].split(separator: "&") {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                values[parts[0]] = parts.count > 1 ? parts[1] : ""
            }
        }
        guard values["EIO"] == "4" else { throw .unsupportedVersion }
        guard let transport = values["transport"].flatMap({ EngineTransport(rawValue: String($0)) }) else {
            throw .unknownTransport
        }
        self.transport = transport
        sid = values["sid"].map(String.init)
    }
}

/// Why a request is not taken. Codes and texts are those of the JavaScript server, which clients show.
struct EngineRefusal: Error, Sendable, Hashable {
    let status: HTTPResponse.Status
    private let code: Int
    private let message: String

    static let unknownTransport = EngineRefusal(status: .badRequest, code: 0, message: "Transport unknown")
    static let unknownSession = EngineRefusal(status: .badRequest, code: 1, message: "Session ID unknown")
    static let badHandshakeMethod = EngineRefusal(status: .badRequest, code: 2, message: "Bad handshake method")
    static let badRequest = EngineRefusal(status: .badRequest, code: 3, message: "Bad request")
    static let forbidden = EngineRefusal(status: .forbidden, code: 4, message: "Forbidden")
    static let unsupportedVersion = EngineRefusal(status: .badRequest, code: 5, message: "Unsupported protocol version")
    static let tooLarge = EngineRefusal(status: .contentTooLarge, code: 3, message: "Payload too large")

    var body: ByteBuffer { ByteBuffer(string: #"{"code":\#(code),"message":"\#(message)"}"#) }
}
