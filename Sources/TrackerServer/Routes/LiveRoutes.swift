import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Shared

/// Presence and live view for those without a socket.
enum LiveRoutes {
    static func routes(_ environment: ServerEnvironment) -> [Route] {
        [
            .get(APIPath.presence, .managers, .init("Who is online.", .json(.presence))) { _ in
                .json(PresenceList(users: environment.live.onlineEmployees.map(\.spelling)))
            },
            .get(
                APIPath.liveFrame, .managers, query: [.after],
                .init(
                    "The newest frame of a screen; asking is watching.", .bytes("image/png", "image/jpeg"),
                    errors: [.noFrame])
            ) { try await frame($0, environment) }.withoutKeys,
            .get(
                APIPath.liveStream, .managers,
                .init(
                    "A screen, as long as the connection lasts.",
                    .bytes("multipart/x-mixed-replace", "video/x-matroska"))
            ) { try await stream($0, environment) }.withoutKeys,
        ]
    }

    /// The newest frame, or the first that is another than `after`.
    private static func frame(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let box = try environment.live.poll(
            try call.accountID, by: try call.identity, at: call.context.address
        ).box
        let after = call.query["after"]
        let next = await box.next(within: environment.deadlines.frame) { _, frame in
            after.map { frame.isAnother(than: $0) } ?? true
        }
        switch box.end {
        case .over: throw APIError.notToBeSeen
        case .untold(let error): throw error
        case .tokenEnded:
            let proof = try call.identity.proof
            throw environment.store.peek { $0.refusal(of: proof) }
        case nil: break
        }
        guard let frame = next?.frame, let image = frame.image else {
            throw APIError(.noFrame, "No frame came within \(environment.deadlines.frame / .seconds(1)) seconds.")
        }
        var headers = headers(image.format.mediaType)
        headers.append(contentsOf: frame.headers)
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: image.bytes)))
    }

    /// What shows a screen as it is now is passed on as it comes: nginx buffers nothing when it is told so, and what would
    /// compress it, as in Apache and Caddy, and hold it back for that, may not change it (RFC 9111, section 5.2.2.6).
    static func headers(_ mediaType: String) -> HTTPFields {
        [.contentType: mediaType, .cacheControl: "no-store, no-transform", .xAccelBuffering: "no"]
    }

    /// One frame after the other, for browsers and players.
    private static func stream(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let form: FrameStream.Form = call.request.headers[.icyMetaData] == nil ? .multipart : .video
        let (live, employee) = (environment.live, try call.accountID)
        let headers = headers(form.mediaType)
        guard call.request.method != .head else {
            try live.checkIsThere(employee)
            return Response(status: .ok, headers: headers)
        }
        let watch = try live.watch(employee, by: try call.identity, at: call.context.address)
        let stream = FrameStream(form, of: watch.box, on: call.context.channel) { live.leave(watch) }
        return Response(status: .ok, headers: headers, body: ResponseBody { try await stream.write(to: $0) })
    }
}
