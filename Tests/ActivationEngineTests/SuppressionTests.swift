import ActivationCore
import TestSupport
import Testing

@testable import ActivationEngine

/// The suppression list in the pipeline (BEHAVIOUR 3.11).
@Suite(.timeLimit(.minutes(5))) struct SuppressionTests {
    private static let digest: IdentityHash = { IdentityDigest(bytes: Array("\($0.namespace) \($0.value)".utf8)) }
    private static let sinks = ClosureSinkFactory { _ in RecordingSink() }

    private static func options(hash: IdentityHash? = digest) -> EngineOptions {
        EngineOptions(drainDeadline: .seconds(1), decision: DecisionOptions(identityHash: hash))
    }

    private static func phone(_ number: Int) -> Identity { Identity(namespace: "Phone", value: "\(number)") }

    @Test func `whoever is suppressed is refused, also by the next process, until they are let in`() async throws {
        let storage = InMemoryStorage()
        try await EngineTests.withEngine(storage: storage, options: Self.options(), sinks: Self.sinks) { engine in
            _ = try await engine.ingest([EngineTests.record(1, step: 1), EngineTests.record(2, step: 1)])
            _ = try await engine.delete(Self.phone(1), onReturn: .refuse)
        }

        try await EngineTests.withEngine(storage: storage, options: Self.options(), sinks: Self.sinks) { engine in
            let results = try await engine.ingest([EngineTests.record(1, step: 2), EngineTests.record(2, step: 2)])
            let profiles = try await engine.profileCount()
            let list = try await engine.suppressions(after: nil, limit: 10)
            let change = try await engine.readmit(Self.phone(1))

            guard case .refused(let error) = results[0] else {
                Issue.record("found \(results[0])")
                return
            }
            #expect(error.code == "IDENTITY_SUPPRESSED")
            #expect(results[1] == .accepted)
            #expect(profiles == 1)
            #expect(list.map(\.digest) == [Self.digest(Self.phone(1))])
            #expect(change == .readmitted)
            #expect(try await engine.readmit(Self.phone(1)) == .unknown)
            #expect(try await engine.ingest([EngineTests.record(1, step: 3)]) == [.accepted])
        }
    }

    @Test func `nothing is looked up while nobody is suppressed, then only whom nobody knows`() async throws {
        let storage = InMemoryStorage()
        try await EngineTests.withEngine(storage: storage, options: Self.options(), sinks: Self.sinks) { engine in
            _ = try await engine.ingest((1...5).map { try EngineTests.record($0, step: 1) })
            #expect(storage.suppressionsLookedUp == 0)
            _ = try await engine.delete(Self.phone(1), onReturn: .refuse)
            #expect(storage.suppressionsLookedUp == 0)

            _ = try await engine.ingest((2...5).map { try EngineTests.record($0, step: 2) })
            #expect(storage.suppressionsLookedUp == 0)
            _ = try await engine.ingest([EngineTests.record(1, step: 2), EngineTests.record(6, step: 2)])
            #expect(storage.suppressionsLookedUp == 2)

            _ = try await engine.readmit(Self.phone(1))
            let before = storage.suppressionsLookedUp
            _ = try await engine.ingest([EngineTests.record(7, step: 2)])
            #expect(storage.suppressionsLookedUp == before)
        }
    }

    @Test func `without a key nobody is suppressed, and with a list and no key no message is taken`() async throws {
        let storage = InMemoryStorage()
        try await EngineTests.withEngine(storage: storage, options: Self.options(hash: nil), sinks: Self.sinks) {
            engine in
            _ = try await engine.ingest([EngineTests.record(1, step: 1)])
            await #expect(throws: EngineError.self) { try await engine.delete(Self.phone(1), onReturn: .refuse) }
            #expect(try await engine.profileCount() == 1)
        }
        try await EngineTests.withEngine(storage: storage, options: Self.options(), sinks: Self.sinks) { engine in
            _ = try await engine.delete(Self.phone(1), onReturn: .refuse)
        }
        try await EngineTests.withEngine(storage: storage, options: Self.options(hash: nil), sinks: Self.sinks) {
            engine in
            await #expect(throws: EngineError.self) { try await engine.ingest([EngineTests.record(1, step: 1)]) }
        }
    }
}
