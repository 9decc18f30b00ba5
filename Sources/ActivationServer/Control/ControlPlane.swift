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
    private let current: Mutex<Current>
    /// Whether the last write was refused because another node was first.
    private let isOvertaken = Mutex(false)
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
        current.withLock { $0.snapshot }
    }

    /// What memory holds.
    private struct Current: Sendable {
        var snapshot: ControlSnapshot
        /// Which one it is; nil where nobody else writes the store.
        var version: ConfigurationVersion?
    }

    /// Which configuration memory holds; nil where nobody else writes the store.
    var version: ConfigurationVersion? { current.withLock { $0.version } }

    /// What of it the engine cannot use.
    var quarantine: Quarantine {
        leftOut.withLock { $0 }
    }

    /// An object, or nil.
    func entry(_ kind: ControlKind, _ id: String) -> ControlEntry? {
        kind == .segmentDefinition ? snapshot.entry(kind, id) : whole.entry(kind, id)
    }

    /// All objects of a kind, by (createdAt, id).
    func entries(_ kind: ControlKind) -> [ControlEntry] {
        kind == .segmentDefinition ? snapshot.entries(kind) : whole.entries(kind)
    }

    /// Gives the engine the configuration and keeps it informed from now on; call once, before serving.
    ///
    /// What the engine cannot use is left out and logged. Deletions that a crash cut off go on, and what earlier versions stored is
    /// brought up to date, where the node leads.
    public func connect(to engine: any ServerEngine, as role: NodeRole = .leader) async throws(EngineError) {
        await gate.enter()
        defer { gate.leave() }
        if store is any SharedConfiguration {
            engine.followCatalog { [weak self] () throws(StorageError) in
                guard let self else { throw StorageError(.closed, "the server is stopping") }
                return try await self.newestCatalog()
            }
        }
        guard role == .leader else {
            try await open(engine)
            return connected.withLock { $0 = engine }
        }
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
        for _ in 1..<ControlPlane.triesMax {
            isOvertaken.withLock { $0 = false }
            do throws(APIError) {
                return try await decideAndPerform(by: author, decide)
            } catch {
                // What another node has changed meanwhile is in memory by now: it is decided upon that.
                guard isOvertaken.withLock({ $0 }) else { throw error }
            }
        }
        return try await decideAndPerform(by: author, decide)
    }

    /// How often a change is decided because other nodes were first.
    private static let triesMax = 5

    private func decideAndPerform<Result: Sendable>(
        by author: ConfigurationChange.Author,
        _ decide: (inout ControlDraft) throws(APIError) -> Result
    ) async throws(APIError) -> Result {
        var draft = newDraft(by: author)
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
        var draft = newDraft(by: author)
        for entry in select(draft.snapshot) { draft.remove(entry) }
        guard !draft.changes.isEmpty else { return }
        try await apply(draft)
    }

    // MARK: Store, memory and engine

    /// A change to be decided on what memory holds.
    private func newDraft(by author: ConfigurationChange.Author) -> ControlDraft {
        let base = current.withLock { $0 }
        var draft = ControlDraft(
            snapshot: base.snapshot,
            by: author,
            now: time.now(),
            instant: instant,
            ids: ids
        )
        draft.version = base.version
        return draft
    }

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
                    return try await self.perform(draft, in: engine)?.catalog
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
    /// - Returns: Which one the configuration is with them, where other nodes change it too.
    /// - Throws: The store's error.
    @discardableResult
    private func perform(
        _ draft: ControlDraft,
        in engine: (any ServerEngine)?
    ) async throws(StorageError) -> ConfigurationVersion? {
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
        return try await apply(draft)
    }

    @discardableResult
    private func apply(_ draft: ControlDraft) async throws(StorageError) -> ConfigurationVersion? {
        var draft = draft
        if secrets.isChanging { try draft.reseal(secrets) }
        let version: ConfigurationVersion?
        do throws(StorageError) {
            version = try await apply(
                draft.changes,
                history: draft.history(secrets) + draft.notes,
                after: draft.version,
                raisesCatalog: draft.touchesCatalog
            )
        } catch {
            connected.withLock { $0 }?.noteRefusedWrite(error)
            throw error
        }
        take(Current(snapshot: draft.snapshot, version: version))
        return version
    }

    /// Has memory hold a configuration, unless somebody has read a newer one meanwhile.
    ///
    /// - Returns: Whether it is another one than before.
    @discardableResult
    private func take(_ read: Current) -> Bool {
        current.withLock { current in
            if let known = current.version, let version = read.version, version.changes < known.changes { return false }
            defer { current = read }
            return !current.snapshot.isSame(as: read.snapshot)
        }
    }

    /// Makes changes durable that were decided on a version of the configuration.
    private func apply(
        _ changes: [ControlChange],
        history: [ConfigurationChange],
        after version: ConfigurationVersion?,
        raisesCatalog: Bool
    ) async throws(StorageError) -> ConfigurationVersion? {
        guard let shared = store as? any SharedConfiguration, let version else {
            try await store.apply(changes, history: history, scope: scope)
            return nil
        }
        do throws(StorageError) {
            return try await shared.apply(
                changes,
                history: history,
                scope: scope,
                after: version,
                raisesCatalog: raisesCatalog
            )
        } catch {
            if error.code == .conflict { isOvertaken.withLock { $0 = true } }
            throw error
        }
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
        var (snapshot, version) = current.withLock { ($0.snapshot, $0.version) }
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
            version = try await apply(changes, history: [], after: version, raisesCatalog: false)
            take(Current(snapshot: snapshot, version: version))
        } catch {
            await reload(tellingEngine: nil)
            throw error
        }
        return unreadable
    }

    /// Has flows ask for consent that were made by a version which knew of none.
    private func followConsent() async {
        var draft = newDraft(by: .server)
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
        var draft = newDraft(by: .server)
        draft.enterAllSchemas()
        if !draft.changes.isEmpty { try await apply(draft) }
    }

    /// An error does not always say whether the commit happened; what the store holds now does.
    private func reload(tellingEngine engine: (any ServerEngine)?) async {
        do {
            let isChanged = try await takeStored()
            if isChanged, let engine { try await open(engine) }
        } catch {
            // Memory stays as it is; the next change meets the store's newer version as a conflict and comes here again.
            logger.error("Configuration not read back", metadata: ["error.message": "\(error)"])
        }
    }

    /// Has memory hold what the store does.
    ///
    /// - Returns: Whether that is something else.
    @discardableResult
    private func takeStored() async throws(StorageError) -> Bool {
        take(try await ControlPlane.load(store, scope))
    }

    /// What the store says decisions are to be made by, for an engine that has met another node's change; waits for no change that is on
    /// its way here.
    private func newestCatalog() async throws(StorageError) -> VersionedCatalog {
        try await takeStored()
        let now = current.withLock { $0 }
        return VersionedCatalog(definition: read(now.snapshot).definition, version: now.version?.catalog)
    }

    /// Takes over what other nodes have changed; does nothing where nobody else writes the store, or nobody has.
    ///
    /// To be called every now and then; decisions meet other nodes' changes by themselves.
    public func follow() async {
        guard let shared = store as? any SharedConfiguration else { return }
        do throws(StorageError) {
            let stored = try await shared.configurationVersion(scope: scope)
            guard stored != current.withLock({ $0.version }) else { return }
        } catch {
            // Whoever needs the store says what is the matter with it.
            return
        }
        await gate.enter()
        defer { gate.leave() }
        let before = version
        await reload(tellingEngine: nil)
        // Most changes, such as tokens that were given out, are nothing to decisions.
        guard version?.catalog != before?.catalog, let engine = connected.withLock({ $0 }) else { return }
        do throws(EngineError) {
            try await open(engine)
        } catch {
            // The next decision meets the store's newer version and asks for it.
            logger.error("Configuration not followed", metadata: ["error.message": "\(error)"])
        }
    }

    /// Gives the engine the configuration that memory holds, and leaves out what it cannot use.
    private func open(_ engine: any ServerEngine) async throws(EngineError) {
        // Both at once: an engine that meets another node's change has a newer one read meanwhile.
        let (snapshot, version) = current.withLock { ($0.snapshot, $0.version) }
        let (definition, unreadable) = read(snapshot)
        let errors = unreadable + (try await engine.open(with: definition, version: version?.catalog))
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

    /// Everything as of one moment.
    private static func load(_ store: any ControlStore, _ scope: Scope) async throws(StorageError) -> Current {
        guard let shared = store as? any SharedConfiguration else {
            return Current(snapshot: try await snapshot(of: store, scope))
        }
        for _ in 0..<loadsMax {
            let version = try await shared.configurationVersion(scope: scope)
            let snapshot = try await snapshot(of: store, scope)
            // Its objects are read kind by kind.
            if try await shared.configurationVersion(scope: scope) == version {
                return Current(snapshot: snapshot, version: version)
            }
        }
        throw StorageError(.conflict, "the configuration changes faster than it can be read; try again")
    }

    /// How often the configuration is read until nobody has changed it meanwhile.
    private static let loadsMax = 10

    private static func snapshot(
        of store: any ControlStore,
        _ scope: Scope
    ) async throws(StorageError) -> ControlSnapshot {
        var snapshot = ControlSnapshot()
        for kind in ControlKind.allCases {
            var entries: [ControlEntry] = []
            for object in try await store.objects(kind: kind.rawValue, scope: scope) {
                guard let entry = ControlEntry(object, kind: kind) else {
                    throw StorageError(.corrupt, "the stored \(kind.rawValue) \(object.id) is not a JSON object")
                }
                guard kind != .restoration || Restoration(entry) != nil else { throw Restoration.unreadable }
                entries.append(entry)
            }
            snapshot.put(contentsOf: entries, kind: kind)
        }
        return snapshot
    }
}
