import ActivationCore
import ActivationEngine

extension ReaderDatabase {
    /// See ``Storage/erasures(scope:limit:)``.
    func erasures(scope: Scope, limit: Int) throws(StorageError) -> [Erasure] {
        let rows = try connection.prepare(Self.erasures + " WHERE scope = ?1 ORDER BY number DESC LIMIT ?2")
        rows.bind(1, scope.rawValue)
        rows.bind(2, Int64(limit))
        var erasures: [Erasure] = []
        while try rows.next() { erasures.append(try rows.erasure()) }
        return erasures
    }

    /// See ``Storage/erasure(of:scope:)``.
    func erasure(of profile: Profile.ID, scope: Scope) throws(StorageError) -> Erasure? {
        let rows = try connection.prepare(Self.erasures + " WHERE scope = ?1 AND profile = ?2")
        rows.bind(1, scope.rawValue)
        rows.bind(2, profile.uuid)
        return try rows.next() ? try rows.erasure() : nil
    }

    /// See ``Storage/suppressions(scope:after:limit:)``.
    func suppressions(
        scope: Scope,
        after last: IdentityDigest?,
        limit: Int
    ) throws(StorageError) -> [Suppression] {
        let rows = try connection.prepare(
            Suppression.columns + " WHERE scope = ?1 AND digest > ?2 ORDER BY digest LIMIT ?3"
        )
        rows.bind(1, scope.rawValue)
        rows.bind(2, last?.bytes ?? [])
        rows.bind(3, Int64(limit))
        var suppressions: [Suppression] = []
        while try rows.next() { suppressions.append(try rows.suppression()) }
        return suppressions
    }

    private static let erasures = """
        SELECT profile, revision, deleted_at, NOT EXISTS (SELECT 1 FROM scrub WHERE scrub.number = erasure.scrub)
        FROM erasure
        """
}

extension Statement {
    fileprivate func erasure() throws(StorageError) -> Erasure {
        Erasure(
            profile: Profile.ID(uuid: try uuid(0)),
            revision: try count(1),
            deletedAt: Timestamp(milliseconds: integer(2)),
            isScrubbed: integer(3) != 0
        )
    }
}
