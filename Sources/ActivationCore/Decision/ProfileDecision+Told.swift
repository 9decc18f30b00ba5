/// Of which audiences a record tells: those for which it counts (BEHAVIOUR 1.11, docs/decisions/0046).
extension ProfileDecision {
    /// The mapped audiences of which a record tells.
    ///
    /// - Parameters:
    ///   - group: The dataflow's audiences of the record's merge policy.
    ///   - reasons: Why it is made.
    ///   - lane: What brings it.
    ///   - order: The backfill in whose turn it is made, if it is.
    ///   - shown: What it shows, if not the profile as it is.
    ///   - catalog: What to decide by.
    /// - Returns: Each once.
    func audiencesTold(
        by group: CompiledDataflow.PolicyGroup,
        reasons: TriggerReasons,
        lane: OutboxLane,
        _ order: Backfill?,
        showing shown: ProfileState? = nil,
        _ catalog: borrowing Catalog
    ) -> [Audience.ID] {
        // A change tells of the audiences that were entered or left by it, whatever called for the record.
        guard lane != .live, !reasons.contains(.unmapped) else {
            var told: [Audience.ID] = []
            for status in change.statusChanges where group.isMapped.contains(status.audience) {
                told.append(catalog.audiences[status.audience].definition.id)
            }
            return told
        }
        // What stands for changes of before tells of every audience that may have changed meanwhile, unless none may have.
        guard order != nil || !reasons.isDisjoint(with: [.membership, .replay, .consent]) else { return [] }
        var told: [Audience.ID] = []
        for membership in (shown ?? profile.state).memberships where order?.wants(membership) ?? true {
            guard let audience = catalog.audienceIndex[membership.audience], group.isMapped.contains(audience) else {
                continue
            }
            told.append(membership.audience)
        }
        return told
    }
}

extension CommitPlan {
    /// Enters in the books that a record is called for, and that it is not made when its dataflow is disabled.
    mutating func enterTriggered(_ dataflow: Dataflow, of told: [Audience.ID]) {
        let counters = DataflowCounters(triggered: 1, suppressedDisabled: dataflow.isEnabled ? 0 : 1)
        self.counters[dataflow.id, default: DataflowCounters()] += counters
        guard !told.isEmpty else { return }
        audienceBooks[dataflow.id, default: AudienceBooks()].enter(counters, of: told)
    }
}
