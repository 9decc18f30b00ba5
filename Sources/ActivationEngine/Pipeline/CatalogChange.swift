public import ActivationCore

/// A new catalog on its way to become the one that decides.
struct CatalogChange: Sendable {
    var definition: CatalogDefinition
    /// Leaves out what does not compile, where otherwise everything stays as it was.
    var isLenient = false
    /// Makes the configuration behind the catalog durable, and gives the version that it has then, if it has any; called once it has
    /// compiled and before it decides.
    var store: @Sendable () async throws(StorageError) -> Int64? = { () throws(StorageError) in nil }
}

/// A stored catalog, and which one it is.
public struct VersionedCatalog: Sendable {
    /// What decisions are made by.
    public var definition: CatalogDefinition
    /// How often what decisions follow had changed then; nil where nobody else changes it.
    public var version: Int64?

    /// Creates one.
    public init(definition: CatalogDefinition, version: Int64?) {
        self.definition = definition
        self.version = version
    }
}
