import ActivationCore
import ActivationEngine
import HTTPTypes
import Testing

@testable import ActivationServer

/// Sandboxes beside the default one, and programs that may use some of them.
extension IngestWorld {
    static let sandboxes = "/data/foundation/sandbox-management/sandboxes"

    /// Runs a test with sandboxes that can be made.
    static func runSandboxes(
        _ names: [String] = [],
        store: MemorySandboxes = MemorySandboxes(),
        _ body: @Sendable (IngestWorld) async throws -> Void
    ) async throws {
        try await run(sandboxes: store) { world in
            for name in names { try await world.makeSandbox(name) }
            try await body(world)
        }
    }

    /// Makes a sandbox and waits until it can be used.
    func makeSandbox(_ name: String) async throws {
        let answer = try await send(
            .post,
            IngestWorld.sandboxes,
            #"{"name":"\#(name)","title":"Sandbox \#(name)","type":"development"}"#
        )
        #expect(answer.status == 202, "\(answer.text)")
        try await settle(try #require(answer["id"]?.string))
    }

    /// Makes what runs of a sandbox what was asked for; what was begun behind a call has ended then.
    func settle(_ id: String) async throws {
        await dependencies.sandboxes.settle(id, of: dependencies)
    }

    /// An inlet of a sandbox, which asks for a token.
    func inlet(in sandbox: String) async throws -> String {
        let connections = "/data/foundation/flowservice/connections"
        let made = try await send(
            .post,
            connections,
            """
            {"name":"i","connectionSpec":{"id":"\(WellKnownSpec.streamingInlet)","version":"1.0"},\
            "auth":{"specName":"\(WellKnownSpec.inletAuthentication)","params":{"authenticationRequired":true}}}
            """,
            headers: [(.sandboxName, sandbox)]
        )
        let connection = try #require(made["id"]?.string, "\(made.text)")
        let shown = try await send(.get, "\(connections)/\(connection)", headers: [(.sandboxName, sandbox)])
        return try #require(shown["items"]?[0]?["inletId"]?.string, "\(shown.text)")
    }

    /// A dataset of a sandbox.
    func dataset(in sandbox: String) async throws -> String {
        let made = try await send(
            .post,
            "/data/foundation/catalog/dataSets",
            #"{"name":"crm"}"#,
            headers: [(.sandboxName, sandbox)]
        )
        return String(try #require(made.json[0]?.string?.dropFirst("@/dataSets/".count)))
    }

    /// The running sandbox with a name.
    func sandbox(_ name: String) throws -> SandboxDesk.World {
        try #require(dependencies.sandboxes.world(named: name))
    }

    /// A program that has some permissions in some sandboxes.
    func program(
        _ permissions: Set<Permission> = Set(Permission.allCases),
        in sandboxes: [String]
    ) async throws -> SandboxProgram {
        let draft = try RoleDraft(
            try Fields([
                "name": .string("role \(dependencies.control.snapshot.count(.role))"),
                "permissionSets": .array(permissions.listed.map { .string($0.apiName) }),
                "sandboxes": .array(sandboxes.map { .string($0) }),
            ])
        )
        let client = AuthenticatedClient(clientID: "test", orgID: start.orgID)
        let role = try await dependencies.control.makeRole(draft, by: client)
        let made = try await dependencies.control.createCredential(
            CredentialDraft(name: "program", roles: [role.id]),
            by: .server
        )
        return SandboxProgram(world: self, clientID: made.clientID, role: role.id)
    }
}

/// A client of the API that may use some sandboxes.
struct SandboxProgram: Sendable {
    let world: IngestWorld
    let clientID: String
    let role: String

    /// Sends a request with its own token.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - path: The path.
    ///   - body: JSON.
    ///   - sandbox: The sandbox it names; nil = none.
    /// - Returns: The answer.
    /// - Throws: What the test client throws.
    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: String? = nil,
        in sandbox: String?
    ) async throws -> IngestWorld.Answer {
        let token = AccessToken(
            clientID: clientID,
            orgID: world.start.orgID,
            issuedAt: world.dependencies.time.now(),
            id: "t"
        ).signed(with: world.dependencies.keys.tokenKey)
        var headers: [(HTTPField.Name, String)] = [(.authorization, "Bearer \(token)"), (.apiKey, clientID)]
        if let sandbox { headers.append((.sandboxName, sandbox)) }
        return try await world.send(method, path, body, headers: headers)
    }
}
