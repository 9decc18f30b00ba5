#if PostgreSQL
import ActivationCore
import ActivationEngine

/// The hours that a change begins; noted when it is committed.
struct BegunHours {
    var stripe: Int16
    var books: [Int32: SharedState.OpenHour] = [:]
    var tallies: SharedState.OpenHour?

    func note(_ change: Change, in known: inout SharedState.Known) {
        for (dataflow, hour) in books {
            known.openHours[SharedState.StripedDataflow(stripe: stripe, number: dataflow)] = hour
            known.lastHours[dataflow] = max(hour.hour, known.lastHours[dataflow] ?? hour.hour)
        }
        if let tallies {
            known.openTallyHours[SharedState.StripedScope(stripe: stripe, scope: change.scope)] = tallies
        }
        if let instant = change.admission?.instant {
            known.admitted[change.scope] = max(instant, known.admitted[change.scope] ?? instant)
        }
    }
}

extension WriterDatabase {
    /// Rows of old hours of audiences that one step lets go.
    static let forgottenMax: Int64 = 5_000

    /// Adds what a change enters in the books, after the hours that begin with it.
    func enterBooks(_ change: inout Change, _ known: SharedState.Known) -> BegunHours {
        var hours = BegunHours(stripe: number)
        enterDataflows(&change, known, &hours)
        enterTallies(&change, known, &hours)
        if let mark = change.admission {
            change.add(
                PostgresStatements.noteAdmission,
                .int4(change.scopeNumber),
                .int2(number),
                .int8(mark.instant.milliseconds),
                .int8(mark.sequence.rawValue)
            )
        }
        return hours
    }

    // MARK: Dataflows

    private func enterDataflows(_ change: inout Change, _ known: SharedState.Known, _ hours: inout BegunHours) {
        // In one order, whoever writes.
        let entries = change.entries.sorted { $0.key < $1.key }
        guard !entries.isEmpty else { return }
        var begun: [(dataflow: Int32, hour: Int64)] = []
        var begunFor: [(dataflow: Int32, hour: Int64, audience: Audience.ID)] = []
        for (dataflow, entry) in entries {
            let last = known.lastHours[dataflow]
            let isChanged = entry.counters != DataflowCounters()
            let own = known.openHours[SharedState.StripedDataflow(stripe: number, number: dataflow)]
            guard let hour = hour(of: change, after: last, isChanged: isChanged) else { continue }
            var open = own ?? SharedState.OpenHour(hour: .min)
            if open.hour < hour {
                open = SharedState.OpenHour(hour: hour)
                begun.append((dataflow, hour))
                begunFor.append((dataflow, hour, .all))
            }
            for audience in entry.audiences.audiences.keys where open.audiences.insert(audience).inserted {
                begunFor.append((dataflow, hour, audience))
            }
            hours.books[dataflow] = open
        }
        begin(begun, begunFor, &change)
        let numbers = PostgresValue.int4s(entries.map(\.key))
        change.calls.append(
            PostgresCall(
                PostgresStatements.enterBooks,
                [.int2(number), numbers, .int8s(entries.map(\.value.rows))] + columns(entries.map(\.value.counters))
            )
        )
        let audiences = entries.flatMap { dataflow, entry in
            ([(Audience.ID.all, entry.audiences.told)]
                + entry.audiences.audiences.sorted { $0.key.uuid < $1.key.uuid })
                .filter { $0.1 != DataflowCounters() }.map { (dataflow, $0.0, $0.1) }
        }
        guard !audiences.isEmpty else { return }
        change.calls.append(
            PostgresCall(
                PostgresStatements.enterAudienceBooks,
                [.int2(number), .int4s(audiences.map(\.0)), .uuids(audiences.map(\.1.uuid))]
                    + columns(audiences.map(\.2))
            )
        )
    }

    /// The hour that an entry belongs to: that of its instant, but none before the last one; nil = no hour has begun and none begins.
    private func hour(of change: Change, after last: Int64?, isChanged: Bool) -> Int64? {
        guard isChanged, let instant = change.instant else { return last }
        let hour = BookedHour.number(of: instant)
        return last.map { max($0, hour) } ?? hour
    }

    private func begin(
        _ begun: [(dataflow: Int32, hour: Int64)],
        _ begunFor: [(dataflow: Int32, hour: Int64, audience: Audience.ID)],
        _ change: inout Change
    ) {
        if !begun.isEmpty {
            change.add(
                PostgresStatements.openBookHours,
                .int4s(begun.map(\.dataflow)),
                .int8s(begun.map(\.hour)),
                .int2(number)
            )
            for (dataflow, hour) in begun {
                let first = PostgresValue.int8(hour &- BookedHour.keptHours)
                change.add(PostgresStatements.forgetBookHours, .int4(dataflow), first)
                change.add(
                    PostgresStatements.forgetAudienceBookHours,
                    .int4(dataflow),
                    first,
                    .int8(Self.forgottenMax)
                )
            }
        }
        guard !begunFor.isEmpty else { return }
        change.add(
            PostgresStatements.openAudienceBookHours,
            .int4s(begunFor.map(\.dataflow)),
            .int8s(begunFor.map(\.hour)),
            .uuids(begunFor.map(\.audience.uuid)),
            .int2(number)
        )
    }

    /// Counters column by column.
    private func columns(_ counters: [DataflowCounters]) -> [PostgresValue] {
        let columns: [any KeyPath<DataflowCounters, Int64> & Sendable] = [
            \.triggered, \.delivered, \.superseded, \.suppressedDisabled, \.suppressedDeleted, \.parked, \.replayed,
            \.discarded, \.erased,
        ]
        return columns.map { column in .int8s(counters.map { $0[keyPath: column] }) }
    }

    // MARK: Audiences

    private func enterTallies(_ change: inout Change, _ known: SharedState.Known, _ hours: inout BegunHours) {
        let tallies = change.tallies.filter { $0.value != MemberCounters() }.sorted { $0.key.uuid < $1.key.uuid }
        guard !tallies.isEmpty else { return }
        let admitted = known.admitted[change.scope]
        let instant = change.admission.map { max($0.instant, admitted ?? $0.instant) } ?? admitted
        if let hour = instant.map(BookedHour.number) {
            let stripe = SharedState.StripedScope(stripe: number, scope: change.scope)
            var open = known.openTallyHours[stripe] ?? SharedState.OpenHour(hour: .min)
            if open.hour != hour { open = SharedState.OpenHour(hour: hour) }
            let begun = tallies.map(\.key).filter { $0 != .all && open.audiences.insert($0).inserted }
            if !begun.isEmpty {
                change.add(
                    PostgresStatements.openTallyHours,
                    .int4(change.scopeNumber),
                    .int8(hour),
                    .uuids(begun.map(\.uuid)),
                    .int2(number)
                )
            }
            hours.tallies = open
        }
        change.add(
            PostgresStatements.enterTallies,
            .int4(change.scopeNumber),
            .int2(number),
            .uuids(tallies.map(\.key.uuid)),
            .int8s(tallies.map(\.value.entered)),
            .int8s(tallies.map(\.value.exited))
        )
    }

    // MARK: Forgetting

    /// Lets all hours of a dataflow's books go, those of audiences in steps before.
    ///
    /// - Returns: How many of audiences went; 0 when none are left.
    func forgetHours(of dataflow: SharedState.NumberedDataflow) throws(StorageError) -> Int {
        let forgotten = try transaction { () throws(StorageError) in
            let numbers = PostgresValue.int4(dataflow.number)
            let gone = try run(
                PostgresStatements.forgetAudienceBookHours,
                numbers,
                .int8(.max),
                .int8(Self.forgottenMax)
            ).affected
            var change = try Change(in: dataflow.scope)
            if gone == 0 { change.add(PostgresStatements.forgetBookHours, numbers, .int8(.max)) }
            return (gone, change)
        }
        shared.withKnown { known in
            if forgotten == 0 { known.lastHours[dataflow.number] = nil }
            for key in known.openHours.keys where key.number == dataflow.number { known.openHours[key] = nil }
        }
        return forgotten
    }

    /// Lets some of what is too old go: hours of audiences, and entries of the ledger, as of the last message.
    ///
    /// - Returns: Whether nothing of it is left.
    func forgetOld() throws(StorageError) -> Bool {
        guard let (scope, now) = shared.withKnown({ $0.admitted.max { $0.value < $1.value } }) else { return true }
        let first = Self.day(of: now) - Int64(options.ledgerDays)
        return try transaction { () throws(StorageError) in
            var change = try Change(in: scope)
            let limit = PostgresValue.int8(Self.forgottenMax)
            let gone = try run(PostgresStatements.forgetDeliveries, .int8(first), limit).affected
            let number = PostgresValue.int4(change.scopeNumber)
            change.add(PostgresStatements.forgetTallyHours, number, limit)
            change.add(PostgresStatements.forgetHeirs, .int8(first), limit, number)
            if let followed = try followed() {
                change.add(PostgresStatements.forgetRekeyed, .int2(0), .int8(followed), limit)
            }
            return (gone == 0, change)
        }
    }

    static func day(of instant: Timestamp) -> Int64 { instant.milliseconds / 86_400_000 }
}
#endif
