/// Whether a change of a profile must be exported, and why (BEHAVIOUR 3.2, 3.17).
enum ChangeDetection {
    /// The reasons for one message of a dataflow.
    ///
    /// - Parameters:
    ///   - change: What happened.
    ///   - group: The dataflow's audiences of one merge policy.
    ///   - isRealized: Whether the profile, after the change, is a member of an audience (by index).
    ///   - changesIdentities: Whether identities changed that the dataflow shows.
    ///   - writesMappedAttribute: Whether an attribute was written that calls for a record.
    /// - Returns: Why it must be sent; empty = it must not.
    static func reasons(
        for change: ProfileChange,
        in group: CompiledDataflow.PolicyGroup,
        isRealized: (Int) -> Bool,
        changesIdentities: Bool,
        writesMappedAttribute: Bool
    ) -> TriggerReasons {
        var reasons: TriggerReasons = []
        // T1 needs no gate.
        if change.statusChanges.contains(where: { group.isMapped.contains($0.audience) }) {
            reasons.insert(.membership)
        }
        // T2 and T3 are for members of a mapped audience.
        guard changesIdentities || writesMappedAttribute else { return reasons }
        guard group.mapped.contains(where: { isRealized($0.audience) }) else { return reasons }
        if changesIdentities { reasons.insert(.identity) }
        if writesMappedAttribute { reasons.insert(.attribute) }
        return reasons
    }
}
