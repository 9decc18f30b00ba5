import ActivationCore
import Logging
import Synchronization

/// Turns admitted work into durable changes: prefetch, decide, stage; when it is durable: publish, wake, answer.
///
/// One task decides, over the state that the last staged commit will leave; a second one waits until that survives power loss,
/// and only then does anybody learn of it, in the order in which it was decided (I1).
final class Pipeline: Sendable {
    /// What decisions are made by, and what readers see of it: always the state of a commit that is durable.
    struct Published: Sendable {
        var catalog: Catalog
        var definition: CatalogDefinition
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
        self.logger = logger
        writes = WriteHealth(logger: logger)
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

    /// Works off the lane until it is closed and empty, and everything in it is answered.
    ///
    /// - Throws: Why the lane was closed, when it was closed for a failure; what was in it then is refused.
    func run(_ lane: IngestLane) async throws(EngineError) {
        await workOff(lane) { room in await lane.next(after: room) }
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

    private func perform(_ work: [LaneWork], _ lane: IngestLane) async {
        guard !work.isEmpty else { return }
        var inputs: [Input] = []
        var pieces: [Piece] = []
        var traced = TracedInputs()
        let now = admit()
        for piece in work {
            let start = inputs.count
            piece.append(to: &inputs, at: now)
            pieces.append(Piece(inputs: start..<inputs.count, isBackground: piece.isBackground))
            if let trace = piece.trace { traced.append(start..<inputs.count, of: trace) }
        }
        let before = commitCount.load(ordering: .relaxed)
        let results = await store(pieces[...], of: inputs, traced)
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

    /// One caller's inputs in a batch; they are stored together and answered together.
    private struct Piece {
        var inputs: Range<Int>
        var isBackground: Bool
    }

    /// Decides and stores pieces, together if possible; what only one of them causes only that one gets.
    private func store(
        _ pieces: ArraySlice<Piece>,
        of inputs: [Input],
        _ traced: TracedInputs
    ) async -> [Result<[DecisionResult], EngineError>] {
        guard let first = pieces.first, let last = pieces.last else { return [] }
        do throws(StorageError) {
            let results = try await decide(
                inputs[first.inputs.lowerBound..<last.inputs.upperBound],
                traced,
                bytesMax: options.batchBytesMax
            )
            let base = first.inputs.lowerBound
            return pieces.map { piece in
                .success(Array(results[piece.inputs.lowerBound - base..<piece.inputs.upperBound - base]))
            }
        } catch {
            guard [.tooLarge, .corrupt, .outdated, .conflict, .incomplete].contains(error.code) else {
                return pieces.map { _ in .failure(EngineError(error)) }
            }
            guard pieces.count > 1 else {
                do throws(StorageError) {
                    let results = try await store(first, of: inputs, traced, after: error)
                    return [.success(results)]
                } catch {
                    return [.failure(EngineError(error))]
                }
            }
            let middle = pieces.startIndex + pieces.count / 2
            let before = await store(pieces[..<middle], of: inputs, traced)
            return before + (await store(pieces[middle...], of: inputs, traced))
        }
    }

    /// Decides and stores one piece that failed as a whole: in parts if it is too large, without what cannot be read if
    /// nobody waits for that.
    private func store(
        _ piece: Piece,
        of inputs: [Input],
        _ traced: TracedInputs,
        after error: StorageError
    ) async throws(StorageError) -> [DecisionResult] {
        guard error.code == .tooLarge || piece.isBackground else { throw error }
        return try await storeInParts(inputs[piece.inputs], traced, isBackground: piece.isBackground)
    }

    /// Decides and stores inputs in halves; in the background what cannot be read is left out.
    private func storeInParts(
        _ inputs: ArraySlice<Input>,
        _ traced: TracedInputs,
        isBackground: Bool
    ) async throws(StorageError) -> [DecisionResult] {
        func isLeftOut(_ error: StorageError) -> Bool {
            isBackground && [.corrupt, .outdated, .incomplete].contains(error.code)
        }
        guard inputs.count > 1 else {
            do throws(StorageError) {
                // One input alone is bounded by what its profiles may have.
                return try await decide(inputs, traced, bytesMax: nil)
            } catch {
                guard isLeftOut(error) else { throw error }
                logger.error("Profile not evaluated", metadata: ["error.message": "\(error.message)"])
                return inputs.map { _ in .evaluated(ProfileEvaluation()) }
            }
        }
        let middle = inputs.startIndex + inputs.count / 2
        var results: [DecisionResult] = []
        for part in [inputs[..<middle], inputs[middle...]] {
            do throws(StorageError) {
                results += try await decide(part, traced, bytesMax: options.batchBytesMax)
            } catch {
                guard error.code == .tooLarge || isLeftOut(error) else { throw error }
                results += try await storeInParts(part, traced, isBackground: isBackground)
            }
        }
        return results
    }

    private func decide(
        _ inputs: ArraySlice<Input>,
        _ traced: TracedInputs,
        bytesMax: Int?
    ) async throws(StorageError) -> [DecisionResult] {
        // A batch in parts makes several commits.
        await underWay.room(below: options.stagedBatchesMax)
        var batch = try await prefetch(inputs, whole: [], bytesMax: bytesMax)
        var results = batch.decide(inputs, namingInputs: !traced.isEmpty)
        if !batch.missingEvents.isEmpty {
            batch = try await prefetch(inputs, whole: batch.missingEvents, bytesMax: bytesMax)
            results = batch.decide(inputs, namingInputs: !traced.isEmpty)
        }
        if let missing = batch.missingEvents.first {
            throw StorageError(.incomplete, "the batch was decided without all events of profile \(missing.uuid)")
        }
        if let gap = batch.gap { throw StorageError(.incomplete, "the batch was decided without \(gap)") }
        let catalog = batch.catalog
        let paths = batch.paths
        let datasets = batch.datasets
        let admission = batch.admission
        let backfillPlaces = batch.backfillPlaces
        let plan = (consume batch).commitPlan()
        let expected = traced.isEmpty ? [] : traces.expect(plan.outbox, of: traced)
        let commit = plan.isEmpty ? nil : try await stage(plan, expected)
        let state = staged.withLock { state in
            state.catalog = catalog
            state.backfillPlaces = backfillPlaces
            if options.decision.plantedFaults.contains(.publishedStateOneCommitBehind) {
                (state.paths, state.datasets) =
                    late.withLock { exchange(&$0, with: (paths, datasets)) } ?? (state.paths, state.datasets)
            } else {
                state.paths = paths
                state.datasets = datasets
            }
            state.admission.instant = max(state.admission.instant, admission.instant)
            state.admission.sequence = max(state.admission.sequence, admission.sequence)
            return state
        }
        if options.decision.plantedFaults.contains(.publishedBeforeDurability) { published.withLock { $0 = state } }
        let woken = Set(plan.outbox.map(\.dataflow))
        let due = plan.profiles.lazy.compactMap(\.profile.due).min()
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
        return results
    }

    /// Stages a plan whose records may be part of traces; a relay may claim them before anybody here knows that it is durable.
    private func stage(
        _ plan: CommitPlan,
        _ expected: Set<RecordTraces.Change>
    ) async throws(StorageError) -> StagedCommit {
        do throws(StorageError) {
            let commit = try await storage.stage(plan)
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

    private func prefetch(
        _ inputs: ArraySlice<Input>,
        whole: Set<Profile.ID>,
        bytesMax: Int?
    ) async throws(StorageError) -> DecisionBatch {
        do throws(StorageError) {
            return try await Prefetch.batch(
                emptyBatch(),
                for: inputs,
                scope: scope,
                from: storage,
                whole: whole,
                bytesMax: bytesMax
            )
        } catch {
            guard error.code == .outdated, try await readDictionaries() else { throw error }
            return try await Prefetch.batch(
                emptyBatch(),
                for: inputs,
                scope: scope,
                from: storage,
                whole: whole,
                bytesMax: bytesMax
            )
        }
    }

    private func emptyBatch() -> DecisionBatch {
        let state = staged.withLock { $0 }
        return DecisionBatch(
            scope: scope,
            catalog: state.catalog,
            paths: state.paths,
            datasets: state.datasets,
            admission: state.admission,
            backfillPlaces: state.backfillPlaces,
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
        } catch {
            return .failure(EngineError(error))
        }
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
                try await commit(plan)
                let paths = state.paths
                publish { $0.paths = paths }
            }
            try await orderBackfills(&definition.backfills)
            state.catalog.take(definition.backfills)
            let ordered = Set(definition.backfills.map(\.id))
            state.backfillPlaces = state.backfillPlaces.filter { ordered.contains($0.key) }
            state.admission = staged.withLock { $0.admission }
            await recallLeafSets(&state.catalog, after: current.catalog)
            try await change.store()
        } catch {
            writes.failed(error)
            return .failure(EngineError(error))
        }
        state.definition = definition
        let swapped = state
        publish { $0 = swapped }
        onCatalog(swapped.catalog, definition)
        return .success(leftOut)
    }

    /// Gives new backfills the instant after everything that was decided and before everything that will be; durable
    /// before their orders are, so that a crash changes nothing of it.
    private func orderBackfills(_ backfills: inout [Backfill]) async throws(StorageError) {
        let known = Dictionary(current.definition.backfills.map { ($0.id, $0.orderedAt) }) { first, _ in first }
        for index in backfills.indices { backfills[index].orderedAt = known[backfills[index].id] ?? nil }
        guard backfills.contains(where: { $0.orderedAt == nil }) else { return }
        let stored = try await storage.backfillProgress(scope: scope)
        var plan = CommitPlan(scope: scope)
        let now = now
        for index in backfills.indices where backfills[index].orderedAt == nil {
            let id = backfills[index].id
            backfills[index].orderedAt = stored[id]?.orderedAt ?? now
            if stored[id]?.orderedAt == nil {
                plan.backfills[id] = CommitPlan.BackfillProgress(row: 0, orderedAt: now)
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
