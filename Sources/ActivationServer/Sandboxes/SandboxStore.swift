public import ServiceLifecycle

/// Opens what a sandbox keeps, and removes it; the composition root knows where that is.
public protocol SandboxStore: Sendable {
    /// Opens everything that a sandbox keeps; nothing of it runs when this returns.
    ///
    /// - Parameters:
    ///   - sandbox: The sandbox; it is not open.
    ///   - isNew: Whether there is nothing of it yet, so that it is made; nothing is ever made in the place of what is lost.
    ///   - organisation: What the default sandbox works with.
    /// - Returns: Its parts.
    /// - Throws: What is in the way; nothing is left open then.
    func open(_ sandbox: Sandbox, isNew: Bool, of organisation: ServerDependencies) async throws -> OpenedSandbox

    /// Removes everything that a sandbox keeps; that there is nothing is no error.
    ///
    /// - Parameter sandbox: The sandbox; it is not open.
    /// - Throws: What is in the way; what is left of it then is removed by the next call.
    func erase(_ sandbox: Sandbox) async throws
}

/// The parts of a sandbox before they run.
public struct OpenedSandbox: Sendable {
    /// What its API works with.
    public var dependencies: ServerDependencies
    /// Its engine.
    public var engine: any Service
    /// Lets go of files and connections once the engine has ended.
    public var close: @Sendable () async throws -> Void

    /// Describes them.
    public init(
        dependencies: ServerDependencies,
        engine: any Service,
        close: @escaping @Sendable () async throws -> Void
    ) {
        self.dependencies = dependencies
        self.engine = engine
        self.close = close
    }
}

/// Keeps no sandbox but the default one.
struct NoSandboxStore: SandboxStore {
    private struct Unavailable: Error {}

    func open(_ sandbox: Sandbox, isNew: Bool, of organisation: ServerDependencies) async throws -> OpenedSandbox {
        throw Unavailable()
    }

    func erase(_ sandbox: Sandbox) async throws {}
}
