import ActivationCore
import ActivationEngine

/// How many profiles a rule would have, and what would change by it, reckoned from those looked at so far (BEHAVIOUR 5.8).
///
/// A sample from all over the store comes first and gives the share for what has not been looked at; then all profiles
/// are read in order and take its place.
struct PreviewEstimate: Sendable, Equatable {
    /// What was counted among the profiles that were looked at.
    struct Count: Sendable, Equatable {
        /// In the sample.
        var sampled = 0
        /// In order.
        var counted = 0
    }

    /// A number and how far it may be off.
    struct Figure: Sendable, Equatable {
        /// The number.
        var size: Int
        /// Its standard error: 0 when all profiles were read.
        var standardError: Double
    }

    /// What would change if an audience got the rule.
    struct Effect: Sendable, Equatable {
        /// Those who would become members.
        var entering = Count()
        /// Members who would cease to be.
        var exiting = Count()
        /// Records that dataflows would get.
        var records: [Dataflow.ID: Count] = [:]
    }

    /// Profiles there were when it began.
    var total = 0
    /// Profiles of the sample.
    var sampleRead = 0
    /// Profiles read in order.
    var read = 0
    /// Those of them for which the rule holds.
    var matches = Count()
    /// What would change; nil when that was not asked.
    var effect: Effect?
    /// Whether every profile was read.
    var isWhole = false

    /// How many there are of what was counted.
    func figure(_ count: Count) -> Figure { figure(of: [count]) }

    /// How many there are of what was counted in several places, together.
    func figure(of counts: some Collection<Count>) -> Figure {
        let sampled = counts.reduce(0) { $0 + $1.sampled }
        let counted = counts.reduce(0) { $0 + $1.counted }
        let looked = sampleRead > 0 ? sampleRead : read
        guard !isWhole, looked > 0 else { return Figure(size: counted, standardError: 0) }
        let share = Double(sampleRead > 0 ? sampled : counted) / Double(looked)
        let rest = Double(max(total - read, 0))
        // Where identities are counted by themselves a profile may count more than once, like arrivals.
        let variance = share <= 1 ? share * (1 - share) : share
        return Figure(
            size: counted + Int((share * rest).rounded()),
            standardError: rest * (variance / Double(looked)).squareRoot()
        )
    }

    /// The profiles for which the rule holds.
    var size: Int { figure(matches).size }

    /// The standard error of ``size``.
    var standardError: Double { figure(matches).standardError }

    /// Profiles that the shown figures rest on.
    var profilesRead: Int { isWhole ? read : max(read, sampleRead) }

    /// Those of them for which the rule holds.
    var profilesMatched: Int { read >= sampleRead || isWhole ? matches.counted : matches.sampled }

    /// Whether the sample is complete; there is none of a small store.
    var isSampled: Bool { sampleRead > 0 && read > 0 }
}

extension PreviewEstimate.Effect {
    /// Adds what would happen to some profiles.
    ///
    /// - Parameters:
    ///   - effect: What would happen.
    ///   - count: Where it is counted.
    mutating func add(_ effect: RehearsedEffect, _ count: WritableKeyPath<PreviewEstimate.Count, Int>) {
        entering[keyPath: count] += Int(effect.entering)
        exiting[keyPath: count] += Int(effect.exiting)
        for (dataflow, number) in effect.records {
            records[dataflow, default: PreviewEstimate.Count()][keyPath: count] += number
        }
    }
}
