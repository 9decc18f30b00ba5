import ActivationCore
import Logging
import Synchronization

/// Evaluates audiences over all stored profiles, in steps through the lane, resumable (BEHAVIOUR 5.1).
///
/// One task moves the schedule and is alone to write it; definitions, and what callers ask for, wait for that task
/// between two steps.
final class AudienceEvaluator: Sendable {
    /// What a caller wants of the schedule, with the caller.
    private enum Request {
        case begin(EvaluationPass)
        case cancel(EvaluationPass.ID)
    }

    private typealias Answer = CheckedContinuation<Result<EvaluationPass?, EngineError>, Never>

    private struct State {
        /// The audiences there are, each with its version; nil before the evaluator was told.
        var definitions: [Audience.ID: AudienceVersion]?
        /// The version of how long events stay; nil = for ever.
        var expirations: String?
        /// When datasets end.
        var ends = DatasetEnds()
        var requests: [(Request, Answer)] = []
        var schedule: EvaluationSchedule
        /// Profiles there were when they were last counted.
        var total: Int
        var rate = EvaluationRate()
        /// Whether something is in the way.
        var isStuck = false
        var isStopped = false
    }

    private let scope: Scope
    private let storage: any Storage
    private let store: EvaluationStore
    private let lane: IngestLane
    private let time: any TimeSource
    private let ids: any IDSource
    private let options: EngineOptions
    private let logger: Logger
    private let state: Mutex<State>
    private let changed = Signal()
    /// The schedule as it was read.
    private let initial: EvaluationSchedule

    /// How long the evaluator waits before it tries again what failed.
    private static let pause = Duration.seconds(1)

    /// Reads how far evaluations are.
    ///
    /// - Throws: When the storage cannot be read.
    init(
        scope: Scope,
        storage: any Storage,
        control: any ControlStore,
        lane: IngestLane,
        time: any TimeSource,
        ids: any IDSource = RandomIDSource(),
        options: EngineOptions,
        logger: Logger
    ) async throws(StorageError) {
        self.scope = scope
        self.storage = storage
        self.lane = lane
        self.time = time
        self.ids = ids
        self.options = options
        self.logger = logger
        store = EvaluationStore(control: control, scope: scope)
        let (stored, schedule) = try await store.read(logger: logger)
        initial = stored
        state = Mutex(State(schedule: schedule, total: try await storage.profileCount(scope: scope)))
    }

    // MARK: What others ask

    /// Tells the evaluator which audiences exist in which version, how long events stay and when datasets end.
    func update(
        _ definitions: [Audience.ID: AudienceVersion],
        _ expirations: EventExpirations,
        _ ends: DatasetEnds = DatasetEnds()
    ) {
        state.withLock { state in
            state.ends = ends
            state.definitions = definitions
            state.expirations = expirations.version
        }
        changed.ring()
    }

    /// Counts the profiles, for what ``progress(_:)`` says of audiences that wait.
    func countProfiles() async throws(StorageError) {
        let total = try await storage.profileCount(scope: scope)
        state.withLock { $0.total = total }
    }

    /// How far an audience is; nil when there is none in use with this id.
    func progress(_ audience: Audience.ID) -> EvaluationProgress? {
        let now = time.now()
        return state.withLock { state in
            guard let version = state.definitions?[audience] else { return nil }
            guard let share = state.schedule.shares[audience], share.version == version else {
                return EvaluationProgress(state: .waiting, processed: 0, total: state.total)
            }
            return share.progress(
                at: state.schedule.position,
                rate: state.rate.perSecond,
                isMoving: !state.isStuck,
                now: now
            )
        }
    }

    /// How far the visit to all profiles is that takes out what a dataset has stated which has ended; nil = it has not begun.
    func removal(of dataset: String) -> DatasetRemoval? {
        state.withLock { state in state.schedule.removals[dataset]?.at(state.schedule.position) }
    }

    /// All passes that are known, in the order they were asked for.
    var passes: [EvaluationPass] {
        state.withLock { $0.schedule.orderedPasses }
    }

    /// A pass; nil when there is none with this id.
    func pass(_ id: EvaluationPass.ID) -> EvaluationPass? {
        state.withLock { $0.schedule.pass(id) }
    }

    /// Callers that wait for the end of the present step.
    var waitingRequests: Int { state.withLock { $0.requests.count } }

    /// Begins a pass; answers when that is durable.
    func begin(_ audiences: [Audience.ID]) async throws(EngineError) -> EvaluationPass.ID {
        var distinct = Set<Audience.ID>()
        let pass = EvaluationPass(
            id: EvaluationPass.ID(uuid: ids.next()),
            audiences: audiences.filter { distinct.insert($0).inserted },
            createdAt: time.now()
        )
        _ = try await ask(.begin(pass))
        return pass.id
    }

    /// Ends a pass; answers when that is durable, with nil when there is no such pass.
    func cancel(_ id: EvaluationPass.ID) async throws(EngineError) -> EvaluationPass? {
        try await ask(.cancel(id))
    }

    private func ask(_ request: Request) async throws(EngineError) -> EvaluationPass? {
        let result = await withCheckedContinuation { (answer: Answer) in
            let isStopped = state.withLock { state in
                if !state.isStopped { state.requests.append((request, answer)) }
                return state.isStopped
            }
            if isStopped { answer.resume(returning: .failure(AudienceEvaluator.stopped)) }
            changed.ring()
        }
        return try result.get()
    }

    private static let stopped = EngineError(.shuttingDown, "the server is stopping; send the request again")

    // MARK: The task that moves the schedule

    /// Evaluates until stopped.
    func run() async {
        var stored = initial
        var pace = StepPace(from: options.evaluationStepMin, to: options.evaluationStep)
        while !changed.isClosed {
            await answerRequests(&stored)
            do {
                try await join()
                let began = time.now()
                try await save(over: &stored)
                let hasStepped = try await step(&pace, write: began.duration(to: time.now()))
                setStuck(nil)
                if !hasStepped { await rest() }
            } catch {
                setStuck(error)
                // When cancelled no pause would last: then only the end is waited for.
                if Task.isCancelled {
                    await changed.wait()
                } else {
                    await changed.wait(atMost: AudienceEvaluator.pause)
                }
            }
        }
        refuseRequests()
        do {
            try await save(over: &stored)
        } catch {
            // The next start makes the last step once more, which changes nothing.
            logger.info("Evaluation not saved", metadata: ["error.message": "\(error)"])
        }
    }

    /// Waits for something to do: that somebody asks, or that a dataset ends.
    private func rest() async {
        let now = time.now()
        guard let next = state.withLock({ $0.ends.next(after: now) }) else { return await changed.wait() }
        // A wall clock may be set, so it is looked at now and then.
        await changed.wait(atMost: min(now.duration(to: next), AudienceEvaluator.pause))
    }

    /// Ends the run after the present step.
    func stop() { changed.close() }

    private func refuseRequests() {
        let requests = state.withLock { state in
            state.isStopped = true
            return exchange(&state.requests, with: [])
        }
        for (_, answer) in requests { answer.resume(returning: .failure(AudienceEvaluator.stopped)) }
    }

    private func setStuck(_ error: (any Error)?) {
        let wasStuck = state.withLock { state in exchange(&state.isStuck, with: error != nil) }
        if let error, !wasStuck {
            // That the server stops is no trouble.
            let isTrouble = (error as? EngineError)?.code != .shuttingDown
            logger.log(
                level: isTrouble ? .warning : .debug,
                "Evaluation waits, and is tried again",
                metadata: ["error.message": "\(error)"]
            )
        } else if error == nil, wasStuck {
            logger.debug("Evaluation goes on")
        }
    }

    /// Does what callers asked for, each by itself.
    private func answerRequests(_ stored: inout EvaluationSchedule) async {
        let (requests, definitions) = state.withLock { state in
            (exchange(&state.requests, with: []), state.definitions ?? [:])
        }
        for (request, answer) in requests {
            do throws(EngineError) {
                var schedule = state.withLock { $0.schedule }
                let id: EvaluationPass.ID
                switch request {
                case .begin(let pass):
                    try schedule.begin(pass, definitions, options)
                    id = pass.id
                case .cancel(let pass):
                    schedule.cancel(pass, now: time.now())
                    id = pass
                }
                try await save(schedule, over: &stored)
                answer.resume(returning: .success(schedule.pass(id)))
            } catch {
                answer.resume(returning: .failure(error))
            }
        }
    }

    /// Lets in what waits.
    private func join() async throws(StorageError) {
        let (schedule, definitions, expirations) = state.withLock { ($0.schedule, $0.definitions, $0.expirations) }
        let ended = state.withLock { $0.ends }.ended(at: time.now())
        guard let definitions, schedule.awaitsJoin(definitions, expirations: expirations, ended: ended) else { return }
        try await countProfiles()
        let now = time.now()
        state.withLock { state in
            state.schedule.join(definitions, expirations: expirations, ended: ended, total: state.total, now: now)
            state.rate.note(state.schedule.position.visited, at: now)
        }
    }

    /// Makes the schedule durable as it is now.
    private func save(over stored: inout EvaluationSchedule) async throws(StorageError) {
        let schedule = state.withLock { $0.schedule }
        try await store.write(schedule, over: stored, now: time.now())
        stored = schedule
    }

    /// Makes a schedule durable, then the one that counts.
    private func save(
        _ schedule: EvaluationSchedule,
        over stored: inout EvaluationSchedule
    ) async throws(EngineError) {
        do throws(StorageError) {
            try await store.write(schedule, over: stored, now: time.now())
        } catch {
            throw EngineError(error)
        }
        stored = schedule
        state.withLock { $0.schedule = schedule }
    }

    /// Evaluates some profiles for everybody who needs it.
    ///
    /// - Parameters:
    ///   - pace: How many.
    ///   - write: How long it took to save the step before.
    /// - Returns: Whether there was anything to do.
    /// - Throws: What was in the way; the same step is made again then.
    private func step(_ pace: inout StepPace, write: Duration) async throws -> Bool {
        let (schedule, isTold) = state.withLock { ($0.schedule, $0.definitions != nil) }
        // Without definitions everybody would be evaluated for nothing.
        guard isTold, schedule.isActive else {
            state.withLock { $0.rate.rest() }
            return false
        }
        let began = time.now()
        let limit = pace.step
        let read = try await storage.profileRows(scope: scope, after: schedule.position.row, limit: limit)
        let (profiles, next) = schedule.step(read, limit: limit)
        var counts = EvaluationCounts(of: schedule.passes.values)
        if !profiles.isEmpty {
            let audiences = schedule.audiences
            let causes = profiles.map { Input.Cause.evaluation($0.id, audiences: audiences) }
            for case .evaluated(let evaluation) in try await lane.decide(causes) {
                counts.add(evaluation)
            }
        }
        let now = time.now()
        pace.took(began.duration(to: now), beyond: write)
        state.withLock { [counts] state in
            state.schedule.advance(to: next, counts, now: now)
            state.rate.note(next.visited, at: now)
        }
        return true
    }
}
