import ActivationCore
import ActivationEngine
import Crypto
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import TestSupport

@testable import ActivationServer

/// The HTTP API over a configuration in memory, an engine that notes and a destination that obeys.
struct FlowWorld: Sendable {
    let client: any TestClientProtocol
    let dependencies: ServerDependencies
    let storage: InMemoryStorage
    let engine: RecordingEngine
    let probe: ScriptedDestination
    let post: ScriptedTransport
    let clock: Clock
    let start: FirstStart
    let log: LogBook

    static let base = "/data/foundation/flowservice"
    static let secretKey = "s3cr3t-needle-in-no-answer"
    static let sessionToken = "t0k3n-needle-in-no-answer"

    /// A clock that stands still until it is told otherwise.
    final class Clock: TimeSource {
        private let milliseconds = Atomic<Int64>(1_700_000_000_123)

        func now() -> Timestamp { Timestamp(milliseconds: milliseconds.load(ordering: .relaxed)) }
        func advance(by amount: Int64) { milliseconds.wrappingAdd(amount, ordering: .relaxed) }
    }

    struct Answer {
        var status: Int
        var headers: HTTPFields
        var text: String
        var json: JSONValue

        subscript(key: String) -> JSONValue? { json[key] }
        var errorCode: String? { json["errorCode"]?.string }
        var detail: String { json["detail"]?.string ?? "" }
        /// The id of what was made.
        var id: String { json["id"]?.string ?? "" }
        var etag: String { json["etag"]?.string ?? "" }
        /// The first object of a list.
        var item: JSONValue { json["items"]?[0] ?? .null }
    }

    static func run(
        beside others: [any DestinationKind] = [],
        endpoint: String = "http://127.0.0.1:8080",
        isBehindProxy: Bool = false,
        signOn: ScriptedProvider? = nil,
        _ body: @Sendable (FlowWorld) async throws -> Void
    ) async throws {
        let storage = InMemoryStorage()
        let clock = Clock()
        let log = LogBook()
        let logger = log.logger
        let keys = ServerKeys(tokenKey: SymmetricKey(size: .bits256), dataKey: SymmetricKey(size: .bits256))
        let control = try await ControlPlane(store: storage, keys: keys, time: clock, logger: logger)
        guard let start = try await control.firstStart(record: { _ in }) else { return }
        let engine = RecordingEngine()
        let probe = ScriptedDestination()
        let post = ScriptedTransport()
        try await control.connect(to: engine)
        let dependencies = ServerDependencies(
            engine: engine,
            control: control,
            destinations: DestinationCatalog([probe] + others),
            time: clock,
            keys: keys,
            endpoint: ServerEndpoint(endpoint),
            isBehindProxy: isBehindProxy,
            passwordCost: .least,
            alertStore: storage,
            alertTransport: post,
            space: { post.space },
            signOn: try signOn.map {
                let options = try SignOnOptions(
                    issuer: ScriptedProvider.issuer,
                    clientID: ScriptedProvider.client,
                    clientSecret: "s/ecret"
                )
                return IdentityProvider(options, transport: $0, time: clock)
            },
            logger: logger
        )
        let application = Application(router: buildRouter(dependencies), logger: logger)
        try await application.test(.router) { client in
            try await body(
                FlowWorld(
                    client: client,
                    dependencies: dependencies,
                    storage: storage,
                    engine: engine,
                    probe: probe,
                    post: post,
                    clock: clock,
                    start: start,
                    log: log
                )
            )
        }
    }

    /// A token of the administrator.
    var token: String {
        AccessToken(clientID: start.clientID, orgID: start.orgID, issuedAt: clock.now(), id: "t")
            .signed(with: dependencies.keys.tokenKey)
    }

    /// Headers of an Adobe client.
    var credentials: HTTPFields {
        [.authorization: "Bearer \(token)", .apiKey: start.clientID, .orgID: start.orgID]
    }

    /// Sends a request with all credentials.
    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: JSONValue? = nil,
        ifMatch: String? = nil,
        headers: HTTPFields = [:]
    ) async throws -> Answer {
        var fields = credentials
        if body != nil { fields[.contentType] = "application/json" }
        fields[.ifMatch] = ifMatch
        for field in headers { fields[field.name] = field.value }
        return try await raw(method, path, body.map(\.text), headers: fields)
    }

    /// Sends exactly these headers and this body.
    func raw(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: String? = nil,
        headers: HTTPFields = [:]
    ) async throws -> Answer {
        let response = try await client.executeRequest(
            uri: path,
            method: method,
            headers: headers,
            body: body.map { ByteBuffer(string: $0) }
        )
        DocumentedAnswer.check(response.status.code, response.headers[.contentType], of: method, path)
        let text = String(buffer: response.body)
        return Answer(
            status: response.status.code,
            headers: response.headers,
            text: text,
            json: (try? JSONValue(parsing: text)) ?? .null
        )
    }

    /// A Flow Service request.
    func flow(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: JSONValue? = nil,
        ifMatch: String? = nil
    ) async throws -> Answer {
        try await send(method, FlowWorld.base + path, body, ifMatch: ifMatch)
    }
}

// The objects of the tutorial (BEHAVIOUR 1.4).
extension FlowWorld {
    static let profileSpec: JSONValue = ["id": "8a9c3494-9708-43d7-ae3f-cda01e5030e1", "version": "1.0"]
    static let kinesisSpec: JSONValue = ["id": "86043421-563b-46ec-8e6c-e23184711bf6", "version": "1.0"]

    static var kinesisBody: JSONValue {
        [
            "name": "kinesis-account", "description": "eu stream", "connectionSpec": kinesisSpec,
            "auth": [
                "specName": "Aws Kinesis authentication credentials",
                "params": [
                    "accessKeyId": "AKIAEXAMPLE0001", "secretKey": .string(secretKey),
                    "sessionToken": .string(sessionToken), "region": "eu-west-1",
                ],
            ],
        ]
    }

    static func targetBody(base: String) -> JSONValue {
        [
            "name": "kinesis-target", "description": "", "baseConnectionId": .string(base),
            "connectionSpec": kinesisSpec, "data": ["format": "json"],
            "params": ["stream": "audience-events", "region": "eu-west-1"],
        ]
    }

    static func flowBody(source: String, target: String, name: String = "vip-to-kinesis") -> JSONValue {
        [
            "name": .string(name), "description": "",
            "flowSpec": ["id": "71471eba-b620-49e4-90fd-23f1fa0174d8", "version": "1.0"],
            "sourceConnectionIds": [.string(source)], "targetConnectionIds": [.string(target)],
            "transformations": [
                [
                    "name": "GeneralTransform",
                    "params": ["profileSelectors": ["selectors": []], "segmentSelectors": ["selectors": []]],
                ]
            ],
        ]
    }

    /// What a flow needs, made through the API.
    struct Parts {
        var profileBase: String
        var source: String
        var kinesisBase: String
        var target: String
    }

    func makeParts() async throws -> Parts {
        let profileBase = try await flow(
            .post,
            "/connections",
            ["name": "profile-base", "description": "reads profiles", "connectionSpec": FlowWorld.profileSpec]
        )
        let source = try await flow(
            .post,
            "/sourceConnections",
            [
                "name": "profile-source", "description": "any text", "connectionSpec": FlowWorld.profileSpec,
                "baseConnectionId": .string(profileBase.id), "data": ["format": "json"], "params": [:],
            ]
        )
        let kinesisBase = try await flow(.post, "/connections", FlowWorld.kinesisBody)
        let target = try await flow(.post, "/targetConnections", FlowWorld.targetBody(base: kinesisBase.id))
        return Parts(profileBase: profileBase.id, source: source.id, kinesisBase: kinesisBase.id, target: target.id)
    }

    /// A flow without audiences.
    func makeFlow(name: String = "vip-to-kinesis") async throws -> (flow: Answer, parts: Parts) {
        let parts = try await makeParts()
        let flow = try await flow(
            .post,
            "/flows",
            FlowWorld.flowBody(source: parts.source, target: parts.target, name: name)
        )
        return (flow, parts)
    }

    /// An audience, put straight into the configuration.
    func makeAudience(_ name: String, _ expression: String = "person.age > 18") async throws -> String {
        guard let policy = dependencies.control.entries(.mergePolicy).first else { return "" }
        return try await dependencies.control.write { draft throws(APIError) in
            try draft.insert(
                .segmentDefinition,
                body: [
                    "name": .string(name), "mergePolicyId": .string(policy.id),
                    "expression": ["type": "PQL", "format": "pql/text", "value": .string(expression)],
                ]
            ).id
        }
    }

    static func segment(_ id: String, name: String? = nil, backfill: Bool? = nil) -> JSONValue {
        var value: JSONObject = ["id": .string(id)]
        if let name { value["name"] = .string(name) }
        if let backfill { value["backfill"] = .bool(backfill) }
        return ["type": "PLATFORM_SEGMENT", "value": .object(value)]
    }

    static func attribute(_ path: String) -> JSONValue {
        ["type": "JSON_PATH", "value": ["path": .string(path)]]
    }

    static let segments = "/transformations/0/params/segmentSelectors/selectors"
    static let attributes = "/transformations/0/params/profileSelectors/selectors"

    static func add(_ path: String, _ value: JSONValue) -> JSONValue {
        ["op": "add", "path": .string(path), "value": value]
    }

    /// Patches a flow at its present version.
    func patchFlow(_ id: String, _ operations: [JSONValue]) async throws -> Answer {
        let etag = try await flow(.get, "/flows/\(id)").item["etag"]?.string
        return try await flow(.patch, "/flows/\(id)", .array(operations), ifMatch: etag)
    }
}
