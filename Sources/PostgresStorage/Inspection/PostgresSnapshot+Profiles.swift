#if PostgreSQL
import ActivationCore
import ActivationEngine
import StorageCommon

/// What was counted of profiles while each was read, and of what belongs to them.
struct PersonCount {
    var profiles = ProfileCount()
    /// Profiles whose shard is not that of their row.
    var otherShards: Int64 = 0
    /// Profiles in no sandbox.
    var strays: Int64 = 0
    /// Profiles whose rows no lane has given.
    var otherLanes: Int64 = 0
    /// The greatest number that a profile has, by lane.
    var lastNumbers: [Int16: Int64] = [:]
    /// Identities that profiles have and that point at them.
    var identities: Int64 = 0
    /// Events that profiles have.
    var events: Int64 = 0
}

extension PostgresSnapshot {
    /// Profiles of a page: few, since each brings up to 32 KiB.
    private static let pageRows: Int64 = 500
    /// Bytes of a value up to which it comes with its page.
    private static let inlineBytes: Int32 = 32_768

    /// Reads the dictionaries, as far as they go.
    func readDictionaries() throws(StorageError) -> StoreDictionaries {
        var dictionaries = StoreDictionaries()
        let paths = try rows(PostgresStatements.paths, scope)
        for index in 0..<paths.count {
            dictionaries.add(
                path: PathID(rawValue: UInt32(bitPattern: try paths.int4(index, 0))),
                under: PathID(rawValue: UInt32(bitPattern: try paths.int4(index, 1))),
                named: paths.bytes(index, 2)
            )
        }
        let datasets = try rows(PostgresStatements.datasets, scope)
        for index in 0..<datasets.count {
            guard let id = UInt16(exactly: try datasets.int4(index, 0)), let name = try? datasets.text(index, 1) else {
                dictionaries.addGaps(1)
                continue
            }
            dictionaries.add(dataset: id, named: name)
        }
        dictionaries.addGaps(try rows(PostgresStatements.strayNumbers, scope).int8(0, 0))
        return dictionaries
    }

    /// Reads every profile, and compares what it says with identities, events and the order in which the clock comes to it.
    func countProfiles(_ known: StoreDictionaries, at now: Timestamp) throws(StorageError) -> PersonCount {
        var count = PersonCount()
        var last = (scope: Int32.min, row: Int64.min, shard: Int16.min)
        while true {
            let page = try rows(
                PostgresStatements.inspectedProfiles,
                .int4(last.scope),
                .int8(last.row),
                .int2(last.shard),
                .int8(Self.pageRows),
                .int4(Self.inlineBytes)
            )
            try add(page, known, now, to: &count)
            guard page.count == Self.pageRows else { return count }
            last = (
                try page.int4(page.count - 1, 5), try page.int8(page.count - 1, 0), try page.int2(page.count - 1, 6)
            )
        }
    }

    private func add(
        _ page: PostgresRows,
        _ known: StoreDictionaries,
        _ now: Timestamp,
        to count: inout PersonCount
    ) throws(StorageError) {
        var places: [Int64] = []
        for index in 0..<page.count {
            places.append(try page.int8(index, 0))
            note(places[index], try page.int2(index, 6), try page.int4(index, 5), in: &count)
        }
        var events = Array(repeating: Int64(0), count: page.count)
        let counted = try rows(PostgresStatements.eventCounts, .int8s(places))
        for index in 0..<counted.count {
            events[try counted.place(index, 0, among: events.indices)] = try counted.int8(index, 1)
        }
        var identities: [(owner: Int64, identity: Identity)] = []
        for index in 0..<page.count {
            count.profiles.all += 1
            count.events += events[index]
            guard let contents = try contents(page, index, known) else {
                count.profiles.unreadable += 1
                continue
            }
            if Int64(contents.eventCount) != events[index] { count.profiles.otherEvents += 1 }
            let due = try page.optionalInt8(index, 3).map { Timestamp(milliseconds: $0) }
            count.profiles.compare(due, contents.timer, now)
            identities += contents.identities.map { (places[index], $0) }
        }
        try compare(identities, &count)
    }

    /// Notes where a profile stands.
    private func note(_ row: Int64, _ shard: Int16, _ scope: Int32, in count: inout PersonCount) {
        if Int64(shard) != row & 255 { count.otherShards += 1 }
        if scope != scopeNumber { count.strays += 1 }
        guard let lane = Int16(exactly: row >> 48), lane >= 0 else {
            count.otherLanes += 1
            return
        }
        let number = row >> 8 & (1 << 40 - 1)
        count.lastNumbers[lane] = max(count.lastNumbers[lane] ?? 0, number)
    }

    /// What a profile says of itself; nil when it cannot be read.
    private func contents(
        _ page: PostgresRows,
        _ index: Int,
        _ known: StoreDictionaries
    ) throws(StorageError) -> StoredProfileContents? {
        guard var profile = try? page.profile(index) else { return nil }
        if page.isNull(index, 4) {
            // One at a time, however long each is.
            let long = try rows(
                PostgresStatements.inspectedValue,
                .int4(try page.int4(index, 5)),
                .int8(profile.row),
                .int2(try page.int2(index, 6))
            )
            guard long.count > 0 else { return nil }
            profile.value = long.bytes(0, 0)
        }
        return try? StoredProfileContents(of: profile, paths: known.paths, datasets: known.datasets)
    }

    /// Compares what profiles say of identities with whose they are.
    private func compare(
        _ identities: [(owner: Int64, identity: Identity)],
        _ count: inout PersonCount
    ) throws(StorageError) {
        guard !identities.isEmpty else { return }
        let columns = IdentityColumns(identities.map(\.identity), in: scopeNumber)
        let call = PostgresStatements.identityOwners
        let found = try rows(
            call,
            scope,
            .int2s(columns.shards),
            .byteses(columns.namespaces),
            .byteses(columns.values)
        )
        var right: Int64 = 0
        for index in 0..<found.count {
            let place = try found.place(index, 0, among: identities.indices)
            if try found.int8(index, 1) == identities[place].owner { right += 1 }
        }
        count.identities += right
        count.profiles.strayIdentities += Int64(identities.count) - right
    }

    // MARK: Findings

    /// Compares profiles with how many there are said to be, and with the numbers that were given.
    func scopesFinding(_ count: PersonCount) throws(StorageError) -> StoreFinding {
        let all = count.profiles.all
        var given: [Int16: Int64] = [:]
        let lanes = try rows(PostgresStatements.lanes)
        for index in 0..<lanes.count { given[try lanes.int2(index, 0)] = try lanes.int8(index, 2) }
        let beyond = count.lastNumbers.count { lane, number in number > given[lane] ?? -1 }
        let tallies = try rows(PostgresStatements.memberCounts, scope, .uuids([Audience.ID.all.uuid]))
        let said = tallies.count == 0 ? 0 : try tallies.int8(0, 1) &- tallies.int8(0, 2)
        let here = all - count.strays
        return .of(
            "scopes",
            tried: "counts and numbers of profiles",
            wrong: [
                (said == here ? 0 : 1, "count is not the number of profiles: \(said) and \(here)"),
                (Int64(beyond), "of \(given.count) lanes have given fewer numbers than profiles have"),
                (given.isEmpty ? 1 : 0, "row of a lane is missing"),
                (count.otherLanes, "of \(all) profiles have a number of no lane"),
                (count.otherShards, "of \(all) profiles stand in another shard than their number says"),
                (count.strays, "profiles of no sandbox"),
            ],
            right: "\(all) profiles, as counted, with numbers that were given",
            advice: Self.restoreAdvice
        )
    }

    /// Compares identities with what profiles say of them.
    func identitiesFinding(_ count: PersonCount) throws(StorageError) -> StoreFinding {
        let all = try rows(PostgresStatements.countIdentities).int8(0, 0)
        let lost = try rows(PostgresStatements.lostIdentities).int8(0, 0)
        // Whose profile cannot be read cannot be told.
        let unlisted = count.profiles.unreadable > 0 ? 0 : max(0, all - lost - count.identities)
        return .of(
            "identities",
            tried: "profiles that identities point at",
            wrong: [
                (lost, "of \(all) point at no profile"),
                (unlisted, "of \(all) point at a profile that has them not, or stand where nobody looks"),
            ],
            right: "\(all) identities, each of a profile",
            advice: Self.restoreAdvice
        )
    }

    /// Compares events with those that profiles have.
    func eventsFinding(_ count: PersonCount) throws(StorageError) -> StoreFinding {
        let all = try rows(PostgresStatements.countEvents).int8(0, 0)
        return .of(
            "events",
            tried: "profiles that events belong to",
            wrong: [(max(0, all - count.events), "of \(all) belong to no profile")],
            right: "\(all) events, each of a profile",
            advice: Self.restoreAdvice
        )
    }
}
#endif
