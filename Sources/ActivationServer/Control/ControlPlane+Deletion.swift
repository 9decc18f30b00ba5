import ActivationCore
import ActivationEngine

/// Deletion of a flow, in two steps so that neither a crash in between nor a slow destination loses anything.
///
/// First the flow is marked, which ends it for clients and decisions; that is all a client waits for. Then its relay ends,
/// its outbox is closed and it leaves the store: behind the answer and without the gate, however long that takes.
extension ControlPlane {
    /// Marks a flow as deleted; the rest follows.
    ///
    /// - Parameters:
    ///   - id: The flow's id.
    ///   - tag: The version that the wish is about; nil = any.
    ///   - author: Whose name stands in the history.
    ///   - removeMore: Takes away in the same change what goes with the marked flow, and says what that is.
    /// - Returns: What has gone.
    /// - Throws: `1430-404`, `1404-412` when the flow is not at the version expected, or what `removeMore` throws.
    func deleteFlow(
        _ id: String,
        ifMatch tag: String?,
        by author: ConfigurationChange.Author,
        _ removeMore: (inout ControlDraft, ControlEntry) throws(APIError) -> [ControlEntry]
    ) async throws(APIError) -> DataflowService.Deletion {
        let deletion = try await write(by: author) { draft throws(APIError) in
            let entry = try draft.snapshot.flowServiceEntry(.flow, id)
            if let tag { try EntityTag.check(tag, is: entry.etag) }
            var body = entry.body
            body["state"] = .string(FlowState.deleting)
            for order in draft.snapshot.entries(.backfill, using: ControlName(.flow, entry.id)) { draft.remove(order) }
            let marked = try draft.replace(entry, body: body)
            return DataflowService.Deletion(flow: marked, connections: try removeMore(&draft, marked))
        }
        retire(deletion.flow, from: try engine())
        return deletion
    }

    /// Lets the engine end what it does for a marked flow and forgets the flow then.
    func retire(_ flow: ControlEntry, from engine: any ServerEngine) {
        guard let id = UUIDBytes(flow.id) else { return }
        engine.retire(Dataflow.ID(uuid: id)) {
            try await self.forget(by: .server) { snapshot in
                snapshot.formerTargets(of: flow.id).map(\.entry)
                    + snapshot.entries(.messageSchema, using: ControlName(.flow, flow.id))
                    + snapshot.entries(.messageTest, using: ControlName(.flow, flow.id)) + [flow]
            }
        }
    }
}
