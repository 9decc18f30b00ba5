import ActivationCore
import Logging

/// Gives up dead letters that were kept for long enough, deleted dataflows' too, and enters them in the books as discarded
/// (BEHAVIOUR 3.18).
///
/// It goes by their codes from the oldest on, so a look costs what is too old, and commits in steps that keep nobody waiting.
struct DeadLetterRetention: Sendable {
    /// Dead letters that one commit lets go, at most.
    static let step = 500
    /// The pause between two looks.
    static let pause = Duration.seconds(600)

    let scope: Scope
    let storage: any Storage
    let time: any TimeSource
    /// For how many milliseconds they are kept; 0 = for ever.
    let keptMilliseconds: Int64
    let logger: Logger

    /// Looks until the task is cancelled, first at once.
    func run() async {
        guard keptMilliseconds > 0 else { return }
        while !Task.isCancelled {
            do throws(StorageError) {
                for (dataflow, count) in try await letGo() {
                    logger.notice(
                        "Dead letters were kept for long enough and are given up",
                        metadata: ["dataflow.id": "\(dataflow.uuid)", "count": "\(count)"]
                    )
                }
            } catch  where !Task.isCancelled {
                logger.warning("Old dead letters are still there", metadata: ["error.message": "\(error)"])
            } catch {
                return
            }
            // Cancelled at the end, where the loop ends too.
            try? await Task.sleep(for: Self.pause)
        }
    }

    /// Lets go of all that are too old.
    ///
    /// - Returns: How many, by dataflow.
    /// - Throws: The storage's error; what was let go before stays so.
    func letGo() async throws(StorageError) -> [Dataflow.ID: Int] {
        guard keptMilliseconds > 0 else { return [:] }
        let first = Timestamp(milliseconds: time.now().milliseconds &- keptMilliseconds)
        var gone: [Dataflow.ID: Int] = [:]
        for dataflow in try await storage.deadLetterCounts(scope: scope).keys {
            for cause in try await storage.deadLetterCauses(dataflow: dataflow) where cause.firstParkedAt < first {
                let count = try await letGo(of: dataflow, code: cause.code, parkedBefore: first)
                if count > 0 { gone[dataflow, default: 0] += count }
            }
        }
        return gone
    }

    private func letGo(
        of dataflow: Dataflow.ID,
        code: String,
        parkedBefore first: Timestamp
    ) async throws(StorageError) -> Int {
        var gone = 0
        while !Task.isCancelled {
            let rows = try await storage.deadLetterRows(
                dataflow: dataflow,
                code: code,
                parkedBefore: first,
                limit: Self.step
            )
            guard !rows.isEmpty else { break }
            let release = DeadLetterRelease(
                of: dataflow,
                as: .discarded,
                rows: rows,
                parkedBefore: first,
                limit: rows.count,
                at: time.now()
            )
            let released = try await storage.release(release).released
            // Somebody else has let them go meanwhile.
            guard released > 0 else { break }
            gone += released
        }
        return gone
    }
}
