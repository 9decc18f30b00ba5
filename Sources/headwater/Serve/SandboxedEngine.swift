import ActivationServer
import ServiceLifecycle

/// The engine of the default sandbox with the other sandboxes beside it: they end side by side, so that none costs another the
/// time that a stop has.
struct SandboxedEngine: Service {
    let engine: any Service
    let sandboxes: SandboxRunner

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sandboxes.run() }
            // The server does not go on without it.
            defer { if !Task.isShuttingDownGracefully { group.cancelAll() } }
            try await engine.run()
        }
    }
}
