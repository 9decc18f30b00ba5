public import ActivationCore

/// How often the configuration of a scope has changed: by this several nodes tell each other, and a store tells what was decided by
/// an older one.
public struct ConfigurationVersion: Hashable, Sendable {
    /// Changes in all.
    public var changes: Int64
    /// Changes among them that decisions follow.
    public var catalog: Int64

    /// Creates a version.
    public init(changes: Int64, catalog: Int64) {
        self.changes = changes
        self.catalog = catalog
    }
}

/// A control store that several nodes write.
///
/// Whatever one of them has decided on an older configuration than the store's is refused: a change by ``apply(_:history:scope:after:raisesCatalog:)``,
/// a plan by its ``ActivationCore/CommitPlan/catalogVersion``.
public protocol SharedConfiguration: ControlStore {
    /// How often the configuration of a scope has changed so far.
    func configurationVersion(scope: Scope) async throws(StorageError) -> ConfigurationVersion

    /// Performs all changes in one durable transaction, or none of them, if nobody else has changed the configuration since.
    ///
    /// - Parameters:
    ///   - changes: The changes.
    ///   - history: What the history says of them.
    ///   - scope: Whose objects they are.
    ///   - version: The version on which they were decided.
    ///   - raisesCatalog: Whether decisions follow them: then no plan that was decided before becomes durable after this returns.
    /// - Returns: The version with them.
    /// - Throws: `conflict` when the store has another version, or an object another one than expected.
    func apply(
        _ changes: [ControlChange],
        history: [ConfigurationChange],
        scope: Scope,
        after version: ConfigurationVersion,
        raisesCatalog: Bool
    ) async throws(StorageError) -> ConfigurationVersion
}
