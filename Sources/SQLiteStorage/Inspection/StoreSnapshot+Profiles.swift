import ActivationCore
import ActivationEngine

/// The numbers that stand in the stored profiles of one scope, and what is wrong with them.
struct StoreDictionaries {
    var paths = PathDictionary()
    var datasets = DatasetDictionary()
    /// Numbers that do not follow the one before, or stand for a name that has another.
    var gaps: Int64 = 0
}

extension StoreSnapshot {
    /// Reads the dictionaries of every scope, as far as they go.
    func readDictionaries() throws(StorageError) -> [Int64: StoreDictionaries] {
        var all: [Int64: StoreDictionaries] = [:]
        let paths = try connection.prepare("SELECT scope, id, parent, name FROM path ORDER BY scope, id")
        while try paths.next() {
            var dictionaries = all[paths.integer(0)] ?? StoreDictionaries()
            let id = PathID(rawValue: try paths.number(1))
            let parent = PathID(rawValue: try paths.number(2))
            let isKnown = parent == .root || dictionaries.paths.contains(parent)
            if !isKnown || dictionaries.paths.intern(paths.bytes(3), under: parent) != id { dictionaries.gaps += 1 }
            all[paths.integer(0)] = dictionaries
        }
        let datasets = try connection.prepare("SELECT scope, id, name FROM dataset ORDER BY scope, id")
        while try datasets.next() {
            var dictionaries = all[datasets.integer(0)] ?? StoreDictionaries()
            let id: UInt16 = try datasets.number(1)
            if dictionaries.datasets.intern(try datasets.text(2)) != id { dictionaries.gaps += 1 }
            all[datasets.integer(0)] = dictionaries
        }
        return all
    }

    /// What the dictionaries are like.
    func dictionariesFinding(_ dictionaries: [Int64: StoreDictionaries]) -> StoreFinding {
        .of(
            "dictionaries",
            tried: "numbers of paths and datasets",
            wrong: [(dictionaries.values.reduce(0) { $0 + $1.gaps }, "numbers do not follow the one before")],
            right: "all follow each other",
            advice: Self.restoreAdvice
        )
    }

    /// What was counted of the stored profiles.
    private struct ProfileCount {
        var all: Int64 = 0
        var unreadable: Int64 = 0
        var strayIdentities: Int64 = 0
        var otherEvents: Int64 = 0
        var lateTimers: Int64 = 0
        var overdue: Int64 = 0
        var oldestDue: Timestamp?
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
            compare(profiles.optionalInteger(4).map { Timestamp(milliseconds: $0) }, contents.timer, now, &count)
        }
        return findings(of: count, at: now)
    }

    private func contents(
        in row: Statement,
        _ places: PlaceTable,
        _ known: StoreDictionaries
    ) throws -> StoredProfileContents {
        let profile = try row.profile(places, values)
        return try StoredProfileContents(of: profile, paths: known.paths, datasets: known.datasets)
    }

    private func compare(_ due: Timestamp?, _ timer: Timestamp?, _ now: Timestamp, _ count: inout ProfileCount) {
        // What the clock comes to for other reasons is earlier; a profile that is left out of everything has none.
        if let due, let timer, timer < due { count.lateTimers += 1 }
        guard let due, due < now else { return }
        count.overdue += 1
        count.oldestDue = min(count.oldestDue ?? due, due)
    }

    /// How long after its instant a timer may wait for others before somebody should look.
    private static let timerDelayMax = Duration.seconds(600)

    private func findings(of count: ProfileCount, at now: Timestamp) -> [StoreFinding] {
        let delay = count.oldestDue.map { $0.duration(to: now) } ?? .zero
        var timers = StoreFinding.of(
            "timers",
            tried: "instants at which the clock changes profiles",
            wrong: [(count.lateTimers, "of \(count.all) profiles stand later than their timers")],
            right: "\(count.overdue) profiles are due, the oldest for \(delay.components.seconds) s",
            advice: Self.restoreAdvice
        )
        if timers.severity == .fine, delay > Self.timerDelayMax {
            timers.severity = .warning
            timers.advice =
                "start the server if it is stopped; if it runs, look at /ready and the log, and at the machine's clock"
        }
        return [
            .of(
                "profiles",
                tried: "every stored profile",
                wrong: [
                    (count.unreadable, "of \(count.all) cannot be read"),
                    (count.strayIdentities, "identities of profiles are not found, or are another profile's"),
                    (count.otherEvents, "of \(count.all) have another number of events than they say"),
                ],
                right: "\(count.all) profiles, with their identities and events",
                advice: Self.restoreAdvice
            ),
            timers,
        ]
    }
}
