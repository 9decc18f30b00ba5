/// How the days of the ledger are found without reading it.
enum LedgerDays {
    /// A condition that holds for every day there is; each takes one look into the table's tree.
    static let all = """
        day IN (
            WITH RECURSIVE known (day) AS (
                SELECT min(day) FROM delivery
                UNION ALL
                SELECT (SELECT min(delivery.day) FROM delivery WHERE delivery.day > known.day) FROM known
                WHERE known.day IS NOT NULL
            )
            SELECT day FROM known WHERE day IS NOT NULL
        )
        """
}
