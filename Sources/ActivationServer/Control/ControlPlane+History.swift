import ActivationCore
import ActivationEngine
import Synchronization

extension ControlPlane {
    /// Enters in the history what is no change of the configuration; when this returns it is durable.
    ///
    /// - Parameter entries: What was done.
    /// - Throws: The store's error.
    func record(_ entries: [ConfigurationChange]) async throws(APIError) {
        guard !entries.isEmpty else { return }
        do throws(StorageError) {
            try await store.apply([], history: entries, scope: scope)
        } catch {
            connected.withLock { $0 }?.noteRefusedWrite(error)
            throw APIError(storage: error)
        }
    }

    /// Entries of the history of whatever actions, the newest first, as they are stored.
    ///
    /// - Parameter request: Says which.
    /// - Returns: The entries.
    /// - Throws: The store's error.
    func records(_ request: (Scope) -> ConfigurationChangesRequest) async throws(APIError) -> [ConfigurationChange] {
        do throws(StorageError) {
            return try await store.history(request(scope))
        } catch {
            throw APIError(storage: error)
        }
    }

    /// The number of the first entry of the history that is of an instant or later.
    ///
    /// - Throws: The store's error.
    func recordsStart(at instant: Timestamp) async throws(APIError) -> Int64 {
        do throws(StorageError) {
            return try await store.historyStart(at: instant)
        } catch {
            throw APIError(storage: error)
        }
    }

    /// What the history says, the newest first.
    ///
    /// - Parameters:
    ///   - objects: Of which objects; nil = of all.
    ///   - kind: Of which kind; nil = of all.
    ///   - author: By whom; nil = by anybody.
    ///   - sequence: Only what came before this change; nil = from the newest on.
    ///   - limit: So many at most.
    /// - Returns: The changes.
    /// - Throws: The store's error.
    func history(
        of objects: [ConfigurationChange.Object]? = nil,
        kind: ControlKind? = nil,
        by author: String? = nil,
        before sequence: Int64? = nil,
        limit: Int
    ) async throws(APIError) -> [ConfigurationChange] {
        var request = ConfigurationChangesRequest(
            scope: scope,
            objects: objects,
            kind: kind?.rawValue,
            author: author,
            before: sequence,
            limit: limit
        )
        var changes: [ConfigurationChange] = []
        while true {
            do throws(StorageError) {
                let page = try await store.history(request)
                changes += page.filter(isSeen)
                guard changes.count < limit, page.count == limit, let last = page.last else { break }
                request.before = last.sequence
            } catch {
                throw APIError(storage: error)
            }
        }
        return Array(changes.prefix(limit))
    }

    /// Whether whoever asks may know of a change: of audiences that labels hide only who sees all that was done does.
    private func isSeen(_ change: ConfigurationChange) -> Bool {
        guard change.kind == ControlKind.segmentDefinition.rawValue, let client = AuthenticatedClient.current,
            !client.permissions.contains(.viewActivityLog)
        else { return true }
        // What labels one had that is gone nobody knows.
        guard let entry = whole.entry(.segmentDefinition, change.id) else { return client.clearance.isUnlimited }
        return client.clearance.admits(whole.usageLabels(of: entry))
    }
}
