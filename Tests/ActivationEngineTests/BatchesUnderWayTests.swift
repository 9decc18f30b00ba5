import ActivationCore
import Synchronization
import TestSupport
import Testing

@testable import ActivationEngine

/// What becomes of a batch that others come between, and that none stays open.
@Suite(.timeLimit(.minutes(5))) struct BatchesUnderWayTests {
    /// An engine over a storage whose batches can be interrupted.
    private struct World {
        let storage = SimulatedStorage(InMemoryStorage())
        let engine: SimulatedEngine

        init(batchBytesMax: Int? = nil, audiences: String = "step >= 0") async throws {
            var options = EngineOptions()
            if let batchBytesMax { options.batchBytesMax = batchBytesMax }
            engine = try await SimulatedEngine(storage, control: storage.inner, time: ManualTime(), options: options)
            let catalog = try EngineTests.catalog(audiences: [(EngineTests.audience, audiences)])
            _ = try await engine.perform([.catalog(CatalogChange(definition: catalog))])[0].get()
        }

        /// Works off one batch, of a caller for each list of messages.
        func perform(
            _ callers: [[Message]],
            _ interrupts: @escaping @Sendable (SimulatedStorage.Moment) -> SimulatedStorage.Interruption?
        ) async -> [SimulatedEngine.Answer] {
            var script = SimulatedStorage.Script()
            script.interrupts = interrupts
            return await perform(callers.map { .messages($0) }, script)
        }

        func perform(_ pieces: [SimulatedEngine.Piece], _ script: SimulatedStorage.Script) async
            -> [SimulatedEngine.Answer]
        {
            storage.prepare(script)
            let answers = await engine.perform(pieces)
            #expect(storage.inner.batchesUnderWay == 0, "a batch was left open")
            #expect(storage.brokenRules == [])
            return answers
        }

        func revision(of person: Int) async throws -> Int64? {
            try await engine.engine.profile(Identity(namespace: "Phone", value: "\(person)"))?.revision
        }

        /// What was exported, in order.
        var exported: [(key: String, step: Int64?)] {
            storage.inner.waiting(in: EngineTests.flow).map {
                ($0.partitionKey, (try? JSONDocument(parsing: $0.payload))?.root["step"]?.int64)
            }
        }
    }

    private static func records(_ persons: ClosedRange<Int>, step: Int = 1) throws -> [[Message]] {
        try persons.map { [try EngineTests.record($0, step: step)] }
    }

    /// Interrupts the first few times.
    private static func first(
        _ count: Int,
        _ interruption: SimulatedStorage.Interruption
    ) -> @Sendable (SimulatedStorage.Moment) -> SimulatedStorage.Interruption? {
        let left = Mutex(count)
        return { moment in
            guard case .staging = moment else { return nil }
            return left.withLock { left in
                left -= 1
                return left >= 0 ? interruption : nil
            }
        }
    }

    private static let conflict = SimulatedStorage.Interruption.refusal(
        StorageError(.conflict, "somebody was faster")
    )

    private static func accepted(_ answers: [SimulatedEngine.Answer]) throws -> Bool {
        try answers.allSatisfy { try $0.get().allSatisfy { $0 == .accepted } }
    }

    // MARK: Conflicts

    @Test func `a batch in conflict is decided again as it is`() async throws {
        let world = try await World()

        let answers = await world.perform(try Self.records(1...6), Self.first(1, Self.conflict))

        #expect(try Self.accepted(answers))
        #expect(world.storage.beginnings == 2)
        #expect(world.storage.stagedPlans == 1)
    }

    @Test func `a batch in conflict twice is decided in halves`() async throws {
        let world = try await World()

        let answers = await world.perform(try Self.records(1...6), Self.first(2, Self.conflict))

        #expect(try Self.accepted(answers))
        #expect(world.storage.beginnings == 4)
        #expect(world.storage.stagedPlans == 2)
        #expect(try await world.engine.engine.profileCount() == 6)
    }

    @Test func `what was decided in vain leaves nothing, and what others did meanwhile is decided upon`() async throws {
        let world = try await World()
        _ = await world.perform(try Self.records(1...1)) { _ in nil }
        let other = try await SimulatedEngine(
            world.storage.inner,
            control: world.storage.inner,
            time: ManualTime(),
            options: EngineOptions()
        )
        let catalog = CatalogChange(definition: try EngineTests.catalog())
        _ = try await other.perform([.catalog(catalog)])[0].get()
        // Both give out the number of a new attribute.
        let theirs = try Self.record(1, #""theirs":1"#)
        let ours = try Self.record(1, #""ours":1"#)
        let awaits = Mutex(0)
        var script = SimulatedStorage.Script()
        script.onAwait = {
            // The second time is after the batch was begun.
            guard
                awaits.withLock({
                    $0 += 1; return $0 == 2
                })
            else { return }
            _ = await other.perform([.messages([theirs])])
        }

        let answers = await world.perform([.messages([ours])], script)

        #expect(try Self.accepted(answers))
        #expect(world.storage.beginnings > 1)
        let profile = try #require(
            try await world.engine.engine.profile(Identity(namespace: "Phone", value: "1"))
        )
        #expect(profile.revision == 3)
        let root = try JSONDocument(parsing: profile.entity).root
        #expect(root["theirs"]?.int64 == 1)
        #expect(root["ours"]?.int64 == 1)
    }

    @Test func `one profile's inputs keep their order when they are decided one by one`() async throws {
        let world = try await World()
        // Two callers, each with the steps of three persons one after the other.
        let callers = try [0..<4, 4..<8].map { steps in
            try steps.flatMap { step in try (1...3).map { try EngineTests.record($0, step: step) } }
        }

        let answers = await world.perform(callers) { moment in
            guard case .staging(let plan) = moment else { return nil }
            return plan.outbox.count > 1 ? Self.conflict : nil
        }

        #expect(answers.map { (try? $0.get())?.count } == [12, 12])
        #expect(try Self.accepted(answers))
        #expect(world.storage.stagedPlans == 24)
        let exported = Dictionary(grouping: world.exported, by: \.key)
        #expect(exported.count == 3)
        for steps in exported.values { #expect(steps.map(\.step) == Array(0..<8)) }
    }

    @Test func `what stays in conflict is refused to its caller alone, after eight tries`() async throws {
        let world = try await World()
        let tries = Mutex(0)

        let answers = await world.perform(try Self.records(1...9)) { moment in
            guard case .begun(let request) = moment,
                request.identities.contains(Identity(namespace: "Phone", value: "4"))
            else { return nil }
            if request.identities.count == 1 { tries.withLock { $0 += 1 } }
            return Self.conflict
        }

        for (person, answer) in zip(1...9, answers) {
            switch answer {
            case .success(let results): #expect(person != 4 && results == [.accepted])
            case .failure(let error):
                #expect(person == 4 && error.code == .storage && error.retryAfterSeconds != nil)
            }
        }
        #expect(tries.withLock { $0 } == BatchRecovery.triesMax)
        #expect(try await world.engine.engine.profileCount() == 8)
        #expect(await world.engine.engine.health().writeFailure == nil)
    }

    // MARK: Batches whose time is over

    @Test func `a batch that takes too long is decided in halves at once`() async throws {
        let world = try await World()

        let answers = await world.perform(try Self.records(1...16)) { moment in
            guard case .begun(let request) = moment else { return nil }
            return request.identities.count > 4 ? .expiry : nil
        }

        #expect(try Self.accepted(answers))
        // 16, 8, 4, 4, 8, 4, 4.
        #expect(world.storage.beginnings == 7)
        #expect(world.storage.stagedPlans == 4)
    }

    @Test func `one caller's inputs are answered together however they were stored`() async throws {
        let world = try await World()
        var messages = try (1...7).map { try EngineTests.record($0, step: 1) }
        messages.append(try Self.event(8, id: "1"))
        messages.append(try Self.event(8, id: "1"))

        let answers = await world.perform([messages]) { moment in
            guard case .begun(let request) = moment else { return nil }
            return request.identities.count > 2 ? .expiry : nil
        }

        let results = try #require(try answers.first?.get())
        #expect(results == Array(repeating: .accepted, count: 8) + [.duplicate])
    }

    @Test func `where everything takes too long callers are told so, after so many tries and no more`() async throws {
        let world = try await World()

        let answers = await world.perform(try Self.records(1...400)) { _ in .expiry }

        for answer in answers {
            guard case .failure(let error) = answer else {
                Issue.record("what was not stored was accepted")
                continue
            }
            #expect(error.message.contains("expired"))
            #expect(error.retryAfterSeconds != nil)
        }
        // Those that are alone are not tried over after the last time, and what is left of halves in the end is tried once.
        #expect(world.storage.beginnings < BatchRecovery.retriesMax * 2)
        #expect(world.storage.stagedPlans == 0)
    }

    // MARK: Everything else

    @Test(arguments: [StorageError.Code.unavailable, .fenced, .full, .io])
    func `what has nothing to do with a batch is told at once, and ends it`(code: StorageError.Code) async throws {
        let world = try await World()
        let refusal = SimulatedStorage.Interruption.refusal(StorageError(code, "not now"))

        for isStaged in [false, true] {
            let answers = await world.perform(try Self.records(1...4)) { moment in
                if case .staging = moment { isStaged ? refusal : nil } else { isStaged ? nil : refusal }
            }
            for answer in answers {
                guard case .failure(let error) = answer else {
                    Issue.record("what was not stored was accepted")
                    continue
                }
                #expect(error.retryAfterSeconds != nil)
            }
            #expect(world.storage.beginnings == 1)
        }
        #expect(try Self.accepted(await world.perform(try Self.records(1...4)) { _ in nil }))
    }

    @Test func `an index that is behind its profiles is loaded again`() async throws {
        let world = try await World()
        _ = await world.perform(try Self.records(1...5)) { _ in nil }
        let left = Mutex(1)
        var script = SimulatedStorage.Script()
        script.alters = { state in
            guard
                left.withLock({
                    $0 -= 1; return $0 >= 0
                })
            else { return }
            state.identityProfiles[2] = nil
        }

        let answers = await world.perform(try Self.records(1...5, step: 2).map { .messages($0) }, script)

        #expect(try Self.accepted(answers))
        #expect(world.storage.stagedPlans == 1)
        #expect(try await world.revision(of: 3) == 2)
    }

    @Test func `an index that stays behind its profile is damage, to its caller alone`() async throws {
        let world = try await World()
        _ = await world.perform(try Self.records(1...5)) { _ in nil }
        let damaged = try #require(
            try await world.engine.engine.profile(Identity(namespace: "Phone", value: "3"))
        ).id
        var script = SimulatedStorage.Script()
        script.alters = { state in
            guard let place = state.profiles.firstIndex(where: { $0.id == damaged }) else { return }
            for index in state.identityProfiles.indices where state.identityProfiles[index] == place {
                state.identityProfiles[index] = nil
            }
        }

        let answers = await world.perform(try Self.records(1...5, step: 2).map { .messages($0) }, script)

        for (person, answer) in zip(1...5, answers) {
            switch answer {
            case .success(let results): #expect(person != 3 && results == [.accepted])
            case .failure(let error): #expect(person == 3 && error.code == .corrupt)
            }
        }
        #expect(try await world.revision(of: 3) == 1)
    }

    @Test func `a batch that changes nothing is begun and ended`() async throws {
        let world = try await World()
        let message = try Self.event(1, id: "1")
        _ = await world.perform([[message]]) { _ in nil }

        let answers = await world.perform([[message]]) { _ in nil }

        #expect(try answers[0].get() == [.duplicate])
        #expect(world.storage.beginnings == 1)
        #expect(world.storage.stagedPlans == 0)
    }

    @Test func `a profile that somebody else gave a new attribute is read with dictionaries that know it`() async throws
    {
        let world = try await World()
        _ = await world.perform(try Self.records(1...2)) { _ in nil }
        let other = try await SimulatedEngine(
            world.storage.inner,
            control: world.storage.inner,
            time: ManualTime(),
            options: EngineOptions()
        )
        _ = try await other.perform([.messages([Self.record(1, #""theirs":1"#)])])[0].get()

        let answers = await world.perform(try Self.records(1...2, step: 2)) { _ in nil }

        #expect(try Self.accepted(answers))
        #expect(world.storage.beginnings == 2)
        #expect(world.storage.stagedPlans == 1)
    }

    @Test func `a batch that would read too much is decided in parts, each begun and ended`() async throws {
        let world = try await World(batchBytesMax: 2_000, audiences: "xEvent.count() > 1")
        let text = String(repeating: "x", count: 600)
        for step in 1...2 {
            let messages = try (1...9).map { try Self.record($0, #""text":"\#(text)\#(step)""#) }
            let answers = await world.perform([messages]) { _ in nil }
            #expect(try Self.accepted(answers))
        }
        #expect(world.storage.stagedPlans > 1)
    }

    @Test func `work of the engine's own leaves out what is damaged and tries again what was interrupted`() async throws
    {
        let world = try await World()
        _ = await world.perform(try Self.records(1...6)) { _ in nil }
        var profiles: [Profile.ID] = []
        for person in 1...6 {
            let profile = try await world.engine.engine.profile(Identity(namespace: "Phone", value: "\(person)"))
            profiles.append(try #require(profile).id)
        }
        let evaluated = profiles
        let left = Mutex(3)
        var script = SimulatedStorage.Script()
        script.alters = { state in
            for index in state.profiles.indices where state.profiles[index].id == evaluated[1] {
                state.profiles[index].value.removeLast()
            }
        }
        script.interrupts = { moment in
            guard case .begun = moment,
                left.withLock({
                    $0 -= 1; return $0 >= 0
                })
            else { return nil }
            return .refusal(StorageError(.conflict, "somebody was faster"))
        }

        let answers = await world.perform([.evaluation(profiles, [EngineTests.audience])], script)

        #expect(try answers[0].get().count == 6)
    }

    private static func record(_ person: Int, _ fields: String) throws -> Message {
        try Message(
            record: JSONDocument(parsing: #"{"identityMap":{"Phone":[{"id":"\#(person)"}]},\#(fields)}"#),
            dataset: "crm",
            namespaces: NamespaceDirectory()
        )
    }

    private static func event(_ person: Int, id: String) throws -> Message {
        try Message(
            event: JSONDocument(
                parsing: """
                    {"identityMap":{"Phone":[{"id":"\(person)"}]},"_id":"\(id)",
                    "timestamp":"2026-01-01T00:00:00Z","amount":1}
                    """
            ),
            dataset: "web",
            namespaces: NamespaceDirectory()
        )
    }
}
