import ActivationCore
import Synchronization

@testable import ActivationEngine
@testable import ActivationServer

/// An engine whose answers to messages are given by the test; it keeps what it was offered.
final class ScriptedEngine: QuietEngine {
    /// Decides what becomes of the n-th offer, counted from 0.
    typealias Script = @Sendable (Int, [Message]) async throws(EngineError) -> [DecisionResult]

    private let script: Script
    private let offers = Mutex<[[Message]]>([])
    private let counted = Atomic(false)
    let isAccepting: Bool

    init(isAccepting: Bool = true, _ script: @escaping Script = { _, messages in messages.map { _ in .accepted } }) {
        self.isAccepting = isAccepting
        self.script = script
    }

    /// Everything that was offered, accepted or not.
    var offered: [[Message]] { offers.withLock { $0 } }

    func ingest(_ messages: [Message]) async throws(EngineError) -> [DecisionResult] {
        let number = offers.withLock { offers in
            offers.append(messages)
            return offers.count - 1
        }
        return try await script(number, messages)
    }

    func update(
        _ catalog: CatalogDefinition,
        storing store: @escaping @Sendable () async throws(StorageError) -> Int64?
    ) async throws(EngineError) {
        do throws(StorageError) {
            _ = try await store()
        } catch {
            throw EngineError(.storage, error.description)
        }
    }
    func health() async -> Engine.Health { Engine.Health(isAccepting: isAccepting) }
    /// The evaluation of every audience ends right after its members are counted, with one more member.
    func memberCount(_ audience: Audience.ID) async throws(EngineError) -> Int {
        counted.exchange(true, ordering: .relaxed) ? 1 : 0
    }

    func evaluationProgress(_ audience: Audience.ID) -> EvaluationProgress? {
        let isDone = counted.load(ordering: .relaxed)
        return EvaluationProgress(state: isDone ? .done : .running, processed: isDone ? 1 : 0, total: 1)
    }
}
