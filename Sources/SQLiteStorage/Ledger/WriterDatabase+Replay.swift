import ActivationCore
import ActivationEngine

/// What was delivered is wanted again (BEHAVIOUR 3.18).
///
/// The table of the ledger comes first, then the runs. What moves while somebody looks at page after page moves to where that one has
/// not been yet.
extension WriterDatabase {
    /// See ``Storage/replay(_:)``.
    func replay(_ request: ReplayRequest) throws(StorageError) -> ReplayRequest.Place? {
        guard let tally = tallies.dataflows[request.dataflow], request.limit > 0 else { return nil }
        let range = RowSpace.outbox(ofDataflow: tally.number)
        let before = ReplayRequest.Place(
            day: Self.day(of: request.since) - 1,
            profile: Profile.ID(uuid: UUIDBytes(high: .max, low: .max)),
            row: .max
        )
        let place = request.after ?? before
        var found = Delivered()
        if place.part == 0 {
            let next = try lookInTable(after: place, request, range, &found)
            found.next = next ?? ReplayRequest.Place(day: before.day, part: .max, profile: before.profile, row: .max)
        } else {
            found.next = try lookInRuns(after: place, request, range, &found)
        }
        if !found.profiles.isEmpty {
            try write(in: tally.scope) { tallies throws(StorageError) in
                for profile in found.profiles { try enterMarks(of: profile, request, tally.scope, &tallies) }
            }
        }
        return found.next
    }

    /// Of whom rows were delivered, and the entry of the ledger that was looked at last, if there may be more.
    private struct Delivered {
        var profiles: [Profile.ID] = []
        var next: ReplayRequest.Place?

        mutating func enter(_ profile: Profile.ID) {
            if profiles.last != profile { profiles.append(profile) }
        }
    }

    private func enterMarks(
        of profile: Profile.ID,
        _ request: ReplayRequest,
        _ scope: Scope,
        _ tallies: inout Tallies
    ) throws(StorageError) {
        let heir = try heir(of: profile, in: scope)
        guard try reads.row(of: heir, in: scope) != nil else { return }
        for policy in request.mergePolicies {
            let key = ResumeMark.Key(dataflow: request.dataflow, profile: heir, mergePolicy: policy)
            try enterMark(key, .replay, &tallies)
        }
    }

    private func lookInTable(
        after place: ReplayRequest.Place,
        _ request: ReplayRequest,
        _ range: ClosedRange<Int64>,
        _ found: inout Delivered
    ) throws(StorageError) -> ReplayRequest.Place? {
        let scan = statements.scanDeliveries
        scan.bind(1, place.day)
        scan.bind(2, place.profile.uuid)
        scan.bind(3, place.row)
        scan.bind(4, Int64(request.limit))
        defer { scan.reset() }
        var last: ReplayRequest.Place?
        var looked = 0
        while try scan.next() {
            looked += 1
            let profile = Profile.ID(uuid: try scan.uuid(1))
            last = ReplayRequest.Place(day: scan.integer(0), profile: profile, row: scan.integer(2))
            let isWanted = range.contains(scan.integer(2)) && scan.integer(3) >= request.since.milliseconds
            if isWanted { found.enter(profile) }
        }
        return looked < request.limit ? nil : last
    }

    /// Entries that a block has, about.
    private static let entriesPerBlock = 8

    private func lookInRuns(
        after place: ReplayRequest.Place,
        _ request: ReplayRequest,
        _ range: ClosedRange<Int64>,
        _ found: inout Delivered
    ) throws(StorageError) -> ReplayRequest.Place? {
        let limit = max(request.limit / Self.entriesPerBlock, 1)
        let blocks = try ledgerRuns.blocks(
            after: LedgerRuns.Run(day: place.day, number: place.part),
            LedgerEntry.Key(profile: place.profile.uuid, row: place.row),
            limit: limit
        )
        for entry in blocks.lazy.flatMap(\.entries) where range.contains(entry.key.row) {
            if entry.deliveredAt >= request.since { found.enter(Profile.ID(uuid: entry.key.profile)) }
        }
        guard blocks.count == limit, let last = blocks.last, let first = last.entries.first?.key else { return nil }
        let profile = Profile.ID(uuid: first.profile)
        return ReplayRequest.Place(day: last.run.day, part: last.run.number, profile: profile, row: first.row)
    }
}
