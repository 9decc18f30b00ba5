public import ActivationCore
public import ActivationEngine

extension SQLiteStorage: AlertStore {
    /// See ``AlertStore/alertStandings(scope:)``.
    public func alertStandings(scope: Scope) async throws(StorageError) -> [AlertStanding] {
        try await read { database throws(StorageError) in try database.alertStandings(scope: scope) }
    }

    /// See ``AlertStore/apply(_:scope:)``.
    public func apply(_ change: AlertChange, scope: Scope) async throws(StorageError) {
        try await write { database throws(StorageError) in try database.apply(change, scope: scope) }
    }

    /// See ``AlertStore/alertEntries(about:before:limit:scope:)``.
    public func alertEntries(
        about subject: String?,
        before sequence: Int64?,
        limit: Int,
        scope: Scope
    ) async throws(StorageError) -> [AlertEntry] {
        try await read { database throws(StorageError) in
            try database.alertEntries(about: subject, before: sequence, limit: limit, scope: scope)
        }
    }

    /// See ``AlertStore/alertDeliveries(by:before:limit:scope:)``.
    public func alertDeliveries(
        by channel: String?,
        before sequence: Int64?,
        limit: Int,
        scope: Scope
    ) async throws(StorageError) -> [AlertDelivery] {
        try await read { database throws(StorageError) in
            try database.alertDeliveries(by: channel, before: sequence, limit: limit, scope: scope)
        }
    }

    /// See ``AlertStore/dueAlertDeliveries(at:limit:scope:)``.
    public func dueAlertDeliveries(
        at instant: Timestamp,
        limit: Int,
        scope: Scope
    ) async throws(StorageError) -> [AlertDelivery] {
        try await read { database throws(StorageError) in
            try database.dueAlertDeliveries(at: instant, limit: limit, scope: scope)
        }
    }
}
