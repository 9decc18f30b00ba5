import ActivationCore
import Logging
import Synchronization

/// Brings profiles to the pipeline when the clock may change them, in the order of their instants (BEHAVIOUR 3.1).
///
/// The storage knows who is due; here stands only when the first of them is, so that waiting costs nothing.
final class TimerService: Sendable {
    private struct State {
        /// No profile is due before; nil = unknown, the storage has to be asked.
        var next: Timestamp?
        /// Who was taken up last.
        var taken: Set<DueProfile> = []
        /// Profiles that stayed due at an instant although they were taken up: they cannot be read.
        var stuck: Set<DueProfile> = []
        /// Whether it is known which audiences exist; without them nothing can be decided.
        var hasCatalog = false
    }

    private let scope: Scope
    private let storage: any Storage
    private let lane: IngestLane
    private let time: any TimeSource
    private let options: EngineOptions
    private let logger: Logger
    private let state = Mutex(State())
    private let changed = Signal()

    /// A wall clock may be set, so it is looked at this often.
    private static let glance = Duration.seconds(1)
    /// Shorter than an evaluation's: very many may be due at once, day after day.
    private static let stepDuration = Duration.milliseconds(25)

    init(
        scope: Scope,
        storage: any Storage,
        lane: IngestLane,
        time: any TimeSource,
        options: EngineOptions,
        logger: Logger
    ) {
        self.scope = scope
        self.storage = storage
        self.lane = lane
        self.time = time
        self.options = options
        self.logger = logger
    }

    /// There is a catalog to decide by.
    func begin() {
        state.withLock { $0.hasCatalog = true }
        changed.ring()
    }

    /// A profile was stored that is due at an instant.
    func expect(_ due: Timestamp) {
        let isEarlier = state.withLock { state in
            guard let next = state.next, due < next else { return false }
            state.next = due
            return true
        }
        if isEarlier { changed.ring() }
    }

    /// Takes up due profiles until stopped.
    ///
    /// - Parameter now: The instant that an input would be given; it may be ahead of the clock, never behind it.
    func run(now: @Sendable () -> Timestamp) async {
        var pace = StepPace(from: options.timerStepMin, to: options.timerStep, within: Self.stepDuration)
        var isWaiting = false
        while !changed.isClosed {
            guard state.withLock({ $0.hasCatalog }) else {
                await changed.wait()
                continue
            }
            if let next = state.withLock({ $0.next }), next > now() {
                // The clock gets there; what is ahead of it stands still until then.
                await changed.wait(atMost: min(time.now().duration(to: next), Self.glance))
                continue
            }
            do {
                try await step(&pace, now: now())
                if isWaiting { logger.notice("Timers go on") }
                isWaiting = false
            } catch {
                tellWait(error, isFirst: !isWaiting)
                isWaiting = true
                await pause()
            }
        }
    }

    /// Says once what is in the way.
    private func tellWait(_ error: any Error, isFirst: Bool) {
        // That the server stops is no trouble.
        let isTrouble = (error as? EngineError)?.code != .shuttingDown
        logger.log(
            level: isFirst && isTrouble ? .warning : .debug,
            "Timers wait, and are tried again",
            metadata: ["error.message": "\(error)"]
        )
    }

    /// Waits a little, whoever rings; a cancelled task waits for the end of the run.
    private func pause() async {
        do { try await Task.sleep(for: Self.glance) } catch { await changed.wait() }
    }

    /// Ends the run after the present step.
    func stop() { changed.close() }

    /// Takes up the profiles that are due first, if any is due now.
    private func step(_ pace: inout StepPace, now: Timestamp) async throws {
        // Whoever becomes due while the storage is asked is noted on top of the answer.
        let (stuck, taken) = state.withLock { state in
            state.next = .distantFuture
            defer { state.taken = [] }
            return (state.stuck, state.taken)
        }
        do {
            let first = try await storage.dueProfiles(scope: scope, limit: pace.step + stuck.count)
                .filter { !stuck.contains($0) }
            let still = first.filter(taken.contains)
            if !still.isEmpty { passOver(still) }
            let due = first.filter { $0.due <= now && !taken.contains($0) }
            if !due.isEmpty {
                let began = ContinuousClock.now
                try await lane.decide(due.map { .clock($0.id) })
                // A few say nothing about how long many take.
                if due.count >= pace.step { pace.took(ContinuousClock.now - began) }
            }
            state.withLock { $0.taken = Set(due) }
            if due.isEmpty, still.isEmpty {
                if let next = first.first { expect(next.due) }
            } else {
                // There may be more.
                state.withLock { $0.next = nil }
            }
        } catch {
            state.withLock { $0.next = nil }
            throw error
        }
    }

    /// Leaves profiles alone that are due at the same instant as before they were taken up; else they would be taken up
    /// again and again, and nobody after them.
    private func passOver(_ profiles: [DueProfile]) {
        logger.error("Profiles cannot be evaluated and stay due", metadata: ["profiles": "\(profiles.count)"])
        state.withLock { $0.stuck.formUnion(profiles) }
    }
}

extension Timestamp {
    /// No instant of any date comes after it.
    fileprivate static let distantFuture = Timestamp(milliseconds: .max)
}
