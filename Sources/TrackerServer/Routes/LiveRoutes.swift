import Foundation
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Shared

/// Presence and live view for those without a socket.
enum LiveRoutes {
    static func routes(_ environment: ServerEnvironment) -> [Route] {
        [
            .get(APIPath.presence, .managers) { _ in
                let users = environment.live.onlineEmployees.map { JSONValue.string($0.spelling) }
                return .json(.object(["users": .array(users)]))
            },
            .get(APIPath.liveFrame, .managers, query: ["after"]) { try await frame($0, environment) },
            .get(APIPath.liveStream, .managers) { try await stream($0, environment) },
        ]
    }

    /// The newest frame, or the first after `after`.
    private static func frame(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let box = try environment.live.poll(try call.accountID, by: try call.identity)
        let after = call.query["after"]
        let next = await box.next(within: environment.deadlines.frame) { _, frame in
            after.map { frame.isLater(than: $0) } ?? true
        }
        guard !box.isEnded else { throw APIError.notToBeSeen }
        guard let frame = next?.frame, let image = frame.image else {
            throw APIError(.noFrame, "No frame came within \(environment.deadlines.frame / .seconds(1)) seconds.")
        }
        return Response(
            status: .ok, headers: headers(of: frame, image.format),
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: image.bytes)))
    }

    private static func headers(of frame: LiveFrame, _ format: ImageFormat) -> HTTPFields {
        var headers: HTTPFields = [
            .contentType: format.mediaType, .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
        ]
        if HTTPField.isValidValue(frame.ts) { headers[.xFrameTimestamp] = frame.ts }
        return headers
    }

    /// One frame after the other, for browsers and players.
    private static func stream(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let form: FrameStream.Form = call.request.headers[.icyMetaData] == nil ? .multipart : .video
        let headers: HTTPFields = [.contentType: form.mediaType, .cacheControl: "no-store"]
        let employee = try call.accountID
        guard call.request.method != .head else { return Response(status: .ok, headers: headers) }
        let stream = FrameStream(
            form: form, box: try environment.live.watch(employee, by: try call.identity), channel: call.context.channel)
        return Response(status: .ok, headers: headers, body: ResponseBody { try await stream.write(to: $0) })
    }
}
