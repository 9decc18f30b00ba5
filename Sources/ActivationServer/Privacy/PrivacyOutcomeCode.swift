/// How a job ended, as Adobe's Privacy Service codes it.
enum PrivacyOutcomeCode: String, Sendable, CaseIterable {
    case success = "6000-200"
    case unknownIdentities = "6052-200"
    case partial = "6054-200"
    case jobFailed = "1021-400"
    case dataUnreadable = "1022-400"
    case keyLost = "1040-400"

    /// The word that stands in answers.
    var word: String { "PRVCY-\(rawValue)" }
}
