import ActivationCore
import ActivationEngine

extension WriterDatabase {
    /// See ``AlertStore/apply(_:scope:)``.
    func apply(_ change: AlertChange, scope: Scope) throws(StorageError) {
        if change.isEmpty { return }
        try write(in: scope) { _ throws(StorageError) in
            try put(change.standings, scope)
            try remove(change.gone, scope)
            try enter(change.entries, scope)
            try enter(change.deliveries, scope)
            try note(change.attempts, scope)
            try forget(change, scope)
        }
    }

    private func put(_ standings: [AlertStanding], _ scope: Scope) throws(StorageError) {
        guard !standings.isEmpty else { return }
        let statement = try connection.prepare(
            "INSERT INTO alert_standing VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET body = ?3"
        )
        for standing in standings {
            statement.bind(1, scope.rawValue)
            statement.bind(2, bytesOf: standing.id)
            statement.bind(3, standing.body)
            try statement.run()
        }
    }

    private func remove(_ ids: [String], _ scope: Scope) throws(StorageError) {
        guard !ids.isEmpty else { return }
        let statement = try connection.prepare("DELETE FROM alert_standing WHERE scope = ?1 AND id = ?2")
        for id in ids {
            statement.bind(1, scope.rawValue)
            statement.bind(2, bytesOf: id)
            try statement.run()
        }
    }

    private func enter(_ entries: [AlertEntry], _ scope: Scope) throws(StorageError) {
        guard !entries.isEmpty else { return }
        let statement = try connection.prepare(
            "INSERT INTO alert_entry (scope, at, subject, body) VALUES (?1, ?2, ?3, ?4)"
        )
        for entry in entries {
            statement.bind(1, scope.rawValue)
            statement.bind(2, entry.at.milliseconds)
            statement.bind(3, bytesOf: entry.subject)
            statement.bind(4, entry.body)
            try statement.run()
        }
    }

    private func enter(_ deliveries: [AlertDelivery], _ scope: Scope) throws(StorageError) {
        guard !deliveries.isEmpty else { return }
        let statement = try connection.prepare(
            "INSERT INTO alert_delivery (scope, at, channel, due, body) VALUES (?1, ?2, ?3, ?4, ?5)"
        )
        for delivery in deliveries {
            statement.bind(1, scope.rawValue)
            statement.bind(2, delivery.at.milliseconds)
            statement.bind(3, bytesOf: delivery.channel)
            statement.bind(4, delivery.due?.milliseconds)
            statement.bind(5, delivery.body)
            try statement.run()
        }
    }

    private func note(_ attempts: [AlertDelivery], _ scope: Scope) throws(StorageError) {
        guard !attempts.isEmpty else { return }
        let statement = try connection.prepare(
            "UPDATE alert_delivery SET due = ?3, body = ?4 WHERE sequence = ?1 AND scope = ?2"
        )
        for delivery in attempts {
            statement.bind(1, delivery.sequence)
            statement.bind(2, scope.rawValue)
            statement.bind(3, delivery.due?.milliseconds)
            statement.bind(4, delivery.body)
            try statement.run()
        }
    }

    /// Lets some of the oldest go whose time is over; what is still to be told stays.
    private func forget(_ change: AlertChange, _ scope: Scope) throws(StorageError) {
        let parts = [
            ("alert_entry", "", change.forgetsEntriesBefore),
            ("alert_delivery", "AND due IS NULL", change.forgetsDeliveriesBefore),
        ]
        for (table, condition, instant) in parts {
            guard let instant else { continue }
            let statement = try connection.prepare(
                """
                DELETE FROM \(table) WHERE at < ?1 \(condition) AND sequence IN (
                    SELECT sequence FROM \(table) ORDER BY sequence LIMIT ?2
                )
                """
            )
            statement.bind(1, instant.milliseconds)
            statement.bind(2, Int64(AlertChange.forgottenAtOnce))
            try statement.run()
        }
    }
}
