public import ActivationCore

/// The control plane's durable objects; few and small, so lists come whole.
public protocol ControlStore: Sendable {
    /// All objects of a kind, by (createdAt, id).
    func objects(kind: String, scope: Scope) async throws(StorageError) -> [ControlObject]

    /// One object, or nil.
    func object(kind: String, id: String, scope: Scope) async throws(StorageError) -> ControlObject?

    /// Performs all changes in one durable transaction, or none of them.
    func apply(_ changes: [ControlChange], scope: Scope) async throws(StorageError)
}
