import ActivationCore
import TestSupport
import Testing

@testable import ActivationEngine

/// All that is known about a person, part by part (BEHAVIOUR 3.11).
@Suite(.timeLimit(.minutes(5))) struct DisclosureTests {
    private static let phone = Identity(namespace: "Phone", value: "1")
    private static let sections = ["facts", "events", "waiting", "deadLetters", "deliveries"]

    private static func event(_ number: Int, of person: Int = 1) throws -> Message {
        try Message(
            event: JSONDocument(
                parsing: """
                    {"identityMap":{"Phone":[{"id":"\(person)"}]},"_id":"e\(number)",\
                    "timestamp":"2026-01-0\(1 + number % 3)T00:00:00Z"}
                    """
            ),
            dataset: "web",
            namespaces: NamespaceDirectory()
        )
    }

    /// A storage in which one person has some of everything, and another one has events and deliveries too.
    private static func storage() async throws -> InMemoryStorage {
        let storage = InMemoryStorage()
        let sink = RecordingSink()
        try await EngineTests.withEngine(storage: storage, sinks: ClosureSinkFactory { _ in sink }) { engine in
            try await engine.update(EngineTests.catalog())
            for step in 0..<3 {
                _ = try await engine.ingest([EngineTests.record(1, step: step), EngineTests.record(2, step: step)])
            }
            let fields = try Message(
                record: JSONDocument(
                    parsing: #"{"identityMap":{"Phone":[{"id":"1"}]},"x":{"a":"a","b":"b","c":"c"}}"#
                ),
                dataset: "shop",
                namespaces: NamespaceDirectory()
            )
            _ = try await engine.ingest([fields])
            _ = try await engine.ingest((0..<7).map { try event($0) } + [event(9, of: 2)])
            try await EngineTests.until { try await engine.books(EngineTests.flow).counters.pending == 0 }
        }
        // From here on nothing is delivered: of the records that come some are parked and the others wait.
        let id = try #require(try await storage.profiles(scope: .production, after: 0, limit: 1).first?.id)
        try await storage.commit(plan(of: id, records: 5))
        let rows = try await storage.claim(ClaimRequest(dataflow: EngineTests.flow, limit: 2, limitPerProfile: 2))
        try await storage.settle(
            dataflow: EngineTests.flow,
            rows.map {
                OutboxSettlement(
                    row: $0.row,
                    outcome: .parked(code: "X", message: "no", at: Timestamp(milliseconds: 5))
                )
            }
        )
        return storage
    }

    private static func plan(of profile: Profile.ID, records: Int) -> CommitPlan {
        var plan = CommitPlan(scope: .production)
        plan.outbox = (0..<records).map { number in
            OutboxRow(
                dataflow: EngineTests.flow,
                profile: profile,
                mergePolicy: EngineTests.policy.id,
                revision: Int64(number + 1),
                reasons: .attribute,
                partitionKey: "key",
                payload: Array(#"{"number":\#(number)}"#.utf8),
                admittedAt: Timestamp(milliseconds: 1)
            )
        }
        plan.counters = [EngineTests.flow: DataflowCounters(triggered: Int64(records))]
        let elsewhere = Dataflow.ID(uuid: UUIDBytes(high: 2, low: 9))
        let key = ResumeMark.Key(dataflow: elsewhere, profile: profile, mergePolicy: EngineTests.policy.id)
        plan.marks = [key: .membership]
        return plan
    }

    private static func parts(_ storage: InMemoryStorage, _ bounds: Disclosure.Bounds) async throws -> [JSONObject] {
        let engine = try await EngineTests.engine(storage: storage, sinks: ClosureSinkFactory { _ in RecordingSink() })
        var parts: [JSONObject] = []
        var place: Disclosure.Place? = Disclosure.Place()
        while let from = place, parts.count < 100 {
            let read = try #require(Disclosure.Place(from.text))
            let part = try #require(try await engine.disclosure(of: phone, from: read, within: bounds))
            parts.append(part.members)
            place = part.next
        }
        return parts
    }

    @Test func `everything is there, and nothing of others`() async throws {
        let parts = try await Self.parts(try await Self.storage(), Disclosure.Bounds())

        #expect(parts.count == 1)
        let all = parts[0]
        #expect(all["facts"]?.array?.map { $0["value"] } == [2, "a", "b", "c"])
        #expect(all["leftUndone"]?[0]?["reasons"] == ["membership"])
        let ids = all["events"]?.array?.compactMap { $0["event"]?["_id"]?.string }
        #expect(ids == ["e0", "e3", "e6", "e1", "e4", "e2", "e5"])
        #expect(all["waiting"]?.array?.map { $0["message"]?["number"] } == [2, 3, 4])
        #expect(all["deadLetters"]?.array?.map { $0["message"]?["number"] } == [0, 1])
        #expect(all["deadLetters"]?[0]?["code"] == "X")
        #expect(all["deliveries"]?.array?.compactMap { $0["revision"]?.int64 } == [1, 2, 3])
    }

    @Test(arguments: [(1, 1_000), (2, 1_000), (5, 1_000), (100, 1), (100, 150), (3, 200)])
    func `in parts it is the same, each within the bounds and only the first with identities`(
        entries: Int,
        bytes: Int
    ) async throws {
        let storage = try await Self.storage()
        let whole = try await Self.parts(storage, Disclosure.Bounds())[0]

        let parts = try await Self.parts(storage, Disclosure.Bounds(entries: entries, bytes: bytes))

        #expect(parts.count > 1)
        for section in Self.sections {
            #expect(parts.flatMap { $0[section]?.array ?? [] } == whole[section]?.array)
        }
        for part in parts {
            #expect(Self.sections.reduce(0) { $0 + (part[$1]?.array?.count ?? 0) } <= entries)
            #expect(part["id"] == whole["id"])
        }
        #expect(parts.dropFirst().allSatisfy { $0["identities"] == nil })
    }

    @Test(arguments: ["", "events", "events 1 2", "nothing 1 2 x", "events x 2 id", "events 1 99999999999999999999 id"])
    func `what is no place is none`(text: String) {
        #expect(Disclosure.Place(text) == nil)
    }

    @Test func `a place keeps whatever an event is called`() {
        for id in ["", " ", "a b  c", "é\n"] {
            let place = Disclosure.Place(.events, instant: -5, id: id)
            #expect(Disclosure.Place(place.text) == place)
        }
    }
}
