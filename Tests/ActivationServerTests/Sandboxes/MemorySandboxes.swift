import ActivationCore
import ActivationEngine
import Logging
import Synchronization
import TestSupport

@testable import ActivationServer

/// Keeps sandboxes in memory, as directories keep them on a disk.
final class MemorySandboxes: SandboxStore {
    struct Lost: Error {}

    private struct State {
        var stores: [String: InMemoryStorage] = [:]
        var opened = 0
        var isFull = false
    }

    private let state = Mutex(State())

    /// How often one was opened.
    var opened: Int { state.withLock { $0.opened } }
    /// The ids of those of which something is kept.
    var kept: [String] { state.withLock { $0.stores.keys.sorted() } }

    /// Whether none can be opened.
    var isFull: Bool {
        get { state.withLock { $0.isFull } }
        set { state.withLock { $0.isFull = newValue } }
    }

    /// Loses what a sandbox keeps.
    func lose(_ id: String) { state.withLock { $0.stores[id] = nil } }

    /// Lets a sandbox lose its next write, which ends its engine.
    func loseNextWrite(of id: String) {
        state.withLock { $0.stores[id] }?.failNextWrite(with: StorageError(.writeLost, "the disk is gone"))
    }

    func open(
        _ sandbox: Sandbox,
        isNew: Bool,
        of organisation: ServerDependencies
    ) async throws -> OpenedSandbox {
        let storage = try state.withLock { state in
            state.opened += 1
            guard !state.isFull else { throw Lost() }
            if isNew { state.stores[sandbox.id] = InMemoryStorage() }
            guard let storage = state.stores[sandbox.id] else { throw Lost() }
            return storage
        }
        let logger = organisation.logger
        let destinations = DestinationCatalog([ScriptedDestination()])
        let control = try await ControlPlane(
            store: storage,
            sandbox: sandbox,
            of: organisation.control,
            keys: organisation.keys,
            time: organisation.time,
            logger: logger
        )
        try await control.beginSandbox()
        let engine = try await Engine(
            storage: storage,
            control: storage,
            sinks: DestinationSinks(control: control, destinations: destinations),
            time: organisation.time,
            options: EngineOptions(decision: DecisionOptions(identityHash: IngestWorld.digest)),
            logger: logger
        )
        let dependencies = ServerDependencies(
            engine: engine,
            control: control,
            destinations: destinations,
            time: organisation.time,
            keys: organisation.keys,
            endpoint: organisation.endpoint,
            passwordCost: .least,
            privacyStore: storage,
            identityHash: IngestWorld.digest,
            of: organisation,
            logger: logger
        )
        return OpenedSandbox(dependencies: dependencies, engine: engine) {}
    }

    func erase(_ sandbox: Sandbox) async throws {
        state.withLock { _ = $0.stores.removeValue(forKey: sandbox.id) }
    }
}
