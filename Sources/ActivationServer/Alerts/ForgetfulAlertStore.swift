public import ActivationCore
public import ActivationEngine

/// Keeps nothing: for servers that watch nothing, such as those of most tests.
public struct ForgetfulAlertStore: AlertStore {
    /// Creates one.
    public init() {}

    /// See ``AlertStore/alertStandings(scope:)``.
    public func alertStandings(scope: Scope) async throws(StorageError) -> [AlertStanding] { [] }

    /// See ``AlertStore/apply(_:scope:)``.
    public func apply(_ change: AlertChange, scope: Scope) async throws(StorageError) {}

    /// See ``AlertStore/alertEntries(about:before:limit:scope:)``.
    public func alertEntries(
        about subject: String?,
        before sequence: Int64?,
        limit: Int,
        scope: Scope
    ) async throws(StorageError) -> [AlertEntry] { [] }

    /// See ``AlertStore/alertDeliveries(by:before:limit:scope:)``.
    public func alertDeliveries(
        by channel: String?,
        before sequence: Int64?,
        limit: Int,
        scope: Scope
    ) async throws(StorageError) -> [AlertDelivery] { [] }

    /// See ``AlertStore/dueAlertDeliveries(at:limit:scope:)``.
    public func dueAlertDeliveries(
        at instant: Timestamp,
        limit: Int,
        scope: Scope
    ) async throws(StorageError) -> [AlertDelivery] { [] }
}
