public import ActivationCore

/// One configuration object: a connection, a flow, a definition, a credential.
public struct ControlObject: Sendable, Equatable {
    /// Which list it belongs to, such as `flow` or `segmentDefinition`; the owner of the list chooses the word.
    public var kind: String
    /// Its id, unique within kind and scope.
    public var id: String
    /// Random per version; what `If-Match` is compared with.
    public var etag: String
    /// When it was made.
    public var createdAt: Timestamp
    /// When it last changed.
    public var updatedAt: Timestamp
    /// The object itself, JSON.
    public var body: [UInt8]

    /// Creates an object.
    public init(kind: String, id: String, etag: String, createdAt: Timestamp, updatedAt: Timestamp, body: [UInt8]) {
        self.kind = kind
        self.id = id
        self.etag = etag
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.body = body
    }
}
