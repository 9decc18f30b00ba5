import ActivationCore
import Logging
import Synchronization

/// Evaluates new and changed audiences over all stored profiles, in steps through the lane, resumable (BEHAVIOUR 5.1).
final class AudienceEvaluator: Sendable {
    private let scope: Scope
    private let storage: any Storage
    private let control: any ControlStore
    private let lane: IngestLane
    private let time: any TimeSource
    private let options: EngineOptions
    private let logger: Logger
    private let cursors = Mutex<[Audience.ID: EvaluationCursor]>([:])
    /// The catalog's audiences; nil before the first catalog.
    private let audiences = Mutex<Audiences?>(nil)
    private let changed = Signal()

    private struct Audiences {
        /// Those that can be evaluated, each in its version.
        var versions: [Audience.ID: Timestamp]
        var unusable: Set<Audience.ID>

        init(_ catalog: CatalogDefinition) {
            versions = Dictionary(catalog.audiences.map { ($0.id, $0.updatedAt) }) { first, _ in first }
            unusable = catalog.unusableAudiences
        }

        func contains(_ audience: Audience.ID) -> Bool {
            versions[audience] != nil || unusable.contains(audience)
        }
    }

    init(
        scope: Scope,
        storage: any Storage,
        control: any ControlStore,
        lane: IngestLane,
        time: any TimeSource,
        options: EngineOptions,
        logger: Logger
    ) {
        self.scope = scope
        self.storage = storage
        self.control = control
        self.lane = lane
        self.time = time
        self.options = options
        self.logger = logger
    }

    /// Tells the evaluator which audiences exist in which version.
    func update(_ catalog: CatalogDefinition) {
        audiences.withLock { $0 = Audiences(catalog) }
        changed.ring()
    }

    /// How far an audience is; nil when nothing was begun yet.
    func progress(_ audience: Audience.ID) -> EvaluationProgress? {
        cursors.withLock { $0[audience]?.progress }
    }

    /// Evaluates until stopped.
    func run() async {
        await restore()
        while !changed.isClosed {
            do {
                try await forgetDeleted()
                guard let cursor = await nextCursor() else {
                    await changed.wait()
                    continue
                }
                try await step(cursor)
            } catch {
                logger.warning("Evaluation waits", metadata: ["error.message": "\(error)"])
                await changed.wait(atMost: .seconds(1))
            }
        }
    }

    /// Ends the run after the present step.
    func stop() { changed.close() }

    private func restore() async {
        do throws(StorageError) {
            let stored = try await control.objects(kind: EvaluationCursor.kind, scope: scope)
            cursors.withLock { cursors in
                for cursor in stored.compactMap(EvaluationCursor.init) { cursors[cursor.audience] = cursor }
            }
        } catch {
            logger.error("Evaluations not restored", metadata: ["error.message": "\(error)"])
        }
    }

    /// Drops where audiences stood that exist no more.
    private func forgetDeleted() async throws(StorageError) {
        guard let audiences = audiences.withLock({ $0 }) else { return }
        let deleted = cursors.withLock { $0.keys.filter { !audiences.contains($0) } }
        for audience in deleted {
            let id = audience.uuid.description
            if let stored = try await control.object(kind: EvaluationCursor.kind, id: id, scope: scope) {
                let change = ControlChange.delete(kind: EvaluationCursor.kind, id: id, expectedEtag: stored.etag)
                try await control.apply([change], scope: scope)
            }
            cursors.withLock { $0[audience] = nil }
        }
    }

    /// An audience whose present version is not evaluated everywhere yet.
    private func nextCursor() async -> EvaluationCursor? {
        let wanted = audiences.withLock { $0?.versions } ?? [:]
        let known = cursors.withLock { $0 }
        for (audience, version) in wanted.sorted(by: { ($0.value, $0.key.uuid) < ($1.value, $1.key.uuid) }) {
            if let cursor = known[audience], cursor.version == version {
                if cursor.isDone { continue }
                return cursor
            }
            let total = (try? await storage.profileCount(scope: scope)) ?? 0
            return EvaluationCursor(audience: audience, version: version, total: total)
        }
        return nil
    }

    private func step(_ start: EvaluationCursor) async throws {
        var cursor = start
        let profiles = try await storage.profiles(scope: scope, after: cursor.row, limit: options.evaluationStep)
        if let last = profiles.last {
            try await lane.evaluate(profiles.map(\.id), [cursor.audience])
            cursor.row = last.row
            cursor.processed += profiles.count
            cursor.total = max(cursor.total, cursor.processed)
        } else {
            cursor.isDone = true
        }
        try await save(cursor)
        let saved = cursor
        cursors.withLock { $0[saved.audience] = saved }
    }

    private func save(_ cursor: EvaluationCursor) async throws {
        let now = time.now()
        let id = cursor.audience.uuid.description
        let stored = try await control.object(kind: EvaluationCursor.kind, id: id, scope: scope)
        let object = ControlObject(
            kind: EvaluationCursor.kind,
            id: id,
            etag: "\(cursor.version.milliseconds)-\(cursor.row)-\(cursor.isDone)",
            createdAt: stored?.createdAt ?? now,
            updatedAt: now,
            body: cursor.body
        )
        let change = stored.map { ControlChange.update(object, expectedEtag: $0.etag) } ?? .insert(object)
        try await control.apply([change], scope: scope)
    }
}
