import ActivationEngine
public import ServiceLifecycle

/// Runs the sandboxes beside the default one as long as the server runs.
public struct SandboxRunner: Service {
    private let dependencies: ServerDependencies

    /// Prepares them.
    ///
    /// - Parameter dependencies: What the default sandbox works with.
    public init(_ dependencies: ServerDependencies) {
        self.dependencies = dependencies
    }

    /// Opens all, waits for the end, and ends them.
    public func run() async throws {
        await dependencies.sandboxes.openAll(of: dependencies)
        // Not before all are open: each has secrets under the same key.
        await withTaskGroup(of: Void.self) { group in
            if dependencies.role == .leader { group.addTask { await dependencies.keeper.run(of: dependencies) } }
            try? await gracefulShutdown()
            group.cancelAll()
        }
        await dependencies.sandboxes.shutAll()
    }
}
