import ActivationCore
import ActivationEngine
import Hummingbird
import NIOCore

/// What the server says about itself: `/health`, `/ready`, `/metrics` and `/openapi.json`.
struct OperationRoutes: Sendable {
    let dependencies: ServerDependencies

    func add(to open: some RouterMethods<ServerContext>) {
        open.get("health") { _, _ in Response(json: ["status": "alive"]) }
        open.get("ready") { _, _ in
            let readiness = Readiness(await dependencies.engine.health(), of: dependencies)
            return Response(json: readiness.json, status: readiness.isReady ? .ok : .serviceUnavailable)
        }
        open.get("metrics") { request, _ in
            let name = try QueryItems(request)["sandbox"] ?? dependencies.control.sandbox.name
            guard name.hasSameBytes(as: dependencies.control.sandbox.name) else { throw APIError.noSandbox }
            return Response(metrics: await MetricsReport(dependencies: dependencies).text())
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
