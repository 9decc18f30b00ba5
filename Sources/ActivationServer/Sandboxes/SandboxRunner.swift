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
        try? await gracefulShutdown()
        await dependencies.sandboxes.shutAll()
    }
}
