import ActivationCore
import ActivationEngine

/// How many profiles a rule would have, and what would change by it, reckoned from those looked at so far (BEHAVIOUR 5.8).
///
/// A sample from all over the store comes first and gives the share for what has not been looked at; then all profiles
/// are read in order and take its place.
struct PreviewEstimate: Sendable, Equatable {
    /// What was counted among the profiles that were looked at.
    struct Count: Sendable, Equatable {
        /// In the sample, by place.
        var sampled: [Int: Int] = [:]
        /// In order.
        var counted = 0
    }

    /// A place of the sample: neighbours, which are often alike.
    struct Place: Sendable, Equatable {
        /// The row after which it begins.
        var row: Int64
        /// Profiles that were read there.
        var read: Int
    }

    /// Where something is counted.
    enum Reading: Sendable {
        /// In the sample, in the place of this number.
        case sampled(Int)
        /// In order.
        case counted
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
    /// The sample, in the order of reading.
    var places: [Place] = []
    /// Profiles of the sample.
    var sampleRead: Int { places.reduce(0) { $0 + $1.read } }
    /// Profiles read in order.
    var read = 0
    /// The row of the last of them.
    var row: Int64 = 0
    /// Those of them for which the rule holds.
    var matches = Count()
    /// What would change; nil when that was not asked.
    var effect: Effect?
    /// Whether every profile was read.
    var isWhole = false

    /// How many there are of what was counted.
    func figure(_ count: Count) -> Figure { figure(of: [count]) }

    /// How many there are of what was counted in several ways, together.
    ///
    /// What has not been read is reckoned from those places of the sample that lie there. The error is that of a sample of
    /// clusters, by how much the places differ; where they are all alike one of them is taken to be otherwise.
    func figure(of counts: some Collection<Count>) -> Figure {
        let counted = counts.reduce(0) { $0 + $1.counted }
        guard !isWhole, !places.isEmpty || read > 0 else { return Figure(size: counted, standardError: 0) }
        let rest = Double(max(total - read, 0))
        let left = places.indices.filter { places[$0].row >= row && places[$0].read > 0 }
        let used = left.isEmpty ? places.indices.filter { places[$0].read > 0 } : left
        // Of a small store, or one of which only the beginning was read, that beginning is the one place.
        let clusters: [(found: Double, read: Double)] =
            used.isEmpty
            ? [(Double(counted), Double(max(read, 1)))]
            : used.map { place in
                (Double(counts.reduce(0) { $0 + ($1.sampled[place] ?? 0) }), Double(places[place].read))
            }
        let number = Double(clusters.count)
        let profiles = clusters.reduce(0) { $0 + $1.read }
        let share = clusters.reduce(0) { $0 + $1.found } / profiles
        let squares = clusters.reduce(0) { sum, cluster in
            let difference = cluster.found - share * cluster.read
            return sum + difference * difference
        }
        var error = number > 1 ? (squares / (number - 1) / number).squareRoot() / (profiles / number) : 0
        if squares == 0 || number == 1 { error = max(share, 1) / number }
        return Figure(size: counted + Int((share * rest).rounded()), standardError: rest * error)
    }

    /// The profiles for which the rule holds.
    var size: Int { figure(matches).size }

    /// The standard error of ``size``.
    var standardError: Double { figure(matches).standardError }

    /// Profiles that the shown figures rest on.
    var profilesRead: Int { isWhole ? read : max(read, sampleRead) }

    /// Those of them for which the rule holds.
    var profilesMatched: Int {
        read >= sampleRead || isWhole ? matches.counted : matches.sampled.values.reduce(0, +)
    }

    /// Whether the sample is complete; there is none of a small store.
    var isSampled: Bool { !places.isEmpty && read > 0 }
}

extension PreviewEstimate.Effect {
    /// Adds what would happen to some profiles.
    ///
    /// - Parameters:
    ///   - effect: What would happen.
    ///   - reading: Where it is counted.
    mutating func add(_ effect: RehearsedEffect, _ reading: PreviewEstimate.Reading) {
        entering.add(Int(effect.entering), reading)
        exiting.add(Int(effect.exiting), reading)
        for (dataflow, number) in effect.records {
            records[dataflow, default: PreviewEstimate.Count()].add(number, reading)
        }
    }
}

extension PreviewEstimate.Count {
    /// Adds a number.
    mutating func add(_ number: Int, _ reading: PreviewEstimate.Reading) {
        switch reading {
        case .sampled(let place): if number != 0 { sampled[place, default: 0] += number }
        case .counted: counted += number
        }
    }
}
