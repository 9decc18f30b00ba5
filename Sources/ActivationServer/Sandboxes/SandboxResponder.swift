import ActivationCore
import HTTPTypes
import Hummingbird

/// Has a request answered by the sandbox that it is about.
///
/// It decides nothing about who may: each sandbox has a gateway, which lets in whom a role lets in. What no running sandbox is
/// named by goes to the default one, whose gateway refuses it.
struct SandboxResponder: HTTPResponder {
    typealias Context = ServerContext

    private let standard: RouterResponder<ServerContext>
    private let standardControl: ControlPlane
    private let desk: SandboxDesk
    private let endpoint: ServerEndpoint

    init(_ dependencies: ServerDependencies) {
        standard = buildRouter(dependencies).buildResponder()
        standardControl = dependencies.control
        desk = dependencies.sandboxes
        endpoint = dependencies.endpoint
    }

    func respond(to request: Request, context: ServerContext) async throws -> Response {
        try await responder(for: request).respond(to: request, context: context)
    }

    private func responder(for request: Request) -> RouterResponder<ServerContext> {
        let path = request.uri.path
        guard !OrganisationPaths.contains(path) else { return standard }
        if let inlet = SandboxResponder.inlet(path) {
            let key = ByteKey(inlet)
            guard standardControl.whole.inlets[key] == nil else { return standard }
            return desk.worlds.first { $0.dependencies.control.whole.inlets[key] != nil }?.responder ?? standard
        }
        let name: String? =
            switch path.split(separator: "/").first {
            case "console": ConsoleCookies(ConsoleOrigin(endpoint: endpoint.value)).sandbox(of: request)
            case "metrics": request.uri.queryParameters.get("sandbox")
            default: request.headers[.sandboxName]
            }
        return name.flatMap { desk.world(named: $0) }?.responder ?? standard
    }

    /// The inlet that a path sends to.
    private static func inlet(_ path: String) -> String? {
        var parts = path.split(separator: "/")[...]
        if parts.starts(with: ["data", "foundation", "import"]) { parts = parts.dropFirst(3) }
        guard parts.first == "collection" else { return nil }
        parts = parts.dropFirst()
        if parts.first == "batch" { parts = parts.dropFirst() }
        return parts.count == 1 ? parts.first.map { String($0) } : nil
    }
}
