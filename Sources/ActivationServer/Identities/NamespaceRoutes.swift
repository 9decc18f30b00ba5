import ActivationCore
import Hummingbird

/// `/data/core/idnamespace/identities`: create, list, read, and which values mean nobody; symbol, name and type never
/// change and nothing leaves (BEHAVIOUR 4.3).
struct NamespaceRoutes: Sendable {
    let dependencies: ServerDependencies

    private var control: ControlPlane { dependencies.control }
    private var store: NamespaceStore { NamespaceStore(control: control) }

    func add(to adobe: some RouterMethods<ServerContext>) {
        adobe.get("core/idnamespace/identities") { _, _ in
            Response(json: .array(NamespaceStore.all(control.snapshot).map(\.json)))
        }
        adobe.post("core/idnamespace/identities") { request, context in
            let made = try await store.create(try await request.json(), by: try context.author())
            return Response(json: made.json, status: .created)
        }
        adobe.get("core/idnamespace/identities/{id}") { _, context in
            Response(json: try NamespaceStore.found(context.pathParameter("id"), in: control.snapshot).json)
        }
        adobe.patch("core/idnamespace/identities/{id}") { request, context in
            let changed = try await store.change(
                context.pathParameter("id"),
                to: try await request.json(),
                by: try context.author()
            )
            return Response(json: changed.json)
        }
    }
}
