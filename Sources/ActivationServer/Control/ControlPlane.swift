public import ActivationCore
public import ActivationEngine
public import Logging
import Synchronization

/// The server's configuration: kept in the control store, held in memory, told to the engine.
///
/// Reads are answered from memory. Writes go one at a time: a change is decided on the newest configuration, compiled by
/// the engine against its own dictionary, made durable, and only then seen by readers and by decisions. So what cannot
/// be used is never stored, and store, memory and engine never tell different things. Should a store hold something that
/// cannot be used all the same, written by another version, it is left out with its reason (``Quarantine``).
public final class ControlPlane: Sendable {
    let store: any ControlStore
    let scope: Scope
    /// Whose configuration it is, as it was when it was opened; only the name, the id and the kind stay.
    public let sandbox: Sandbox
    /// The configuration in which the organisation's users, roles and credentials are; nil = this one.
    private let house: ControlPlane?
    private let gate = ControlGate()
    private let current: Mutex<ControlSnapshot>
    private let views = Mutex(ControlViews())
    private let leftOut = Mutex(Quarantine())
    private let readings = Mutex(CatalogReadings())
    let connected = Mutex<(any ServerEngine)?>(nil)
    /// The time zone whose calendar decisions follow.
    let zone = Mutex(TimeZoneRules.utc)
    let time: any TimeSource
    let ids: any IDSource
    let secrets: SecretBox
    /// Seals what stands in pages of the console.
    let pageSecrets: SecretBox
    let logger: Logger

    /// Reads the whole configuration.
    ///
    /// - Parameters:
    ///   - store: Where it is kept.
    ///   - scope: Under which number the store keeps it.
    ///   - sandbox: Whose it is.
    ///   - organisation: The configuration of the default sandbox; nil = this one is it.
    ///   - keys: The server's keys; the data key opens the secrets of connections.
    ///   - time: The clock.
    ///   - ids: Where new ids come from.
    ///   - logger: Where changes are noted.
    /// - Throws: The store's error, or `corrupt` naming an object that cannot be read.
    public init(
        store: any ControlStore,
        scope: Scope = .production,
        sandbox: Sandbox = .standard,
        of organisation: ControlPlane? = nil,
        keys: ServerKeys,
        time: any TimeSource,
        ids: any IDSource = RandomIDSource(),
        logger: Logger
    ) async throws(StorageError) {
        self.store = store
        self.scope = scope
        self.sandbox = sandbox
        house = organisation
        self.time = time
        self.ids = ids
        self.logger = logger
        secrets = SecretBox(keys)
        pageSecrets = SecretBox(pagesOf: keys)
        current = Mutex(try await ControlPlane.load(store, scope))
    }

    /// The configuration in which the organisation's users, roles, credentials and sandboxes are.
    var organisation: ControlPlane { house ?? self }

    /// The configuration as it is now, as far as whoever is behind the present request may see it.
    var snapshot: ControlSnapshot {
        let whole = whole
        guard let clearance = AuthenticatedClient.current?.clearance, !clearance.isUnlimited else { return whole }
        return views.withLock { $0.view(of: whole, for: clearance) }
    }

    /// All of the configuration as it is now.
    var whole: ControlSnapshot {
        current.withLock { $0 }
    }

    /// What of it the engine cannot use.
    var quarantine: Quarantine {
        leftOut.withLock { $0 }
    }

    /// An object, or nil.
    func entry(_ kind: ControlKind, _ id: String) -> ControlEntry? {
        kind == .segmentDefinition ? snapshot.entry(kind, id) : current.withLock { $0.entry(kind, id) }
    }

    /// All objects of a kind, by (createdAt, id).
    func entries(_ kind: ControlKind) -> [ControlEntry] {
        kind == .segmentDefinition ? snapshot.entries(kind) : current.withLock { $0.entries(kind) }
    }

    /// Gives the engine the configuration and keeps it informed from now on; call once, before serving.
    ///
    /// What the engine cannot use is left out and logged. Deletions that a crash cut off go on.
    public func connect(to engine: any ServerEngine) async throws(EngineError) {
        await gate.enter()
        defer { gate.leave() }
        await followConsent()
        try await open(engine)
        do throws(StorageError) {
            try await enterSchemas()
        } catch {
            // Nothing is decided by them; the next start tries again.
            logger.error("Schemas of messages not entered", metadata: ["error.message": "\(error)"])
        }
        connected.withLock { $0 = engine }
        for flow in entries(.flow) where flow.string("state") == FlowState.deleting { retire(flow, from: engine) }
    }

    /// The instant of decisions; nil before an engine is connected.
    private var instant: Timestamp? { connected.withLock { $0 }?.instant }

    /// The connected engine.
    ///
    /// - Throws: `UNAVAILABLE` before ``connect(to:)``.
    func engine() throws(APIError) -> any ServerEngine {
        guard let engine = connected.withLock({ $0 }) else { throw ControlPlane.starting }
        return engine
    }

    private static let starting = APIError(
        .unavailable,
        "the server is starting; retry in a moment",
        retryAfterSeconds: 1
    )

    /// Decides a change on the newest configuration and makes it durable; when it throws nothing has changed.
    ///
    /// The change is visible to reads and known to the engine when this returns. Nothing here waits for a destination.
    ///
    /// What of it people configure is entered in the history with it.
    ///
    /// - Parameters:
    ///   - author: Whose name stands in the history.
    ///   - decide: Edits the draft; it does no I/O.
    /// - Returns: What `decide` returned.
    /// - Throws: What `decide` threw, `POLICY_VIOLATED` where a dataflow would break a policy, `FIELD_INVALID` for a configuration that does not compile, or the store's error.
    func write<Result: Sendable>(
        by author: ConfigurationChange.Author,
        _ decide: (inout ControlDraft) throws(APIError) -> Result
    ) async throws(APIError) -> Result {
        await gate.enter()
        defer { gate.leave() }
        var draft = ControlDraft(snapshot: whole, by: author, now: time.now(), instant: instant, ids: ids)
        let result = try decide(&draft)
        try draft.refuseUnseen(by: AuthenticatedClient.current)
        try draft.refuseViolations()
        try draft.followConsent()
        draft.enterSchemas()
        guard !draft.changes.isEmpty else { return result }
        let engine = connected.withLock { $0 }
        // Without an engine nobody knows which records wait.
        guard draft.moves.isEmpty || engine != nil else { throw ControlPlane.starting }
        if draft.touchesCatalog, let engine {
            try await update(engine, storing: draft)
        } else {
            do throws(StorageError) {
                try await perform(draft, in: nil)
            } catch {
                await reload(tellingEngine: nil)
                throw APIError(storage: error)
            }
        }
        for flow in draft.relaysToRestart.sorted() {
            if let id = UUIDBytes(flow) { await engine?.restartRelay(Dataflow.ID(uuid: id)) }
        }
        return result
    }

    /// Takes objects out of the store that nothing but their own deletion touches any more.
    ///
    /// - Parameters:
    ///   - author: Whose name stands in the history.
    ///   - select: Says which, as things are now.
    /// - Throws: The store's error.
    func forget(
        by author: ConfigurationChange.Author,
        _ select: (ControlSnapshot) -> [ControlEntry]
    ) async throws(StorageError) {
        await gate.enter()
        defer { gate.leave() }
        var draft = ControlDraft(snapshot: whole, by: author, now: time.now(), instant: instant, ids: ids)
        for entry in select(draft.snapshot) { draft.remove(entry) }
        guard !draft.changes.isEmpty else { return }
        try await apply(draft)
    }

    // MARK: Store, memory and engine

    /// Makes a change durable between its compilation and the first decision by it.
    private func update(_ engine: any ServerEngine, storing draft: ControlDraft) async throws(APIError) {
        let (definition, unreadable) = read(draft.snapshot)
        let before = quarantine
        do throws(APIError) {
            try await update(engine, to: definition, storing: draft)
        } catch {
            // What was left out before must not keep other changes from being made.
            guard error.code == .fieldInvalid, !before.isEmpty else { throw error }
            try await update(engine, to: before.excluded(from: definition, of: draft.snapshot), storing: draft)
        }
        guard !before.isEmpty || !unreadable.isEmpty else { return }
        // The change may have been the cure of what was left out.
        try await APIError.mapping { () throws(EngineError) in try await open(engine) }
    }

    /// What a configuration tells the engine.
    private func read(_ snapshot: ControlSnapshot) -> (definition: CatalogDefinition, unreadable: [CatalogError]) {
        let zone = timeZone
        return readings.withLock { snapshot.catalogDefinition(in: zone, reusing: &$0) }
    }

    private func update(
        _ engine: any ServerEngine,
        to definition: CatalogDefinition,
        storing draft: ControlDraft
    ) async throws(APIError) {
        let refusal = Mutex<StorageError?>(nil)
        do throws(EngineError) {
            try await engine.update(definition) { () throws(StorageError) in
                do throws(StorageError) {
                    try await self.perform(draft, in: engine)
                } catch {
                    refusal.withLock { $0 = error }
                    throw error
                }
            }
        } catch {
            guard error.code != .invalidCatalog else { throw APIError(engine: error) }
            await reload(tellingEngine: engine)
            throw refusal.withLock { $0 }.map { APIError(storage: $0) } ?? APIError(engine: error)
        }
    }

    /// Performs the draft's changes in the store, then in memory.
    ///
    /// - Parameters:
    ///   - draft: The changes.
    ///   - engine: Between two batches, so that what waits in an outbox is all that was triggered before; nil = no flow
    ///     moves.
    /// - Throws: The store's error.
    private func perform(_ draft: ControlDraft, in engine: (any ServerEngine)?) async throws(StorageError) {
        var draft = draft
        var bounds: [(dataflow: Dataflow.ID, row: Int64)] = []
        for former in draft.moves {
            guard let engine, let id = UUIDBytes(former.flow) else { continue }
            let row = try await engine.lastRow(Dataflow.ID(uuid: id))
            draft.enter(former, through: row)
            bounds.append((Dataflow.ID(uuid: id), row))
        }
        for flow in draft.marksToDrop.sorted() {
            guard let engine, let id = UUIDBytes(flow) else { continue }
            try await engine.dropMarks(Dataflow.ID(uuid: id))
        }
        // Also when it is not certain whether the store has taken it: the relay then opens what memory is found to hold.
        defer { for bound in bounds { engine?.boundRelay(bound.dataflow, through: bound.row) } }
        try await apply(draft)
    }

    private func apply(_ draft: ControlDraft) async throws(StorageError) {
        var draft = draft
        if secrets.isChanging { try draft.reseal(secrets) }
        do throws(StorageError) {
            try await store.apply(draft.changes, history: draft.history(secrets) + draft.notes, scope: scope)
        } catch {
            connected.withLock { $0 }?.noteRefusedWrite(error)
            throw error
        }
        current.withLock { $0 = draft.snapshot }
    }

    /// Seals secrets anew that another key than the one in use has sealed, a few in each transaction.
    ///
    /// Nothing else of the objects changes, so neither does what they are told apart by.
    ///
    /// - Parameter note: Told of how many secrets that are done with, and of how many that no key opens.
    /// - Throws: The store's error.
    func resealSecrets(_ note: (_ done: Int, _ unreadable: Int) -> Void) async throws(StorageError) {
        let places = StoredSecrets.kinds.flatMap { kind in whole.entries(kind).map { (kind, $0.id) } }
        for start in stride(from: 0, to: places.count, by: ControlPlane.resealedAtOnce) {
            let some = places[start..<min(start + ControlPlane.resealedAtOnce, places.count)]
            let unreadable = try await reseal(some)
            note(some.count, unreadable)
        }
    }

    private static let resealedAtOnce = 16

    private func reseal(_ places: ArraySlice<(ControlKind, String)>) async throws(StorageError) -> Int {
        await gate.enter()
        defer { gate.leave() }
        var snapshot = whole
        var changes: [ControlChange] = []
        var unreadable = 0
        for (kind, id) in places {
            guard let entry = snapshot.entry(kind, id) else { continue }
            do throws(APIError) {
                switch try StoredSecrets.reseal(entry, in: snapshot, secrets) {
                case .current: continue
                case .changed(let new):
                    changes.append(.update(new.stored, expectedEtag: entry.etag))
                    snapshot.put(new)
                case .unreadable: unreadable += 1
                }
            } catch {
                throw StorageError(.io, error.detail)
            }
        }
        guard !changes.isEmpty else { return unreadable }
        do throws(StorageError) {
            try await store.apply(changes, history: [], scope: scope)
        } catch {
            await reload(tellingEngine: nil)
            throw error
        }
        current.withLock { $0 = snapshot }
        return unreadable
    }

    /// Has flows ask for consent that were made by a version which knew of none.
    private func followConsent() async {
        var draft = ControlDraft(snapshot: whole, by: .server, now: time.now(), instant: instant, ids: ids)
        do {
            try draft.followAllConsent()
            if !draft.changes.isEmpty { try await apply(draft) }
        } catch {
            logger.error(
                "Consent that dataflows ask for not entered",
                metadata: ["error.message": "\((error as? APIError)?.detail ?? "\(error)")"]
            )
        }
    }

    /// Enters what flows send that were stored by a version which did not, or told it otherwise.
    private func enterSchemas() async throws(StorageError) {
        var draft = ControlDraft(snapshot: whole, by: .server, now: time.now(), instant: instant, ids: ids)
        draft.enterAllSchemas()
        if !draft.changes.isEmpty { try await apply(draft) }
    }

    /// An error does not always say whether the commit happened; what the store holds now does.
    private func reload(tellingEngine engine: (any ServerEngine)?) async {
        do {
            let stored = try await ControlPlane.load(store, scope)
            let isChanged = current.withLock { current in
                defer { current = stored }
                return !current.isSame(as: stored)
            }
            if isChanged, let engine { try await open(engine) }
        } catch {
            // Memory stays as it is; the next change meets the store's newer version as a conflict and comes here again.
            logger.error("Configuration not read back", metadata: ["error.message": "\(error)"])
        }
    }

    /// Gives the engine the configuration that memory holds, and leaves out what it cannot use.
    private func open(_ engine: any ServerEngine) async throws(EngineError) {
        let snapshot = whole
        let (definition, unreadable) = read(snapshot)
        let errors = unreadable + (try await engine.open(with: definition))
        let before = quarantine
        let found = Quarantine(errors, of: snapshot, now: time.now(), before: before)
        leftOut.withLock { $0 = found }
        for entry in snapshot.entries(.segmentDefinition) + snapshot.entries(.flow) {
            guard let reason = found.reason(entry), before.reason(entry) != reason else { continue }
            logger.error(
                "Configuration left out",
                metadata: [
                    "\(entry.kind.rawValue).id": "\(entry.id)", "error.code": "\(Quarantine.Reason.code)",
                    "error.message": "\(reason.message)",
                ]
            )
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
}
