import ActivationCore
import ActivationEngine
import Crypto
import Logging
import TestSupport
import Testing

@testable import ActivationServer

/// Two nodes that change one configuration.
struct SharedConfigurationTests {
    private static func control(_ storage: InMemoryStorage) async throws -> ControlPlane {
        try await ControlPlane(
            store: storage,
            keys: ServerKeys(tokenKey: SymmetricKey(size: .bits256), dataKey: SymmetricKey(size: .bits256)),
            time: FlowWorld.Clock(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// Adds an audience unless there are so many already, as a rule about the whole configuration would have it.
    private static func add(_ id: String, to control: ControlPlane, unlessThereAre most: Int = .max) async throws {
        try await control.write(by: .server) { draft throws(APIError) in
            guard draft.snapshot.entries(.namespace).count < most else {
                throw APIError(.conflict, "there are enough")
            }
            try draft.insert(.namespace, id: id, body: ["code": .string(id)])
        }
    }

    private static func ids(_ control: ControlPlane) -> [String] {
        control.whole.entries(.namespace).map(\.id).sorted()
    }

    @Test func `a change is decided upon what another node has changed`() async throws {
        let storage = InMemoryStorage()
        let (one, other) = (try await Self.control(storage), try await Self.control(storage))
        try await Self.add("a", to: one)

        try await Self.add("b", to: other)
        #expect(Self.ids(other) == ["a", "b"])
        await #expect(throws: APIError.self) { try await Self.add("c", to: one, unlessThereAre: 2) }

        #expect(Self.ids(one) == ["a", "b"])
        #expect(try await storage.configurationVersion(scope: .production).catalog == 2)
    }

    @Test func `a node takes over what others have changed`() async throws {
        let storage = InMemoryStorage()
        let (one, other) = (try await Self.control(storage), try await Self.control(storage))
        try await Self.add("a", to: one)
        #expect(Self.ids(other).isEmpty)

        await other.follow()

        #expect(Self.ids(other) == ["a"])
    }

    @Test func `changes of several nodes at once are all made, one after the other`() async throws {
        let storage = InMemoryStorage()
        let nodes = [try await Self.control(storage), try await Self.control(storage)]

        try await withThrowingDiscardingTaskGroup { group in
            for number in 0..<20 {
                group.addTask {
                    // Each may be overtaken by whatever the other node does.
                    while true {
                        do {
                            return try await Self.add("n\(number)", to: nodes[number % 2])
                        } catch let error as APIError where error.code == .conflict {
                            continue
                        }
                    }
                }
            }
        }
        for node in nodes { await node.follow() }

        let all = (0..<20).map { "n\($0)" }.sorted()
        #expect(Self.ids(nodes[0]) == all && Self.ids(nodes[1]) == all)
        #expect(try await storage.configurationVersion(scope: .production).changes == 20)
    }
}
