import ActivationEngine

/// Overwrites what deletions leave behind in the files, behind the calls, one pass for all deletions before its end.
final class Scrubber: Sendable {
    /// How long other deletions are waited for, so that one pass serves all.
    private static let gatherInterval = Duration.milliseconds(500)
    /// How long others have the writer between two steps.
    private static let stepPause = Duration.milliseconds(100)
    /// How long a reader in the way is waited for, and, doubling up to a bound, whatever made a step fail.
    private static let retryInterval = Duration.milliseconds(500)
    private static let retryIntervalMax = Duration.seconds(20)

    private let wish: AsyncStream<Void>.Continuation
    private let work: Task<Void, Never>

    /// - Parameter step: Does a step; nil when there is no writer any more.
    init(_ step: @escaping @Sendable () async throws(StorageError) -> WriterDatabase.ScrubStep?) {
        let (wishes, wish) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.wish = wish
        // Whoever lets the storage go lets its thread and its directory go; a scrub goes on at the next start.
        work = Task {
            for await _ in wishes {
                var (pause, retry) = (Self.gatherInterval, Self.retryInterval)
                while (try? await Task.sleep(for: pause)) != nil {
                    do throws(StorageError) {
                        guard let step = try await step(), step != .done else { break }
                        (pause, retry) = (step == .further ? Self.stepPause : Self.retryInterval, Self.retryInterval)
                    } catch {
                        // Nothing is written any more before the next start.
                        guard error.code != .writeLost else { break }
                        (pause, retry) = (retry, min(retry * 2, Self.retryIntervalMax))
                    }
                }
            }
        }
    }

    deinit {
        stop()
    }

    /// Has what was deleted until now overwritten.
    func begin() {
        wish.yield()
    }

    /// Leaves what is not done for the next start.
    func stop() {
        work.cancel()
    }
}
