import ActivationCore
import ActivationEngine

extension ReaderDatabase {
    /// See ``Storage/deliveries(of:scope:after:limit:)``.
    func deliveries(
        of profile: Profile.ID,
        scope: Scope,
        after last: (instant: Timestamp, row: Int64),
        limit: Int
    ) throws(StorageError) -> [Delivery] {
        var page = Page(after: last, limit: limit)
        for profile in try holders(of: profile, scope) {
            try readTable(of: profile, scope, &page)
            try readRuns(of: profile, scope, &page)
        }
        return page.deliveries
    }

    /// A profile and all whose deliveries are its own by now; nobody when they are another's.
    private func holders(of profile: Profile.ID, _ scope: Scope) throws(StorageError) -> [UUIDBytes] {
        let holders = try connection.prepare(
            """
            WITH RECURSIVE holder (profile) AS (
                VALUES (?1)
                UNION
                SELECT heir.absorbed FROM heir JOIN holder ON heir.survivor = holder.profile WHERE heir.scope = ?2
            )
            SELECT profile FROM holder WHERE NOT EXISTS (SELECT 1 FROM heir WHERE scope = ?2 AND absorbed = ?1)
            """
        )
        holders.bind(1, profile.uuid)
        holders.bind(2, scope.rawValue)
        var profiles: [UUIDBytes] = []
        while try holders.next() { profiles.append(try holders.uuid(0)) }
        return profiles
    }

    private func readTable(of profile: UUIDBytes, _ scope: Scope, _ page: inout Page) throws(StorageError) {
        let rows = try connection.prepare(
            """
            SELECT dataflow.id, delivery.row, delivery.revision, delivery.receipt, delivery.delivered_at
            FROM delivery JOIN dataflow ON dataflow.number = delivery.row >> \(RowSpace.outboxBits)
            WHERE \(LedgerDays.all) AND delivery.profile = ?1 AND dataflow.scope = ?2
                AND (delivery.delivered_at, delivery.row) > (?3, ?4)
            ORDER BY delivery.delivered_at, delivery.row LIMIT ?5
            """
        )
        rows.bind(1, profile)
        rows.bind(2, scope.rawValue)
        rows.bind(3, page.last.instant.milliseconds)
        rows.bind(4, page.last.row)
        rows.bind(5, Int64(page.limit))
        while try rows.next() {
            page.add(
                Delivery(
                    dataflow: Dataflow.ID(uuid: try rows.uuid(0)),
                    row: rows.integer(1),
                    revision: try rows.count(2),
                    receipt: try rows.text(3),
                    deliveredAt: Timestamp(milliseconds: rows.integer(4))
                )
            )
        }
    }

    private func readRuns(of profile: UUIDBytes, _ scope: Scope, _ page: inout Page) throws(StorageError) {
        var dataflows: [Int64: Dataflow.ID] = [:]
        let numbers = try connection.prepare("SELECT number, id FROM dataflow WHERE scope = ?1")
        numbers.bind(1, scope.rawValue)
        while try numbers.next() { dataflows[numbers.integer(0)] = Dataflow.ID(uuid: try numbers.uuid(1)) }
        try ledgerRuns.forEach(of: profile) { entry throws(StorageError) in
            guard let dataflow = dataflows[entry.key.row >> RowSpace.outboxBits] else { return }
            guard let receipt = String(validating: entry.receipt, as: UTF8.self) else { throw LedgerBlock.damaged }
            page.add(
                Delivery(
                    dataflow: dataflow,
                    row: entry.key.row,
                    revision: entry.revision,
                    receipt: receipt,
                    deliveredAt: entry.deliveredAt
                )
            )
        }
    }

    /// The first deliveries behind one, in the order of time; of others no more is kept than needed.
    private struct Page {
        let last: (instant: Timestamp, row: Int64)
        let limit: Int
        private var found: [Delivery] = []

        init(after last: (instant: Timestamp, row: Int64), limit: Int) {
            (self.last, self.limit) = (last, limit)
        }

        mutating func add(_ delivery: Delivery) {
            guard (delivery.deliveredAt, delivery.row) > (last.instant, last.row) else { return }
            found.append(delivery)
            if found.count >= 2 * limit + 1_000 { found = deliveries }
        }

        var deliveries: [Delivery] {
            Array(found.sorted { ($0.deliveredAt, $0.row) < ($1.deliveredAt, $1.row) }.prefix(limit))
        }
    }
}
