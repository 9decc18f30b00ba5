import ActivationCore
import ActivationEngine

/// Does the same random things to two storages and compares every answer: plans good and bad, claims, settlements,
/// releases, crashes.
///
/// Rows are a storage's own business, so they are compared by what they hold.
public struct StorageComparison {
    private var random: SeededGenerator
    private var left: StorageConformance.Subject
    private var right: StorageConformance.Subject
    private let reopen: @Sendable (StorageConformance.Subject) async throws -> StorageConformance.Subject
    private let limitPerProfile: Int
    /// Whether one process does everything, so that it knows what it has begun: dataflows are dropped and used again, and entries are
    /// booked under hours that never go back.
    private let isOneProcess: Bool

    /// Profiles in play, stored or not yet; one that was absorbed or deleted never comes back (BEHAVIOUR 3.11, 3.12).
    private var profileNumbers = Array(0..<40)
    private var profileLast = 39
    private let dataflowNumbers = 1...3
    private var recordLast = 0
    private var eventLast = 0
    /// Rows handed out and not settled, by payload: the left and the right storage's.
    private var inHand: [Int: [String: (left: Int64, right: Int64)]] = [:]
    /// Through which row of each storage a dataflow's claims hold profiles back.
    private var holds: [Int: (left: Int64, right: Int64)] = [:]

    /// Compares two empty storages.
    ///
    /// - Parameters:
    ///   - seed: Of what is done.
    ///   - left: One.
    ///   - right: The other.
    ///   - isOneProcess: Whether one process does everything; else no dataflow is used again that was dropped, which no server does, and
    ///     it is not compared under which hours something is booked, which differ where clocks do.
    ///   - reopen: Gives a storage as a new process finds it, for both of them.
    public init(
        seed: UInt64,
        _ left: StorageConformance.Subject,
        _ right: StorageConformance.Subject,
        isOneProcess: Bool = true,
        reopen: @escaping @Sendable (StorageConformance.Subject) async throws -> StorageConformance.Subject
    ) {
        random = SeededGenerator(seed: seed)
        self.left = left
        self.right = right
        self.isOneProcess = isOneProcess
        self.reopen = reopen
        limitPerProfile = Int.random(in: 1...4, using: &random)
    }

    /// Does a number of random steps; throws at the first difference.
    public mutating func run(steps: Int) async throws {
        for step in 1...steps {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<45: try await commit()
            case 45..<68: try await claim()
            case 68..<92: try await settle()
            case 92: try await Bool.random(using: &random) ? releaseLetters() : replay()
            case 93..<95: try await release()
            case 95..<96: if isOneProcess { try await discard() }
            case 96..<98: try await crash()
            default: try await compareAll()
            }
            if step == steps { try await compareAll() }
        }
    }

    // MARK: Plans

    private func profile(_ number: Int, in storage: StorageConformance.Subject) async throws -> StoredProfile? {
        var request = LoadRequest(scope: StorageConformance.scope)
        request.profiles = [StorageConformance.profileID(number)]
        return try await storage.load(request).profiles.first
    }

    private mutating func commit() async throws {
        let draft = try await randomPlan()
        let leftError = await error { try await left.commit(draft) }
        var other = draft
        for index in other.profiles.indices where other.profiles[index].profile.row != 0 {
            other.profiles[index].profile.row = try await row(of: other.profiles[index].profile.id, in: right)
        }
        for index in other.merges.indices {
            other.merges[index].absorbed.row = try await row(of: other.merges[index].absorbed.id, in: right)
        }
        for index in other.deletions.indices where other.deletions[index].profile.row != 0 {
            other.deletions[index].profile.row = try await row(of: other.deletions[index].profile.id, in: right)
        }
        let rightError = await error { [other] in try await right.commit(other) }
        try StorageConformance.expectEqual(rightError, leftError, "errors of a plan:")
        if leftError == nil { retire(draft.merges.map(\.absorbed.id) + draft.deletions.map(\.profile.id)) }
    }

    private mutating func retire(_ absorbed: [Profile.ID]) {
        for index in profileNumbers.indices
        where absorbed.contains(StorageConformance.profileID(profileNumbers[index])) {
            profileLast += 1
            profileNumbers[index] = profileLast
        }
    }

    private func error(_ work: () async throws -> Void) async -> String? {
        do {
            try await work()
            return nil
        } catch {
            return (error as? StorageError)?.code.rawValue ?? "\(error)"
        }
    }

    private func row(of id: Profile.ID, in storage: StorageConformance.Subject) async throws -> Int64 {
        var request = LoadRequest(scope: StorageConformance.scope)
        request.profiles = [id]
        // A row that nobody has: the plan is wrong on purpose, and must be found wrong here too.
        return try await storage.load(request).profiles.first?.row ?? Int64.max
    }

    private mutating func randomPlan() async throws -> CommitPlan {
        var plan = CommitPlan(scope: StorageConformance.scope)
        var known: [Int: StoredProfile] = [:]
        var free = profileNumbers.shuffled(using: &random)
        for _ in 0..<Int.random(in: 0...5, using: &random) {
            let number = free.removeLast()
            known[number] = try await write(number, into: &plan)
        }
        if let survivor = known.keys.min(), Bool.random(using: &random), Bool.random(using: &random) {
            for number in free.prefix(2) {
                guard let absorbed = try await profile(number, in: left) else { continue }
                plan.merges.append(
                    CommitPlan.ProfileMerge(absorbed: absorbed, survivor: StorageConformance.profileID(survivor))
                )
            }
        }
        for number in known.keys.sorted() {
            addIdentities(of: number, to: &plan)
            addEvents(of: number, to: &plan)
            try await addEvictions(of: number, to: &plan)
            addRecords(of: number, to: &plan)
            plan.memberCounters[StorageConformance.audienceID(number % 3)] = MemberCounters(
                entered: Int64.random(in: 0...2, using: &random),
                exited: Int64.random(in: 0...1, using: &random)
            )
        }
        try await addDeletions(of: Array(free.suffix(2)), to: &plan)
        addWithdrawals(of: free, to: &plan)
        plan.admission = AdmissionMark(
            instant: randomInstant(),
            sequence: AdmissionSequence(rawValue: Int64.random(in: 0...1_000, using: &random))
        )
        try await addDictionaryEntries(to: &plan)
        addSuppressions(to: &plan)
        try await spoil(&plan)
        return plan
    }

    private mutating func write(_ number: Int, into plan: inout CommitPlan) async throws -> StoredProfile {
        let size = Int.random(in: 0...3_000, using: &random)
        let value = String(repeating: "\(Int.random(in: 0...9, using: &random))", count: size)
        var write: CommitPlan.ProfileWrite
        if let stored = try await profile(number, in: left) {
            write = StorageConformance.changed(stored, value: value)
        } else {
            write = StorageConformance.new(number, value: value)
        }
        if Bool.random(using: &random) {
            write.profile.due = Timestamp(milliseconds: Int64.random(in: 0...9, using: &random))
        }
        plan.profiles.append(write)
        return write.profile
    }

    private mutating func addIdentities(of number: Int, to plan: inout CommitPlan) {
        guard Bool.random(using: &random) else { return }
        let value = "person \(Int.random(in: 0..<60, using: &random))"
        guard !plan.identities.contains(where: { $0.identity.value == value }) else { return }
        let gone = Int.random(in: 0..<5, using: &random) == 0
        plan.identities.append(
            CommitPlan.IdentityWrite(
                identity: Identity(namespace: ["Email", "ECID"][number % 2], value: value),
                profile: gone ? nil : StorageConformance.profileID(number)
            )
        )
    }

    private mutating func addEvents(of number: Int, to plan: inout CommitPlan) {
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            eventLast += 1
            plan.events.append(
                StorageConformance.event("\(eventLast)", of: number, at: Int64.random(in: 0...20, using: &random))
            )
        }
    }

    private mutating func addEvictions(of number: Int, to plan: inout CommitPlan) async throws {
        guard Int.random(in: 0..<4, using: &random) == 0, try await profile(number, in: left) != nil else { return }
        let loaded = try await StorageConformance.loadEvents(of: [number], .index, in: left)
        let leaving = (loaded[0].events ?? []).prefix(Int.random(in: 1...3, using: &random)).map(\.id)
        let id = StorageConformance.profileID(number)
        plan.evictions += leaving.map { CommitPlan.EventEviction(profile: id, id: $0) }
        if let back = leaving.first, Bool.random(using: &random) {
            plan.events.append(StorageConformance.event(back, of: number, at: 30))
        }
    }

    private mutating func addRecords(of number: Int, to plan: inout CommitPlan) {
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            recordLast += 1
            // Some profiles are busy in one dataflow, so that many of their rows wait.
            let dataflow = number % 10 == 0 ? 1 : Int.random(in: dataflowNumbers, using: &random)
            let lane = OutboxLane(rawValue: UInt8.random(in: 0...2, using: &random)) ?? .live
            let payload = "\(recordLast)" + String(repeating: "-", count: Int.random(in: 0...40, using: &random))
            plan.outbox.append(
                StorageConformance.record(
                    payload,
                    of: number,
                    dataflow: dataflow,
                    lane: lane,
                    at: Int64(recordLast),
                    telling: (1...3).filter { _ in Bool.random(using: &random) }
                )
            )
            plan.enterTriggered(plan.outbox[plan.outbox.count - 1])
        }
    }

    /// Deletes up to two profiles, one of which may have been absorbed by the other before.
    private mutating func addDeletions(of numbers: [Int], to plan: inout CommitPlan) async throws {
        guard Int.random(in: 0..<8, using: &random) == 0 else { return }
        let areOne = Bool.random(using: &random)
        for number in numbers {
            guard let profile = try await profile(number, in: left) else { continue }
            let survivor = areOne ? StorageConformance.profileID(numbers[0]) : profile.id
            plan.deletions.append(
                CommitPlan.ProfileDeletion(profile: profile, survivor: survivor, deletedAt: Timestamp(milliseconds: 77))
            )
            addRecords(of: areOne ? numbers[0] : number, to: &plan)
        }
    }

    /// Takes back what waits of a profile in some dataflows.
    private mutating func addWithdrawals(of numbers: [Int], to plan: inout CommitPlan) {
        guard Int.random(in: 0..<8, using: &random) == 0, let number = numbers.randomElement(using: &random) else {
            return
        }
        for dataflow in dataflowNumbers where Bool.random(using: &random) {
            plan.withdrawals.append(
                CommitPlan.Withdrawal(
                    profile: StorageConformance.profileID(number),
                    dataflow: StorageConformance.dataflowID(dataflow)
                )
            )
        }
    }

    private mutating func addSuppressions(to plan: inout CommitPlan) {
        guard Int.random(in: 0..<8, using: &random) == 0 else { return }
        let numbers = UInt8(0)..<20
        plan.readmissions = Set(
            numbers.shuffled(using: &random).prefix(6).map { StorageConformance.suppression($0).digest }
        )
        plan.suppressions = numbers.shuffled(using: &random).prefix(2).map { StorageConformance.suppression($0) }
    }

    private mutating func addDictionaryEntries(to plan: inout CommitPlan) async throws {
        guard Int.random(in: 0..<10, using: &random) == 0 else { return }
        let last = try await left.dictionaries(scope: StorageConformance.scope).paths.count
        plan.paths.append(
            CommitPlan.PathWrite(id: PathID(rawValue: UInt32(last + 1)), parent: .root, name: Array("p\(last)".utf8))
        )
    }

    /// The number of a profile that is never made.
    private static let nobody = 1_000_000

    /// Makes one plan in ten wrong.
    private mutating func spoil(_ plan: inout CommitPlan) async throws {
        switch Int.random(in: 0..<60, using: &random) {
        case 0, 1:
            if !plan.profiles.isEmpty { plan.profiles[plan.profiles.count - 1].expectedRevision += 1 }
        case 2:
            if let event = plan.events.first { plan.events.append(event) }
        case 3:
            plan.events.append(StorageConformance.event("lost", of: Self.nobody, at: 1))
        case 4:
            plan.identities.append(
                CommitPlan.IdentityWrite(
                    identity: StorageConformance.email("lost"),
                    profile: StorageConformance.profileID(Self.nobody)
                )
            )
        case 5:
            plan.datasets.append(CommitPlan.DatasetWrite(id: 7, name: "lost"))
        case 6:
            plan.evictions.append(
                CommitPlan.EventEviction(profile: StorageConformance.profileID(Self.nobody), id: "lost")
            )
        default:
            break
        }
    }

    // MARK: Outbox

    private mutating func claim() async throws {
        let dataflow = Int.random(in: dataflowNumbers, using: &random)
        let limit = Int.random(in: 1...12, using: &random)
        let bytesMax = Bool.random(using: &random) ? Int.max : Int.random(in: 0...120, using: &random)
        try await changeHold(of: dataflow)
        let fromLeft = try await StorageConformance.claim(
            left,
            limit: limit,
            perProfile: limitPerProfile,
            bytesMax: bytesMax,
            holdingThrough: holds[dataflow]?.left,
            dataflow: dataflow
        )
        let fromRight = try await StorageConformance.claim(
            right,
            limit: limit,
            perProfile: limitPerProfile,
            bytesMax: bytesMax,
            holdingThrough: holds[dataflow]?.right,
            dataflow: dataflow
        )
        try StorageConformance.expectEqual(describe(fromRight), describe(fromLeft), "claimed rows:")
        for (one, other) in zip(fromLeft, fromRight) {
            inHand[dataflow, default: [:]][StorageConformance.text(one.payload)] = (one.row, other.row)
        }
    }

    /// Begins a hold now and then, and ends it some claims later.
    private mutating func changeHold(of dataflow: Int) async throws {
        switch Int.random(in: 0..<10, using: &random) {
        case 0:
            let id = StorageConformance.dataflowID(dataflow)
            holds[dataflow] = (try await left.lastRow(dataflow: id), try await right.lastRow(dataflow: id))
        case 1, 2:
            holds[dataflow] = nil
        default:
            break
        }
    }

    private func describe(_ rows: [OutboxRow]) -> [String] {
        rows.map { row in
            "\(StorageConformance.text(row.payload)) of \(row.profile.uuid) at \(row.revision) in lane \(row.lane)"
                + " telling \(row.audiences.map(\.uuid))"
        }
    }

    /// One of some hours.
    private mutating func randomInstant() -> Timestamp {
        Timestamp(milliseconds: Int64.random(in: 0...10 * BookedHour.length, using: &random))
    }

    private mutating func settle() async throws {
        let dataflow = Int.random(in: dataflowNumbers, using: &random)
        let held = (inHand[dataflow] ?? [:]).sorted { $0.key < $1.key }.shuffled(using: &random)
        let leaving = held.prefix(Int.random(in: 0...10, using: &random))
        let outcomes = leaving.map { _ in
            Int.random(in: 0..<8, using: &random) == 0
                ? OutboxSettlement.Outcome.parked(code: "code", message: "why", at: randomInstant())
                : OutboxSettlement.Outcome.delivered
        }
        let receipts = zip(leaving, outcomes).map { leaving, outcome -> OutboxSettlement.Receipt? in
            guard case .delivered = outcome, Int.random(in: 0..<10, using: &random) > 0 else { return nil }
            let instant = Timestamp(milliseconds: Int64.random(in: 0...3 * 86_400_000, using: &random))
            return OutboxSettlement.Receipt(text: "receipt of \(leaving.key)", at: instant)
        }
        func settlements(_ row: KeyPath<(left: Int64, right: Int64), Int64>) -> [OutboxSettlement] {
            zip(zip(leaving, outcomes), receipts).map { leaving, receipt in
                OutboxSettlement(row: leaving.0.value[keyPath: row], outcome: leaving.1, receipt: receipt)
            }
        }
        let id = StorageConformance.dataflowID(dataflow)
        try await left.settle(dataflow: id, settlements(\.left))
        try await right.settle(dataflow: id, settlements(\.right))
        // Now and then a report comes twice.
        for (payload, _) in leaving where Int.random(in: 0..<10, using: &random) > 0 {
            inHand[dataflow]?[payload] = nil
        }
    }

    private mutating func release() async throws {
        let dataflow = Int.random(in: dataflowNumbers, using: &random)
        try await left.releaseClaims(dataflow: StorageConformance.dataflowID(dataflow))
        try await right.releaseClaims(dataflow: StorageConformance.dataflowID(dataflow))
        // Half of the time reports of released rows still come.
        if Bool.random(using: &random) { inHand[dataflow] = nil }
    }

    private mutating func releaseLetters() async throws {
        let id = StorageConformance.dataflowID(Int.random(in: dataflowNumbers, using: &random))
        let ways = DeadLetterRelease.Way.allCases
        var release = DeadLetterRelease(
            of: id,
            as: ways[Int.random(in: 0..<ways.count, using: &random)],
            code: Bool.random(using: &random) ? "code" : nil,
            limit: Int.random(in: 1...5, using: &random),
            at: randomInstant()
        )
        if Bool.random(using: &random) { release.parkedBefore = randomInstant() }
        let one = try await left.release(release)
        let other = try await right.release(release)
        try StorageConformance.expectEqual(other.released, one.released, "dead letters let go:")
        try StorageConformance.expectEqual(other.kept, one.kept, "dead letters kept:")
        try StorageConformance.expectEqual(other.next == nil, one.next == nil, "the end of the dead letters:")
    }

    private mutating func replay() async throws {
        let dataflow = StorageConformance.dataflowID(Int.random(in: dataflowNumbers, using: &random))
        let since = Timestamp(milliseconds: Int64.random(in: 0...3 * 86_400_000, using: &random))
        let limit = Int.random(in: 1...40, using: &random)
        let policy = MergePolicy.ID(uuid: UUIDBytes(high: 3, low: 4))
        for storage in [left, right] {
            var request = ReplayRequest(dataflow, [policy], since: since, limit: limit)
            repeat {
                request.after = try await storage.replay(request)
            } while request.after != nil
        }
        let marks = try await left.marks(dataflow: dataflow, after: nil, limit: 10_000)
        try StorageConformance.expectEqual(
            try await right.marks(dataflow: dataflow, after: nil, limit: 10_000).map { "\($0.key) \($0.reasons)" },
            marks.map { "\($0.key) \($0.reasons)" },
            "marks:"
        )
    }

    private mutating func discard() async throws {
        let dataflow = Int.random(in: dataflowNumbers, using: &random)
        try await left.discardOutbox(dataflow: StorageConformance.dataflowID(dataflow))
        try await right.discardOutbox(dataflow: StorageConformance.dataflowID(dataflow))
    }

    private mutating func crash() async throws {
        left = try await reopen(left)
        right = try await reopen(right)
        inHand = [:]
        // Rows that left may be given again by the next process.
        holds = [:]
    }

    // MARK: Everything

    private func compareAll() async throws {
        for dataflow in dataflowNumbers {
            let id = StorageConformance.dataflowID(dataflow)
            let leftBooks = try await left.books(dataflow: id)
            let rightBooks = try await right.books(dataflow: id)
            try StorageConformance.expectEqual(rightBooks, leftBooks, "books:")
            try StorageConformance.expectEqual(leftBooks.counters.pending, leftBooks.pendingRows, "balance:")
            let counted = try await left.countBooks(scope: StorageConformance.scope)[id]
            try StorageConformance.expectEqual(
                try await right.countBooks(scope: StorageConformance.scope)[id],
                counted,
                "counted books:"
            )
            try StorageConformance.expect(counted?.isBalanced ?? true, "counted rows balance")
            let audiences = try await left.countAudienceBooks(dataflow: id)
            try StorageConformance.expectEqual(
                try await right.countAudienceBooks(dataflow: id),
                audiences,
                "books of audiences:"
            )
            try StorageConformance.expect(audiences.isBalanced, "books of audiences balance: \(audiences)")
            if isOneProcess {
                let leftHours = try await left.bookedHours(dataflow: id)
                try StorageConformance.expectEqual(try await right.bookedHours(dataflow: id), leftHours, "hours:")
            }
            let leftLetters = try await left.deadLetters(dataflow: id, limit: 10_000)
            let rightLetters = try await right.deadLetters(dataflow: id, limit: 10_000)
            try StorageConformance.expectEqual(
                describe(rightLetters.map(\.record)),
                describe(leftLetters.map(\.record)),
                "dead letters:"
            )
        }
        let leftState = try await describeAll(left)
        let rightState = try await describeAll(right)
        for (one, other) in zip(leftState, rightState) { try StorageConformance.expectEqual(other, one) }
        try StorageConformance.expectEqual(rightState.count, leftState.count)
    }

    /// Profiles with their events, identities with their profiles, dictionaries and counts, one line each.
    private func describeAll(_ storage: StorageConformance.Subject) async throws -> [String] {
        let scope = StorageConformance.scope
        var request = LoadRequest(scope: scope)
        request.profiles = profileNumbers.map { StorageConformance.profileID($0) }
        request.identities = (0..<60).flatMap { number in
            ["Email", "ECID"].map { Identity(namespace: $0, value: "person \(number)") }
        }
        let loaded = try await storage.load(request)
        var eventRequest = EventRequest()
        eventRequest.items = loaded.profiles.map { EventRequest.Item(row: $0.row, extent: .whole) }
        let events = try await storage.loadEvents(eventRequest)
        var lines = zip(loaded.profiles, events).map { profile, loaded in
            let events = (loaded.events ?? []).map { "\($0.id)@\($0.timestamp.milliseconds) of \($0.dataset)" }
            return "\(profile.id.uuid) \(profile.revision) \(StorageConformance.text(profile.value)) \(events)"
        }
        lines.sort()
        for (identity, index) in zip(request.identities, loaded.identityProfiles) {
            lines.append("\(identity) \(index.map { loaded.profiles[$0].id.uuid.description } ?? "nobody")")
        }
        let suppressions = try await storage.suppressions(scope: scope, after: nil, limit: 100)
        lines += suppressions.map { "\($0)" } + ["suppressed: \(loaded.hasSuppressions)"]
        let dictionaries = try await storage.dictionaries(scope: scope)
        lines.append("\(dictionaries.paths.map(\.name))")
        lines.append("\(try await storage.profileCount(scope: scope)) profiles")
        let members = try await storage.memberCounts(scope: scope)
        for audience in (0..<3).map(StorageConformance.audienceID) {
            let count = try await storage.memberCount(of: audience, scope: scope)
            lines.append("\(members[audience] ?? 0) members, by itself \(count)")
            lines.append("hours \(try await storage.memberHours(of: audience, scope: scope))")
            for hour in Int64(0)..<10 {
                let changes = try await storage.memberChanges(since: hour, scope: scope)
                lines.append("since \(hour) \(changes[audience] ?? MemberCounters())")
            }
        }
        for number in 0...profileLast {
            let id = StorageConformance.profileID(number)
            let delivered = try await storage.deliveries(of: id, scope: scope).map { delivery in
                "\(delivery.receipt) of \(number) at \(delivery.revision), \(delivery.deliveredAt.milliseconds)"
            }
            lines += delivered.sorted()
        }
        let scanned = try await storage.profiles(scope: scope, after: 0, limit: 1_000)
        lines.append("\(scanned.count) scanned, due \(Set(scanned.compactMap { $0.due?.milliseconds }).sorted())")
        lines.append("admitted \(String(describing: try await storage.admission(scope: scope)))")
        return lines
    }
}
