/// An audience as configured.
public struct AudienceDefinition: Sendable {
    /// The id.
    public var id: Audience.ID
    /// The name; sent with exports when the dataflow asks for it.
    public var name: String
    /// The policy whose view the expression reads.
    public var mergePolicy: MergePolicy.ID
    /// Who belongs to it.
    public var expression: PQLExpression
    /// When the definition was made.
    public var createdAt: Timestamp
    /// When the definition last changed.
    public var updatedAt: Timestamp

    /// Creates a definition.
    public init(
        id: Audience.ID,
        name: String,
        mergePolicy: MergePolicy.ID,
        expression: PQLExpression,
        createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.mergePolicy = mergePolicy
        self.expression = expression
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
