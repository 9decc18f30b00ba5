import TestSupport
import Testing

@testable import ActivationCore
@testable import ActivationEngine

/// Profiles in memory and audiences over them, with the steps of evaluations under control.
struct EvaluationWorld {
    let storage = InMemoryStorage()
    let time = ManualTime()
    var options = EngineOptions(evaluationStep: 10, evaluationStepMin: 10, drainDeadline: .seconds(1))
    static let profiles = 100

    /// The audience with a number.
    static func audience(_ number: Int) -> Audience.ID {
        Audience.ID(uuid: UUIDBytes(high: 7, low: UInt64(number)))
    }

    /// A catalog of audiences, each with its number, expression and version.
    static func catalog(_ audiences: [(number: Int, text: String, version: Int64)]) throws -> CatalogDefinition {
        CatalogDefinition(
            mergePolicies: [EngineTests.policy],
            namespaces: NamespaceDirectory(),
            audiences: try audiences.map { number, text, version in
                AudienceDefinition(
                    id: audience(number),
                    name: "audience \(number)",
                    mergePolicy: EngineTests.policy.id,
                    expression: try PQLExpression(parsing: text),
                    createdAt: Timestamp(milliseconds: 1),
                    updatedAt: Timestamp(milliseconds: version)
                )
            },
            dataflows: []
        )
    }

    /// Audiences by number, each with half of the profiles.
    static func halves(_ numbers: some Sequence<Int>) throws -> CatalogDefinition {
        try catalog(numbers.map { ($0, "step < 50", 1) })
    }

    /// An engine that has the profiles, or those it had when it ended last.
    func run(_ sink: RecordingSink = RecordingSink(), _ body: (Engine) async throws -> Void) async throws {
        try await EngineTests.withEngine(
            storage: storage,
            options: options,
            sinks: ClosureSinkFactory { _ in sink },
            time: time
        ) { engine in
            if try await engine.profileCount() == 0 {
                _ = try await engine.ingest((0..<Self.profiles).map { try EngineTests.record($0, step: $0) })
            }
            try await body(engine)
        }
    }

    /// Waits until audiences are evaluated for all profiles.
    static func awaitDone(_ numbers: some Sequence<Int>, in engine: Engine) async throws {
        for number in numbers {
            try await EngineTests.until { engine.evaluationProgress(audience(number))?.isDone == true }
        }
    }

    /// Waits until a pass has ended.
    static func awaitEnd(_ id: EvaluationPass.ID, in engine: Engine) async throws -> EvaluationPass {
        try await EngineTests.until { engine.evaluationPass(id)?.state.isEnd ?? true }
        return try #require(engine.evaluationPass(id))
    }

    /// What is kept of an audience's evaluation.
    func stored(_ number: Int) async throws -> ControlObject? {
        let id = Self.audience(number).uuid.description
        return try await storage.object(kind: EvaluationShare.kind, id: id, scope: .production)
    }

    /// Keeps something of an audience's evaluation as another version of the program did.
    func store(_ body: String, of number: Int) async throws {
        let now = time.now()
        let object = ControlObject(
            kind: EvaluationShare.kind,
            id: Self.audience(number).uuid.description,
            etag: "1-0-false",
            createdAt: now,
            updatedAt: now,
            body: Array(body.utf8)
        )
        try await storage.apply([.insert(object)], scope: .production)
    }
}
