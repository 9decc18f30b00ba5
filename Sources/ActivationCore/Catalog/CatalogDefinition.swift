/// Everything configured that decisions depend on.
public struct CatalogDefinition: Sendable {
    /// The merge policies; the first is the organisation's default.
    public var mergePolicies: [MergePolicy]
    /// The identity namespaces.
    public var namespaces: NamespaceDirectory
    /// The audiences, inactive ones included.
    public var audiences: [AudienceDefinition]
    /// The dataflows, disabled ones included.
    public var dataflows: [Dataflow]
    /// Members to be exported who have not changed.
    public var backfills: [Backfill] = []
    /// How long the events of datasets stay.
    public var eventExpirations = EventExpirations()
    /// When datasets end with all that they have stated.
    public var datasetEnds = DatasetEnds()
    /// No revision that is begun from now on is less: what a store was put back from may have given those below already.
    public var revisionsFrom: Int64 = 0
    /// Audiences that exist but cannot be evaluated now; their stored memberships stay as they are.
    public var unusableAudiences: Set<Audience.ID> = []
    /// The time zone whose calendar days and longer units follow.
    public var timeZone: TimeZoneRules

    /// Creates a definition.
    public init(
        mergePolicies: [MergePolicy],
        namespaces: NamespaceDirectory,
        audiences: [AudienceDefinition],
        dataflows: [Dataflow],
        timeZone: TimeZoneRules = .utc
    ) {
        self.mergePolicies = mergePolicies
        self.namespaces = namespaces
        self.audiences = audiences
        self.dataflows = dataflows
        self.timeZone = timeZone
    }
}

extension Catalog {
    /// Compiles as much of a definition as can be used.
    ///
    /// - Parameters:
    ///   - definition: Afterwards without what cannot be used.
    ///   - paths: The dictionary.
    ///   - leftOut: What was left out, and why.
    /// - Throws: An error that is no single audience's or dataflow's.
    public init(
        compilingUsable definition: inout CatalogDefinition,
        paths: inout PathDictionary,
        leftOut: inout [CatalogError]
    ) throws(CatalogError) {
        while true {
            var draft = paths
            do throws(CatalogError) {
                self = try Catalog(compiling: definition, paths: &draft)
                paths = draft
                return
            } catch {
                if let audience = error.audience, definition.audiences.contains(where: { $0.id == audience }) {
                    definition.audiences.removeAll { $0.id == audience }
                    definition.unusableAudiences.insert(audience)
                } else if let flow = error.dataflow, definition.dataflows.contains(where: { $0.id == flow }) {
                    definition.dataflows.removeAll { $0.id == flow }
                } else {
                    throw error
                }
                leftOut.append(error)
            }
        }
    }
}

extension CatalogDefinition {
    /// The audience that a rule asks for by its id or its name.
    ///
    /// - Parameter text: What stands in the rule.
    /// - Returns: The audience; nil when there is none, or it is nobody's to ask for.
    public func audience(named text: String) -> Audience.ID? {
        let id = UUIDBytes(text)
        return audiences.first { audience in
            audience.withheldFrom == nil && (audience.id.uuid == id || audience.name.hasSameBytes(as: text))
        }?.id
    }
}
