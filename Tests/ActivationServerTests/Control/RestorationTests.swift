import ActivationCore
import ActivationEngine
import TestSupport
import Testing

@testable import ActivationServer

/// Where revisions go on in a store that was put back to an earlier state.
@Suite struct RestorationTests {
    private static func finish(_ world: FlowWorld) async throws -> Int64? {
        try await Restoration.finish(in: world.storage, by: .commandLine, time: world.clock)?.revisionsFrom
    }

    private static func from(_ store: any ControlStore, _ world: FlowWorld) async throws -> Int64? {
        let control = try await ControlPlane(
            store: store,
            keys: world.dependencies.keys,
            time: world.clock,
            logger: world.dependencies.logger
        )
        let engine = RecordingEngine()
        try await control.connect(to: engine)
        return engine.catalog?.revisionsFrom
    }

    @Test func `revisions go on by the clock, and always further on`() async throws {
        try await FlowWorld.run { world in
            #expect(try await Self.from(world.storage, world) == 0)
            let now = world.clock.now().milliseconds
            let first = try #require(try await Self.finish(world))
            #expect(first == now * 100)
            #expect(try await Self.from(world.storage, world) == first)
            // Also where the clock has been set back, and more than a profile can have got to.
            world.clock.advance(by: -1_000)
            let second = try #require(try await Self.finish(world))
            #expect(second - first > 1_000_000_000)
            world.clock.advance(by: 100 * 86_400_000)
            let third = try #require(try await Self.finish(world))
            #expect(third == world.clock.now().milliseconds * 100 && third > second)
            #expect(try await Self.from(world.storage, world) == third)

            let history = try await world.storage.history(
                ConfigurationChangesRequest(scope: .production, kind: "restoration", limit: 10)
            )
            #expect(history.map(\.action) == [.update, .update, .create])
            #expect(history.map(\.name) == [third, second, first].map { "revisions from \($0)" })
        }
    }

    @Test func `a store from which nobody has served stays as it is`() async throws {
        let (storage, time) = (InMemoryStorage(), ManualTime(Timestamp(milliseconds: 1_790_000_000_000)))
        #expect(try await Restoration.finish(in: storage, by: .commandLine, time: time) == nil)
        #expect(try await storage.objects(kind: "restoration", scope: .production).isEmpty)
    }

    @Test(arguments: [
        #"{"revisionsFrom":0}"#, #"{"revisionsFrom":-5}"#, #"{"revisionsFrom":9223372036854775807}"#, "{}", "[",
    ])
    func `what nobody can have noted is not passed over`(_ body: String) async throws {
        try await FlowWorld.run { world in
            let now = world.clock.now()
            let object = ControlObject(
                kind: "restoration",
                id: "latest",
                etag: "a",
                createdAt: now,
                updatedAt: now,
                body: Array(body.utf8)
            )
            try await world.storage.apply([.insert(object)], scope: .production)
            #expect(!Restoration.isReadable(object))
            let refused = await #expect(throws: StorageError.self) { _ = try await Self.from(world.storage, world) }
            #expect(refused?.code == .corrupt)
            // Whoever accepts what is missing has them go on by the clock.
            #expect(try await Self.finish(world) == now.milliseconds * 100)
            #expect(try await Self.from(world.storage, world) == now.milliseconds * 100)
        }
    }

    @Test(arguments: [true, false])
    func `what is put back twice goes on from two numbers`(_ isClockRight: Bool) async throws {
        try await FlowWorld.run { world in
            func object() async throws -> ControlObject {
                try #require(
                    try await world.storage.object(kind: "restoration", id: "latest", scope: .production)
                )
            }
            _ = try await Self.finish(world)
            let state = try await object()
            var numbers: [Int64] = []
            for _ in 0..<2 {
                world.clock.advance(by: isClockRight ? 60_000 : -60_000)
                numbers.append(try #require(try await Self.finish(world)))
                let change = ControlChange.update(state, expectedEtag: try await object().etag)
                try await world.storage.apply([change], scope: .production)
            }
            #expect(numbers[0] != numbers[1])
        }
    }

    @Test func `a clock of no use is refused, and nothing is stored`() async throws {
        try await FlowWorld.run { world in
            for jump in [Int64(1) << 50, -(1 << 51)] {
                world.clock.advance(by: jump)
                await #expect(throws: StorageError.self) { _ = try await Self.finish(world) }
            }
            let stored = try await world.storage.object(kind: "restoration", id: "latest", scope: .production)
            #expect(stored == nil)
        }
    }
}
