/// What is done about inputs that were decided together and could not be stored.
///
/// What others cause by chance (`conflict`) goes away by trying the same again, and where it does not, in halves, since two batches
/// meet the less the smaller they are. What takes too long (`expired`) or too much (`tooLarge`) is halved at once. What one input
/// alone causes is halved until only that one has it. What an old catalog decided (`catalogChanged`) is decided by the new one, as it
/// is. Only that and an input alone are tried often, and everything that is done over is counted for a batch as it was taken up, so
/// that a storage that refuses all keeps the lane for some time and not for hours.
package struct BatchRecovery {
    /// What comes next.
    package enum Step: Hashable, Sendable {
        /// The same inputs once more, at once.
        case again
        /// The first half, then the other.
        case inHalves
        /// They get the error.
        case refuse
    }

    /// How often one input alone is tried.
    package static let triesMax = 8
    /// How often several are tried together before they are divided.
    private static let triesTogetherMax = 2
    /// How often anything is tried over of all that was taken up together: room for a dozen inputs to be singled out of thousands and
    /// tried to the last.
    static let retriesMax = 256

    /// What was tried over so far.
    private(set) var retries = 0

    /// Begins with what was taken up together.
    package init() {}

    /// Chooses the next step.
    ///
    /// - Parameters:
    ///   - code: Why they could not be stored.
    ///   - tries: How often just these were tried, with the last time.
    ///   - isAlone: Whether it is one input, so that there are no halves.
    ///   - singlesOut: Whether others are to be spared what one of them causes.
    /// - Returns: The step.
    package mutating func step(after code: StorageError.Code, tries: Int, isAlone: Bool, singlesOut: Bool) -> Step {
        switch code {
        case .conflict, .staleIndex, .expired, .catalogChanged:
            let step: Step =
                if isAlone || code == .catalogChanged {
                    tries < Self.triesMax ? .again : .refuse
                } else {
                    code != .expired && tries < Self.triesTogetherMax ? .again : .inHalves
                }
            guard step != .refuse, retries < Self.retriesMax else { return .refuse }
            retries += 1
            return step
        case .tooLarge: return isAlone ? .refuse : .inHalves
        case .corrupt, .outdated, .incomplete: return isAlone || !singlesOut ? .refuse : .inHalves
        default: return .refuse
        }
    }
}

extension StorageError.Code {
    /// The index of identities and the profiles disagree: one of them was read before the other, or is damaged.
    ///
    /// It stays in the pipeline, which finds out by trying again.
    package static let staleIndex = StorageError.Code(rawValue: "stale_index")
}
