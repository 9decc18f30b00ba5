import TestSupport
import Testing

@testable import ActivationCore
@testable import ActivationEngine

/// The sets of leaves of the latest catalogs, kept over restarts (decision 12).
@Suite struct LeafSetStoreTests {
    private let control = InMemoryStorage()
    private let now = Timestamp(milliseconds: 1_772_000_000_000)

    private static func set(_ number: UInt64) -> LeafSet { LeafSet([number, .max, 0]) }

    private func enter(_ number: UInt64) async throws -> [LeafSet] {
        try await LeafSetStore(control: control, scope: .production).enter(Self.set(number), now: now)
    }

    private func objects() async throws -> [ControlObject] {
        try await control.objects(kind: LeafSetStore.kind, scope: .production)
    }

    @Test func `the latest sets are known, also when the clock stands still`() async throws {
        let count = UInt64(Limits.leafSetsMax)
        for number in 1...count {
            let sets = try await enter(number)
            #expect(sets == (1...number).map(Self.set))
        }
        #expect(try await enter(1) == ((2...count).map(Self.set) + [Self.set(1)]))
        #expect(try await enter(99) == ((3...count).map(Self.set) + [Self.set(1), Self.set(99)]))
        #expect(try await objects().count == Limits.leafSetsMax)
    }

    @Test func `what is the latest already is not written again`() async throws {
        _ = try await enter(1)
        _ = try await enter(2)
        let before = try await objects()
        #expect(try await enter(2) == [Self.set(1), Self.set(2)])
        #expect(try await objects() == before)
    }

    @Test func `a set that is not what its name says is none`() async throws {
        for number in 1...4 as ClosedRange<UInt64> { _ = try await enter(number) }
        let bodies = [#"{"leaves":"0000000000000001"}"#, #"{"leaves":"not a number"}"#, "{", #"{"leaves":1}"#]
        for (object, body) in zip(try await objects(), bodies) {
            var damaged = object
            damaged.body = Array(body.utf8)
            try await control.apply([.update(damaged, expectedEtag: object.etag)], scope: .production)
        }
        #expect(try await enter(4) == [Self.set(4)])
        #expect(try await enter(1) == [Self.set(4), Self.set(1)])
    }

    @Test func `a catalog of no audiences and one of very many have sets`() async throws {
        let store = LeafSetStore(control: control, scope: .production)
        let many = LeafSet((0..<20_000).map { UInt64($0) &* 0x9E37_79B9_7F4A_7C15 })
        _ = try await store.enter(LeafSet([]), now: now)
        _ = try await store.enter(many, now: now)
        #expect(try await store.enter(Self.set(1), now: now) == [LeafSet([]), many, Self.set(1)])
    }

    // MARK: The engine

    private typealias World = EvaluationWorld

    private static func event(_ id: Int, _ kind: String) throws -> Message {
        try Message(
            event: JSONDocument(
                parsing: """
                    {"identityMap":{"Phone":[{"id":"1"}]},"_id":"\(id)","kind":"\(kind)",
                     "timestamp":"2026-02-01T00:00:00Z"}
                    """
            ),
            dataset: "web",
            namespaces: NamespaceDirectory()
        )
    }

    private static func state(of engine: Engine, in world: World) async throws -> ProfileState {
        var request = LoadRequest(scope: .production)
        request.identities = [Identity(namespace: "Phone", value: "1")]
        let stored = try #require(try await world.storage.load(request).profiles.first)
        let now = engine.pipeline.current
        return try ProfileValue.decode(stored, paths: now.paths, datasets: now.datasets)
    }

    @Test(arguments: [false, true])
    func `an audience added after a restart leaves the others as they were`(isLost: Bool) async throws {
        let world = World()
        let one = try World.catalog([(1, #"xEvent[kind = "a"].count() > 1"#, 1)])
        let two = try World.catalog([
            (1, #"xEvent[kind = "a"].count() > 1"#, 1), (2, #"xEvent[kind = "b"].count() > 1"#, 1),
        ])
        try await world.run { engine in
            try await engine.update(one)
            _ = try await engine.ingest([Self.event(1, "b")])
            #expect(try await Self.state(of: engine, in: world).leaves.isEmpty)
        }
        if isLost {
            for object in try await world.storage.objects(kind: LeafSetStore.kind, scope: .production) {
                try await world.storage.apply(
                    [.delete(kind: object.kind, id: object.id, expectedEtag: object.etag)],
                    scope: .production
                )
            }
        }
        // No evaluation comes by.
        let gate = ScanGate(world.storage)
        try await world.run { engine in
            #expect(try await engine.open(with: two).isEmpty)
            _ = try await engine.ingest([Self.event(2, "c")])
            let leaves = try await Self.state(of: engine, in: world).leaves
            // Of the new one nothing is known, of the other one only when its set is.
            #expect(leaves.map(\.isUnknown) == (isLost ? [] : [true]))
            _ = try await engine.ingest([Self.event(3, "b")])
            #expect(try await engine.memberCount(World.audience(2)) == 1)
            _ = try await engine.ingest([Self.event(4, "a"), Self.event(5, "a")])
            #expect(try await engine.memberCount(World.audience(1)) == 1)
            gate.open()
        }
    }
}
