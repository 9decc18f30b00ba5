import ActivationCore
import ActivationEngine
import Testing

@testable import SQLiteStorage
@testable import TestSupport

/// What stands in an entry of the commit log.
@Suite struct LoggedChangeTests {
    private typealias Shared = StorageConformance

    private func entry(_ change: LoggedChange) -> (kind: UInt32, bytes: [UInt8]) {
        var writer = EntryWriter()
        let kind = change.write(to: &writer)
        return (kind, writer.bytes)
    }

    /// A plan with something of everything that is logged.
    private var plan: LoggedChange {
        let instant = Timestamp(milliseconds: 1_700_000_000_000)
        var plan = CommitPlan(scope: Shared.scope)
        plan.admission = AdmissionMark(instant: instant, sequence: AdmissionSequence(rawValue: 1 << 10))
        plan.paths = [CommitPlan.PathWrite(id: PathID(rawValue: 1), parent: .root, name: [97])]
        plan.datasets = [CommitPlan.DatasetWrite(id: 1, name: "crm")]
        plan.profiles = [Shared.new(1), Shared.new(2)]
        for index in plan.profiles.indices { plan.profiles[index].profile.row = 1 << 32 | Int64(index + 1) }
        plan.profiles[1].profile.due = instant
        plan.identities = [
            CommitPlan.IdentityWrite(identity: Shared.email("a"), profile: Shared.profileID(1)),
            CommitPlan.IdentityWrite(identity: Shared.email("b"), profile: nil),
        ]
        plan.events = [
            CommitPlan.EventWrite(
                profile: Shared.profileID(2),
                id: "e",
                timestamp: instant,
                dataset: 1,
                body: Array("{}".utf8)
            )
        ]
        var record = Shared.record("r", of: 1)
        (record.row, record.audiences) = (1 << 44 | 1, [Shared.audienceID(1)])
        plan.outbox = [record]
        plan.counters = [Shared.dataflowID(1): DataflowCounters(triggered: 1)]
        var books = AudienceBooks()
        books.enter(DataflowCounters(triggered: 1), of: [Shared.audienceID(1)])
        plan.audienceBooks = [Shared.dataflowID(1): books]
        plan.memberCounters = [Shared.audienceID(1): MemberCounters(entered: 1)]
        plan.backfills = [Backfill.ID(uuid: UUIDBytes(high: 1, low: 2)): .init(row: 3, records: 4, orderedAt: instant)]
        plan.uploads = [UUIDBytes(high: 3, low: 4): .init(line: 5, accepted: 6, made: 7)]
        let registered = [LoggedPlan.Registration(dataflow: Shared.dataflowID(1), number: 1)]
        return .plan(LoggedPlan(plan: plan, registered: registered))
    }

    private var settlement: LoggedChange {
        let instant = Timestamp(milliseconds: 1_700_000_000_000)
        let receipt = OutboxSettlement.Receipt(text: "shard:1", at: instant)
        let delivery = LoggedSettlement.Delivery(
            row: 1 << 44 | 1,
            profile: Shared.profileID(1),
            revision: 1,
            receipt: receipt,
            audiences: [Shared.audienceID(1)]
        )
        return .settlement(LoggedSettlement(dataflow: Shared.dataflowID(1), at: instant, deliveries: [delivery]))
    }

    @Test func `what is written is read`() throws {
        for change in [plan, settlement] {
            let (kind, bytes) = entry(change)
            let read = try LoggedChange(kind: kind, bytes: bytes)
            #expect(entry(read).kind == kind)
            #expect(entry(read).bytes == bytes)
            guard case .plan(let logged) = read else { continue }
            #expect(
                logged.plan.isLoggable && logged.plan.profiles.count == 2 && logged.plan.outbox[0].audiences.count == 1
            )
        }
    }

    @Test func `an entry that is cut anywhere is refused`() {
        for change in [plan, settlement] {
            let (kind, bytes) = entry(change)
            for count in bytes.indices {
                #expect(throws: StorageError.self) { try LoggedChange(kind: kind, bytes: Array(bytes[..<count])) }
            }
        }
        #expect(throws: StorageError.self) { try LoggedChange(kind: 3, bytes: []) }
    }

    @Test func `whatever an entry says, it is refused or performed and nothing ends the process`() throws {
        var random = TestSeed.generator()
        let directory = try TemporaryDirectory()
        let database = try WriterDatabase(DataDirectory(path: directory.path("store")), SQLiteStorageOptions())
        var performed = 0
        for number in 0..<4_000 {
            var (kind, bytes) = entry(number.isMultiple(of: 3) ? settlement : plan)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                let values: [UInt8] = [0, 1, 0x7f, 0x80, 0xff, .random(in: 0...255, using: &random)]
                bytes[place] = values.randomElement(using: &random) ?? 0
            }
            guard let change = try? LoggedChange(kind: kind, bytes: bytes) else { continue }
            var generation = Generation()
            let next = database.applied + 1
            guard (try? generation.add(change, number: next, bytes: bytes.count)) != nil, performed < 400 else {
                continue
            }
            performed += 1
            try? database.apply(generation)
        }
        #expect(performed > 100)
    }
}
