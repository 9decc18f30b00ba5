import ActivationCore
import ArgumentParser

/// What happens when an identity of a deleted profile comes again, as a word of the command line.
enum ErasedReturn: String, CaseIterable, ExpressibleByArgument {
    case accept
    case refuse

    /// The rule that the word names.
    var rule: DecisionOptions.ReturnRule { self == .accept ? .accept : .refuse }
}
