import ActivationCore
import ActivationEngine
import StorageCommon

extension StoreSnapshot {
    /// Reads the dictionaries of every scope, as far as they go.
    func readDictionaries() throws(StorageError) -> [Int64: StoreDictionaries] {
        var all: [Int64: StoreDictionaries] = [:]
        let paths = try connection.prepare("SELECT scope, id, parent, name FROM path ORDER BY scope, id")
        while try paths.next() {
            all[paths.integer(0), default: StoreDictionaries()].add(
                path: PathID(rawValue: try paths.number(1)),
                under: PathID(rawValue: try paths.number(2)),
                named: paths.bytes(3)
            )
        }
        let datasets = try connection.prepare("SELECT scope, id, name FROM dataset ORDER BY scope, id")
        while try datasets.next() {
            all[datasets.integer(0), default: StoreDictionaries()].add(
                dataset: try datasets.number(1),
                named: try datasets.text(2)
            )
        }
        return all
    }

    /// Reads every profile, and compares what it says with identities, events and the order in which the clock comes to it.
    func profileFindings(
        _ dictionaries: [Int64: StoreDictionaries],
        at now: Timestamp
    ) throws(StorageError) -> [StoreFinding] {
        var count = ProfileCount()
        let profiles = try connection.prepare(
            """
            SELECT row, id, revision, value, due, scope, (SELECT count(*) FROM event WHERE event.profile = row)
            FROM profile ORDER BY row
            """
        )
        let owner = try connection.prepare(
            """
            SELECT profile FROM identity
            WHERE scope = ?1 AND namespace = (SELECT number FROM namespace WHERE symbol = ?2) AND value = ?3
            """
        )
        let places = try PlaceTable(connection)
        let none = StoreDictionaries()
        while try profiles.next() {
            count.all += 1
            let scope = profiles.integer(5)
            let known = dictionaries[scope] ?? none
            guard let contents = try? contents(in: profiles, places, known) else {
                count.unreadable += 1
                continue
            }
            for identity in contents.identities {
                owner.bind(1, scope)
                owner.bind(2, bytesOf: identity.namespace)
                owner.bind(3, bytesOf: identity.value)
                let isFound = try owner.next() && owner.integer(0) == profiles.integer(0)
                owner.reset()
                if !isFound { count.strayIdentities += 1 }
            }
            if Int64(contents.eventCount) != profiles.integer(6) { count.otherEvents += 1 }
            count.compare(profiles.optionalInteger(4).map { Timestamp(milliseconds: $0) }, contents.timer, now)
        }
        return count.findings(at: now, advice: Self.restoreAdvice)
    }

    private func contents(
        in row: Statement,
        _ places: PlaceTable,
        _ known: StoreDictionaries
    ) throws -> StoredProfileContents {
        let profile = try row.profile(places, values)
        return try StoredProfileContents(of: profile, paths: known.paths, datasets: known.datasets)
    }
}
