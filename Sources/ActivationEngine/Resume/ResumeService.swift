import ActivationCore
import Logging
import Synchronization

/// Makes up for what was left undone while dataflows were disabled: brings their marks to the pipeline, in steps, as soon
/// as they are enabled (BEHAVIOUR 3.10), and gives profiles the turns in backfills that they are owed (BEHAVIOUR 3.8).
///
/// The storage knows the marks, so nothing here has to outlive the process.
final class ResumeService: Sendable {
    private struct State {
        var enabled: [Dataflow.ID] = []
        /// Counts what calls for a walk, so that what that came during a walk is not missed.
        var version = 0
        /// Of those that are being worked on.
        var progress: [Dataflow.ID: ResumeProgress] = [:]
    }

    private let storage: any Storage
    private let lane: IngestLane
    private let time: any TimeSource
    private let options: EngineOptions
    private let logger: Logger
    private let state = Mutex(State())
    private let changed = Signal()

    /// How long it waits before it tries again what failed.
    private static let pause = Duration.seconds(1)

    init(
        storage: any Storage,
        lane: IngestLane,
        time: any TimeSource,
        options: EngineOptions,
        logger: Logger
    ) {
        self.storage = storage
        self.lane = lane
        self.time = time
        self.options = options
        self.logger = logger
    }

    /// Tells which dataflows there are.
    func update(_ dataflows: [Dataflow]) {
        state.withLock { state in
            state.enabled = dataflows.filter(\.isEnabled).map(\.id)
            state.version += 1
        }
        changed.ring()
    }

    /// Tells that marks whose time had not come may be worked off now.
    func lookAgain() {
        state.withLock { $0.version += 1 }
        changed.ring()
    }

    /// How far a dataflow is; nil when it is not worked on.
    func progress(of dataflow: Dataflow.ID) -> ResumeProgress? { state.withLock { $0.progress[dataflow] } }

    /// Ends the run after the present step.
    func stop() { changed.close() }

    /// Works marks off until stopped.
    func run() async {
        var pace = StepPace(from: options.evaluationStepMin, to: options.evaluationStep)
        var done = 0
        var isWaiting = false
        while !changed.isClosed {
            let (enabled, version) = state.withLock { ($0.enabled, $0.version) }
            guard version != done else {
                await changed.wait()
                continue
            }
            do {
                for dataflow in enabled { try await walk(dataflow, &pace) }
                done = version
                if isWaiting { logger.notice("What disabled dataflows left undone is made up for again") }
                isWaiting = false
            } catch {
                tellWait(error, isFirst: !isWaiting)
                isWaiting = true
                // A cancelled task waits for the end of the run.
                do { try await Task.sleep(for: Self.pause) } catch { await changed.wait() }
            }
        }
    }

    /// Says once what is in the way.
    private func tellWait(_ error: any Error, isFirst: Bool) {
        // That the server stops is no trouble.
        let isTrouble = (error as? EngineError)?.code != .shuttingDown
        logger.log(
            level: isFirst && isTrouble ? .warning : .debug,
            "What a disabled dataflow left undone waits, and is tried again",
            metadata: ["error.message": "\(error)"]
        )
    }

    /// Works off a dataflow's marks; those of profiles that cannot be read stay.
    ///
    /// A merge may give a mark to a profile that the walk has passed, so it begins again while it gets anything done.
    private func walk(_ dataflow: Dataflow.ID, _ pace: inout StepPace) async throws {
        var hasProgress = true
        var rate = EvaluationRate()
        while hasProgress, isEnabled(dataflow) {
            hasProgress = false
            var last: ResumeMark.Key?
            while isEnabled(dataflow) {
                let marks = try await storage.marks(dataflow: dataflow, after: last, limit: pace.step)
                guard let end = marks.last else { break }
                last = end.key
                try await begin(dataflow)
                let began = ContinuousClock.now
                let results = try await lane.decide(marks.map { .reconcile($0) })
                if marks.count >= pace.step { pace.took(ContinuousClock.now - began) }
                hasProgress = hasProgress || results.contains(.accepted)
                note(results.count { $0 == .accepted }, of: dataflow, &rate)
            }
        }
        state.withLock { $0.progress[dataflow] = nil }
    }

    /// Finds out how much there is to do, once.
    private func begin(_ dataflow: Dataflow.ID) async throws {
        guard progress(of: dataflow) == nil else { return }
        let total = try await storage.markCount(dataflow: dataflow)
        state.withLock { $0.progress[dataflow] = ResumeProgress(total: total) }
    }

    private func note(_ processed: Int, of dataflow: Dataflow.ID, _ rate: inout EvaluationRate) {
        guard var progress = progress(of: dataflow) else { return }
        progress.processed += processed
        // More may have come in before it was enabled than had been counted.
        progress.total = max(progress.total, progress.processed)
        rate.note(Int64(progress.processed), at: time.now())
        progress.secondsLeft = rate.perSecond.map { Double(progress.total - progress.processed) / $0 }
        state.withLock { [progress] in $0.progress[dataflow] = progress }
    }

    private func isEnabled(_ dataflow: Dataflow.ID) -> Bool {
        !changed.isClosed && state.withLock { $0.enabled.contains(dataflow) }
    }
}
