import ActivationCore
import ActivationEngine

/// How a dataflow was configured before, as far as the history of changes tells (BEHAVIOUR 1.12).
struct DataflowPast: Sendable {
    /// A change of the dataflow, or of what it stands on.
    private struct Change: Sendable {
        var at: Timestamp
        /// The state that it ended; nil when the state stayed.
        var stateBefore: String?
    }

    /// When it was made.
    let createdAt: Timestamp
    /// Whether it is in use now.
    let isEnabled: Bool
    /// The newest first.
    private let changes: [Change]

    private static let pagesMax = 5

    /// Reads the history of a dataflow back to an instant, or as far as a few pages go.
    ///
    /// - Throws: The store's error.
    init(of flow: ControlEntry, since instant: Timestamp?, _ control: ControlPlane) async throws(APIError) {
        createdAt = flow.createdAt
        isEnabled = flow.string("state") == FlowState.enabled
        guard let instant else {
            changes = []
            return
        }
        let history = ChangeHistory(control: control)
        // What the dataflow signs in with decides about no record.
        let objects = try await history.objects(ofFlow: flow.id)?.filter { $0.kind != ControlKind.connection.rawValue }
        var changes: [Change] = []
        var before: Int64?
        for _ in 0..<DataflowPast.pagesMax {
            let page = try await history.page(of: objects ?? [], before: before, limit: ChangeHistory.limitMax)
            for change in page.changes where change.changedAt > instant && change.action == .update {
                let state = ChangeDifference(change.difference)?.parts.first { $0.path.text == "/state" }
                changes.append(
                    Change(
                        at: change.changedAt,
                        stateBefore: change.id == flow.id ? state?.before?.value.string : nil
                    )
                )
            }
            guard let next = page.next, page.changes.last.map({ $0.changedAt > instant }) ?? false else { break }
            before = next
        }
        self.changes = changes
    }

    /// Whether the dataflow was in use at an instant.
    func wasEnabled(at instant: Timestamp) -> Bool {
        let next = changes.last { $0.at > instant && $0.stateBefore != nil }
        return next?.stateBefore.map { $0 == FlowState.enabled } ?? isEnabled
    }

    /// When it was first changed after an instant, other than by being enabled or disabled; nil = it is as it was.
    func changed(after instant: Timestamp) -> Timestamp? {
        changes.last { $0.at > instant && $0.stateBefore == nil }?.at
    }
}
