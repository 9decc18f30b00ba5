import ActivationCore
import Synchronization

/// What was taken and refused of each dataset's messages, by the hour, since the process began and for a day at most.
///
/// One entry of a request or of a batch of lines, never of a message.
final class IngestionCounts: Sendable {
    /// What came of some messages.
    struct Outcome: Sendable, Equatable {
        /// Taken, those included that were there already.
        var accepted = 0
        /// Refused, by the word for the reason.
        var refused: [String: Int] = [:]

        /// All that were refused.
        var refusals: Int { refused.values.reduce(0, +) }

        /// Adds what came of others.
        mutating func add(_ other: Outcome) {
            accepted += other.accepted
            refused.merge(other.refused, uniquingKeysWith: +)
        }
    }

    /// An hour of one dataset.
    struct Hour: Sendable, Equatable {
        /// When it began.
        var start: Timestamp
        var outcome: Outcome
    }

    private let hours = Mutex<[ByteKey: [Hour]]>([:])
    private let totals = Mutex(Outcome())

    /// What came of all messages since the process began.
    var total: Outcome { totals.withLock { $0 } }

    private static let length: Int64 = 3_600_000
    private static let kept = 24
    /// Datasets that are counted: as many as there may be.
    private static let datasetsMax = Limits.datasetsMax

    /// Counts messages.
    ///
    /// - Parameters:
    ///   - outcome: What came of them.
    ///   - dataset: The id of their dataset.
    ///   - now: When.
    func count(_ outcome: Outcome, of dataset: String, at now: Timestamp) {
        guard outcome.accepted > 0 || !outcome.refused.isEmpty else { return }
        totals.withLock { $0.add(outcome) }
        let start = IngestionCounts.hour(of: now)
        hours.withLock { hours in
            let key = ByteKey(dataset)
            guard hours[key] != nil || hours.count < Self.datasetsMax else { return }
            var known = hours[key] ?? []
            if known.last?.start == start {
                known[known.count - 1].outcome.add(outcome)
            } else {
                known.append(Hour(start: start, outcome: outcome))
                if known.count > Self.kept { known.removeFirst() }
            }
            hours[key] = known
        }
    }

    /// The hours of the last day in which anything came, oldest first.
    func hours(of dataset: String, at now: Timestamp) -> [Hour] {
        let first = IngestionCounts.hour(of: now).milliseconds - Int64(Self.kept - 1) * Self.length
        return hours.withLock { $0[ByteKey(dataset)] ?? [] }.filter { $0.start.milliseconds >= first }
    }

    /// When the hour of an instant began.
    static func hour(of instant: Timestamp) -> Timestamp {
        Timestamp(milliseconds: instant.milliseconds - instant.milliseconds % length)
    }
}
