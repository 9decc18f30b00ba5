import ActivationCore
import ActivationEngine

extension DataflowService {
    /// How much goes with a flow.
    enum DeletionExtent: Sendable {
        /// Nothing.
        case flow
        /// Its source and target connection, as far as no other flow uses them.
        case connections
        /// Those and the account.
        case account
    }

    /// What has gone.
    struct Deletion: Sendable {
        var flow: ControlEntry
        var connections: [ControlEntry] = []
    }

    /// Deletes a flow, and what it stands on as far as that is wanted: all of it or nothing.
    ///
    /// The flow is marked, which ends it for clients and decisions; what is left of it goes behind the answer.
    ///
    /// - Parameters:
    ///   - id: The flow's id.
    ///   - tag: The version that the wish is about; nil = any.
    ///   - extent: What goes with it.
    ///   - client: Who asks.
    /// - Returns: What has gone.
    /// - Throws: `1430-404`, `1404-412`; `1418-400` when something else stands on the account.
    func delete(
        _ id: String,
        ifMatch tag: String?,
        _ extent: DeletionExtent,
        by client: AuthenticatedClient
    ) async throws(APIError) -> Deletion {
        try await dependencies.control.deleteFlow(id, ifMatch: tag, by: client.author) { draft, flow throws(APIError) in
            extent == .flow ? [] : try draft.removeConnections(of: flow, withAccount: extent == .account)
        }
    }
}

extension ControlDraft {
    /// Takes away the source and target connection of a flow that has been marked, where no other flow uses them, and its
    /// account.
    ///
    /// - Throws: `1418-400` when something else stands on the account.
    fileprivate mutating func removeConnections(
        of flow: ControlEntry,
        withAccount: Bool
    ) throws(APIError) -> [ControlEntry] {
        let sources = (flow.body["sourceConnectionIds"]?.array ?? []).compactMap(\.string)
            .compactMap { snapshot.entry(.sourceConnection, $0) }
        let targets = (flow.body["targetConnectionIds"]?.array ?? []).compactMap(\.string)
            .compactMap { snapshot.entry(.targetConnection, $0) }
        var removed: [ControlEntry] = []
        for entry in sources + targets where snapshot.flows(using: entry).isEmpty {
            remove(entry)
            removed.append(entry)
        }
        guard withAccount else { return removed }
        for id in Set(targets.compactMap { $0.string("baseConnectionId") }).sorted() {
            guard let account = snapshot.entry(.connection, id) else { continue }
            let others = snapshot.connections(onBase: id)
            guard others.isEmpty else {
                throw APIError(
                    .connectionInUse,
                    "\(others.count) other connections stand on the account \(id); delete them first, or leave the account: "
                        + others.prefix(5).map(\.id).joined(separator: ", ")
                )
            }
            remove(account)
            removed.append(account)
        }
        return removed
    }
}

extension ControlSnapshot {
    /// The source and target connections on a base connection.
    fileprivate func connections(onBase id: String) -> [ControlEntry] {
        (entries(.sourceConnection) + entries(.targetConnection))
            .filter { $0.string("baseConnectionId")?.hasSameBytes(as: id) ?? false }
    }
}
