import HTTPTypes
import Hummingbird
import Shared
import SocketIOServer

extension ServerEnvironment {
    /// Who sends a password for that account; it may be nobody's.
    func passwordSender(of call: Call, for user: User?) async -> PasswordSender {
        var device: String?
        if let user {
            device = devices.device(in: call.request.headers, isSecure: call.context.isSecure, for: user)
            if device == nil { device = await signIn(of: user, in: call).map { "sign-in \($0)" } }
        }
        return PasswordSender(
            network: SenderNetwork.name(of: call.context.address), device: device, connection: call.context.channel)
    }

    /// The sign-in of which a token comes with the password, which may have expired: whoever logs in again has one. All tokens of a
    /// sign-in are one device, since each can make others.
    private func signIn(of user: User, in call: Call) async -> String? {
        let headers = call.request.headers
        var tokens = SessionCookie.tokens(in: headers, isSecure: call.context.isSecure) ?? []
        do {
            if let bearer = try headers.bearerToken() { tokens.append(bearer) }
        } catch {
            // Something else is in the header. A login needs nothing there.
            return nil
        }
        for token in tokens {
            guard let claims = await accounts.tokens.claims(of: token) else { continue }
            if store.peek({ $0.hasSignedIn(claims, to: user, at: now()) }) { return claims.signIn }
        }
        return nil
    }
}
