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

    /// Creates an error of an audience; of what a dataflow asks for consent by it is the dataflow's, which without that would
    /// tell of everybody.
    init(of audience: AudienceDefinition, _ message: String) {
        let what = audience.withheldFrom == nil ? "audience" : "the consent that is asked for by dataflow"
        self.init(
            audience: audience.withheldFrom == nil ? audience.id : nil,
            dataflow: audience.withheldFrom,
            message: "\(what) \(audience.withheldFrom?.uuid ?? audience.id.uuid)\(message)"
        )
    }
}
