import Files
import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore
import NIOHTTP1
import Shared
import SocketIOServer

/// Answers every request: routes, errors as JSON, CORS, HEAD, the access log.
struct Responder: HTTPResponder {
    let table: RouteTable
    let sockets: EngineServer
    /// Of requests under way.
    let places: PlaceKeeper
    let allowedOrigins: [String]
    /// Whose word on where a request comes from counts.
    let proxies: TrustedProxies
    /// True when it is served over TLS.
    let isSecure: Bool
    /// Nil when nothing is counted.
    let metrics: RequestMetrics?

    func respond(to request: Request, context: TrackerRequestContext) async throws -> Response {
        let start = NIODeadline.now()
        let context = context.heard(request.headers, trusting: proxies, isSecure: isSecure)
        if sockets.owns((request.head.path ?? "").prefix { $0 != "?" }) {
            let response = await sockets.respond(to: request, channel: context.channel)
            // A poll is answered when there is something to tell.
            metrics?.answered(request.method, ServerConfiguration.socketPath, response.status, after: nil)
            return secured(response, context)
        }
        let target = table.target(of: request)
        var response: Response
        let network = SenderNetwork.name(of: context.address)
        let hasPlace = places.enter(network)
        defer { if hasPlace { places.leave(network) } }
        do {
            guard hasPlace else { throw TooManyRequests() }
            response = try await table.respond(to: request, for: target, context: context)
        } catch let error as HTTPParserError {
            // A body that is no HTTP any more, or whose sender is gone; see MalformedRequestHandler.
            metrics?.answered(request.method, target.path, .badRequest, after: (NIODeadline.now() - start).nanoseconds)
            throw error
        } catch let error as MethodNotAllowed {
            response = methodNotAllowed(error, request)
        } catch {
            response = self.response(to: error, context: context)
        }
        addCrossOriginHeaders(to: &response, request)
        if request.method == .head { response = response.createHeadResponse() }
        metrics?.answered(request.method, target.path, response.status, after: (NIODeadline.now() - start).nanoseconds)
        log(request, response, context, since: start)
        return secured(response, context)
    }

    /// Where the connection itself is encrypted, every answer has the header already.
    private func secured(_ response: Response, _ context: TrackerRequestContext) -> Response {
        guard context.isSecure, !isSecure else { return response }
        var response = response
        response.headers[.strictTransportSecurity] = SecurityHeaders.strictTransport
        return response
    }

    /// Unknown errors are the log's; the sender learns that there was one, and no more.
    private func response(to error: any Error, context: TrackerRequestContext) -> Response {
        switch error {
        case let error as APIError: return .error(error)
        case let error as JSONFieldError: return .error(APIError(.invalidField, error.description))
        case let error as WorkElsewhere: return .json(error.refusal, status: .conflict)
        case let error as TooManyAttempts:
            return .error(
                APIError(.tooManyAttempts, "Too many failed logins; try again in \(error.seconds) seconds."),
                headers: [.retryAfter: String(error.seconds)])
        case is TooManyRequests:
            return .error(
                APIError(.busy, "Too many requests are under way; try again in \(TooManyRequests.seconds) second."),
                headers: [.retryAfter: String(TooManyRequests.seconds)]
            ).closingConnection()
        case let error as TooManyUploads:
            return .error(
                APIError(
                    .tooManyUploads, "No more may be sent within the hour; try again in \(error.seconds) seconds."),
                headers: [.retryAfter: String(error.seconds)])
        case is TooManyHashes:
            return .error(
                APIError(
                    .busy, "Too many passwords wait to be checked; try again in \(TooManyHashes.seconds) seconds."),
                headers: [.retryAfter: String(TooManyHashes.seconds)])
        case is SenderGone: return .error(APIError(.requestTimeout, "Nobody waits for the answer.")).closingConnection()
        case is TurnTooLate:
            return .error(
                APIError(
                    .busy, "Too many small pictures are being made; try again in \(TurnTooLate.seconds) seconds."),
                headers: [.retryAfter: String(TurnTooLate.seconds)])
        case is EncodedBody:
            return .error(
                APIError(.unsupportedMediaType, "The body must come as it is, without a Content-Encoding."),
                headers: [.acceptEncoding: "identity"])
        case let error as PayloadTooLarge:
            return .error(APIError(.payloadTooLarge, "The limit is \(error.limit) bytes."))
                .closingConnection()
        case let error as IncompleteBody:
            context.logger.debug("A body broke off", metadata: ["reason": "\(error.reason)"])
            return .error(APIError(.badRequest, "The body broke off before its end.")).closingConnection()
        case let error as SenderNotValid: return .error(error.reason).closingConnection()
        case let error as FactorSeal.Unreadable:
            context.logger.error("A second factor can't be read", metadata: ["reason": "\(error)"])
            return .error(
                APIError(.conflict, "The server can't check codes of this app any more. Sign in with a recovery code."))
        case let error as FileError where error.isDamagedImage || error.isLackOfKey:
            context.logger.error("An image can't be read", metadata: ["reason": "\(error)"])
            return .error(APIError(.internal, "The server failed to answer; its log says more."))
        case let error as FileError where !error.isFullDisk:
            context.logger.error("The disk failed", metadata: ["reason": "\(error)"])
            return .error(APIError(.storageUnavailable, "The server can't use its disk right now."))
        case is FileError: return self.response(to: StoreError.full, context: context)
        case is CancellationError:
            return .error(APIError(.storageUnavailable, "The server is stopping.")).closingConnection()
        case StoreError.uncertain(let reason):
            context.logger.error("The disk failed while it was written", metadata: ["reason": "\(reason)"])
            return .error(
                APIError(.storageUnavailable, "The server's disk failed; whether the change is stored is not known."))
        case StoreError.full:
            return .error(APIError(.storageFull, "The server's disk is full; nothing was stored."))
        case StoreError.unavailable(let reason):
            context.logger.error("The store can't write", metadata: ["reason": "\(reason)"])
            return .error(APIError(.storageUnavailable, "The server can't write to its disk; nothing was stored."))
        default:
            context.logger.error("A request failed", metadata: ["error": "\(error)"])
            return .error(APIError(.internal, "The server failed to answer; its log says more."))
        }
    }

    private func methodNotAllowed(_ error: MethodNotAllowed, _ request: Request) -> Response {
        guard request.method == .options else {
            return .error(
                APIError(.methodNotAllowed, "This path answers \(error.allowHeader) only."),
                headers: [.allow: error.allowHeader])
        }
        var headers: HTTPFields = [.allow: error.allowHeader]
        if request.headers[.accessControlRequestMethod] != nil {
            headers[.accessControlAllowMethods] = error.allowHeader
            headers[.accessControlAllowHeaders] = "authorization, content-type, idempotency-key"
            headers[.accessControlMaxAge] = "600"
        }
        return .noContent(headers: headers)
    }

    /// Cross-origin requests never carry the cookie, so `*` gives away nothing that a token does not.
    private func addCrossOriginHeaders(to response: inout Response, _ request: Request) {
        if allowedOrigins.isEmpty {
            response.headers[.accessControlAllowOrigin] = "*"
        } else {
            response.headers[.vary] = (response.headers[.vary].map { $0 + ", " } ?? "") + "Origin"
            guard let origin = request.headers.first(.origin), allowedOrigins.contains(origin) else { return }
            response.headers[.accessControlAllowOrigin] = origin
        }
        response.headers[.accessControlExposeHeaders] = "Link, ETag, Retry-After, X-Frame-Timestamp, X-Frame-Host"
    }

    /// The path without its query; never a header or a body.
    private func log(
        _ request: Request, _ response: Response, _ context: TrackerRequestContext, since start: NIODeadline
    ) {
        guard context.logger.logLevel <= .debug else { return }
        let path = (request.head.path ?? "/").prefix { $0 != "?" }.prefix(300)
        context.logger.debug(
            "\(request.method.rawValue) \(path) \(response.status.code)",
            metadata: ["from": "\(context.address)", "took": "\(Duration(NIODeadline.now() - start))"])
    }
}
