#if PostgreSQL
import ActivationCore
import ActivationEngine

/// Which of some digests are in the suppression list.
struct SuppressionLookup {
    private let digests: [IdentityDigest]
    private let scope: Int32

    init(_ digests: [IdentityDigest], _ scope: Scope) throws(StorageError) {
        self.digests = digests
        self.scope = try scope.number
    }

    func run(
        _ run: ([PostgresCall]) throws(StorageError) -> [PostgresRows]
    ) throws(StorageError) -> [Suppression] {
        guard !digests.isEmpty else { return [] }
        let call = PostgresCall(PostgresStatements.suppressionsOf, .int4(scope), .byteses(digests.map(\.bytes)))
        var found: [Suppression] = []
        guard let rows = try run([call]).first else { return found }
        for index in 0..<rows.count { found.append(try rows.suppression(index)) }
        return found
    }
}
#endif
