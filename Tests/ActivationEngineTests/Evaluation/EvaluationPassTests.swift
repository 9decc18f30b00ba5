import TestSupport
import Testing

@testable import ActivationCore
@testable import ActivationEngine

/// Evaluations that somebody asks for.
@Suite(.timeLimit(.minutes(5))) struct EvaluationPassTests {
    private typealias World = EvaluationWorld

    /// Says of audiences that they are evaluated although they are not, so that there is something to find.
    private static func skipEvaluation(of numbers: ClosedRange<Int>, in world: World) async throws {
        for number in numbers {
            try await world.store(#"{"version":1,"processed":100,"isDone":true}"#, of: number)
        }
    }

    @Test func `a pass evaluates what it is asked for and counts what it changes`() async throws {
        let world = World()
        try await Self.skipEvaluation(of: 1...3, in: world)
        try await world.run { engine in
            try await engine.update(World.halves(1...3))
            #expect(try await engine.memberCount(World.audience(1)) == 0)
            world.time.advance(milliseconds: 5)

            let id = try await engine.evaluate([World.audience(2), World.audience(1), World.audience(2)])
            let pass = try await World.awaitEnd(id, in: engine)

            var flips = EvaluationPass.Flips()
            flips.realized = 50
            #expect(pass.state == .succeeded)
            #expect(pass.audiences == [World.audience(2), World.audience(1)])
            #expect(pass.flips == [World.audience(1): flips, World.audience(2): flips])
            #expect((pass.processed, pass.total) == (100, 100))
            #expect(pass.createdAt == world.time.now())
            #expect(pass.startedAt == world.time.now())
            #expect(pass.endedAt == world.time.now())
            #expect(try await engine.memberCount(World.audience(3)) == 0)

            let again = try await World.awaitEnd(engine.evaluate([World.audience(1)]), in: engine)
            #expect(again.state == .succeeded)
            #expect(again.flips.isEmpty)
            #expect(engine.evaluationPasses.map(\.id).contains(again.id))
        }
    }

    @Test func `exits are counted too`() async throws {
        let world = World()
        try await world.run { engine in
            try await engine.update(World.catalog([(1, "step < 50", 1)]))
            try await World.awaitDone(1...1, in: engine)
        }
        // Another expression under the same version is not noticed.
        try await world.run { engine in
            try await engine.update(World.catalog([(1, "step >= 40", 1)]))
            let pass = try await World.awaitEnd(engine.evaluate([World.audience(1)]), in: engine)
            #expect(pass.flips[World.audience(1)]?.realized == 50)
            #expect(pass.flips[World.audience(1)]?.exited == 40)
        }
    }

    @Test func `a pass and a new definition read every profile once`() async throws {
        let world = World()
        try await Self.skipEvaluation(of: 1...1, in: world)
        try await world.run { engine in
            let gate = ScanGate(world.storage)
            try await engine.update(World.halves(1...2))
            try await gate.awaitFirst()
            async let asked = engine.evaluate([World.audience(1)])
            try await EngineTests.until { engine.evaluator.waitingRequests == 1 }
            gate.open()
            let pass = try await World.awaitEnd(asked, in: engine)
            try await World.awaitDone(2...2, in: engine)

            #expect(pass.flips[World.audience(1)]?.realized == 50)
            #expect(pass.flips.count == 1)
            // The pass came while the first step was under way.
            #expect(gate.rows.elementsEqual(Array(1...100) + Array(1...10)))
        }
    }

    @Test func `a pass goes on after a restart with what it has counted`() async throws {
        let world = World()
        try await Self.skipEvaluation(of: 1...2, in: world)
        let gate = ScanGate(world.storage)
        var id: EvaluationPass.ID?
        try await world.run { engine in
            try await engine.update(World.halves(1...2))
            id = try await engine.evaluate([World.audience(1), World.audience(2)])
            try await gate.makeSteps(3)
        }
        let pass = try #require(id)
        let before = gate.rows.count
        try await world.run { engine in
            let shown = try #require(engine.evaluationPass(pass))
            #expect(shown.state == .processing)
            #expect((shown.processed, shown.total) == (30, 100))
            #expect(shown.flips[World.audience(1)]?.realized == 30)
            gate.open()
            // Nothing is evaluated before the audiences are known.
            try await engine.update(World.halves(1...2))
            let end = try await World.awaitEnd(pass, in: engine)
            #expect(end.state == .succeeded)
            #expect(end.flips[World.audience(1)]?.realized == 50)
            #expect(end.flips[World.audience(2)]?.realized == 50)
            #expect(end.members == [World.audience(1): ["Phone": 50], World.audience(2): ["Phone": 50]])
            #expect(gate.rows.dropFirst(before).elementsEqual(31...100))
        }
        try await world.run { engine in
            #expect(engine.evaluationPasses.map(\.state) == [.succeeded])
            #expect(engine.evaluationPass(pass)?.flips[World.audience(2)]?.realized == 50)
            #expect(engine.evaluationPass(pass)?.members[World.audience(2)] == ["Phone": 50])
        }
    }

    @Test func `a cancelled pass keeps what it did and does no more`() async throws {
        let world = World()
        try await Self.skipEvaluation(of: 1...1, in: world)
        try await world.run { engine in
            let gate = ScanGate(world.storage)
            try await engine.update(World.halves(1...1))
            let id = try await engine.evaluate([World.audience(1)])
            try await gate.makeSteps(2)
            async let answer = engine.cancelEvaluation(id)
            try await EngineTests.until { engine.evaluator.waitingRequests == 1 }
            gate.open()
            let cancelled = try #require(try await answer)
            #expect(cancelled.state == .cancelled)
            #expect(cancelled.processed == 30)
            #expect(cancelled.flips[World.audience(1)]?.realized == 30)
            #expect(cancelled.endedAt != nil)

            #expect(try await engine.cancelEvaluation(id) == cancelled)
            #expect(try await engine.cancelEvaluation(EvaluationPass.ID(uuid: UUIDBytes(high: 0, low: 1))) == nil)
            #expect(engine.evaluationPasses == [cancelled])
            #expect(gate.rows.count == 30)
        }
        try await world.run { engine in
            #expect(engine.evaluationPasses.map(\.state) == [.cancelled])
        }
    }

    @Test func `a pass without an audience left has failed`() async throws {
        let world = World()
        try await world.run { engine in
            let gate = ScanGate(world.storage)
            try await engine.update(World.halves(1...3))
            try await gate.awaitFirst()
            async let asked = engine.evaluate([World.audience(1)])
            async let askedToo = engine.evaluate([World.audience(1), World.audience(2)])
            try await EngineTests.until { engine.evaluator.waitingRequests == 2 }
            try await gate.makeSteps(1)
            let (one, other) = try await (asked, askedToo)
            try await engine.update(World.halves(2...3))
            gate.open()

            let failed = try await World.awaitEnd(one, in: engine)
            #expect(failed.state == .failed)
            #expect(failed.failure == "none of its audiences is evaluated any more")
            #expect(try await World.awaitEnd(other, in: engine).state == .succeeded)
        }
    }

    @Test func `what cannot be asked for is refused, and too much of it`() async throws {
        var world = World()
        world.options.evaluationPassesMax = 2
        try await world.run { engine in
            let gate = ScanGate(world.storage)
            try await engine.update(World.halves(1...1))
            try await gate.awaitFirst()
            async let first = engine.evaluate([World.audience(1)])
            async let second = engine.evaluate([World.audience(1)])
            try await EngineTests.until { engine.evaluator.waitingRequests == 2 }
            try await gate.makeSteps(1)
            _ = try await (first, second)
            async let third = #expect {
                try await engine.evaluate([World.audience(1)])
            } throws: {
                ($0 as? EngineError)?.code == .overloaded
            }
            try await EngineTests.until { engine.evaluator.waitingRequests == 1 }
            gate.open()
            _ = await third
            for pass in engine.evaluationPasses { _ = try await World.awaitEnd(pass.id, in: engine) }
            _ = try await engine.evaluate([World.audience(1)])
            for wrong in [[], [World.audience(1), World.audience(9)]] {
                await #expect {
                    try await engine.evaluate(wrong)
                } throws: {
                    ($0 as? EngineError)?.code == .audienceUnknown
                }
            }
        }
    }

    @Test func `of passes that have ended only the newest are kept`() async throws {
        var world = World()
        world.options.evaluationPassesKept = 2
        try await world.run { engine in
            try await engine.update(World.halves(1...1))
            var ids: [EvaluationPass.ID] = []
            for _ in 0..<5 {
                world.time.advance(milliseconds: 1)
                ids.append(try await engine.evaluate([World.audience(1)]))
                _ = try await World.awaitEnd(ids[ids.count - 1], in: engine)
            }
            #expect(engine.evaluationPasses.map(\.id) == Array(ids.suffix(3)))
            let stored = try await world.storage.objects(kind: EvaluationPass.kind, scope: .production)
            #expect(stored.count == 3)
        }
    }

    @Test func `a pass that cannot be stored is not begun`() async throws {
        let world = World()
        try await world.run { engine in
            try await engine.update(World.halves(1...1))
            try await World.awaitDone(1...1, in: engine)
            world.storage.failWrites(with: StorageError(.full, "no room"))
            await #expect {
                try await engine.evaluate([World.audience(1)])
            } throws: {
                ($0 as? EngineError)?.code == .storageFull
            }
            world.storage.failWrites(with: nil)
            #expect(engine.evaluationPasses.isEmpty)
            let pass = try await World.awaitEnd(engine.evaluate([World.audience(1)]), in: engine)
            #expect(engine.evaluationPasses == [pass])
        }
    }

    @Test func `an engine that has ended refuses a pass`() async throws {
        let world = World()
        var ended: Engine?
        try await world.run { engine in
            try await engine.update(World.halves(1...1))
            ended = engine
        }
        await #expect {
            try await ended?.evaluate([World.audience(1)])
        } throws: {
            ($0 as? EngineError)?.code == .shuttingDown
        }
    }
}
