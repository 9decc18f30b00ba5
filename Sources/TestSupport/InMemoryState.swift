import ActivationCore
import ActivationEngine

/// Everything an ``InMemoryStorage`` holds, as one value.
struct InMemoryState: Sendable {
    struct ObjectKey: Hashable {
        var kind: ByteKey
        var id: ByteKey

        init(kind: String, id: String) {
            self.kind = ByteKey(kind)
            self.id = ByteKey(id)
        }
    }

    struct ScopeState {
        var paths: [CommitPlan.PathWrite] = []
        var datasets: [CommitPlan.DatasetWrite] = []
        var profiles: [Int64: StoredProfile] = [:]
        var rows: [Profile.ID: Int64] = [:]
        var identities: [Identity: Int64] = [:]
        /// Events by profile row.
        var events: [Int64: [LoadedEvents.Event]] = [:]
        var members: [Audience.ID: MemberCounters] = [:]
        /// The counters of each audience before anything was counted in an hour.
        var memberOpenings: [Audience.ID: [(number: Int64, counters: MemberCounters)]] = [:]
        var backfills: [Backfill.ID: CommitPlan.BackfillProgress] = [:]
        var uploads: [UUIDBytes: CommitPlan.UploadProgress] = [:]
        var admission: AdmissionMark?
        var objects: [ObjectKey: ControlObject] = [:]
        var configuration = ConfigurationVersion(changes: 0, catalog: 0)
        /// In the order of the deletions.
        var erasures: [Erasure] = []
        var suppressions: [IdentityDigest: Suppression] = [:]
    }

    var scopes: [Scope: ScopeState] = [:]
    var dataflows: [Dataflow.ID: InMemoryOutbox] = [:]
    private var lastProfileRow = InMemoryStorage.rowsBefore
    private var lastOutboxRow: Int64 = 0
    /// What power loss leaves, then that and each staged commit; nothing when everything is durable.
    private var kept: [InMemoryState] = []
    /// Commits that were ever staged.
    private var staged = 0
    /// The oldest first, with their scopes.
    private var history: [(scope: Scope, change: ConfigurationChange)] = []
    private var lastChange: Int64 = 0
    var alerts: [Scope: InMemoryAlerts] = [:]

    // MARK: Reading

    func load(_ request: LoadRequest) throws(StorageError) -> LoadedState {
        let stored = scopes[request.scope] ?? ScopeState()
        var loaded = LoadedState()
        var indices: [Int64: Int] = [:]
        func index(of row: Int64?) -> Int? {
            guard let row, let profile = stored.profiles[row] else { return nil }
            if let index = indices[row] { return index }
            indices[row] = loaded.profiles.count
            loaded.profiles.append(profile)
            return loaded.profiles.count - 1
        }
        loaded.hasMarks = dataflows.values.contains { !$0.marks.isEmpty }
        loaded.hasSuppressions = !stored.suppressions.isEmpty
        loaded.identityProfiles = request.identities.map { index(of: stored.identities[$0]) }
        for id in request.profiles { _ = index(of: stored.rows[id]) }
        let bytes = loaded.profiles.reduce(0) { $0 + $1.value.count }
        guard bytes <= request.bytesMax ?? .max else {
            throw StorageError(.tooLarge, "the profiles hold more than \(request.bytesMax ?? 0) bytes; ask for fewer")
        }
        return loaded
    }

    func loadEvents(_ request: EventRequest) throws(StorageError) -> [LoadedEvents] {
        var bytes = 0
        let answers = request.items.map { item in
            let stored = scopes.values.lazy.compactMap { $0.events[item.row] }.first ?? []
            let known = Set(stored.map { ByteKey($0.id) })
            var answer = LoadedEvents(known: item.ids.map { known.contains(ByteKey($0)) })
            if item.extent == .none, item.ranges.isEmpty, item.oldest <= 0 { return answer }
            var events = stored.sorted(by: LoadedEvents.isEarlier)
            if item.extent == .none { events = Self.wanted(of: events, item) }
            if item.extent == .index { for index in events.indices { events[index].body = [] } }
            bytes += events.reduce(0) { $0 + $1.id.utf8.count + $1.body.count }
            answer.events = events
            return answer
        }
        guard bytes <= request.bytesMax ?? .max else {
            throw StorageError(.tooLarge, "the events hold more than \(request.bytesMax ?? 0) bytes; ask for fewer")
        }
        return answers
    }

    /// The events of the stretches and the oldest ones, out of all in order.
    private static func wanted(of events: [LoadedEvents.Event], _ item: EventRequest.Item) -> [LoadedEvents.Event] {
        var wanted = Array(events.prefix(max(item.oldest, 0)))
        for range in item.ranges {
            wanted += events.filter { range.from <= $0.timestamp && $0.timestamp <= range.through }
            if range.includesNext, let next = events.first(where: { $0.timestamp > range.through }) {
                wanted.append(next)
            }
        }
        return LoadedEvents.distinct(wanted)
    }

    // MARK: Staging

    /// Commits that are staged and not durable.
    var stagedCommits: Int { max(kept.count - 1, 0) }

    /// What power loss leaves.
    var surviving: InMemoryState { kept.first ?? self }

    /// Performs a plan that power loss takes back until it is durable.
    ///
    /// - Returns: Rows that it dropped although they are claimed, and how many commits were staged with it.
    mutating func stage(_ plan: CommitPlan) throws(StorageError) -> (claimed: [Dataflow.ID: [Int64]], number: Int) {
        let before = withoutStaged
        let claimed = try performClaimed(plan)
        staged += 1
        if kept.isEmpty { kept = [before] }
        kept.append(withoutStaged)
        return (claimed, staged)
    }

    /// Makes durable what was staged first, up to a number.
    mutating func harden(through number: Int) {
        let hardened = number - (staged - stagedCommits)
        guard hardened > 0 else { return }
        kept.removeFirst(hardened)
        if kept.count == 1 { kept = [] }
    }

    mutating func hardenEverything() { kept = [] }

    /// Goes back to what power loss leaves.
    mutating func loseStaged(keeping commits: Int) {
        guard !kept.isEmpty else { return }
        let staged = staged
        self = kept[min(max(commits, 0), stagedCommits)]
        self.staged = staged
    }

    private var withoutStaged: InMemoryState {
        var copy = self
        copy.kept = []
        return copy
    }

    mutating func forgetClaims() {
        for dataflow in dataflows.keys { dataflows[dataflow]?.claims = [:] }
    }

    /// Claims what is durable.
    mutating func claim(_ request: ClaimRequest) -> [OutboxRow] {
        var request = request
        if let durable = kept.first { request.through = min(request.through ?? .max, durable.lastOutboxRow) }
        return dataflows[request.dataflow]?.claim(request) ?? []
    }

    // MARK: Writing

    /// Performs a plan.
    ///
    /// - Returns: Rows that it dropped although they are claimed.
    mutating func performClaimed(_ plan: CommitPlan) throws(StorageError) -> [Dataflow.ID: [Int64]] {
        let before = dataflows.mapValues(\.rowsOnTheirWay)
        try perform(plan)
        return dataflows.compactMapValues { outbox in
            let rows = outbox.rowsOnTheirWay.subtracting(before[outbox.dataflow] ?? []).sorted()
            return rows.isEmpty ? nil : rows
        }
    }

    /// See ``Storage/release(_:)``.
    mutating func release(_ release: DeadLetterRelease) -> DeadLetterRelease.Outcome {
        guard var outbox = dataflows[release.dataflow] else { return DeadLetterRelease.Outcome() }
        let stored = scopes[outbox.scope]
        let outcome = outbox.release(release) {
            stored?.rows[$0] != nil
        } takeRow: {
            lastOutboxRow += 1
            return lastOutboxRow
        }
        dataflows[release.dataflow] = outbox
        return outcome
    }

    /// See ``Storage/replay(_:)``.
    mutating func replay(_ request: ReplayRequest) {
        guard let scope = dataflows[request.dataflow]?.scope else { return }
        let stored = scopes[scope]
        dataflows[request.dataflow]?.replay(request) { stored?.rows[$0] != nil }
    }

    mutating func perform(_ plan: CommitPlan) throws(StorageError) {
        if let version = plan.catalogVersion, version != configurationVersion(scope: plan.scope).catalog {
            throw StorageError(.catalogChanged, "somebody else has changed the configuration")
        }
        let books = dataflows.mapValues(\.books)
        defer {
            for id in dataflows.keys {
                dataflows[id]?.openHour(at: plan.admission?.instant, before: books[id] ?? InMemoryOutbox.Books())
            }
        }
        var stored = scopes[plan.scope] ?? ScopeState()
        for eviction in plan.evictions {
            let row = try row(eviction.profile, stored)
            guard let index = stored.events[row]?.firstIndex(where: { $0.id.hasSameBytes(as: eviction.id) }) else {
                throw StorageError(.conflict, "the profile has no event of this id to give up")
            }
            stored.events[row]?.remove(at: index)
        }
        for path in plan.paths {
            guard Int(path.id.rawValue) == stored.paths.count + 1 else {
                throw StorageError(.conflict, "path \(path.id.rawValue) does not follow the last one")
            }
            stored.paths.append(path)
        }
        for dataset in plan.datasets {
            guard Int(dataset.id) == stored.datasets.count + 1 else {
                throw StorageError(.conflict, "dataset \(dataset.id) does not follow the last one")
            }
            stored.datasets.append(dataset)
        }
        for withdrawal in plan.withdrawals { dataflows[withdrawal.dataflow]?.withdraw(withdrawal.profile) }
        for write in plan.profiles { try perform(write, in: &stored) }
        for event in plan.events {
            let row = try row(event.profile, stored)
            guard !stored.events[row, default: []].contains(where: { $0.id.hasSameBytes(as: event.id) }) else {
                throw StorageError(.conflict, "the profile already has an event of this id")
            }
            stored.events[row, default: []].append(
                LoadedEvents.Event(
                    id: event.id,
                    timestamp: event.timestamp,
                    dataset: event.dataset,
                    body: event.body
                )
            )
        }
        for key in plan.marksSettledBeforeMerges { dataflows[key.dataflow]?.marks[key] = nil }
        for merge in plan.merges { try perform(merge, of: plan.scope, in: &stored) }
        for deletion in plan.deletions {
            if deletion.profile.row != 0 {
                try perform(deletion, of: plan.scope, in: &stored)
            } else if deletion.profile.id == deletion.survivor {
                stored.erasures.append(Erasure(deletion))
            }
        }
        for write in plan.identities {
            stored.identities[write.identity] = try write.profile.map { id throws(StorageError) in try row(id, stored) }
        }
        for digest in plan.readmissions { stored.suppressions[digest] = nil }
        for suppression in plan.suppressions { stored.suppressions[suppression.digest] = suppression }
        for (backfill, progress) in plan.backfills {
            let before = stored.backfills[backfill]
            stored.backfills[backfill] = CommitPlan.BackfillProgress(
                row: max(progress.row, before?.row ?? progress.row),
                records: progress.records + (before?.records ?? 0),
                orderedAt: before?.orderedAt ?? progress.orderedAt
            )
        }
        for (upload, progress) in plan.uploads {
            let before = stored.uploads[upload]
            stored.uploads[upload] = CommitPlan.UploadProgress(
                line: max(progress.line, before?.line ?? progress.line),
                accepted: progress.accepted + (before?.accepted ?? 0),
                made: progress.made + (before?.made ?? 0)
            )
        }
        if let mark = plan.admission {
            stored.admission = AdmissionMark(
                instant: max(mark.instant, stored.admission?.instant ?? mark.instant),
                sequence: max(mark.sequence, stored.admission?.sequence ?? mark.sequence)
            )
        }
        stored.count(plan.memberCounters)
        scopes[plan.scope] = stored
        for (key, reasons) in plan.marks {
            dataflows[key.dataflow, default: InMemoryOutbox(key.dataflow, scope: plan.scope)].marks[key, default: []]
                .formUnion(reasons)
        }
        for key in plan.settledMarks { dataflows[key.dataflow]?.marks[key] = nil }
        for record in plan.outbox {
            lastOutboxRow += 1
            var record = record
            record.row = lastOutboxRow
            dataflows[record.dataflow, default: InMemoryOutbox(record.dataflow, scope: plan.scope)].pending.append(
                record
            )
        }
        for (dataflow, counters) in plan.counters {
            dataflows[dataflow, default: InMemoryOutbox(dataflow, scope: plan.scope)].books.counters += counters
        }
        for (dataflow, books) in plan.audienceBooks {
            dataflows[dataflow, default: InMemoryOutbox(dataflow, scope: plan.scope)].books.audiences += books
        }
    }

    private mutating func perform(_ write: CommitPlan.ProfileWrite, in stored: inout ScopeState) throws(StorageError) {
        var profile = write.profile
        if profile.row == 0 {
            guard stored.rows[profile.id] == nil, write.expectedRevision == 0 else {
                throw StorageError(.conflict, "profile \(profile.id.uuid) is already stored")
            }
            lastProfileRow += 1
            profile.row = lastProfileRow
            stored.rows[profile.id] = profile.row
        } else {
            guard let before = stored.profiles[profile.row], before.id == profile.id,
                before.revision == write.expectedRevision
            else {
                throw StorageError(.conflict, "profile \(profile.id.uuid) is not at \(write.expectedRevision)")
            }
        }
        stored.profiles[profile.row] = profile
    }

    private mutating func perform(
        _ merge: CommitPlan.ProfileMerge,
        of scope: Scope,
        in stored: inout ScopeState
    ) throws(StorageError) {
        let absorbed = merge.absorbed
        guard let before = stored.profiles[absorbed.row], before.id == absorbed.id, before.revision == absorbed.revision
        else {
            throw StorageError(.conflict, "profile \(absorbed.id.uuid) is not at \(absorbed.revision)")
        }
        let survivor = try row(merge.survivor, stored)
        stored.profiles[absorbed.row] = nil
        stored.rows[absorbed.id] = nil
        for event in stored.events.removeValue(forKey: absorbed.row) ?? []
        where !stored.events[survivor, default: []].contains(where: { $0.id.hasSameBytes(as: event.id) }) {
            stored.events[survivor, default: []].append(event)
        }
        for (id, outbox) in dataflows where outbox.scope == scope {
            dataflows[id]?.rekey(absorbed.id, to: merge.survivor)
        }
    }

    private mutating func perform(
        _ deletion: CommitPlan.ProfileDeletion,
        of scope: Scope,
        in stored: inout ScopeState
    ) throws(StorageError) {
        let gone = deletion.profile
        guard let before = stored.profiles[gone.row], before.id == gone.id, before.revision == gone.revision else {
            throw StorageError(.conflict, "profile \(gone.id.uuid) is not at \(gone.revision)")
        }
        stored.profiles[gone.row] = nil
        stored.rows[gone.id] = nil
        stored.events[gone.row] = nil
        stored.erasures.append(Erasure(deletion))
        for (id, outbox) in dataflows where outbox.scope == scope {
            dataflows[id]?.erase(gone.id, survivor: deletion.survivor)
        }
    }

    private func row(_ id: Profile.ID, _ stored: ScopeState) throws(StorageError) -> Int64 {
        guard let row = stored.rows[id] else {
            throw StorageError(.conflict, "profile \(id.uuid) is not stored")
        }
        return row
    }

    mutating func apply(_ changes: [ControlChange], scope: Scope) throws(StorageError) {
        var objects = scopes[scope]?.objects ?? [:]
        for change in changes {
            switch change {
            case .insert(let object):
                let key = ObjectKey(kind: object.kind, id: object.id)
                guard objects[key] == nil else {
                    throw StorageError(.conflict, "\(key.kind.string) \(key.id.string) exists already")
                }
                objects[key] = object
            case .update(let object, let expectedEtag):
                let key = ObjectKey(kind: object.kind, id: object.id)
                try check(objects[key], key, expectedEtag)
                objects[key] = object
            case .delete(let kind, let id, let expectedEtag):
                let key = ObjectKey(kind: kind, id: id)
                try check(objects[key], key, expectedEtag)
                objects[key] = nil
            }
        }
        scopes[scope, default: ScopeState()].objects = objects
    }

    func configurationVersion(scope: Scope) -> ConfigurationVersion {
        scopes[scope]?.configuration ?? ConfigurationVersion(changes: 0, catalog: 0)
    }

    mutating func raise(
        _ version: ConfigurationVersion,
        scope: Scope,
        raisesCatalog: Bool
    ) throws(StorageError) -> ConfigurationVersion {
        guard version == configurationVersion(scope: scope) else {
            throw StorageError(.conflict, "somebody else has changed the configuration")
        }
        let raised = ConfigurationVersion(
            changes: version.changes + 1,
            catalog: version.catalog + (raisesCatalog ? 1 : 0)
        )
        scopes[scope, default: ScopeState()].configuration = raised
        return raised
    }

    mutating func enter(_ changes: [ConfigurationChange], scope: Scope) {
        for change in changes {
            lastChange += 1
            var change = change
            change.sequence = lastChange
            history.append((scope, change))
        }
        guard let now = changes.last?.changedAt else { return }
        let oldest = ConfigurationChange.oldest(keptAt: now)
        let looked = history.prefix(ConfigurationChange.forgotten(with: changes.count))
        history.removeFirst(looked.prefix { $0.change.changedAt < oldest }.count)
    }

    func historyStart(at instant: Timestamp) -> Int64 {
        history.first { $0.change.changedAt >= instant }?.change.sequence ?? lastChange + 1
    }

    func history(_ request: ConfigurationChangesRequest) -> [ConfigurationChange] {
        func isSame(_ wanted: String?, _ found: String) -> Bool { wanted.map { $0.hasSameBytes(as: found) } ?? true }
        return history.reversed().filter { scope, change in
            scope == request.scope && change.sequence < request.before ?? .max
                && request.actions?.contains(change.action) ?? true
                && isSame(request.kind, change.kind) && isSame(request.author, change.author.name)
                && request.objects.map { objects in
                    objects.contains { isSame($0.kind, change.kind) && isSame($0.id, change.id) }
                } ?? true
        }.prefix(request.limit).map(\.change)
    }

    private func check(_ object: ControlObject?, _ key: ObjectKey, _ expectedEtag: String) throws(StorageError) {
        guard let object, object.etag.hasSameBytes(as: expectedEtag) else {
            throw StorageError(.conflict, "\(key.kind.string) \(key.id.string) is not at version \(expectedEtag)")
        }
    }
}

extension InMemoryState.ScopeState {
    /// Counts who entered and who exited, in the hour that admission has reached.
    mutating func count(_ counted: [Audience.ID: MemberCounters]) {
        for (audience, counters) in counted where counters != MemberCounters() {
            let before = members[audience] ?? MemberCounters()
            if let number = admission.map({ BookedHour.number(of: $0.instant) }),
                memberOpenings[audience]?.last.map({ $0.number < number }) ?? true
            {
                memberOpenings[audience, default: []].append((number, before))
            }
            members[audience, default: MemberCounters()] += counters
        }
        let last = memberOpenings.values.compactMap(\.last?.number).max() ?? 0
        for audience in memberOpenings.keys {
            memberOpenings[audience]?.removeAll { $0.number < last - BookedHour.keptHours }
        }
    }
}

extension Erasure {
    /// Without files there is nothing to scrub.
    fileprivate init(_ deletion: CommitPlan.ProfileDeletion) {
        self.init(
            profile: deletion.profile.id,
            revision: deletion.profile.revision,
            deletedAt: deletion.deletedAt,
            isScrubbed: true
        )
    }
}
