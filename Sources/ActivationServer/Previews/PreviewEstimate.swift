import ActivationEngine

/// How many profiles a rule would have, reckoned from those looked at so far (BEHAVIOUR 5.8).
///
/// A sample from all over the store comes first and gives the share for what has not been looked at; then all profiles
/// are read in order and take its place.
struct PreviewEstimate: Sendable, Equatable {
    /// Profiles there were when it began.
    var total = 0
    /// Profiles of the sample, and those of them for which the rule holds.
    var sampleRead = 0
    var sampleMatched = 0
    /// Profiles read in order, and those of them for which the rule holds.
    var read = 0
    var matched = 0
    /// Whether every profile was read.
    var isWhole = false

    /// The profiles for which the rule holds.
    var size: Int { isWhole ? matched : matched + Int((share * Double(rest)).rounded()) }

    /// The standard error of ``size``: 0 when all profiles were read.
    var standardError: Double {
        let count = sampleRead > 0 ? sampleRead : read
        guard !isWhole, count > 0 else { return 0 }
        // Where identities are counted by themselves a profile may count more than once, like arrivals.
        let variance = share <= 1 ? share * (1 - share) : share
        return Double(rest) * (variance / Double(count)).squareRoot()
    }

    /// Profiles that the shown figures rest on.
    var profilesRead: Int { isWhole ? read : max(read, sampleRead) }

    /// Those of them for which the rule holds.
    var profilesMatched: Int { read >= sampleRead || isWhole ? matched : sampleMatched }

    private var rest: Int { max(total - read, 0) }

    private var share: Double {
        if sampleRead > 0 { return Double(sampleMatched) / Double(sampleRead) }
        return read > 0 ? Double(matched) / Double(read) : 0
    }
}
