import ActivationCore

/// Whom dataflows do not tell of any more because they have opted out of everything (BEHAVIOUR 9.5).
///
/// The fields are those of Adobe's field groups *Profile Privacy* (`privacyOptOuts`) and *Consents and Preferences* (`consents`), where
/// `n` is no, and `dn` no because nobody asked.
enum GeneralOptOut {
    /// What holds of everybody else.
    static let rule = """
        not (privacyOptOuts.exists(optOutValue = "out" and optOutType in ["general_opt_out", "sales_sharing_opt_out"]) \
        or consents.collect.val in ["n", "dn"] or consents.share.val in ["n", "dn"])
        """
}

extension UsagePolicy {
    /// The id of the core policy about people who have opted out of everything.
    static let generalOptOutID = "corepolicy_0011"

    /// Whether it says whom a dataflow may tell of, if it is on.
    ///
    /// - Parameters:
    ///   - flow: The dataflow.
    ///   - snapshot: The audiences that it maps.
    /// - Returns: Whether it does.
    func asks(of flow: ControlEntry, in snapshot: ControlSnapshot) -> Bool {
        guard id == UsagePolicy.generalOptOutID else {
            return MarketingAction.stored(flow.body).contains { actions.contains(ActionReference($0)) }
        }
        return FlowTransformation(flow).audiences.contains { mapped in
            snapshot.entry(.segmentDefinition, mapped.audience.uuid.description)?.excludesOptOut ?? false
        }
    }
}

extension ControlEntry {
    /// Whether an audience's `dataGovernancePolicy` leaves out who has opted out of everything, as it does where nothing is said.
    var excludesOptOut: Bool { body["dataGovernancePolicy"]?["excludeOptOut"]?.bool ?? true }
}
