import ActivationCore
import ActivationEngine
import Crypto
import Hummingbird
import HummingbirdTesting
import Synchronization
import TestSupport
import Testing

@testable import ActivationServer

/// A second kind of destination is one type and nothing else: this file.
private final class QueueDestination: DestinationKind {
    static let id = "11111111-2222-4333-8444-555555555555"
    let sink = RecordingSink()
    let opened = Mutex<[(target: JSONObject, account: JSONObject)]>([])
    let landingTime = Duration.seconds(30)
    let spec = DestinationSpec(
        id: QueueDestination.id,
        name: "Queue",
        category: "streaming",
        signIn: DestinationSignIn(
            name: "Queue key",
            type: "KeyAuth",
            title: "Key",
            account: ["properties": ["key": ["type": "string", "format": "password"], "host": ["type": "string"]]]
        ),
        targetName: "Topic",
        target: ["properties": ["topic": ["type": "string"]], "required": ["topic"]]
    )

    func check(account: JSONObject) throws(DestinationFieldError) {
        guard account["key"]?.string != nil else { throw DestinationFieldError("key", "is required") }
    }

    func check(target: JSONObject) throws(DestinationFieldError) {
        guard target["topic"]?.string != nil else { throw DestinationFieldError("topic", "is required") }
    }

    func address(target: JSONObject, account: JSONObject) -> String {
        "\(account["host"]?.string ?? "")/\(target["topic"]?.string ?? "")"
    }

    func probe(account: JSONObject) async throws(DestinationProbeError) {
        guard account["key"] == "right" else {
            throw DestinationProbeError(code: "QUEUE-401", step: "sign in", message: "give the right key")
        }
    }

    func probe(target: JSONObject, account: JSONObject) async throws(DestinationProbeError) {
        guard target["topic"] == "events" else {
            throw DestinationProbeError(code: "QUEUE-404", step: "find topic", message: "make the topic")
        }
    }

    func open(
        target: JSONObject,
        account: JSONObject,
        for dataflow: Dataflow.ID
    ) async throws(SinkFactoryError) -> any RecordSink {
        opened.withLock { $0.append((target, account)) }
        return sink
    }
}

struct SecondDestinationTests {
    /// Runs with a server that offers the queue beside the destination that Adobe's clients know.
    private func run(_ body: @Sendable (FlowWorld, QueueDestination) async throws -> Void) async throws {
        let queue = QueueDestination()
        try await FlowWorld.run(beside: [queue]) { try await body($0, queue) }
    }

    private static func connection(key: JSONValue?) -> JSONValue {
        var params: JSONObject = ["host": "queue.example"]
        params["key"] = key
        return [
            "name": "queue", "connectionSpec": ["id": .string(QueueDestination.id), "version": "1.0"],
            "auth": ["specName": "Queue key", "params": .object(params)],
        ]
    }

    private static func target(base: String, topic: String) -> JSONValue {
        [
            "name": "topic", "baseConnectionId": .string(base), "params": ["topic": .string(topic)],
            "connectionSpec": ["id": .string(QueueDestination.id), "version": "1.0"],
        ]
    }

    @Test func `it is listed beside the others, and flows may lead to it`() async throws {
        try await run { world, queue in
            let specs = try await world.flow(.get, "/connectionSpecs")
            let spec = try await world.flow(.get, "/connectionSpecs/\(QueueDestination.id)").item
            let flowSpec = try await world.flow(.get, "/flowSpecs").item

            #expect(specs["items"]?.array?.compactMap { $0["name"]?.string }.contains("Amazon Kinesis") == true)
            #expect(spec["name"] == "Queue")
            #expect(spec["attributes"]?["isDestination"] == true)
            #expect(spec["authSpec"]?[0]?["name"] == "Queue key")
            #expect(spec["authSpec"]?[0]?["spec"]?["properties"]?["key"]?["format"] == "password")
            #expect(spec["targetSpec"]?["spec"]?["required"] == ["topic"])
            #expect(spec["targetSpec"]?["spec"]?["properties"]?["includeSegmentNames"]?["type"] == "boolean")
            #expect(
                flowSpec["targetConnectionSpecIds"]
                    == ["86043421-563b-46ec-8e6c-e23184711bf6", .string(QueueDestination.id)]
            )
        }
    }

    @Test func `its own checks answer, with its own words`() async throws {
        try await run { world, queue in
            let missing = try await world.flow(.post, "/connections", Self.connection(key: nil))
            let wrong = try await world.flow(.post, "/connections", Self.connection(key: "wrong"))
            let account = try await world.flow(.post, "/connections", Self.connection(key: "right"))
            let absent = try await world.flow(
                .post,
                "/targetConnections",
                Self.target(base: account.id, topic: "absent")
            )

            #expect(missing.errorCode == "CFG-001" && missing.detail.contains("/auth/params/key is required"))
            #expect(wrong.errorCode == "QUEUE-401" && wrong["step"] == "sign in")
            #expect(account.status == 201, "\(account.text)")
            #expect(absent.errorCode == "QUEUE-404" && absent["step"] == "find topic")
        }
    }

    @Test func `its secret is sealed and its sink opened with it`() async throws {
        try await run { world, queue in
            let parts = try await world.makeParts()
            let account = try await world.flow(.post, "/connections", Self.connection(key: "right"))
            let target = try await world.flow(
                .post,
                "/targetConnections",
                Self.target(base: account.id, topic: "events")
            )
            let flow = try await world.flow(
                .post,
                "/flows",
                FlowWorld.flowBody(source: parts.source, target: target.id)
            )
            let id = Dataflow.ID(uuid: try #require(UUIDBytes(flow.id)))
            let sinks = DestinationSinks(
                control: world.dependencies.control,
                destinations: world.dependencies.destinations
            )

            let sink = try await sinks.sink(for: id)
            let shown = try await world.flow(.get, "/connections/\(account.id)").item

            #expect(sink as? RecordingSink === queue.sink)
            let opened = try #require(queue.opened.withLock { $0.first })
            #expect(opened.target == ["topic": "events"])
            #expect(opened.account == ["key": "right", "host": "queue.example"])
            #expect(shown["auth"]?["params"] == ["host": "queue.example"])
            #expect(sinks.landingTime == .seconds(30), "the longest of all kinds")
        }
    }

    @Test func `a target of one kind cannot stand on an account of another`() async throws {
        try await run { world, queue in
            let parts = try await world.makeParts()

            let mixed = try await world.flow(
                .post,
                "/targetConnections",
                Self.target(base: parts.kinesisBase, topic: "events")
            )

            #expect(mixed.errorCode == "1413-400")
        }
    }

    @Test func `a flow whose kind is no longer offered says so when it is opened`() async throws {
        try await run { world, queue in
            let (flow, _) = try await world.makeFlow()
            let id = Dataflow.ID(uuid: try #require(UUIDBytes(flow.id)))
            let sinks = DestinationSinks(control: world.dependencies.control, destinations: DestinationCatalog([queue]))

            let error = await #expect(throws: SinkFactoryError.self) { try await sinks.sink(for: id) }

            #expect(error?.code == "DESTINATION_UNKNOWN")
        }
    }
}
