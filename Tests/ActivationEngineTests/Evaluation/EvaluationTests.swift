import TestSupport
import Testing

@testable import ActivationCore
@testable import ActivationEngine

/// New, changed and deleted audiences over stored profiles.
@Suite(.timeLimit(.minutes(5))) struct EvaluationTests {
    private typealias World = EvaluationWorld

    @Test func `forty audiences that wait together read every profile once`() async throws {
        let world = World()
        try await world.run { engine in
            let gate = ScanGate(world.storage, permits: nil)
            try await engine.update(World.halves(1...40))
            try await World.awaitDone(1...40, in: engine)

            #expect(gate.rows.sorted() == Array(1...Int64(World.profiles)))
            for number in 1...40 { #expect(try await engine.memberCount(World.audience(number)) == 50) }
        }
    }

    @Test func `audiences that come one after the other join where the others are`() async throws {
        let world = World()
        try await world.run { engine in
            let gate = ScanGate(world.storage)
            for number in 1...5 {
                try await engine.update(World.halves(1...number))
                try await gate.makeSteps(1)
            }
            gate.open()
            try await World.awaitDone(1...5, in: engine)

            // The last came while the fifth step was under way, and has to go round to where that ended.
            #expect(gate.rows.prefix(World.profiles).elementsEqual(1...Int64(World.profiles)))
            #expect(gate.rows.dropFirst(World.profiles).elementsEqual(1...50))
            for number in 1...5 {
                #expect(try await engine.memberCount(World.audience(number)) == 50)
                let progress = engine.evaluationProgress(World.audience(number))
                #expect(progress == EvaluationProgress(state: .done, processed: 100, total: 100))
            }
        }
    }

    @Test func `a pass goes on where it stood when the engine ended`() async throws {
        let world = World()
        let gate = ScanGate(world.storage)
        try await world.run { engine in
            try await engine.update(World.halves(1...2))
            try await gate.makeSteps(4)
        }
        let before = gate.rows.count
        try await world.run { engine in
            try await engine.update(World.halves(1...2))
            #expect(engine.evaluationProgress(World.audience(1))?.processed == 40)
            gate.open()
            try await World.awaitDone(1...2, in: engine)

            #expect(gate.rows.dropFirst(before).elementsEqual(41...100))
            #expect(try await engine.memberCount(World.audience(2)) == 50)
        }
        let all = gate.rows.count
        try await world.run { engine in
            try await engine.update(World.halves(1...2))
            #expect(engine.evaluationProgress(World.audience(2))?.isDone == true)
            try await engine.update(World.halves(1...3))
            try await World.awaitDone(1...3, in: engine)
            #expect(gate.rows.count == all + World.profiles)
        }
    }

    @Test func `what the version before has evaluated is evaluated once more, together and only once`() async throws {
        let world = World()
        try await world.run { _ in }
        try await world.store(#"{"version":1,"row":100,"processed":100,"total":100,"isDone":true}"#, of: 1)
        try await world.store(#"{"version":1,"row":60,"processed":60,"total":100,"isDone":false}"#, of: 2)
        try await world.store(#"{"version":0,"row":80,"processed":80,"total":100,"isDone":true}"#, of: 3)
        try await world.store(#"{"version":1,"row":-1,"processed":80,"total":100,"isDone":false}"#, of: 4)
        try await world.store(#"{"version":1,"row":100,"processed":100,"total":100,"isDone":true}"#, of: 9)
        let catalog = try World.catalog((1...5).map { ($0, "step >= 0", 1) })
        let gate = ScanGate(world.storage)
        try await world.run { engine in
            try await engine.update(catalog)
            try await gate.makeSteps(4)
            let running = try #require(engine.evaluationProgress(World.audience(1)))
            #expect(running.state == .running && running.processed == 40 && running.total == 100)
            gate.open()
            try await World.awaitDone(1...5, in: engine)
        }
        #expect(gate.rows.elementsEqual(1...100))
        let counts = try await world.storage.memberCounts(scope: .production)
        #expect((1...5).map { counts[World.audience($0)] } == [100, 100, 100, 100, 100])
        #expect(try await world.stored(9) == nil)

        try await world.run { engine in
            try await engine.update(catalog)
            #expect(engine.evaluationProgress(World.audience(1))?.isDone == true)
        }
        #expect(gate.rows.count == 100)
    }

    @Test func `a changed definition begins anew and the others go on`() async throws {
        let world = World()
        try await world.run { engine in
            let gate = ScanGate(world.storage)
            try await engine.update(World.halves(1...2))
            try await gate.makeSteps(4)
            try await engine.update(World.catalog([(1, "step < 50", 1), (2, "step >= 20", 2)]))
            #expect(engine.evaluationProgress(World.audience(2))?.state == .waiting)
            try await gate.makeSteps(1)
            #expect(engine.evaluationProgress(World.audience(1))?.processed == 50)
            #expect(engine.evaluationProgress(World.audience(2))?.processed == 0)
            gate.open()
            try await World.awaitDone(1...2, in: engine)

            #expect(gate.rows.count == World.profiles + 50)
            #expect(try await engine.memberCount(World.audience(1)) == 50)
            #expect(try await engine.memberCount(World.audience(2)) == 80)
        }
    }

    @Test func `a deleted audience costs nothing any more and leaves nothing behind`() async throws {
        let world = World()
        try await world.run { engine in
            let gate = ScanGate(world.storage)
            try await engine.update(World.halves(1...1))
            try await gate.makeSteps(2)
            try await engine.update(World.halves(1...2))
            try await gate.makeSteps(2)
            #expect(try await world.stored(2) != nil)
            try await engine.update(World.halves(1...1))
            #expect(engine.evaluationProgress(World.audience(2)) == nil)
            gate.open()
            try await World.awaitDone(1...1, in: engine)
            try await EngineTests.until { try await world.stored(2) == nil }

            #expect(gate.rows.count == World.profiles)
            #expect(try await world.stored(1) != nil)
        }
    }

    @Test func `a waiting, a running and a done evaluation show how far they are`() async throws {
        let world = World()
        try await world.run { engine in
            let gate = ScanGate(world.storage)
            try await engine.update(World.halves(1...1))
            try await gate.awaitFirst()
            try await engine.update(World.halves(1...2))
            let waiting = engine.evaluationProgress(World.audience(2))
            #expect(waiting == EvaluationProgress(state: .waiting, processed: 0, total: 100))
            let begun = engine.evaluationProgress(World.audience(1))
            #expect(begun == EvaluationProgress(state: .running, processed: 0, total: 100))

            for _ in 0..<3 {
                world.time.advance(milliseconds: 500)
                try await gate.makeSteps(1)
            }
            let running = engine.evaluationProgress(World.audience(1))
            let end = Timestamp(milliseconds: world.time.now().milliseconds + 3_500)
            #expect(
                running
                    == EvaluationProgress(state: .running, processed: 30, total: 100, rate: 20, expectedEnd: end)
            )
            #expect(engine.evaluationProgress(World.audience(2))?.processed == 20)

            gate.open()
            try await World.awaitDone(1...2, in: engine)
            let done = engine.evaluationProgress(World.audience(1))
            #expect(done == EvaluationProgress(state: .done, processed: 100, total: 100))
        }
    }

    @Test func `while the storage refuses writes a pass waits, and loses nothing`() async throws {
        let world = World()
        try await world.run { engine in
            let gate = ScanGate(world.storage)
            try await engine.update(World.halves(1...1))
            try await gate.makeSteps(2)
            world.storage.failWrites(with: StorageError(.io, "busy"))
            gate.open()
            try await EngineTests.until { engine.evaluationProgress(World.audience(1))?.state == .waiting }
            #expect(engine.evaluationProgress(World.audience(1))?.processed == 20)

            world.storage.failWrites(with: nil)
            try await World.awaitDone(1...1, in: engine)

            #expect(try await engine.memberCount(World.audience(1)) == 50)
        }
    }

    @Test func `profiles that come and go during a pass are in the right audiences`() async throws {
        let world = World()
        try await world.run { engine in
            let gate = ScanGate(world.storage)
            try await engine.update(World.halves(1...1))
            try await gate.makeSteps(3)
            // Two profiles become one; others are new.
            let both = try Message(
                record: JSONDocument(parsing: #"{"identityMap":{"Phone":[{"id":"5"},{"id":"45"}]},"step":5}"#),
                dataset: "crm",
                namespaces: NamespaceDirectory()
            )
            _ = try await engine.ingest([both] + (100..<120).map { try EngineTests.record($0, step: $0 - 110) })
            gate.open()
            try await World.awaitDone(1...1, in: engine)

            #expect(try await engine.profileCount() == 119)
            #expect(try await engine.memberCount(World.audience(1)) == 69)
        }
    }
}
