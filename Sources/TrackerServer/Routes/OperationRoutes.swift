import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import ServiceLifecycle
import Shared

/// What those ask who keep the server running: whether it takes writes, and how it is.
enum OperationRoutes {
    static func routes(_ environment: ServerEnvironment) -> [Route] {
        [
            .get(
                APIPath.readiness, .everyone,
                .init("Whether writes are taken; else 503 and why.", .json(.object(["ok": .flag])))
            ) { _ in await readiness(environment) },
            .get(
                APIPath.metrics, .managersAndThisMachine,
                .init("What the server has counted, for Prometheus.", .bytes("text/plain"), errors: [.notFound])
            ) { _ in try await metrics(environment) },
        ]
    }

    private static func readiness(_ environment: ServerEnvironment) async -> Response {
        let refusal = await environment.readiness.refusal()
        if Task.isShuttingDownGracefully {
            return unavailable(.storageUnavailable, "The server is stopping.")
        }
        switch refusal {
        case nil: return .json(.object(["ok": .bool(true)]))
        case .full: return unavailable(.storageFull, "The server's disk is full: nothing can be stored.")
        case .unavailable, .uncertain:
            return unavailable(.storageUnavailable, "The server can't write to its disk: nothing can be stored.")
        }
    }

    /// Whatever status the code has elsewhere: who balances load knows 503.
    private static func unavailable(_ code: APIError.Code, _ message: String) -> Response {
        .json(APIError(code, message).json, status: .serviceUnavailable)
    }

    private static func metrics(_ environment: ServerEnvironment) async throws -> Response {
        guard let text = await environment.prometheusText() else {
            throw APIError(.notFound, "This server counts nothing: METRICS is 0.")
        }
        return Response(
            status: .ok, headers: [.contentType: PrometheusText.mediaType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text.text)))
    }
}
