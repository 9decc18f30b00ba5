public import ActivationCore
public import ActivationEngine

extension SQLiteStorage: ControlStore {
    /// See ``ControlStore/objects(kind:scope:)``.
    public func objects(kind: String, scope: Scope) async throws(StorageError) -> [ControlObject] {
        try await read { database throws(StorageError) in try database.objects(kind: kind, scope: scope) }
    }

    /// See ``ControlStore/object(kind:id:scope:)``.
    public func object(kind: String, id: String, scope: Scope) async throws(StorageError) -> ControlObject? {
        try await read { database throws(StorageError) in
            try database.object(kind: kind, id: id, scope: scope)
        }
    }

    /// See ``ControlStore/apply(_:history:scope:)``.
    public func apply(
        _ changes: [ControlChange],
        history: [ConfigurationChange],
        scope: Scope
    ) async throws(StorageError) {
        try await write { database throws(StorageError) in
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
