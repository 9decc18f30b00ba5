import ActivationCore
import Logging
import Synchronization

/// Makes up for what was left undone while dataflows were disabled: brings their marks to the pipeline, in steps, as soon
/// as they are enabled (BEHAVIOUR 3.10).
///
/// The storage knows the marks, so nothing here has to outlive the process.
final class ResumeService: Sendable {
    private struct State {
        var enabled: [Dataflow.ID] = []
        /// Counts the catalogs, so that one that came during a walk is not missed.
        var version = 0
    }

    private let storage: any Storage
    private let lane: IngestLane
    private let options: EngineOptions
    private let logger: Logger
    private let state = Mutex(State())
    private let changed = Signal()

    /// How long it waits before it tries again what failed.
    private static let pause = Duration.seconds(1)

    init(storage: any Storage, lane: IngestLane, options: EngineOptions, logger: Logger) {
        self.storage = storage
        self.lane = lane
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
        while hasProgress, isEnabled(dataflow) {
            hasProgress = false
            var last: ResumeMark.Key?
            while isEnabled(dataflow) {
                let marks = try await storage.marks(dataflow: dataflow, after: last, limit: pace.step)
                guard let end = marks.last else { break }
                last = end.key
                let began = ContinuousClock.now
                let results = try await lane.decide(marks.map { .reconcile($0) })
                if marks.count >= pace.step { pace.took(ContinuousClock.now - began) }
                hasProgress = hasProgress || results.contains(.accepted)
            }
        }
    }

    private func isEnabled(_ dataflow: Dataflow.ID) -> Bool {
        !changed.isClosed && state.withLock { $0.enabled.contains(dataflow) }
    }
}
