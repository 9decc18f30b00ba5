#if PostgreSQL
import ActivationCore
import ActivationEngine
import StorageCommon

extension PostgresSnapshot {
    /// Objects and entries of one page.
    private static let pageRows: Int64 = 200

    /// Reads every object of the configuration.
    func configurationFinding() throws(StorageError) -> StoreFinding {
        var (all, unreadable, strays): (Int64, Int64, Int64) = (0, 0, 0)
        var last: (scope: Int32, kind: [UInt8], id: [UInt8]) = (.min, [], [])
        while true {
            let page = try rows(
                PostgresStatements.inspectedObjects,
                .int4(last.scope),
                .bytes(last.kind),
                .bytes(last.id),
                .int8(Self.pageRows)
            )
            for index in 0..<page.count {
                all += 1
                last = (try page.int4(index, 0), page.bytes(index, 1), page.bytes(index, 2))
                if last.scope != scopeNumber { strays += 1 }
                if (try? JSONValue(parsing: page.bytes(index, 3))) == nil { unreadable += 1 }
            }
            if page.count < Self.pageRows { break }
        }
        return .of(
            "configuration",
            tried: "stored objects of the configuration",
            wrong: [
                (unreadable, "of \(all) objects cannot be read"), (strays, "of \(all) objects are of no sandbox"),
            ],
            right: "\(all) objects",
            advice: Self.restoreAdvice
        )
    }

    /// Goes along the chain of the history.
    func historyFinding() throws(StorageError) -> StoreFinding {
        let chain = try rows(PostgresStatements.chainEnds)
        guard chain.count == 1 else {
            return HistoryWalk.broken("the row that tells where the chain ends is missing")
        }
        var walk = HistoryWalk(
            HistoryWalk.Ends(
                base: (try chain.int8(0, 0), chain.bytes(0, 1)),
                baseChangedAt: try chain.optionalInt8(0, 2),
                baseSeal: chain.bytes(0, 3),
                head: (try chain.int8(0, 4), chain.bytes(0, 5))
            )
        )
        var next = Int64.min
        while true {
            let page = try rows(PostgresStatements.inspectedChanges, .int8(next), .int8(Self.pageRows))
            for index in 0..<page.count {
                let scope = Int64(try page.int4(index, 1))
                var entry = HistoryChain.Entry(
                    sequence: try page.int8(index, 0),
                    scope: scope,
                    changedAt: try page.int8(index, 2),
                    texts: (3...10).map { page.bytes(index, $0) }
                )
                entry.add(outcome: page.bytes(index, 11), sender: page.bytes(index, 12))
                next = entry.sequence
                let fault = walk.follow(
                    entry,
                    page.bytes(index, 13),
                    isPossible: scope == Scope.production.rawValue
                )
                if let fault { return walk.finding(fault) }
            }
            if page.count < Self.pageRows { break }
        }
        return walk.finding(walk.wrongEnd() ?? walk.wrongBeginning)
    }
}
#endif
