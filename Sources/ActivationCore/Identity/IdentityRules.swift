/// What an organisation demands of the identities of a namespace (BEHAVIOUR 4.3).
public struct IdentityRules: Hashable, Sendable {
    /// What becomes of an identity that breaks one.
    public enum Violation: String, Sendable {
        /// Its message is refused.
        case refuse
        /// It is left out of its message, which is taken with the others.
        case drop
    }

    /// A regular expression, Java's syntax, for the whole value; nil = any value.
    public var pattern: String?
    /// Identities of the namespace that a profile may have; nil = no bound of its own.
    public var profileMax: Int?
    /// What becomes of an identity that breaks one of them.
    public var onViolation: Violation

    /// Creates rules; none of them demands anything.
    public init(pattern: String? = nil, profileMax: Int? = nil, onViolation: Violation = .refuse) {
        self.pattern = pattern
        self.profileMax = profileMax
        self.onViolation = onViolation
    }

    /// Why a regular expression cannot be used; nil when it can.
    public static func refusal(ofPattern pattern: String) -> String? {
        do throws(JavaPattern.Refusal) {
            _ = try compiled(pattern)
            return nil
        } catch {
            return error.message
        }
    }

    /// The pattern for a whole value.
    static func compiled(_ pattern: String) throws(JavaPattern.Refusal) -> PQLPattern {
        try PQLPattern(pattern, tellsGroups: false, takesWhole: true)
    }
}
