public import ActivationCore

/// The control plane's durable objects, few and small, so that lists come whole; and the history of their changes.
public protocol ControlStore: Sendable {
    /// All objects of a kind, by (createdAt, id).
    func objects(kind: String, scope: Scope) async throws(StorageError) -> [ControlObject]

    /// One object, or nil.
    func object(kind: String, id: String, scope: Scope) async throws(StorageError) -> ControlObject?

    /// Performs all changes in one durable transaction, or none of them.
    ///
    /// - Parameters:
    ///   - changes: The changes.
    ///   - history: What the history says of them, in order; a few of its oldest entries go when their time is over.
    ///   - scope: Whose objects they are.
    /// - Throws: `conflict` when an object is not at the version expected.
    func apply(
        _ changes: [ControlChange],
        history: [ConfigurationChange],
        scope: Scope
    ) async throws(StorageError)

    /// The number of the first entry of the history that was written at or after an instant, as far as the clock went on; that of
    /// the next one to come when there is none.
    func historyStart(at instant: Timestamp) async throws(StorageError) -> Int64

    /// What the history says, the newest first.
    func history(_ request: ConfigurationChangesRequest) async throws(StorageError) -> [ConfigurationChange]
}

extension ControlStore {
    /// Performs changes that the history says nothing of.
    public func apply(_ changes: [ControlChange], scope: Scope) async throws(StorageError) {
        try await apply(changes, history: [], scope: scope)
    }
}
