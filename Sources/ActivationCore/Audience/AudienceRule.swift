/// Who belongs to an audience.
public enum AudienceRule: Sendable {
    /// Those for whom an expression holds.
    case expression(PQLExpression)
    /// Those whom others name: in uploaded files, in messages, by the API (BEHAVIOUR 5.7).
    case external(ExternalAudience)
}

extension AudienceRule {
    /// What an external audience is known by; nil for one by an expression.
    public var external: ExternalAudience? {
        if case .external(let external) = self { external } else { nil }
    }

    /// The expression; nil for an external audience.
    public var expression: PQLExpression? {
        if case .expression(let expression) = self { expression } else { nil }
    }
}
