/// An audience as configured.
public struct AudienceDefinition: Sendable {
    /// The id.
    public var id: Audience.ID
    /// The name; sent with exports when the dataflow asks for it.
    public var name: String
    /// The policy whose view the expression reads.
    public var mergePolicy: MergePolicy.ID
    /// Who belongs to it.
    public var rule: AudienceRule
    /// When the definition was made.
    public var createdAt: Timestamp
    /// When the definition last changed.
    public var updatedAt: Timestamp
    /// How far it has come.
    public var lifecycle = AudienceLifecycle.published
    /// When what it is evaluated by last changed; nil = with the definition.
    public var ruleChangedAt: Timestamp?
    /// The dataflow that may tell only of people outside of it: its members are those for whom the rule does *not* hold, and it
    /// is nobody's to see or map (``withheld(from:unless:mergePolicy:changedAt:)``); nil = an audience like others.
    var withheldFrom: Dataflow.ID?

    /// Creates a definition.
    public init(
        id: Audience.ID,
        name: String,
        mergePolicy: MergePolicy.ID,
        rule: AudienceRule,
        createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.mergePolicy = mergePolicy
        self.rule = rule
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// Creates a definition by an expression.
    public init(
        id: Audience.ID,
        name: String,
        mergePolicy: MergePolicy.ID,
        expression: PQLExpression,
        createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.init(
            id: id,
            name: name,
            mergePolicy: mergePolicy,
            rule: .expression(expression),
            createdAt: createdAt,
            updatedAt: updatedAt
        )
    }
}
