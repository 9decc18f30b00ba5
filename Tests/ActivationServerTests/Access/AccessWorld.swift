import ActivationCore
import HTTPTypes

@testable import ActivationServer

/// Programs that may do only so much.
extension FlowWorld {
    static let roles = "/data/foundation/access-control/administration/roles"

    /// A client of the API with some permissions and no others.
    struct Program: Sendable {
        let world: FlowWorld
        let clientID: String
        /// What its tokens are narrowed to.
        var scope: TokenScope?

        /// Sends a request with all headers and its own token.
        func send(
            _ method: HTTPRequest.Method,
            _ path: String,
            _ body: JSONValue? = nil,
            ifMatch: String? = nil
        ) async throws -> Answer {
            let token = AccessToken(
                clientID: clientID,
                orgID: world.start.orgID,
                issuedAt: world.clock.now(),
                id: "t",
                scope: scope
            ).signed(with: world.dependencies.keys.tokenKey)
            return try await world.send(
                method,
                path,
                body,
                ifMatch: ifMatch,
                headers: [.authorization: "Bearer \(token)", .apiKey: clientID]
            )
        }
    }

    /// Makes a program that has exactly these permissions.
    func program(_ permissions: Set<Permission>) async throws -> Program {
        let name = "role \(dependencies.control.snapshot.count(.role))"
        let draft = try RoleDraft(
            try Fields([
                "name": .string(name), "permissionSets": .array(permissions.listed.map { .string($0.apiName) }),
            ])
        )
        let client = AuthenticatedClient(clientID: "test", orgID: start.orgID)
        let role = try await dependencies.control.makeRole(draft, by: client)
        return try await program(ofRole: role.id)
    }

    /// Makes a program that has a role.
    func program(ofRole role: String) async throws -> Program {
        let made = try await dependencies.control.createCredential(
            CredentialDraft(name: "program", roles: [role]),
            by: .server
        )
        return Program(world: self, clientID: made.clientID)
    }
}
