import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// The checks in front of the APIs, in the gateway's order and with its codes (BEHAVIOUR 1.9).
struct Gateway: Sendable {
    private let control: ControlPlane
    private let time: any TimeSource
    private let keys: ServerKeys
    private let budgets: RequestBudgets
    let audit: AuditDesk
    let isBehindProxy: Bool

    init(_ dependencies: ServerDependencies) {
        control = dependencies.control
        time = dependencies.time
        keys = dependencies.keys
        budgets = dependencies.budgets
        audit = dependencies.audit
        isBehindProxy = dependencies.isBehindProxy
    }

    /// Who sent a request, by its access token alone.
    ///
    /// - Throws: `403010` without Authorization, `401013` for a token that is not ours, expired or revoked, `RATE_EXCEEDED`.
    func client(of request: Request) throws(APIError) -> AuthenticatedClient {
        guard let header = request.headers[.authorization] else {
            throw APIError(
                .authorizationMissing,
                "the header Authorization: Bearer <token> is missing; get a token from POST /ims/token/v3",
                shape: .gateway
            )
        }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard
            parts.count == 2, parts[0].lowercased() == "bearer",
            let token = AccessToken(String(parts[1]), keys: keys, now: time.now()),
            control.isActive(clientID: token.clientID), !control.isRevoked(token)
        else {
            throw APIError(
                .tokenInvalid,
                "the access token is not valid, has expired or was revoked; get a new one from POST /ims/token/v3",
                shape: .gateway
            )
        }
        if let rate = control.requestsPerSecond(ofCredential: token.clientID) {
            try budgets.take(token.clientID, perSecond: rate, at: time.now())
        }
        let access = control.access(of: token)
        return AuthenticatedClient(
            clientID: token.clientID,
            orgID: token.orgID,
            isAdmitted: access.isAdmitted,
            permissions: access.permissions,
            scope: token.scope,
            clearance: access.clearance
        )
    }

    /// Who sent a request, with the headers that Adobe's APIs need beside the token.
    ///
    /// - Throws: Also `403000`, `403003`, `400003`, `403025`.
    func adobeClient(of request: Request) throws(APIError) -> AuthenticatedClient {
        let client = try client(of: request)
        guard let key = request.headers[.apiKey], !key.isEmpty else {
            throw APIError(.apiKeyMissing, "the header x-api-key is missing; it holds the client id", shape: .gateway)
        }
        guard key.hasSameBytes(as: client.clientID) else {
            throw APIError(.apiKeyInvalid, "x-api-key is not the client id of the access token", shape: .gateway)
        }
        guard let org = request.headers[.orgID], !org.isEmpty else {
            throw APIError(
                .orgMissing,
                "the header x-gw-ims-org-id is missing; it holds the organisation's id",
                shape: .gateway
            )
        }
        guard org.hasSameBytes(as: client.orgID), org.hasSameBytes(as: control.orgID) else {
            throw APIError(
                .orgForbidden,
                "the client may not act for the organisation in x-gw-ims-org-id",
                shape: .gateway
            )
        }
        return client
    }

    /// Refuses sandboxes that do not exist or that no role lets the client into, both alike (BEHAVIOUR 1.1).
    ///
    /// What is the organisation's is in none of them.
    ///
    /// - Parameters:
    ///   - request: The request; without a header it means the default sandbox.
    ///   - client: Who asks.
    /// - Throws: `2100-404`, `SANDBOX_BUSY` while it is made, emptied or removed.
    func checkSandbox(_ request: Request, for client: AuthenticatedClient) throws(APIError) {
        guard !OrganisationPaths.contains(request.uri.path) else { return }
        let name = request.headers[.sandboxName] ?? Sandbox.defaultName
        if name.hasSameBytes(as: control.sandbox.name) {
            // That there is the default one everybody knows.
            guard client.isAdmitted || control.sandbox.isDefault else { throw APIError.noSandbox }
            return
        }
        // Here is asked only what no other sandbox's own gateway is asked.
        let organisation = control.organisation
        let roles = organisation.entry(.credential, client.clientID)?.roles ?? []
        guard organisation.whole.sandbox(named: name) != nil, organisation.whole.admits(roles, to: name) else {
            throw APIError.noSandbox
        }
        throw APIError.sandboxBusy
    }
}

extension APIError {
    /// The sandbox is there and cannot be used now.
    static let sandboxBusy = APIError(
        .sandboxBusy,
        "the sandbox is being made, emptied or opened; GET /data/foundation/sandbox-management/sandboxes/{name} tells its state",
        retryAfterSeconds: 5
    )
}

extension APIErrorCode {
    static let sandboxBusy = APIErrorCode("SANDBOX_BUSY", status: 503, title: "Sandbox is not active")
}
