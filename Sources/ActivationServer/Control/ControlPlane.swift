public import ActivationCore
public import ActivationEngine
public import Logging
import Synchronization

/// The configuration: kept in the control store, held in memory, told to the engine.
///
/// Reads are answered from memory. Writes go one at a time: a change is decided on the newest configuration, compiled,
/// made durable, and only then seen by readers and by the engine.
public final class ControlPlane: Sendable {
    private let store: any ControlStore
    private let scope: Scope
    private let gate = ControlGate()
    private let current: Mutex<ControlSnapshot>
    private let connected = Mutex<(any ServerEngine)?>(nil)
    let time: any TimeSource
    let ids: any IDSource
    let secrets: SecretBox
    let logger: Logger

    /// Reads the whole configuration.
    ///
    /// - Parameters:
    ///   - store: Where it is kept.
    ///   - scope: Whose it is.
    ///   - keys: The server's keys; the data key opens the secrets of connections.
    ///   - time: The clock.
    ///   - ids: Where new ids come from.
    ///   - logger: Where changes are noted.
    /// - Throws: The store's error, or `corrupt` naming an object that cannot be read.
    public init(
        store: any ControlStore,
        scope: Scope = .production,
        keys: ServerKeys,
        time: any TimeSource,
        ids: any IDSource = RandomIDSource(),
        logger: Logger
    ) async throws(StorageError) {
        self.store = store
        self.scope = scope
        self.time = time
        self.ids = ids
        self.logger = logger
        secrets = SecretBox(key: keys.dataKey)
        current = Mutex(try await ControlPlane.load(store, scope))
    }

    /// The configuration as it is now.
    var snapshot: ControlSnapshot {
        current.withLock { $0 }
    }

    /// An object, or nil.
    func entry(_ kind: ControlKind, _ id: String) -> ControlEntry? {
        current.withLock { $0.entry(kind, id) }
    }

    /// All objects of a kind, by (createdAt, id).
    func entries(_ kind: ControlKind) -> [ControlEntry] {
        current.withLock { $0.entries(kind) }
    }

    /// Gives the engine the configuration and keeps it informed from now on; call once, before serving.
    ///
    /// Also finishes deletions that a crash interrupted.
    public func connect(to engine: any ServerEngine) async throws(EngineError) {
        await gate.enter()
        defer { gate.leave() }
        let catalog: CatalogDefinition
        do throws(CatalogError) {
            catalog = try snapshot.catalogDefinition()
        } catch {
            throw EngineError(.invalidCatalog, error.message)
        }
        try await engine.update(catalog)
        connected.withLock { $0 = engine }
        for flow in entries(.flow) where flow.string("state") == FlowState.deleting {
            await finishDeletion(of: flow)
        }
    }

    /// The connected engine.
    ///
    /// - Throws: `UNAVAILABLE` before ``connect(to:)``.
    func engine() throws(APIError) -> any ServerEngine {
        guard let engine = connected.withLock({ $0 }) else {
            throw APIError(.unavailable, "the server is starting; retry in a moment", retryAfterSeconds: 1)
        }
        return engine
    }

    /// Decides a change on the newest configuration and makes it durable; when it throws nothing has changed.
    ///
    /// The change is visible to reads and known to the engine when this returns.
    ///
    /// - Parameter decide: Edits the draft; it does no I/O.
    /// - Returns: What `decide` returned.
    /// - Throws: What `decide` threw, `FIELD_INVALID` for a configuration that does not compile, or the store's error.
    func write<Result: Sendable>(
        _ decide: (inout ControlDraft) throws(APIError) -> Result
    ) async throws(APIError) -> Result {
        await gate.enter()
        defer { gate.leave() }
        var draft = ControlDraft(snapshot: snapshot, now: time.now(), ids: ids)
        let result = try decide(&draft)
        guard !draft.changes.isEmpty else { return result }
        let catalog = draft.touchesCatalog ? try ControlPlane.compiled(draft.snapshot) : nil
        try await apply(draft)
        try await tellEngine(catalog, restarting: draft.relaysToRestart)
        return result
    }

    /// Deletes a flow in two steps, so that a crash in between loses neither its books nor the deletion.
    ///
    /// First it is marked, which ends it for clients and decisions; then its outbox is closed and it leaves the store.
    ///
    /// - Throws: `1430-404`, or `1404-412` when the flow is not at the version expected.
    func deleteFlow(_ id: String, ifMatch tag: String?) async throws(APIError) {
        let marked = try await write { draft throws(APIError) in
            let entry = try draft.snapshot.flowServiceEntry(.flow, id)
            if let tag { try EntityTag.check(tag, is: entry.etag) }
            var body = entry.body
            body["state"] = .string(FlowState.deleting)
            return try draft.replace(entry, body: body)
        }
        await gate.enter()
        defer { gate.leave() }
        await finishDeletion(of: marked)
    }

    /// Takes a flow that is marked as deleted out of the engine and the store; the caller holds the gate.
    private func finishDeletion(of flow: ControlEntry) async {
        do {
            if let id = UUIDBytes(flow.id) { try await engine().discardOutbox(Dataflow.ID(uuid: id)) }
            try await store.apply(
                [.delete(kind: flow.kind.rawValue, id: flow.id, expectedEtag: flow.etag)],
                scope: scope
            )
            current.withLock { $0.remove(flow.kind, flow.id) }
        } catch {
            // The mark stays; the next start tries again.
            logger.warning(
                "Deletion of a flow is not finished",
                metadata: ["dataflow.id": "\(flow.id)", "error.type": "\(type(of: error))"]
            )
        }
    }

    private func apply(_ draft: ControlDraft) async throws(APIError) {
        do throws(StorageError) {
            try await store.apply(draft.changes, scope: scope)
        } catch {
            // An error does not always say whether the commit happened; what the store holds now does.
            if let stored = try? await ControlPlane.load(store, scope) { current.withLock { $0 = stored } }
            throw APIError(storage: error)
        }
        current.withLock { $0 = draft.snapshot }
    }

    private func tellEngine(_ catalog: CatalogDefinition?, restarting flows: Set<String>) async throws(APIError) {
        guard let engine = connected.withLock({ $0 }) else { return }
        if let catalog {
            do throws(EngineError) {
                try await engine.update(catalog)
            } catch {
                throw APIError(engine: error)
            }
        }
        for flow in flows.sorted() {
            if let id = UUIDBytes(flow) { await engine.restartRelay(Dataflow.ID(uuid: id)) }
        }
    }

    private static func load(_ store: any ControlStore, _ scope: Scope) async throws(StorageError) -> ControlSnapshot {
        var snapshot = ControlSnapshot()
        for kind in ControlKind.allCases {
            var entries: [ControlEntry] = []
            for object in try await store.objects(kind: kind.rawValue, scope: scope) {
                guard let entry = ControlEntry(object, kind: kind) else {
                    throw StorageError(.corrupt, "the stored \(kind.rawValue) \(object.id) is not a JSON object")
                }
                entries.append(entry)
            }
            snapshot.put(contentsOf: entries, kind: kind)
        }
        return snapshot
    }

    /// Compiles a configuration before it is stored, so that an unusable one never is.
    private static func compiled(_ snapshot: ControlSnapshot) throws(APIError) -> CatalogDefinition {
        do throws(CatalogError) {
            let definition = try snapshot.catalogDefinition()
            var paths = PathDictionary()
            _ = try Catalog(compiling: definition, paths: &paths)
            return definition
        } catch {
            throw APIError(.fieldInvalid, error.message)
        }
    }
}
