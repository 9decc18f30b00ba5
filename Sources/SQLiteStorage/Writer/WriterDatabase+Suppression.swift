import ActivationCore
import ActivationEngine

extension WriterDatabase {
    /// Takes identities off the suppression list, then enters others.
    func writeSuppressions(_ plan: CommitPlan, _ tallies: inout Tallies) throws(StorageError) {
        guard !(plan.readmissions.isEmpty && plan.suppressions.isEmpty) else { return }
        for digest in plan.readmissions {
            statements.dropSuppression.bind(1, plan.scope.rawValue)
            statements.dropSuppression.bind(2, digest.bytes)
            try statements.dropSuppression.run()
        }
        for suppression in plan.suppressions {
            let enterSuppression = statements.enterSuppression
            enterSuppression.bind(1, plan.scope.rawValue)
            enterSuppression.bind(2, suppression.digest.bytes)
            enterSuppression.bind(3, try number(ofNamespace: suppression.namespace, &tallies))
            enterSuppression.bind(4, suppression.profile.uuid)
            enterSuppression.bind(5, suppression.suppressedAt.milliseconds)
            try enterSuppression.run()
        }
        let anySuppression = statements.anySuppression
        anySuppression.bind(1, plan.scope.rawValue)
        defer { anySuppression.reset() }
        tallies.scopes[plan.scope, default: Tallies.ScopeTally(plan.scope)].hasSuppressions = try anySuppression.next()
    }
}

extension Suppression {
    /// Reads entries that ``Statement/suppression()`` gives.
    static let columns = """
        SELECT digest, namespace.symbol, profile, suppressed_at
        FROM suppression JOIN namespace ON namespace.number = suppression.namespace
        """
}

extension Statement {
    /// The entry of the suppression list in the present row.
    func suppression() throws(StorageError) -> Suppression {
        Suppression(
            digest: IdentityDigest(bytes: bytes(0)),
            namespace: try text(1),
            profile: Profile.ID(uuid: try uuid(2)),
            suppressedAt: Timestamp(milliseconds: integer(3))
        )
    }
}
