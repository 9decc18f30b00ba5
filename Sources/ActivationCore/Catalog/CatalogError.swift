/// Why a catalog cannot be used.
public struct CatalogError: Error, Sendable, Hashable {
    /// The audience at fault.
    public var audience: Audience.ID?
    /// The dataflow at fault.
    public var dataflow: Dataflow.ID?
    /// What was found and what to do.
    public var message: String

    /// Creates an error.
    public init(audience: Audience.ID? = nil, dataflow: Dataflow.ID? = nil, message: String) {
        self.audience = audience
        self.dataflow = dataflow
        self.message = message
    }
}
