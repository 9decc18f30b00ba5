import ActivationEngine
import Synchronization

/// Overwrites what deletions leave behind in the files, behind the calls, one pass for all deletions before it.
final class Scrubber: Sendable {
    private struct State {
        var isRunning = false
        var isWanted = false
    }

    /// Whoever lets the storage go lets its thread and its directory go; a scrub goes on at the next start.
    private weak let writer: DatabaseActor<WriterDatabase>?
    private let state = Mutex(State())
    /// How long a reader in the way is waited for, and how long others have the writer between two steps.
    private static let retryInterval = Duration.milliseconds(500)
    private static let stepPause = Duration.milliseconds(100)
    /// How long other deletions are waited for, so that one pass serves all.
    private static let gatherInterval = Duration.milliseconds(500)

    init(_ writer: DatabaseActor<WriterDatabase>) {
        self.writer = writer
    }

    /// Has what was deleted until now overwritten.
    func begin() {
        let starts = state.withLock { state in
            defer { (state.isRunning, state.isWanted) = (true, true) }
            return !state.isRunning
        }
        guard starts else { return }
        Task { [weak self] in
            while let scrubber = self, scrubber.goesOn {
                // What is in the way of a scrub is in the way of commits too, which say so; it is wanted again at the
                // next start.
                do { try await scrubber.run() } catch { scrubber.state.withLock { $0.isWanted = false } }
            }
        }
    }

    private var goesOn: Bool {
        state.withLock { state in
            state.isRunning = state.isWanted
            state.isWanted = false
            return state.isRunning
        }
    }

    private func run() async throws {
        try await Task.sleep(for: Self.gatherInterval)
        guard let writer else { return }
        let wanted = try await writer.perform { database throws(StorageError) in try database.scrubWanted() }
        guard var scrub = wanted else { return }
        while !scrub.isDone {
            let step = scrub
            let next = try await writer.perform { database throws(StorageError) -> WriterDatabase.Scrub? in
                var step = step
                return try database.scrubStep(&step) ? step : nil
            }
            if let next { scrub = next }
            if !scrub.isDone { try await Task.sleep(for: next == nil ? Self.retryInterval : Self.stepPause) }
        }
    }
}
