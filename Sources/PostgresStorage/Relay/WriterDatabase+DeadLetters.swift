#if PostgreSQL
import ActivationCore
import ActivationEngine

/// Dead letters that are let go, and what was delivered that is wanted again (BEHAVIOUR 3.18).
extension WriterDatabase {
    /// A dead letter as far as letting it go has to know it.
    private struct Letter {
        var row: Int64
        var key: ResumeMark.Key
        var audiences: [Audience.ID]
        /// Whether what is true now can take its place.
        var hasPresentForm: Bool
    }

    /// See ``Storage/release(_:)``.
    func release(_ release: DeadLetterRelease) throws(StorageError) -> DeadLetterRelease.Outcome {
        guard let dataflow = try numbered(release.dataflow), release.limit > 0 else {
            return DeadLetterRelease.Outcome()
        }
        return try transaction { () throws(StorageError) in
            let letters = try letters(of: release, dataflow)
            var outcome = DeadLetterRelease.Outcome()
            if letters.count > release.limit { outcome.next = letters[release.limit - 1].row }
            var change = try Change(in: dataflow.scope, at: release.at)
            let all = letters.prefix(release.limit)
            let released = release.way == .present ? all.filter(\.hasPresentForm) : Array(all)
            outcome.released = released.count
            outcome.kept = all.count - released.count
            if !released.isEmpty { self.release(released, as: release.way, dataflow.number, &change) }
            return (outcome, change)
        }
    }

    /// Those that a release is about, one more than it may let go.
    private func letters(
        of release: DeadLetterRelease,
        _ dataflow: SharedState.NumberedDataflow
    ) throws(StorageError) -> [Letter] {
        // Profiles, the lane, its letters: in the order in which batches take them.
        let held = release.way == .present ? try hold(try profiles(of: release, dataflow), in: dataflow.scope) : []
        if release.way == .original { _ = try run(PostgresStatements.raiseLane, .int2(0), .int8(0), .int8(0)) }
        let rows = try chosen(by: release, dataflow, isLocked: true)
        var letters: [Letter] = []
        for index in 0..<rows.count {
            let key = ResumeMark.Key(
                dataflow: release.dataflow,
                profile: Profile.ID(uuid: try rows.uuid(index, 1)),
                mergePolicy: MergePolicy.ID(uuid: try rows.uuid(index, 2))
            )
            // One that was absorbed since they were looked for keeps its letter; whoever asks again lets it go.
            let isThere = held.contains(key.profile.uuid)
            letters.append(
                Letter(
                    row: try rows.int8(index, 0),
                    key: key,
                    audiences: try rows.audiences(index, 4),
                    hasPresentForm: DeadLetter.hasPresentForm(try rows.reasons(index, 3)) && isThere
                )
            )
        }
        return letters
    }

    /// The letters that a release is about, and locks them or not.
    private func chosen(
        by release: DeadLetterRelease,
        _ dataflow: SharedState.NumberedDataflow,
        isLocked: Bool
    ) throws(StorageError) -> PostgresRows {
        let (some, locked): (PostgresStatement, PostgresStatement)
        var more: [PostgresValue] = []
        if let rows = release.rows {
            (some, locked) = (PostgresStatements.chosenNamedDeadLetters, PostgresStatements.lockNamedDeadLetters)
            more = [release.code.map { .text($0) } ?? .null, .int8s(rows)]
        } else if let code = release.code {
            (some, locked) = (PostgresStatements.chosenDeadLettersOfCode, PostgresStatements.lockDeadLettersOfCode)
            more = [.text(code)]
        } else {
            (some, locked) = (PostgresStatements.chosenDeadLetters, PostgresStatements.lockDeadLetters)
        }
        let values: [PostgresValue] = [
            .int2(0), .int4(dataflow.number), .int8(release.after),
            .int8(release.parkedBefore?.milliseconds ?? .max), .int8(Int64(release.limit) + 1),
        ]
        guard let rows = try run([PostgresCall(isLocked ? locked : some, values + more)]).first else {
            throw StorageError(.io, "the database gave no answer")
        }
        return rows
    }

    /// Whose letters a release is about, before anything is locked.
    private func profiles(
        of release: DeadLetterRelease,
        _ dataflow: SharedState.NumberedDataflow
    ) throws(StorageError) -> Set<UUIDBytes> {
        let rows = try chosen(by: release, dataflow, isLocked: false)
        var profiles: Set<UUIDBytes> = []
        for index in 0..<rows.count { profiles.insert(try rows.uuid(index, 1)) }
        return profiles
    }

    /// Holds those profiles that are there, so that what is entered for them is nobody else's before it can be seen.
    ///
    /// - Returns: Which these are.
    private func hold(_ profiles: Set<UUIDBytes>, in scope: Scope) throws(StorageError) -> Set<UUIDBytes> {
        guard !profiles.isEmpty else { return [] }
        let number = try scope.number
        let rows = try run(PostgresStatements.holdProfiles, .int4(number), .uuids(profiles.sorted()))
        var held: Set<UUIDBytes> = []
        for index in 0..<rows.count { held.insert(try rows.uuid(index, 0)) }
        return held
    }

    private func release(
        _ letters: [Letter],
        as way: DeadLetterRelease.Way,
        _ dataflow: Int32,
        _ change: inout Change
    ) {
        let rows = PostgresValue.int8s(letters.map(\.row))
        let entered: DataflowCounters
        switch way {
        case .present:
            enterMarks(letters.map(\.key), .replay, dataflow, &change)
            entered = DataflowCounters(replayed: 1)
        case .original:
            change.add(PostgresStatements.raiseLane, .int2(0), .int8(Int64(letters.count)), .int8(0))
            change.add(
                PostgresStatements.returnDeadLetters,
                .int2(0),
                .int4(dataflow),
                rows,
                .int8s(letters.indices.map { Int64(letters.count - 1 - $0) }),
                .int2(Int16(OutboxLane.replay.rawValue))
            )
            entered = DataflowCounters(triggered: 1, replayed: 1)
        case .discarded: entered = DataflowCounters(discarded: 1)
        }
        change.add(PostgresStatements.deleteDeadLetters, .int2(0), .int4(dataflow), rows)
        for letter in letters {
            change.enter(entered, rows: way == .original ? 1 : 0, of: letter.audiences, dataflow: dataflow)
        }
    }

    private func enterMarks(
        _ keys: [ResumeMark.Key],
        _ reasons: TriggerReasons,
        _ dataflow: Int32,
        _ change: inout Change
    ) {
        let keys = Set(keys).sorted {
            ($0.profile.uuid, $0.mergePolicy.uuid) < ($1.profile.uuid, $1.mergePolicy.uuid)
        }
        change.add(
            PostgresStatements.enterMarks,
            .int4s(keys.map { _ in dataflow }),
            .uuids(keys.map(\.profile.uuid)),
            .uuids(keys.map(\.mergePolicy.uuid)),
            .int4s(keys.map { _ in Int32(reasons.rawValue) })
        )
    }

    // MARK: Replay

    /// See ``Storage/replay(_:)``.
    func replay(_ request: ReplayRequest) throws(StorageError) -> ReplayRequest.Place? {
        guard let dataflow = try numbered(request.dataflow), request.limit > 0 else { return nil }
        let place =
            request.after
            ?? ReplayRequest.Place(
                day: Self.day(of: request.since) - 1,
                profile: Profile.ID(uuid: UUIDBytes(high: .max, low: .max)),
                row: .max
            )
        return try transaction { () throws(StorageError) in
            let rows = try run(
                PostgresStatements.scanDeliveries,
                .int8(place.day),
                .uuid(place.profile.uuid),
                .int8(place.row),
                .int8(Int64(request.limit))
            )
            var last: ReplayRequest.Place?
            var profiles: [Profile.ID] = []
            for index in 0..<rows.count {
                let profile = Profile.ID(uuid: try rows.uuid(index, 1))
                last = ReplayRequest.Place(
                    day: try rows.int8(index, 0),
                    profile: profile,
                    row: try rows.int8(index, 3)
                )
                let (number, at) = (try rows.int4(index, 2), try rows.int8(index, 4))
                let isWanted = number == dataflow.number && at >= request.since.milliseconds
                if isWanted, profiles.last != profile { profiles.append(profile) }
            }
            var change = try Change(in: dataflow.scope)
            let heirs = try heirs(of: profiles, in: dataflow.scope)
            if !heirs.isEmpty {
                let keys = heirs.flatMap { heir in
                    request.mergePolicies.map {
                        ResumeMark.Key(dataflow: request.dataflow, profile: heir, mergePolicy: $0)
                    }
                }
                enterMarks(keys, .replay, dataflow.number, &change)
            }
            return (rows.count < request.limit ? nil : last, change)
        }
    }

    /// Who has by now what was delivered of profiles; without those that are gone.
    private func heirs(of profiles: [Profile.ID], in scope: Scope) throws(StorageError) -> [Profile.ID] {
        let number = try scope.number
        var present = Set(profiles.map(\.uuid))
        var looked = present
        // Each step follows one merge; a ring would be somebody else's fault, and ends where it began.
        while !looked.isEmpty {
            let rows = try run(PostgresStatements.heirsOf, .int4(number), .uuids(Array(looked)))
            looked = []
            for index in 0..<rows.count {
                present.remove(try rows.uuid(index, 0))
                let survivor = try rows.uuid(index, 1)
                if present.insert(survivor).inserted { looked.insert(survivor) }
            }
        }
        guard !present.isEmpty else { return [] }
        let held = try hold(present, in: scope)
        // Who was absorbed between the one look and the other has an heir by now.
        let missing = Array(present.subtracting(held))
        if !missing.isEmpty, try run(PostgresStatements.heirsOf, .int4(number), .uuids(missing)).count > 0 {
            connection.mayRepeat = true
            throw StorageError(.conflict, "profiles were merged meanwhile; try again")
        }
        return held.sorted().map { Profile.ID(uuid: $0) }
    }
}
#endif
