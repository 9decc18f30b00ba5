import ActivationCore
import ActivationEngine

extension ReaderDatabase {
    /// See ``AlertStore/alertStandings(scope:)``.
    func alertStandings(scope: Scope) throws(StorageError) -> [AlertStanding] {
        let rows = try connection.prepare("SELECT id, body FROM alert_standing WHERE scope = ?1 ORDER BY id")
        rows.bind(1, scope.rawValue)
        var standings: [AlertStanding] = []
        while try rows.next() { standings.append(AlertStanding(id: try rows.text(0), body: rows.bytes(1))) }
        return standings
    }

    /// See ``AlertStore/alertEntries(about:before:limit:scope:)``.
    func alertEntries(
        about subject: String?,
        before sequence: Int64?,
        limit: Int,
        scope: Scope
    ) throws(StorageError) -> [AlertEntry] {
        let (index, condition) =
            subject == nil ? ("NOT INDEXED", "") : ("INDEXED BY alert_entry_subject", "AND subject = ?4")
        let rows = try connection.prepare(
            """
            SELECT sequence, at, subject, body FROM alert_entry \(index)
            WHERE scope = ?1 AND sequence < ?2 \(condition) ORDER BY sequence DESC LIMIT ?3
            """
        )
        rows.bind(1, scope.rawValue)
        rows.bind(2, sequence ?? .max)
        rows.bind(3, Int64(limit))
        if let subject { rows.bind(4, bytesOf: subject) }
        var entries: [AlertEntry] = []
        while try rows.next() {
            entries.append(
                AlertEntry(
                    sequence: rows.integer(0),
                    at: Timestamp(milliseconds: rows.integer(1)),
                    subject: try rows.text(2),
                    body: rows.bytes(3)
                )
            )
        }
        return entries
    }

    /// See ``AlertStore/alertDeliveries(by:before:limit:scope:)``.
    func alertDeliveries(
        by channel: String?,
        before sequence: Int64?,
        limit: Int,
        scope: Scope
    ) throws(StorageError) -> [AlertDelivery] {
        let (index, condition) =
            channel == nil ? ("NOT INDEXED", "") : ("INDEXED BY alert_delivery_channel", "AND channel = ?4")
        let rows = try connection.prepare(
            """
            SELECT sequence, at, channel, due, body FROM alert_delivery \(index)
            WHERE scope = ?1 AND sequence < ?2 \(condition) ORDER BY sequence DESC LIMIT ?3
            """
        )
        rows.bind(1, scope.rawValue)
        rows.bind(2, sequence ?? .max)
        rows.bind(3, Int64(limit))
        if let channel { rows.bind(4, bytesOf: channel) }
        return try deliveries(rows)
    }

    /// See ``AlertStore/dueAlertDeliveries(at:limit:scope:)``.
    func dueAlertDeliveries(at instant: Timestamp, limit: Int, scope: Scope) throws(StorageError) -> [AlertDelivery] {
        // A channel behind which nobody answers must not keep others from their turn.
        let rows = try connection.prepare(
            """
            SELECT sequence, at, channel, due, body FROM (
                SELECT *, row_number() OVER (PARTITION BY channel ORDER BY sequence) AS place
                FROM alert_delivery INDEXED BY alert_delivery_due WHERE scope = ?1 AND due <= ?2
            ) WHERE place <= ?3 ORDER BY sequence
            """
        )
        rows.bind(1, scope.rawValue)
        rows.bind(2, instant.milliseconds)
        rows.bind(3, Int64(limit))
        return try deliveries(rows)
    }

    private func deliveries(_ rows: Statement) throws(StorageError) -> [AlertDelivery] {
        var deliveries: [AlertDelivery] = []
        while try rows.next() {
            deliveries.append(
                AlertDelivery(
                    sequence: rows.integer(0),
                    at: Timestamp(milliseconds: rows.integer(1)),
                    channel: try rows.text(2),
                    due: rows.optionalInteger(3).map { Timestamp(milliseconds: $0) },
                    body: rows.bytes(4)
                )
            )
        }
        return deliveries
    }
}
