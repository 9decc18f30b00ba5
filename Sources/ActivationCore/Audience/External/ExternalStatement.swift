/// What somebody says of a person and an external audience (BEHAVIOUR 5.7).
public struct ExternalStatement: Sendable, Hashable {
    /// The audience.
    public var audience: Audience.ID
    /// Whether the person belongs to it.
    public var isMember: Bool
    /// The number of the upload that says so; nil = it is no upload, and counts like the members of the last one.
    public var edition: Int64?
    /// Until when it holds; nil = as long as the audience is there.
    public var validUntil: Timestamp?
    /// What is said with it, a JSON object, or nothing.
    public var payload: [UInt8]

    /// Creates a statement.
    public init(
        audience: Audience.ID,
        isMember: Bool,
        edition: Int64? = nil,
        validUntil: Timestamp? = nil,
        payload: [UInt8] = []
    ) {
        self.audience = audience
        self.isMember = isMember
        self.edition = edition
        self.validUntil = validUntil
        self.payload = payload
    }
}
