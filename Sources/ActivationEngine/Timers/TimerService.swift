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
    func run() async {
        while !changed.isClosed {
            guard state.withLock({ $0.hasCatalog }) else {
                await changed.wait()
                continue
            }
            if let wait = state.withLock({ $0.next })?.wait(from: time.now()) {
                await changed.wait(atMost: min(wait, Self.glance))
                continue
            }
            do {
                try await step()
            } catch let error as EngineError where error.code == .overloaded || error.code == .shuttingDown {
                logger.debug("Timers wait", metadata: ["error.code": "\(error.code.rawValue)"])
                await pause()
            } catch {
                logger.warning("Timers wait", metadata: ["error.message": "\(error)"])
                await pause()
            }
        }
    }

    /// Waits a little, whoever rings; a cancelled task waits for the end of the run.
    private func pause() async {
        do { try await Task.sleep(for: Self.glance) } catch { await changed.wait() }
    }

    /// Ends the run after the present step.
    func stop() { changed.close() }

    /// Takes up the profiles that are due first, if any is due now.
    func step() async throws {
        // Whoever becomes due while the storage is asked is noted on top of the answer.
        let (stuck, taken) = state.withLock { state in
            state.next = .distantFuture
            defer { state.taken = [] }
            return (state.stuck, state.taken)
        }
        do {
            let first = try await storage.dueProfiles(scope: scope, limit: options.timerStep + stuck.count)
                .filter { !stuck.contains($0) }
            let still = first.filter(taken.contains)
            if !still.isEmpty { passOver(still) }
            let now = time.now()
            let due = first.filter { $0.due <= now && !taken.contains($0) }
            if !due.isEmpty { try await lane.runClock(due.map(\.id)) }
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

    /// How long it is until then; nil when it is not to come any more.
    fileprivate func wait(from now: Timestamp) -> Duration? {
        self > now ? now.duration(to: self) : nil
    }
}
