extension ProfileDecision {
    /// Enters what a message says of its person and external audiences, on behalf of its first identity.
    mutating func state(
        _ statements: [ExternalStatement],
        source: Identity,
        sequence: AdmissionSequence,
        _ catalog: borrowing Catalog
    ) {
        guard !statements.isEmpty, let place = profile.state.index(of: source) else { return }
        change.statedPlace = place
        for statement in statements {
            guard let index = catalog.audienceIndex[statement.audience],
                let external = catalog.audiences[index].program.external
            else { continue }
            // A row of an upload that a later one has taken the place of says nothing any more.
            let stated = profile.state.external(statement.audience).first { Int($0.source) == place }
            if let edition = statement.edition, edition < max(external.edition, stated?.edition ?? .min) { continue }
            let membership = ExternalMembership(
                audience: statement.audience,
                source: UInt16(place),
                // What is said while a file is read outlives the members that the file takes the place of.
                edition: statement.edition ?? max(external.edition, external.lastEdition),
                statedAt: now,
                sequence: sequence,
                validUntil: statement.validUntil.flatMap { $0.isPlausible ? $0 : nil },
                payload: statement.payload
            )
            if statement.isMember, external.counts(membership, at: now) {
                profile.state.state(membership)
            } else {
                profile.state.withdraw(statement.audience, source: UInt16(place))
            }
            change.statedAudiences.insert(index)
        }
    }
}
