import ActivationCore

/// What a step of the evaluation counts for the passes that somebody asked for.
struct EvaluationCounts: Sendable, Equatable {
    /// The audiences of those passes; nothing is counted of others.
    private let audiences: Set<Audience.ID>
    /// Changes of status.
    var flips: [Audience.ID: EvaluationPass.Flips] = [:]
    /// Members after the evaluation, by the namespaces of their identities.
    var members: [Audience.ID: [String: Int]] = [:]
    /// What went of datasets that have ended, by id.
    var removed: [String: DatasetRemoval.Counts] = [:]

    /// Counts nothing yet.
    init(of passes: some Sequence<EvaluationPass>) {
        audiences = Set(passes.lazy.filter { $0.state == .processing }.flatMap(\.audiences))
    }

    /// Counts one profile.
    mutating func add(_ evaluation: ProfileEvaluation) {
        for statements in evaluation.removed {
            removed[statements.dataset, default: DatasetRemoval.Counts()].add(statements)
        }
        guard !audiences.isEmpty else { return }
        for change in evaluation.changes where audiences.contains(change.audience) {
            flips[change.audience, default: EvaluationPass.Flips()].count(change.status)
        }
        for audience in evaluation.memberships where audiences.contains(audience) {
            for namespace in evaluation.namespaces { members[audience, default: [:]][namespace, default: 0] += 1 }
        }
        for view in evaluation.views { add(view) }
    }
}
