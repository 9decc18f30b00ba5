import ActivationCore
import Logging
import Synchronization
import TestSupport
import Testing

@testable import ActivationEngine

/// What is decided while commits are on their way to the disk, and when anybody learns of it.
@Suite(.timeLimit(.minutes(5))) struct OverlapTests {
    private typealias Answer = Result<[DecisionResult], EngineError>

    /// A running engine over a storage that makes nothing durable until it is released.
    private final class World: Sendable {
        let storage = SimulatedStorage(InMemoryStorage())
        let sink: RecordingSink
        let engine: Engine
        private let answered = Mutex(0)

        init(sink: RecordingSink = RecordingSink()) async throws {
            self.sink = sink
            engine = try await Engine(
                storage: storage,
                control: storage.inner,
                sinks: ClosureSinkFactory { [sink] _ in sink },
                time: ManualTime(),
                options: EngineOptions(drainDeadline: .seconds(1)),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        }

        /// How many callers know what became of their messages.
        var answers: Int { answered.withLock { $0 } }

        /// Uses a catalog and holds what comes after it.
        func hold(_ faults: [SimulatedStorage.Call: (fault: SimulatedStorage.Fault, after: Int)] = [:]) async throws {
            try await engine.update(EngineTests.catalog())
            try await EngineTests.until { engine.evaluationProgress(EngineTests.audience)?.isDone == true }
            storage.prepare(SimulatedStorage.Script(faults: faults))
            storage.hold()
        }

        /// A caller sends a record of the one person, which names an attribute of its own.
        func send(_ step: Int) throws -> Task<Answer, Never> {
            let message = try Message(
                record: JSONDocument(
                    parsing: #"{"identityMap":{"Phone":[{"id":"1"}]},"step":\#(step),"attribute \#(step)":1}"#
                ),
                dataset: "crm",
                namespaces: NamespaceDirectory()
            )
            return Task {
                let answer: Answer
                do throws(EngineError) {
                    answer = .success(try await engine.ingest([message]))
                } catch {
                    answer = .failure(error)
                }
                answered.withLock { $0 += 1 }
                return answer
            }
        }

        /// Callers send records one after the other, until as many as may be are staged and the others wait.
        func send(_ steps: ClosedRange<Int>) async throws -> [Task<Answer, Never>] {
            var sent: [Task<Answer, Never>] = []
            for step in steps {
                sent.append(try send(step))
                let (staged, waiting) = (min(sent.count, 2), max(sent.count - 2, 0))
                try await EngineTests.until {
                    storage.stagedPlans == staged && engine.lane.waiting.count == waiting
                }
            }
            return sent
        }
    }

    @Test func `batches are decided upon those on their way, and nobody learns of them before they are durable`()
        async throws
    {
        let world = try await World()
        try await EngineTests.running(world.engine) {
            try await world.hold()

            let sent = try await world.send(1...2)

            let stored = try await world.engine.profile(Identity(namespace: "Phone", value: "1"))
            #expect(stored?.revision == 2)
            #expect(try await world.storage.inner.books(dataflow: EngineTests.flow).pendingRows == 2)
            #expect(world.answers == 0)
            #expect(!world.engine.isKnownPath(["attribute 1"]))
            #expect(world.sink.delivered.isEmpty)

            await world.storage.release()
            for caller in sent { #expect(try await caller.value.get() == [.accepted]) }
            #expect(world.engine.isKnownPath(["attribute 2"]))
            try await EngineTests.until { world.sink.delivered.count == 2 }
            #expect(EngineTests.steps(world.sink) == [[1, 2]])
        }
    }

    @Test func `while as many as may be are on their way, what comes in makes one batch`() async throws {
        let world = try await World()
        try await EngineTests.running(world.engine) {
            try await world.hold()
            let sent = try await world.send(1...7)
            #expect(world.storage.stagedPlans == 2)

            await world.storage.release()
            for caller in sent { #expect(try await caller.value.get() == [.accepted]) }

            #expect(world.storage.stagedPlans == 3)
            #expect(world.storage.underWayMost == 2)
        }
    }

    @Test func `what was decided upon a commit that is lost is lost with it, and the engine ends`() async throws {
        let world = try await World()
        let lost = StorageError(.writeLost, "the disk lost a write")
        let running = Task { try await world.engine.run() }
        try await world.hold([.durability: (.refusal(lost), 1)])
        let sent = try await world.send(1...4)

        await world.storage.release()

        #expect(try await sent[0].value.get() == [.accepted])
        for caller in sent.dropFirst() {
            await #expect(throws: EngineError.self) { try await caller.value.get() }
        }
        await #expect {
            try await running.value
        } throws: {
            ($0 as? EngineError)?.code == .writeLost
        }
        #expect(!world.engine.isAccepting)
        #expect(!world.engine.isKnownPath(["attribute 2"]))
        #expect(await world.engine.health().writeFailure?.code == .writeLost)
    }

    @Test func `a catalog waits until everything before it is durable`() async throws {
        let world = try await World()
        try await EngineTests.running(world.engine) {
            try await world.hold()
            let sent = try await world.send(1...1)
            let durable = Mutex<[Int]>([])
            let change = Task {
                try await world.engine.update(EngineTests.catalog(audiences: [])) { () throws(StorageError) in
                    durable.withLock { $0.append(world.storage.inner.stagedCommits) }
                    return nil
                }
            }
            try await EngineTests.until { world.engine.lane.waiting.isEmpty }

            await world.storage.release()

            try await change.value
            #expect(durable.withLock { $0 } == [0])
            #expect(try await sent[0].value.get() == [.accepted])
        }
    }

    @Test func `an engine that stops answers what is on its way and what waits`() async throws {
        let world = try await World()
        let running = Task { try await world.engine.run() }
        try await world.hold()
        let sent = try await world.send(1...3)

        running.cancel()
        try await EngineTests.until { !world.engine.isAccepting }
        #expect(world.answers == 0)
        await world.storage.release()

        for caller in sent { #expect(try await caller.value.get() == [.accepted]) }
        try await running.value
        #expect(world.storage.inner.stagedCommits == 0)
    }

    @Test func `a full disk refuses one batch, and those upon it are decided without it`() async throws {
        let world = try await World()
        try await EngineTests.running(world.engine) {
            try await world.hold([.stage: (.refusal(StorageError(.full, "no room")), 1)])
            let first = try world.send(1)
            try await EngineTests.until { world.storage.stagedPlans == 1 }
            let refused = try world.send(2)
            try await EngineTests.until { world.engine.lane.waiting.isEmpty && world.storage.faultsLeft == 0 }
            let third = try world.send(3)
            try await EngineTests.until { world.storage.stagedPlans == 2 }

            await world.storage.release()

            #expect(try await first.value.get() == [.accepted])
            await #expect(throws: EngineError.self) { try await refused.value.get() }
            #expect(try await third.value.get() == [.accepted])
            try await EngineTests.until { world.sink.delivered.count == 2 }
            #expect(EngineTests.steps(world.sink) == [[1, 3]])
        }
    }

    @Test(arguments: [false, true])
    func `a record in hand is called back when its deletion is durable, unless it has been delivered by then`(
        isDelivered: Bool
    ) async throws {
        let world = try await World(sink: RecordingSink { _ in .hold })
        try await EngineTests.running(world.engine) {
            try await world.hold()
            let sent = try world.send(1)
            try await EngineTests.until { world.storage.stagedPlans == 1 }
            await world.storage.release()
            _ = await sent.value
            try await EngineTests.until { world.sink.heldCount == 1 }
            world.storage.prepare(SimulatedStorage.Script())
            world.storage.hold()

            let deletion = Task {
                try await world.engine.delete(Identity(namespace: "Phone", value: "1"), onReturn: nil)
            }
            try await EngineTests.until { world.storage.stagedPlans == 1 && !world.engine.recalls.isEmpty }
            // The first that there was.
            let row: Int64 = 1
            #expect(!world.engine.recalls.contains(row, of: EngineTests.flow))
            if isDelivered {
                world.sink.releaseHeld()
                try await EngineTests.until { world.engine.recalls.isEmpty }
            }
            await world.storage.release()
            _ = try await deletion.value

            #expect(world.engine.recalls.contains(row, of: EngineTests.flow) == !isDelivered)
            world.sink.releaseHeld()
            try await EngineTests.until { world.engine.recalls.isEmpty }
        }
    }

    @Test func `of records that are lost no trace is kept`() async throws {
        let world = try await World()
        let running = Task { try await world.engine.run() }
        try await world.hold([.durability: (.refusal(StorageError(.writeLost, "the disk lost a write")), 0)])
        let sent = try await TraceContext.$current.withValue(RecordTracesTests.trace(1)) {
            try await world.send(1...2)
        }
        #expect(!world.engine.traces.isEmpty)

        await world.storage.release()

        for caller in sent { await #expect(throws: EngineError.self) { try await caller.value.get() } }
        await #expect(throws: EngineError.self) { try await running.value }
        #expect(world.engine.traces.isEmpty)
    }

    /// An event of the one person.
    private func event(_ number: Int) throws -> Message {
        try Message(
            event: JSONDocument(
                parsing:
                    #"{"_id":"\#(number)","timestamp":"1970-01-01T00:00:00Z","identityMap":{"Phone":[{"id":"1"}]}}"#
            ),
            dataset: "web",
            namespaces: NamespaceDirectory()
        )
    }

    @Test func `what changes nothing does not wait for room on the disk behind what does`() async throws {
        let world = try await World()
        try await EngineTests.running(world.engine) {
            try await world.hold()
            world.storage.fill()
            let first = try event(1)
            let waiting = Task { try await world.engine.ingest([first]) }
            try await EngineTests.until { world.storage.refusals == 1 }
            #expect(await world.engine.health().writeFailure?.code == .storageFull)
            // The same again, which changes nothing; something else; and a change of the configuration.
            for number in [1, 1, 2, 1] {
                let event = try event(number)
                let error = await #expect(throws: EngineError.self) { try await world.engine.ingest([event]) }
                #expect(error?.code == .storageFull)
            }
            let error = await #expect(throws: EngineError.self) { try await world.engine.update(EngineTests.catalog()) }
            #expect(error?.code == .storageFull)

            await world.storage.release()

            _ = try await waiting.value
            _ = try await world.engine.ingest([try event(2)])
            #expect(await world.engine.health().writeFailure == nil)
        }
    }

    @Test func `while a commit waits for room on the disk the next batch is taken, to be refused`() async {
        let underWay = CommitsUnderWay()
        let (room, roomIsThere) = AsyncStream.makeStream(of: Void.self)
        let (refusals, teller) = AsyncStream.makeStream(of: StorageError.Code.self)
        let commit = StagedCommit(claimed: [:]) { onRefusal throws(StorageError) in
            onRefusal(StorageError(.full, "no room"))
            for await _ in room { break }
        }
        let told = Mutex(0)
        let tell: @Sendable (StorageError?) -> Void = { _ in told.withLock { $0 += 1 } }
        underWay.append(CommitsUnderWay.Step(commit: commit, finish: tell))
        async let finished: Void = underWay.run(onRefusal: { teller.yield($0.code) }) { _ in }

        await underWay.room(below: 1)

        var refused = refusals.makeAsyncIterator()
        #expect(await refused.next() == .full)
        let error = await #expect(throws: StorageError.self) { try await underWay.settled() }
        #expect(error?.code == .full)
        #expect(told.withLock { $0 } == 0)
        underWay.append(CommitsUnderWay.Step(commit: nil, finish: tell))
        underWay.end()
        roomIsThere.yield()
        await finished
        #expect(told.withLock { $0 } == 2)
    }

    @Test func `no batch is taken while callers are being answered`() async {
        let underWay = CommitsUnderWay()
        let told = Mutex(0)
        let tell: @Sendable (StorageError?) -> Void = { _ in told.withLock { $0 += 1 } }
        underWay.append(CommitsUnderWay.Step(commit: nil, finish: tell))
        underWay.append(CommitsUnderWay.Step(commit: nil, finish: tell))
        async let finished: Void = underWay.run(onRefusal: { _ in }) { _ in }

        await underWay.room(below: 2)

        #expect(told.withLock { $0 } == 2)
        underWay.end()
        await finished
    }
}
