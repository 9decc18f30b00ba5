import ActivationCore
import ArgumentParser

/// What becomes of a profile with too many identities or events, as it is said on the command line (BEHAVIOUR 4.3, 4.5).
enum OverCap: String, CaseIterable, ExpressibleByArgument {
    case evict
    case exclude

    /// The rule that the word names.
    var rule: DecisionOptions.CapRule { self == .evict ? .evict : .exclude }
}
