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

/// One change of the configuration.
public enum ControlChange: Sendable {
    /// A new object; `conflict` when kind and id exist.
    case insert(ControlObject)
    /// A new version; `conflict` when the stored etag is not `expectedEtag`.
    case update(ControlObject, expectedEtag: String)
    /// Goes away; `conflict` when the stored etag is not `expectedEtag`.
    case delete(kind: String, id: String, expectedEtag: String)
}

/// The control plane's durable objects; few and small, so lists come whole.
public protocol ControlStore: Sendable {
    /// All objects of a kind, by (createdAt, id).
    func objects(kind: String, scope: Scope) async throws(StorageError) -> [ControlObject]

    /// One object, or nil.
    func object(kind: String, id: String, scope: Scope) async throws(StorageError) -> ControlObject?

    /// Performs all changes in one durable transaction, or none of them.
    func apply(_ changes: [ControlChange], scope: Scope) async throws(StorageError)
}
