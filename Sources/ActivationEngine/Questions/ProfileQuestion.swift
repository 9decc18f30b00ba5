public import ActivationCore

/// An expression that is asked of stored profiles without becoming an audience.
public struct ProfileQuestion: Sendable {
    /// What must hold.
    public var expression: PQLExpression
    /// The merge policy of the view; nil = the default one.
    public var mergePolicy: MergePolicy.ID?
    /// The audience that would get the expression and the policy; nil = none.
    public var audience: Audience.ID?

    /// Creates a question.
    public init(expression: PQLExpression, mergePolicy: MergePolicy.ID? = nil, audience: Audience.ID? = nil) {
        self.expression = expression
        self.mergePolicy = mergePolicy
        self.audience = audience
    }
}
