import ActivationCore
import Logging
import Synchronization

/// Turns admitted work into durable changes: prefetch, decide, commit, answer (DESIGN 4).
///
/// One task runs it; the catalog and the dictionaries belong to that task and are published for readers after each
/// commit.
final class Pipeline: Sendable {
    /// What readers may see: always the state of a finished commit.
    struct Published: Sendable {
        var catalog: Catalog
        var definition: CatalogDefinition
        var paths: PathDictionary
        var datasets: DatasetDictionary
        var lastNow: Timestamp
    }

    private let scope: Scope
    private let storage: any Storage
    private let time: any TimeSource
    private let ids: any IDSource
    private let options: EngineOptions
    private let logger: Logger
    private let published: Mutex<Published>
    /// Told about the dataflows that got new rows.
    private let onCommit: @Sendable (Set<Dataflow.ID>) -> Void
    /// Told about a new catalog, before its update is answered.
    private let onCatalog: @Sendable (CatalogDefinition) -> Void

    init(
        scope: Scope,
        storage: any Storage,
        time: any TimeSource,
        ids: any IDSource,
        options: EngineOptions,
        initial: Published,
        logger: Logger,
        onCommit: @escaping @Sendable (Set<Dataflow.ID>) -> Void,
        onCatalog: @escaping @Sendable (CatalogDefinition) -> Void
    ) {
        self.scope = scope
        self.storage = storage
        self.time = time
        self.ids = ids
        self.options = options
        self.logger = logger
        published = Mutex(initial)
        self.onCommit = onCommit
        self.onCatalog = onCatalog
    }

    /// The state after the last commit.
    var current: Published { published.withLock { $0 } }

    /// Works off the lane until it is closed and empty.
    ///
    /// - Throws: Why the lane was closed, when it was closed for a failure; what was in it then is refused.
    func run(_ lane: IngestLane) async throws(EngineError) {
        while let work = await lane.next() {
            var data: [LaneWork] = []
            for piece in work {
                guard case .catalog(let definition, let continuation) = piece else {
                    data.append(piece)
                    continue
                }
                // A catalog counts for everything after it and nothing before it.
                await perform(data, lane)
                data.removeAll()
                let result = await swap(definition)
                if case .failure(let error) = result, error.code == .writeLost { lane.close(because: error) }
                continuation.resume(returning: result)
            }
            await perform(data, lane)
        }
        if let failure = lane.failure { throw failure }
    }

    private func perform(_ work: [LaneWork], _ lane: IngestLane) async {
        guard !work.isEmpty else { return }
        let inputs = admit(work)
        do throws(EngineError) {
            let results = try await decide(inputs)
            answer(work, results)
        } catch {
            if error.code == .writeLost { lane.close(because: error) }
            logger.error(
                "Batch not stored",
                metadata: ["error.code": "\(error.code.rawValue)", "error.message": "\(error.message)"]
            )
            for piece in work { piece.resume(.failure(error)) }
        }
    }

    /// Gives every input its instant and, should it need one, a new profile's id (RULINGS 3).
    private func admit(_ work: [LaneWork]) -> [Input] {
        let clock = time.now()
        let now = published.withLock { state in
            state.lastNow = max(state.lastNow, clock)
            return state.lastNow
        }
        var inputs: [Input] = []
        for piece in work {
            switch piece {
            case .messages(let messages, _):
                for message in messages {
                    let id = Profile.ID(uuid: ids.next())
                    inputs.append(Input(cause: .message(message, newProfile: id), now: now))
                }
            case .evaluation(let profiles, let audiences, _):
                for profile in profiles {
                    inputs.append(Input(cause: .evaluation(profile, audiences: audiences), now: now))
                }
            case .catalog:
                preconditionFailure("a catalog is swapped, not decided")
            }
        }
        return inputs
    }

    private func decide(_ inputs: [Input]) async throws(EngineError) -> [DecisionResult] {
        let before = current
        var decision = try await prefetch(inputs, before)
        var results: [DecisionResult] = []
        results.reserveCapacity(inputs.count)
        for input in inputs { results.append(decision.decide(input)) }
        let catalog = decision.catalog
        let paths = decision.paths
        let datasets = decision.datasets
        let plan = decision.commitPlan()
        if !plan.isEmpty {
            do throws(StorageError) {
                try await storage.commit(plan)
            } catch {
                throw EngineError(error)
            }
        }
        published.withLock { state in
            state.catalog = catalog
            state.paths = paths
            state.datasets = datasets
        }
        if !plan.outbox.isEmpty { onCommit(Set(plan.outbox.map(\.dataflow))) }
        return results
    }

    private func prefetch(_ inputs: [Input], _ state: Published) async throws(EngineError) -> Decision {
        do throws(StorageError) {
            let loaded = try await Prefetch.load(inputs, catalog: state.catalog, scope: scope, from: storage)
            return try Prefetch.decision(
                loaded,
                scope: scope,
                catalog: state.catalog,
                paths: state.paths,
                datasets: state.datasets,
                options: options.decision
            )
        } catch {
            throw EngineError(error)
        }
    }

    private func answer(_ work: [LaneWork], _ results: [DecisionResult]) {
        var start = 0
        for piece in work {
            let count = piece.inputCount
            piece.resume(.success(Array(results[start..<start + count])))
            start += count
        }
    }

    private func swap(_ definition: CatalogDefinition) async -> Result<Void, EngineError> {
        var state = current
        let known = state.paths.count
        do throws(CatalogError) {
            state.catalog = try Catalog(compiling: definition, paths: &state.paths)
        } catch {
            return .failure(EngineError(.invalidCatalog, error.message))
        }
        var plan = CommitPlan(scope: scope)
        for id in known..<state.paths.count {
            let path = PathID(rawValue: UInt32(id + 1))
            plan.paths.append(
                CommitPlan.PathWrite(
                    id: path,
                    parent: state.paths.parent(of: path),
                    name: Array(state.paths.name(of: path))
                )
            )
        }
        do throws(StorageError) {
            if !plan.isEmpty { try await storage.commit(plan) }
        } catch {
            return .failure(EngineError(error))
        }
        state.definition = definition
        let swapped = state
        published.withLock { $0 = swapped }
        onCatalog(definition)
        return .success(())
    }
}

extension LaneWork {
    fileprivate var inputCount: Int {
        switch self {
        case .messages(let messages, _): messages.count
        case .evaluation(let profiles, _, _): profiles.count
        case .catalog: 0
        }
    }

    fileprivate func resume(_ result: Result<[DecisionResult], EngineError>) {
        switch self {
        case .messages(_, let continuation), .evaluation(_, _, let continuation):
            continuation.resume(returning: result)
        case .catalog(_, let continuation):
            continuation.resume(returning: result.map { _ in })
        }
    }
}
