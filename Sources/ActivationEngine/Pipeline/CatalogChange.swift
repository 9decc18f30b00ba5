import ActivationCore

/// A new catalog on its way to become the one that decides.
struct CatalogChange: Sendable {
    var definition: CatalogDefinition
    /// Leaves out what does not compile, where otherwise everything stays as it was.
    var isLenient = false
    /// Makes the configuration behind the catalog durable; called once it has compiled and before it decides.
    var store: @Sendable () async throws(StorageError) -> Void = { () throws(StorageError) in }
}
