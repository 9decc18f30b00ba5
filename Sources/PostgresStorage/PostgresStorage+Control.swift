#if PostgreSQL
public import ActivationCore
public import ActivationEngine

extension PostgresStorage: SharedConfiguration {
    /// See ``SharedConfiguration/configurationVersion(scope:)``.
    public func configurationVersion(scope: Scope) async throws(StorageError) -> ConfigurationVersion {
        try await keep { database throws(StorageError) in try database.configurationVersion(scope: scope) }
    }

    /// See ``SharedConfiguration/apply(_:history:scope:after:raisesCatalog:)``.
    public func apply(
        _ changes: [ControlChange],
        history: [ConfigurationChange],
        scope: Scope,
        after version: ConfigurationVersion,
        raisesCatalog: Bool
    ) async throws(StorageError) -> ConfigurationVersion {
        try await keep { database throws(StorageError) in
            try database.apply(
                changes,
                history: history,
                scope: scope,
                after: version,
                raisesCatalog: raisesCatalog
            )
        }
    }

    /// See ``ControlStore/objects(kind:scope:)``.
    public func objects(kind: String, scope: Scope) async throws(StorageError) -> [ControlObject] {
        try await read { database throws(StorageError) in try database.objects(kind: kind, scope: scope) }
    }

    /// See ``ControlStore/object(kind:id:scope:)``.
    public func object(kind: String, id: String, scope: Scope) async throws(StorageError) -> ControlObject? {
        try await read { database throws(StorageError) in try database.object(kind: kind, id: id, scope: scope) }
    }

    /// See ``ControlStore/apply(_:history:scope:)``.
    public func apply(
        _ changes: [ControlChange],
        history: [ConfigurationChange],
        scope: Scope
    ) async throws(StorageError) {
        try await keep { database throws(StorageError) in
            try database.apply(changes, history: history, scope: scope)
        }
    }

    /// See ``ControlStore/historyStart(at:)``.
    public func historyStart(at instant: Timestamp) async throws(StorageError) -> Int64 {
        try await read { database throws(StorageError) in try database.historyStart(at: instant) }
    }

    /// See ``ControlStore/history(_:)``.
    public func history(
        _ request: ConfigurationChangesRequest
    ) async throws(StorageError) -> [ConfigurationChange] {
        try await read { database throws(StorageError) in try database.history(request) }
    }
}

extension PostgresStorage: AlertStore {
    /// See ``AlertStore/alertStandings(scope:)``.
    public func alertStandings(scope: Scope) async throws(StorageError) -> [AlertStanding] {
        try await read { database throws(StorageError) in try database.alertStandings(scope: scope) }
    }

    /// See ``AlertStore/apply(_:scope:)``.
    public func apply(_ change: AlertChange, scope: Scope) async throws(StorageError) {
        try await keep { database throws(StorageError) in try database.apply(change, scope: scope) }
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
#endif
