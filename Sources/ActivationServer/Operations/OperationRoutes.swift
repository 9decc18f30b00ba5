import ActivationCore
import Hummingbird
import NIOCore

/// What the server says about itself: `/health`, `/ready` and `/openapi.json`.
struct OperationRoutes: Sendable {
    let dependencies: ServerDependencies

    func add(to open: some RouterMethods<ServerContext>) {
        open.get("health") { _, _ in Response(json: ["status": "alive"]) }
        open.get("ready") { _, _ in
            guard dependencies.engine.isAccepting else {
                return Response(
                    json: [
                        "status": "unavailable", "reason": "messages are not taken: the server is starting or stopping",
                    ],
                    status: .serviceUnavailable
                )
            }
            return Response(json: ["status": "ready"])
        }
        open.get("openapi.json") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: OpenAPIDocument.bytes))
            )
        }
    }
}
