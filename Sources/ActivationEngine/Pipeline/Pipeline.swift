import ActivationCore
import Logging
import Synchronization

/// Turns admitted work into durable changes: prefetch, decide, stage; when it is durable: publish, wake, answer.
///
/// One task decides, over the state that the last staged commit will leave; a second one waits until that survives power loss,
/// and only then does anybody learn of it, in the order in which it was decided (I1).
///
/// Where a storage takes several batches at a time, further pipelines work beside the one that takes everything: they take messages alone,
/// and learn of catalogs by ``CatalogNews``. Each holds the profiles of its batch, so they are to each other what nodes are.
final class Pipeline: Sendable {
    /// What decisions are made by, and what readers see of it: always the state of a commit that is durable.
    struct Published: Sendable {
        var catalog: Catalog
        var definition: CatalogDefinition
        /// Which one it is, where others change it too.
        var catalogVersion: Int64?
        var paths: PathDictionary
        var datasets: DatasetDictionary
        /// How far admission has come.
        var admission: AdmissionMark
        /// The row of the last turn in each backfill that has begun or ended.
        var backfillPlaces: [Backfill.ID: Int64]
    }

    private let scope: Scope
    private let storage: any Storage
    private let leafSets: LeafSetStore
    private let time: any TimeSource
    private let options: EngineOptions
    private let traces: RecordTraces
    private let recalls: RecalledRows
    private let logger: Logger
    /// As of the last commit that is durable.
    private let published: Mutex<Published>
    /// As of the last commit that is staged, and how far admission has come beyond it: what the next batch is decided by.
    private let staged: Mutex<Published>
    private let underWay = CommitsUnderWay()
    /// How many commits were staged; changed by the pipeline's task alone.
    private let commitCount = Atomic(0)
    /// Gives the stored catalog when somebody else has changed it; nil = nobody else does.
    private let newestCatalog = Mutex<(@Sendable () async throws(StorageError) -> VersionedCatalog)?>(nil)
    /// What it takes of the work.
    private let share: IngestLane.Share
    /// By what those that take messages alone learn of catalogs, which the one that takes everything tells.
    private let news: CatalogNews
    /// Which of its items was taken.
    private let newsTaken = Mutex(0)
    /// What a planted fault keeps from readers until the next commit.
    private let late = Mutex<(PathDictionary, DatasetDictionary)?>(nil)
    /// Whether commits work.
    let writes: WriteHealth
    /// Told about the dataflows that got new rows.
    private let onCommit: @Sendable (Set<Dataflow.ID>) -> Void
    /// Told the earliest instant at which a stored profile is due.
    private let onDue: @Sendable (Timestamp) -> Void
    /// Told about a new catalog, before its update is answered.
    private let onCatalog: @Sendable (Catalog, CatalogDefinition) -> Void

    init(
        scope: Scope,
        storage: any Storage,
        leafSets: LeafSetStore,
        time: any TimeSource,
        options: EngineOptions,
        initial: Published,
        traces: RecordTraces = RecordTraces(),
        recalls: RecalledRows = RecalledRows(),
        share: IngestLane.Share = .everything,
        news: CatalogNews = CatalogNews(),
        writes: WriteHealth,
        logger: Logger,
        onCommit: @escaping @Sendable (Set<Dataflow.ID>) -> Void,
        onDue: @escaping @Sendable (Timestamp) -> Void,
        onCatalog: @escaping @Sendable (Catalog, CatalogDefinition) -> Void
    ) {
        self.scope = scope
        self.storage = storage
        self.leafSets = leafSets
        self.time = time
        self.options = options
        self.traces = traces
        self.recalls = recalls
        self.share = share
        self.news = news
        self.writes = writes
        self.logger = logger
        published = Mutex(initial)
        staged = Mutex(initial)
        self.onCommit = onCommit
        self.onDue = onDue
        self.onCatalog = onCatalog
    }

    /// The state after the last commit that is durable.
    var current: Published { published.withLock { $0 } }

    /// The instant that an input would be given now: the clock's, never before an earlier one (BEHAVIOUR 3.1).
    var now: Timestamp {
        let clock = time.now()
        return staged.withLock { max($0.admission.instant, clock) }
    }

    /// Has the stored catalog asked for where it turns out that somebody else has changed it.
    func followCatalog(_ newest: @escaping @Sendable () async throws(StorageError) -> VersionedCatalog) {
        newestCatalog.withLock { $0 = newest }
    }

    /// Works off the lane until it is closed and empty, and everything in it is answered.
    ///
    /// - Throws: Why the lane was closed, when it was closed for a failure; what was in it then is refused.
    func run(_ lane: IngestLane) async throws(EngineError) {
        await workOff(lane) { room in await lane.next(share, after: room) }
        if let failure = lane.failure { throw failure }
    }

    /// Works off one batch alone, until it is answered.
    func workOff(_ work: [LaneWork], _ lane: IngestLane) async {
        var rest: [LaneWork]? = work
        await workOff(lane) { _ in exchange(&rest, with: nil) }
    }

    /// Works off batches until there is none.
    ///
    /// A batch is taken when something waits and fewer than ``EngineOptions/stagedBatchesMax`` commits are on their way. What comes
    /// in while there is no room waits and makes the next batch, which is larger the longer those take: batches grow by themselves,
    /// and no timer says when one is large enough. Nor is one taken while callers are being answered, for they are the ones who send
    /// next, and the first of them would get a batch of its own. Where a storage makes everything durable at once, nothing is ever on
    /// its way, and all this is one batch after the other.
    ///
    /// - Parameters:
    ///   - lane: What is closed when nothing more can be stored.
    ///   - next: Gives the next batch; nil = there is none. It waits for what it is given before it takes one.
    func workOff(_ lane: IngestLane, _ next: (_ room: () async -> Void) async -> [LaneWork]?) async {
        async let finished: Void = underWay.run { [writes] in
            writes.failed($0)
        } onFailure: {
            lane.close(because: EngineError($0))
        }
        while let work = await next({ await underWay.room(below: options.stagedBatchesMax) }) {
            await decide(work, lane)
        }
        underWay.end()
        await finished
    }

    /// Decides one batch, in its order.
    private func decide(_ work: [LaneWork], _ lane: IngestLane) async {
        if share == .messages, let refusal = await takeNews() {
            for piece in work { piece.resume(.failure(refusal)) }
            return
        }
        var data: [LaneWork] = []
        for piece in work {
            guard case .catalog(let change, let continuation) = piece else {
                data.append(piece)
                continue
            }
            // A catalog counts for everything after it and nothing before it.
            await perform(data, lane)
            data.removeAll()
            let result = await swap(change)
            if case .failure(let error) = result, error.code == .writeLost { lane.close(because: error) }
            continuation.resume(returning: result)
        }
        await perform(data, lane)
    }

    /// Decides by the newest catalog that it was told of.
    ///
    /// - Returns: Why it cannot.
    private func takeNews() async -> EngineError? {
        guard let item = news.item(after: newsTaken.withLock { $0 }) else { return nil }
        let version = item.catalog.version
        // A refused commit may have brought a newer one already.
        if let version, let known = staged.withLock({ $0.catalogVersion }), version < known { return nil }
        let change = CatalogChange(definition: item.catalog.definition, isLenient: true) { () throws(StorageError) in
            version
        }
        if case .failure(let error) = await swap(change) { return error }
        newsTaken.withLock { $0 = item.number }
        return nil
    }

    private func perform(_ work: [LaneWork], _ lane: IngestLane) async {
        guard !work.isEmpty else { return }
        var inputs: [Input] = []
        var pieces: [PieceStore.Piece] = []
        var traced = TracedInputs()
        let now = admit()
        for piece in work {
            let start = inputs.count
            piece.append(to: &inputs, at: now)
            pieces.append(PieceStore.Piece(inputs: start..<inputs.count, isBackground: piece.isBackground))
            if let trace = piece.trace { traced.append(start..<inputs.count, of: trace) }
        }
        let before = commitCount.load(ordering: .relaxed)
        var store = PieceStore(inputs, bytesMax: options.batchBytesMax, logger: logger) {
            [traced] some, bytesMax async throws(StorageError) in
            try await self.store(some, traced, bytesMax: bytesMax)
        }
        let results = await store.store(pieces[...])
        let answer: @Sendable (StorageError?) -> Void = { [self] in self.answer(work, results, lost: $0, lane) }
        if options.decision.plantedFaults.contains(.answersBeforeDurability) { return answer(nil) }
        // Who has stored nothing does not wait for room on the disk behind those who have: they would be held without bound.
        if results.allSatisfy(\.isFull) { return answer(nil) }
        if let refusal = underWay.refusal, commitCount.load(ordering: .relaxed) == before { return answer(refusal) }
        // Also what changed nothing, and what was refused, may be so for what was staged before it.
        underWay.append(CommitsUnderWay.Step(commit: nil, finish: answer))
    }

    private func answer(
        _ work: [LaneWork],
        _ results: [Result<[DecisionResult], EngineError>],
        lost: StorageError?,
        _ lane: IngestLane
    ) {
        for (piece, result) in zip(work, results) {
            var result = result
            if let lost, case .success = result { result = .failure(EngineError(lost)) }
            if case .failure(let error) = result {
                if error.code == .writeLost { lane.close(because: error) }
                // A full disk was told of when it was met first.
                var metadata: Logger.Metadata = [
                    "error.code": "\(error.code.rawValue)", "error.message": "\(error.message)",
                ]
                piece.trace.map { metadata["trace.id"] = "\($0.traceID)" }
                logger.log(
                    level: error.code == .storageFull ? .debug : .error,
                    "Batch not stored",
                    metadata: metadata
                )
            }
            piece.resume(result)
        }
    }

    /// The instant of everything that is taken up now: the clock's, never before an earlier one (BEHAVIOUR 3.1).
    private func admit() -> Timestamp {
        let clock = time.now()
        return staged.withLock { state in
            state.admission.instant = max(state.admission.instant, clock)
            return state.admission.instant
        }
    }

    /// Decides inputs and stores what comes of them, all of it or nothing.
    private func store(
        _ inputs: ArraySlice<Input>,
        _ traced: TracedInputs,
        bytesMax: Int?
    ) async throws(StorageError) -> [DecisionResult] {
        for _ in 0..<BatchRecovery.triesMax {
            do throws(StorageError) {
                return try await storeByKnownNumbers(inputs, traced, bytesMax: bytesMax)
            } catch {
                switch error.code {
                // What brings nothing is no race with others.
                case .outdated: guard try await readDictionaries() else { throw error }
                case .catalogChanged: guard try await takeNewestCatalog() else { throw error }
                default: throw error
                }
            }
        }
        throw StorageError(.conflict, "others change the configuration or name paths faster than they can be read")
    }

    /// Decides by the stored catalog from now on, which somebody else has changed.
    ///
    /// - Returns: Whether it was another one.
    private func takeNewestCatalog() async throws(StorageError) -> Bool {
        guard let newest = newestCatalog.withLock({ $0 }) else { return false }
        let stored = try await newest()
        guard stored.version != staged.withLock({ $0.catalogVersion }) else { return false }
        let change = CatalogChange(definition: stored.definition, isLenient: true) { () throws(StorageError) in
            stored.version
        }
        guard case .failure(let error) = await swap(change) else { return true }
        throw StorageError(
            .catalogChanged,
            "the configuration was changed by another node, and cannot be used: \(error.message)"
        )
    }

    /// Decides inputs by the dictionaries in hand and stores what comes of them.
    private func storeByKnownNumbers(
        _ inputs: ArraySlice<Input>,
        _ traced: TracedInputs,
        bytesMax: Int?
    ) async throws(StorageError) -> [DecisionResult] {
        var whole: Set<Profile.ID> = []
        for _ in 0..<Pipeline.beginningsMax {
            let missing: Set<Profile.ID>
            let known = whole
            let outcome = try await writes.during { () throws(StorageError) in
                try await decideInBatch(inputs, traced, bytesMax: bytesMax, whole: known)
            }
            switch outcome {
            case .stored(let results): return results
            case .missingEvents(let profiles): missing = profiles
            }
            if missing.isSubset(of: whole) { break }
            whole.formUnion(missing)
        }
        let names = whole.map(\.uuid.description).sorted().prefix(3).joined(separator: ", ")
        throw StorageError(
            .incomplete,
            "the batch was decided without all events of some profiles, among them \(names)"
        )
    }

    /// How often a batch is begun with more events than the time before: the second time is enough unless others write meanwhile.
    private static let beginningsMax = 4

    /// What came of a batch.
    private enum BatchOutcome {
        case stored([DecisionResult])
        /// Of whom all events are needed, as showed only when they were decided; nothing was stored.
        case missingEvents(Set<Profile.ID>)
    }

    /// Begins a batch, decides inputs upon what it loads, and ends it, whatever comes of that.
    ///
    /// Nothing else begins one: here every way out of what lies between leads past its end.
    private func decideInBatch(
        _ inputs: ArraySlice<Input>,
        _ traced: TracedInputs,
        bytesMax: Int?,
        whole: Set<Profile.ID>
    ) async throws(StorageError) -> BatchOutcome {
        // A batch in parts makes several commits. Nobody is kept waiting for what it holds meanwhile.
        await underWay.room(below: options.stagedBatchesMax)
        let request = Prefetch.request(for: inputs, scope: scope, bytesMax: bytesMax)
        let (loaded, id) = try await storage.begin(request)
        let decided: DecidedBatch
        do throws(StorageError) {
            var batch = emptyBatch(try await backfillPlaces())
            try await Prefetch.fill(
                &batch,
                with: loaded,
                of: request,
                for: inputs,
                from: storage,
                in: id,
                whole: whole
            )
            decided = try DecidedBatch(deciding: inputs, in: consume batch, namingInputs: !traced.isEmpty)
        } catch {
            await storage.abandon(id)
            throw error
        }
        guard decided.missingEvents.isEmpty, !decided.plan.isEmpty else {
            await storage.abandon(id)
            if !decided.missingEvents.isEmpty { return .missingEvents(decided.missingEvents) }
            finish(decided, nil, [])
            return .stored(decided.results)
        }
        let expected = traced.isEmpty ? [] : traces.expect(decided.plan.outbox, of: traced)
        let commit: StagedCommit
        do throws(StorageError) {
            commit = try await stage(decided.plan, in: id, expected)
        } catch {
            // Somebody else may have given out the numbers that this one gave to what it names first.
            let namesFirst = !decided.plan.paths.isEmpty || !decided.plan.datasets.isEmpty
            if error.code == .conflict, namesFirst { _ = try await readDictionaries() }
            throw error
        }
        finish(decided, commit, expected)
        return .stored(decided.results)
    }

    /// Goes on from the state that a batch leaves, and tells of it when that is durable.
    private func finish(_ decided: DecidedBatch, _ commit: StagedCommit?, _ expected: Set<RecordTraces.Change>) {
        let state = staged.withLock { state in
            state.catalog = decided.catalog
            state.backfillPlaces = decided.backfillPlaces
            if options.decision.plantedFaults.contains(.publishedStateOneCommitBehind) {
                (state.paths, state.datasets) =
                    late.withLock { exchange(&$0, with: (decided.paths, decided.datasets)) }
                    ?? (state.paths, state.datasets)
            } else {
                state.paths = decided.paths
                state.datasets = decided.datasets
            }
            state.admission.instant = max(state.admission.instant, decided.admission.instant)
            state.admission.sequence = max(state.admission.sequence, decided.admission.sequence)
            return state
        }
        if options.decision.plantedFaults.contains(.publishedBeforeDurability) { published.withLock { $0 = state } }
        let woken = Set(decided.plan.outbox.map(\.dataflow))
        let due = decided.plan.profiles.lazy.compactMap(\.profile.due).min()
        underWay.append(
            CommitsUnderWay.Step(commit: commit.flatMap { $0.isDurable ? nil : $0 }) { [self] lost in
                if let lost {
                    traces.forget(expected)
                    return writes.failed(lost)
                }
                if let commit {
                    recalls.recall(commit.claimed)
                    writes.succeeded()
                }
                published.withLock { $0 = state }
                if !woken.isEmpty { onCommit(woken) }
                if let due { onDue(due) }
            }
        )
    }

    /// Stages a plan whose records may be part of traces; a relay may claim them before anybody here knows that it is durable.
    private func stage(
        _ plan: CommitPlan,
        in batch: BatchID,
        _ expected: Set<RecordTraces.Change>
    ) async throws(StorageError) -> StagedCommit {
        var plan = plan
        plan.catalogVersion = staged.withLock { $0.catalogVersion }
        do throws(StorageError) {
            let isBeside = options.decision.plantedFaults.contains(.commitsWithoutBatch)
            let commit =
                if isBeside { try await storage.stage(plan) } else { try await storage.stage(plan, in: batch) }
            commitCount.wrappingAdd(1, ordering: .relaxed)
            recalls.announce(commit.claimed)
            return commit
        } catch {
            traces.forget(expected)
            writes.failed(error)
            throw error
        }
    }

    /// Commits what a catalog needs, which takes nothing out of the outbox.
    private func commit(_ plan: CommitPlan) async throws(StorageError) {
        do throws(StorageError) {
            try await storage.commit(plan)
            writes.succeeded()
        } catch {
            writes.failed(error)
            throw error
        }
    }

    /// How far backfills are: that of a shared store as of now, when the profiles of the batch under way are held, since another node
    /// may take turns.
    private func backfillPlaces() async throws(StorageError) -> [Backfill.ID: Int64] {
        let (orders, known) = staged.withLock { ($0.definition.backfills, $0.backfillPlaces) }
        guard !orders.isEmpty, storage is any SharedStorage else { return known }
        let ordered = Set(orders.map(\.id))
        let stored = try await storage.backfillProgress(scope: scope).filter { ordered.contains($0.key) }
        return known.merging(stored.mapValues(\.row)) { max($0, $1) }
    }

    private func emptyBatch(_ backfillPlaces: [Backfill.ID: Int64]) -> DecisionBatch {
        let state = staged.withLock { $0 }
        return DecisionBatch(
            scope: scope,
            catalog: state.catalog,
            paths: state.paths,
            datasets: state.datasets,
            admission: state.admission,
            backfillPlaces: backfillPlaces,
            options: options.decision
        )
    }

    /// Reads the dictionaries anew, for what is decided; readers get them with the next commit.
    ///
    /// - Returns: Whether that brought anything.
    private func readDictionaries() async throws(StorageError) -> Bool {
        let (paths, datasets) = try await StoredDictionaries.read(scope: scope, from: storage)
        return staged.withLock { state in
            guard paths.count > state.paths.count || datasets.count > state.datasets.count else { return false }
            state.paths = paths
            state.datasets = datasets
            return true
        }
    }

    /// Compiles against a copy of the engine's own dictionary, stores, and only then decides by it: what cannot be used
    /// is never stored.
    ///
    /// It waits until nothing is under way, so that what is decided by and what readers see is one state, before and after.
    private func swap(_ change: CatalogChange) async -> Result<[CatalogError], EngineError> {
        do throws(StorageError) {
            try await underWay.settled()
            for _ in 1..<Pipeline.compilationsMax {
                if let result = try await swapByKnownNumbers(change) { return result }
                // Somebody else has given out the numbers that its new paths got here.
                _ = try await readDictionaries()
            }
            if let result = try await swapByKnownNumbers(change) { return result }
            throw StorageError(.conflict, "others give out numbers of paths faster than they can be read; try again")
        } catch {
            return .failure(EngineError(error))
        }
    }

    /// How often a catalog is compiled because others have given out numbers meanwhile.
    private static let compilationsMax = 5

    /// Compiles against the dictionary in hand, stores, and decides by it.
    ///
    /// - Returns: What was left out, or why it cannot be; nil when the dictionary in hand is not what is stored, and nothing was done.
    private func swapByKnownNumbers(
        _ change: CatalogChange
    ) async throws(StorageError) -> Result<[CatalogError], EngineError>? {
        var state = staged.withLock { $0 }
        let known = state.paths.count
        var definition = change.definition
        var leftOut: [CatalogError] = []
        do throws(CatalogError) {
            state.catalog =
                change.isLenient
                ? try Catalog(compilingUsable: &definition, paths: &state.paths, leftOut: &leftOut)
                : try Catalog(compiling: definition, paths: &state.paths, reusing: state.catalog)
        } catch {
            return .failure(EngineError(.invalidCatalog, error.message))
        }
        do throws(StorageError) {
            // First the paths, which mean nothing by themselves, then what names them.
            if state.paths.count > known {
                var plan = CommitPlan(scope: scope)
                plan.paths = state.paths.writes(after: known)
                do throws(StorageError) {
                    try await commit(plan)
                } catch {
                    if error.code == .conflict { return nil }
                    throw error
                }
                let paths = state.paths
                publish { $0.paths = paths }
            }
            try await orderBackfills(&definition.backfills)
            state.catalog.take(definition.backfills)
            let ordered = Set(definition.backfills.map(\.id))
            state.backfillPlaces = state.backfillPlaces.filter { ordered.contains($0.key) }
            state.admission = staged.withLock { $0.admission }
            await recallLeafSets(&state.catalog, after: current.catalog)
            state.catalogVersion = try await change.store()
        } catch {
            writes.failed(error)
            return .failure(EngineError(error))
        }
        state.definition = definition
        let swapped = state
        publish { $0 = swapped }
        if share == .everything { news.tell(VersionedCatalog(definition: definition, version: swapped.catalogVersion)) }
        onCatalog(swapped.catalog, definition)
        return .success(leftOut)
    }

    /// By how many milliseconds nodes' clocks may differ, with what a change of the configuration takes.
    private static let orderMargin: Int64 = 10_000

    /// Gives new backfills the instant after everything that was decided and before everything that will be; durable
    /// before their orders are, so that a crash changes nothing of it.
    ///
    /// Where other nodes decide too there is no such instant. It is one then by which nobody is missed, though some may be told of
    /// twice: later for members of what was mapped, earlier for those of what is mapped no more.
    private func orderBackfills(_ backfills: inout [Backfill]) async throws(StorageError) {
        let known = Dictionary(current.definition.backfills.map { ($0.id, $0.orderedAt) }) { first, _ in first }
        for index in backfills.indices { backfills[index].orderedAt = known[backfills[index].id] ?? nil }
        guard backfills.contains(where: { $0.orderedAt == nil }) else { return }
        let stored = try await storage.backfillProgress(scope: scope)
        var plan = CommitPlan(scope: scope)
        let now = now
        for index in backfills.indices where backfills[index].orderedAt == nil {
            let id = backfills[index].id
            let margin = storage is any SharedStorage ? Self.orderMargin : 0
            let later = backfills[index].unmapped.isEmpty ? margin : -margin
            let instant = Timestamp(milliseconds: now.milliseconds + later)
            backfills[index].orderedAt = stored[id]?.orderedAt ?? instant
            if stored[id]?.orderedAt == nil {
                plan.backfills[id] = CommitPlan.BackfillProgress(row: 0, orderedAt: instant)
            }
        }
        guard !plan.isEmpty else { return }
        var admission = staged.withLock { $0.admission }
        admission.instant = Timestamp(milliseconds: now.milliseconds + 1)
        plan.admission = admission
        try await commit(plan)
        publish { $0.admission.instant = max($0.admission.instant, admission.instant) }
    }

    /// Changes what is decided by and what readers see, while nothing is under way.
    private func publish(_ change: (inout Published) -> Void) {
        staged.withLock { change(&$0) }
        published.withLock { change(&$0) }
    }

    /// Tells a catalog what profiles kept up by those before it; without that only events are read again.
    private func recallLeafSets(_ catalog: inout Catalog, after earlier: Catalog) async {
        do throws(StorageError) {
            catalog.recall(try await leafSets.enter(catalog.leafSet, now: now))
        } catch {
            logger.warning(
                "What profiles keep of their events cannot all be told, so that more events are read",
                metadata: ["error.code": "\(error.code.rawValue)", "error.message": "\(error.message)"]
            )
            catalog.recall([earlier.leafSet])
        }
    }
}

extension LaneWork {
    /// Nobody waits for it, so what cannot be done is left out.
    fileprivate var isBackground: Bool {
        switch self {
        case .inputs: true
        case .messages, .catalog: false
        }
    }

    fileprivate var trace: TraceContext? {
        switch self {
        case .messages(_, _, let trace), .inputs(_, _, let trace): trace
        case .catalog: nil
        }
    }

    fileprivate func append(to inputs: inout [Input], at now: Timestamp) {
        switch self {
        case .messages(let messages, _, _):
            inputs.reserveCapacity(inputs.count + messages.count)
            for message in messages { inputs.append(Input(cause: .message(message), now: now)) }
        case .inputs(let causes, _, _):
            for cause in causes { inputs.append(Input(cause: cause, now: now)) }
        case .catalog:
            // A catalog is swapped, not decided.
            break
        }
    }

    fileprivate func resume(_ result: Result<[DecisionResult], EngineError>) {
        switch self {
        case .messages(_, let continuation, _), .inputs(_, let continuation, _):
            continuation.resume(returning: result)
        case .catalog(_, let continuation):
            continuation.resume(returning: result.map { _ in [] })
        }
    }
}

extension Result where Failure == EngineError {
    fileprivate var isFull: Bool {
        if case .failure(let error) = self { error.code == .storageFull } else { false }
    }
}
