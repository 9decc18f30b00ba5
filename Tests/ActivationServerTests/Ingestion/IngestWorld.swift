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

/// The HTTP API over a storage in memory, driven through its router: the real engine unless a scripted one is given.
struct IngestWorld: Sendable {
    let client: any TestClientProtocol
    let dependencies: ServerDependencies
    let storage: InMemoryStorage
    let start: FirstStart

    /// An answer, its body read as JSON.
    struct Answer {
        var status: Int
        var headers: HTTPFields
        var text: String
        /// The body; null when it is not JSON.
        var json: JSONValue

        subscript(key: String) -> JSONValue? { json[key] }
        var errorCode: String? { json["errorCode"]?.string }
    }

    /// A clock that stands still until it is told otherwise.
    final class Clock: TimeSource {
        private let milliseconds = Atomic<Int64>(1_772_442_904_123)

        func now() -> Timestamp { Timestamp(milliseconds: milliseconds.load(ordering: .relaxed)) }
        func advance(by amount: Int64) { milliseconds.wrappingAdd(amount, ordering: .relaxed) }
    }

    /// A digest that is no value.
    static let digest: IdentityHash = { identity in
        IdentityDigest(bytes: Array(SHA256.hash(data: Array("\(identity.namespace) \(identity.value)".utf8))))
    }

    /// Runs a test against the API.
    static func run(
        engine scripted: ScriptedEngine? = nil,
        live: Bool = false,
        sandboxes: MemorySandboxes? = nil,
        _ body: @Sendable (IngestWorld) async throws -> Void
    ) async throws {
        let uploads = "/tmp/headwater-uploads-\(UInt64.random(in: 0 ... .max))"
        let copies = "/tmp/headwater-privacy-\(UInt64.random(in: 0 ... .max))"
        defer { UploadFolder(path: uploads).removeAll() }
        let storage = InMemoryStorage()
        let clock = Clock()
        // A handler that keeps metadata is needed: the request's id lives there.
        var silent = Logger(label: "test")
        silent.logLevel = .critical
        let logger = silent
        let keys = ServerKeys(tokenKey: SymmetricKey(size: .bits256), dataKey: SymmetricKey(size: .bits256))
        let destinations = DestinationCatalog([ScriptedDestination()])
        let control = try await ControlPlane(store: storage, keys: keys, time: clock, logger: logger)
        guard let start = try await control.firstStart(record: { _ in }) else { return }
        let real = try await Engine(
            storage: storage,
            control: storage,
            sinks: DestinationSinks(control: control, destinations: destinations),
            time: clock,
            options: EngineOptions(decision: DecisionOptions(identityHash: IngestWorld.digest)),
            logger: logger
        )
        let engine: any ServerEngine = scripted ?? real
        let dependencies = ServerDependencies(
            engine: engine,
            control: control,
            destinations: destinations,
            time: clock,
            keys: keys,
            endpoint: ServerEndpoint("http://127.0.0.1"),
            passwordCost: .least,
            uploadsDirectory: uploads,
            privacyStore: storage,
            privacyDirectory: copies,
            identityHash: IngestWorld.digest,
            sandboxStore: sandboxes,
            logger: logger
        )
        defer {
            dependencies.privacy.stop()
            dependencies.privacy.folder?.removeAll()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await real.run() }
            try await control.connect(to: engine)
            try await dependencies.privacy.open()
            if sandboxes != nil { group.addTask { try await SandboxRunner(dependencies).run() } }
            let application = Application(responder: SandboxResponder(dependencies), logger: logger)
            try await application.test(live ? .live : .router) { client in
                try await body(
                    IngestWorld(client: client, dependencies: dependencies, storage: storage, start: start)
                )
            }
            group.cancelAll()
        }
    }

    /// A token of the administrator.
    var token: String {
        AccessToken(clientID: start.clientID, orgID: start.orgID, issuedAt: dependencies.time.now(), id: "t")
            .signed(with: dependencies.keys.tokenKey)
    }

    /// Sends a request with all credentials.
    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: String? = nil,
        headers: [(HTTPField.Name, String)] = []
    ) async throws -> Answer {
        try await send(method, path, bytes: body.map { Array($0.utf8) }, headers: headers)
    }

    /// Sends a request with all credentials and a body of bytes.
    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        bytes: [UInt8]?,
        headers: [(HTTPField.Name, String)] = [],
        isSigned: Bool = true
    ) async throws -> Answer {
        var fields: HTTPFields = [.contentType: "application/json"]
        if isSigned {
            fields[.authorization] = "Bearer \(token)"
            fields[.apiKey] = start.clientID
            fields[.orgID] = start.orgID
        }
        for (name, value) in headers { fields[name] = value }
        let response = try await client.executeRequest(
            uri: path,
            method: method,
            headers: fields,
            body: bytes.map { ByteBuffer(bytes: $0) }
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

    /// Makes a dataset and gives its id.
    func makeDataset(_ name: String = "crm", schema: String? = nil) async throws -> String {
        let reference = schema.map { #","schemaRef":{"id":"\#($0)"}"# } ?? ""
        let answer = try await send(.post, "/data/foundation/catalog/dataSets", #"{"name":"\#(name)"\#(reference)}"#)
        return String(answer.json[0]?.string?.dropFirst("@/dataSets/".count) ?? "")
    }
}

extension ServerEngine {
    /// The default view of the profile that has an identity, or nil.
    func profile(_ identity: Identity) async throws(EngineError) -> ProfileSnapshot? {
        try await profile(identity, mergePolicy: nil)
    }
}
