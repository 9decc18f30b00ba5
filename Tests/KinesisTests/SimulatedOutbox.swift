import ActivationCore
import Logging
import TestSupport

@testable import ActivationEngine

/// A dataflow's outbox in a storage in memory, filled by an engine that decides what messages change.
struct SimulatedOutbox {
    static let flow = Dataflow.ID(uuid: UUIDBytes(high: 1, low: 1))
    private static let audience = Audience.ID(uuid: UUIDBytes(high: 1, low: 3))
    private static let policy = MergePolicy(
        id: MergePolicy.ID(uuid: UUIDBytes(high: 1, low: 2)),
        name: "default",
        attributeMerge: .timestampOrdered,
        identityGraph: .pdg
    )

    private let storage = InMemoryStorage()
    private let time = ManualTime()
    private let options: EngineOptions
    private let lane: IngestLane
    private var engine: Engine?
    /// Makes every message another one than those before.
    private var step = 0

    init(options: EngineOptions) {
        self.options = options
        lane = IngestLane(options: options)
    }

    // MARK: Processes

    /// A process starts over what is stored.
    mutating func start() async throws {
        storage.crash()
        let engine = try await Engine(
            storage: storage,
            control: storage,
            sinks: ClosureSinkFactory { _ in RecordingSink() },
            time: time,
            options: options,
            logger: Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }
        )
        self.engine = engine
        let change = CatalogChange(definition: try Self.catalog())
        let answer = await Self.answer { [lane] in await engine.pipeline.workOff([.catalog(change, $0)], lane) }
        if case .failure(let error) = answer { throw error }
    }

    /// What a piece of work is answered, when the pipeline is through with it: one piece at a time.
    private static func answer<Answer: Sendable>(
        to work: @escaping @Sendable (CheckedContinuation<Answer, Never>) async -> Void
    ) async -> Answer {
        var worker: Task<Void, Never>?
        let answer = await withCheckedContinuation { continuation in
            worker = Task { await work(continuation) }
        }
        await worker?.value
        return answer
    }

    /// The process is gone, and with it what it had in mind.
    mutating func die() {
        engine = nil
        storage.crash()
    }

    private static func catalog() throws -> CatalogDefinition {
        let instant = Timestamp(milliseconds: 1)
        return CatalogDefinition(
            mergePolicies: [policy],
            namespaces: NamespaceDirectory(),
            audiences: [
                AudienceDefinition(
                    id: audience,
                    name: "stepping",
                    mergePolicy: policy.id,
                    expression: try PQLExpression(parsing: "step >= 0"),
                    createdAt: instant,
                    updatedAt: instant
                )
            ],
            dataflows: [
                Dataflow(
                    id: flow,
                    isEnabled: true,
                    audiences: [Dataflow.MappedAudience(audience: audience, createdAt: instant, updatedAt: instant)],
                    attributes: [["step"]]
                )
            ]
        )
    }

    // MARK: Messages in

    /// Whom a message is about.
    enum Person {
        case phone(Int)
        case email(Int)
        /// Both are one person from now on.
        case both(phone: Int, email: Int)

        fileprivate var identityMap: String {
            switch self {
            case .phone(let number): #""Phone":[{"id":"\#(number)"}]"#
            case .email(let number): #""Email":[{"id":"\#(number)@example.org"}]"#
            case .both(let phone, let email): "\(Person.phone(phone).identityMap),\(Person.email(email).identityMap)"
            }
        }
    }

    /// Lets the engine decide for one batch of messages; false if the storage did not take what it decided.
    mutating func decide(_ persons: [Person], at now: Timestamp, diskIsFull: Bool) async throws -> Bool {
        guard let engine else { return false }
        time.advance(milliseconds: max(0, now.milliseconds - time.now().milliseconds))
        var messages: [Message] = []
        for person in persons {
            step += 1
            messages.append(
                try Message(
                    record: JSONDocument(parsing: #"{"identityMap":{\#(person.identityMap)},"step":\#(step)}"#),
                    dataset: "crm",
                    namespaces: NamespaceDirectory()
                )
            )
        }
        if diskIsFull { storage.failNextWrite(with: StorageError(.full, "model")) }
        let answer = await Self.answer { [lane, messages] in
            await engine.pipeline.workOff([.messages(messages, $0)], lane)
        }
        switch answer {
        case .success: return true
        case .failure(let error) where diskIsFull && error.code == .storageFull: return false
        case .failure(let error): throw error
        }
    }

    // MARK: Rows out

    /// What waits, in its order.
    var waiting: [OutboxRow] { storage.waiting(in: Self.flow) }

    /// What the books say and what is stored.
    func countBooks() async throws -> CountedBooks? {
        try await storage.countBooks(scope: .production)[Self.flow]
    }

    func claim(_ request: ClaimRequest) async throws -> [OutboxRow] { try await storage.claim(request) }

    func settle(_ settlements: [OutboxSettlement]) async throws {
        try await storage.settle(dataflow: Self.flow, settlements)
    }

    func releaseClaims() async throws { try await storage.releaseClaims(dataflow: Self.flow) }

    func lastRow() async throws -> Int64 { try await storage.lastRow(dataflow: Self.flow) }
}
