import ActivationCore
import ActivationEngine

/// Who entered audiences and who exited, by the hour (docs/decisions/0027).
extension ReaderDatabase {
    /// What an audience's counters said when hours began, each found by one look into the table's tree; the counters of now
    /// as an hour without a number, which comes last.
    static let memberHours = """
        WITH RECURSIVE
            last (hour) AS (SELECT max(hour) FROM audience_hour WHERE scope = ?1),
            kept (hour) AS (
                SELECT hour - \(BookedHour.keptHours) FROM last
                UNION ALL
                SELECT hour + 1 FROM kept WHERE hour < (SELECT hour FROM last)
                LIMIT \(BookedHour.keptHours + 1)
            )
        SELECT audience_hour.hour, entered, exited FROM kept CROSS JOIN audience_hour
        WHERE scope = ?1 AND audience_hour.hour = kept.hour AND audience = ?2
        UNION ALL
        SELECT NULL, entered, exited FROM audience WHERE scope = ?1 AND id = ?2
        ORDER BY 1 NULLS LAST
        """

    /// The counters of every audience when the first of some hours began for it, and now.
    static let memberChanges = """
        SELECT id, audience.entered, audience.exited, opening.entered, opening.exited
        FROM (
            SELECT audience, min(hour), entered, exited FROM audience_hour
            WHERE scope = ?1 AND hour >= ?2 GROUP BY audience
        ) AS opening
        JOIN audience ON audience.scope = ?1 AND audience.id = opening.audience
        """

    /// See ``Storage/memberHours(of:scope:)``.
    func memberHours(of audience: Audience.ID, scope: Scope) throws(StorageError) -> [MemberHour] {
        readMemberHours.bind(1, scope.rawValue)
        readMemberHours.bind(2, audience.uuid)
        defer { readMemberHours.reset() }
        var openings: [(number: Int64, counters: MemberCounters)] = []
        while try readMemberHours.next() {
            let counters = try readMemberHours.memberCounters(1)
            guard let number = readMemberHours.optionalInteger(0) else {
                return MemberHour.hours(from: openings, to: counters)
            }
            openings.append((number, counters))
        }
        return []
    }

    /// See ``Storage/memberChanges(since:scope:)``.
    func memberChanges(since hour: Int64, scope: Scope) throws(StorageError) -> [Audience.ID: MemberCounters] {
        readMemberChanges.bind(1, scope.rawValue)
        readMemberChanges.bind(2, hour)
        defer { readMemberChanges.reset() }
        var changes: [Audience.ID: MemberCounters] = [:]
        while try readMemberChanges.next() {
            let now = try readMemberChanges.memberCounters(1)
            changes[Audience.ID(uuid: try readMemberChanges.uuid(0))] = now.since(
                try readMemberChanges.memberCounters(3)
            )
        }
        return changes
    }
}

extension Statement {
    /// Two columns that are an audience's counters.
    ///
    /// - Parameter column: The first of them.
    /// - Returns: The counters.
    /// - Throws: `corrupt` when one of them is negative.
    func memberCounters(_ column: Int32) throws(StorageError) -> MemberCounters {
        MemberCounters(entered: try count(column), exited: try count(column + 1))
    }
}
