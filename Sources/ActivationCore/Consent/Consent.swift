/// Whom a dataflow may not tell of for want of consent (BEHAVIOUR 9.5, docs/decisions/0054).
///
/// They are kept as members of an audience that nobody sees: it is evaluated like any other, at each write that matters to it
/// and by the clock, and who enters or leaves it is told of to the dataflow alone.
extension Dataflow.ID {
    /// The audience of those who are withheld from the dataflow.
    ///
    /// Its id is the dataflow's with the first two bits of the version turned: a random UUID becomes one of version 8, whose
    /// meaning is up to whoever makes it (RFC 9562, 5.8), and no audience that people make has such a one. Stored, so it never changes.
    public var withheld: Audience.ID {
        Audience.ID(uuid: UUIDBytes(high: uuid.high ^ 0xC000, low: uuid.low))
    }

    /// The dataflow from which the members of an audience are withheld; nil = it is an audience like others.
    public init?(withholding audience: Audience.ID) {
        guard audience.isOfWithheld else { return nil }
        self.init(uuid: UUIDBytes(high: audience.uuid.high ^ 0xC000, low: audience.uuid.low))
    }
}

extension Audience.ID {
    /// Whether its members are those who are withheld from a dataflow, which is nobody's to see.
    public var isOfWithheld: Bool { uuid.high & 0x8000 != 0 }
}

extension [SegmentMembership] {
    /// Without those that say from which dataflows somebody is withheld.
    var visible: [SegmentMembership] {
        contains(where: \.audience.isOfWithheld) ? filter { !$0.audience.isOfWithheld } : self
    }
}

extension AudienceDefinition {
    /// Those whom a dataflow may not tell of.
    ///
    /// - Parameters:
    ///   - dataflow: The dataflow.
    ///   - rule: What has to hold for somebody to be told of; it reads no events and no memberships.
    ///   - mergePolicy: The policy whose view the rule reads; it links identities.
    ///   - askedSince: Since when the dataflow has asked for consent, by whichever rule.
    ///   - changedAt: When the rule or its policy last changed.
    /// - Returns: The definition of an audience that is no dataflow's to map.
    public static func withheld(
        from dataflow: Dataflow.ID,
        unless rule: PQLExpression,
        mergePolicy: MergePolicy.ID,
        askedSince: Timestamp,
        changedAt: Timestamp
    ) -> AudienceDefinition {
        var definition = AudienceDefinition(
            id: dataflow.withheld,
            name: "",
            mergePolicy: mergePolicy,
            expression: rule,
            createdAt: askedSince,
            updatedAt: changedAt
        )
        definition.lifecycle = .draft
        definition.withheldFrom = dataflow
        return definition
    }
}

extension Catalog {
    /// Whether any dataflow asks for consent.
    var asksConsent: Bool { !withheld.isEmpty }

    /// What cannot be decided of consent: without it a dataflow must not be used at all.
    static func checkConsent(
        _ audiences: [CompiledAudience],
        links: [Bool]
    ) throws(CatalogError) {
        for audience in audiences {
            guard let dataflow = audience.definition.withheldFrom else { continue }
            guard links[audience.policy], !audience.program.readsEvents, !audience.program.readsStandings else {
                throw CatalogError(
                    dataflow: dataflow,
                    message:
                        "dataflow \(dataflow.uuid) asks for consent by a rule that reads events or memberships, or "
                        + "under a merge policy that links nobody; change the consent policies or the merge policy"
                )
            }
        }
    }
}

extension CatalogDefinition {
    /// Has a dataflow ask for another consent.
    ///
    /// - Parameters:
    ///   - consent: Whom it may not tell of; nil = it asks for none.
    ///   - dataflow: The dataflow.
    public mutating func ask(_ consent: AudienceDefinition?, by dataflow: Dataflow.ID) {
        audiences.removeAll { $0.id == dataflow.withheld }
        audiences += [consent].compactMap(\.self)
    }
}
