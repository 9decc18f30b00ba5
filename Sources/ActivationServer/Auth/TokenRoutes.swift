import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird
import Logging

/// `POST /ims/token/v3`: client credentials for an access token (BEHAVIOUR 1.1).
struct TokenRoutes: Sendable {
    let dependencies: ServerDependencies
    private let wrongSecrets = WrongSecrets()

    init(dependencies: ServerDependencies) {
        self.dependencies = dependencies
    }

    func add(to router: some RouterMethods<ServerContext>) {
        router.post("ims/token/v3") { request, context in try await issue(request, context) }
    }

    private func issue(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let fields = try await fields(of: request)
        guard fields["grant_type"] == "client_credentials" else {
            throw refusal("unsupported_grant_type", "grant_type must be client_credentials", status: 400)
        }
        guard let clientID = fields["client_id"], let secret = fields["client_secret"] else {
            throw refusal("invalid_request", "client_id and client_secret are needed", status: 400)
        }
        let sender = SenderNetwork(
            request,
            address: context.remoteAddress,
            isBehindProxy: dependencies.isBehindProxy
        )
        let now = dependencies.time.now()
        let author = ConfigurationChange.Author(
            name: clientID,
            way: .api,
            requestID: context.requestID,
            sender: SenderAddress(
                request,
                address: context.remoteAddress,
                isBehindProxy: dependencies.isBehindProxy
            ).text
        )
        let credential = dependencies.control.entry(.credential, clientID).map {
            AuditSubject(.credential, $0.id, $0.string("name") ?? "")
        }
        if let seconds = wrongSecrets.secondsToWait(of: sender, for: clientID, at: now) {
            throw refusal(
                "slow_down",
                "too many wrong secrets came from this address; try again in \(seconds) s",
                status: 429,
                retryAfterSeconds: seconds
            )
        }
        guard dependencies.control.isSecret(secret, of: clientID) else {
            wrongSecrets.note(sender, for: clientID, at: now)
            await dependencies.audit.wrongSecret(by: author, credential, "client secret")
            throw refusal(
                "invalid_client",
                "client_id or client_secret is wrong, or the credential was revoked or has expired",
                status: 401
            )
        }
        do throws(APIError) {
            try await dependencies.control.noteUse(ofCredential: clientID)
        } catch {
            // Who may sign in may do so while nothing can be stored.
            context.logger.debug("Use of a credential not kept", metadata: ["error.code": "\(error.code.rawValue)"])
        }
        await dependencies.audit.sign(.signIn, by: author, credential ?? .nobody, ["by": "client secret"])
        let token = AccessToken(
            clientID: clientID,
            orgID: dependencies.control.orgID,
            issuedAt: now,
            id: dependencies.ids.next().description
        )
        var response = Response(json: [
            "access_token": .string(token.signed(with: dependencies.keys.tokenKey)),
            "token_type": "bearer",
            "expires_in": .integer(AccessToken.lifetime.components.seconds),
        ])
        response.headers[.cacheControl] = "no-store"
        return response
    }

    private func fields(of request: Request) async throws(APIError) -> [String: String] {
        let bytes = try await request.bytes(limit: 16_384)
        if request.mediaType == "application/json" {
            let document = try JSONValue(body: bytes)
            try DocumentedTypes.check(document, as: "TokenRequest")
            let object = document.object ?? [:]
            return Dictionary(object.compactMap { key, value in value.string.map { (key, $0) } }) { first, _ in first }
        }
        try request.requireContentType(["application/x-www-form-urlencoded", "application/json"])
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw APIError(.queryInvalid, "the form is not UTF-8; encode other bytes as %XX")
        }
        let form = try QueryItems(parsing: text)
        return Dictionary(form.items.map { ($0.name, $0.value) }) { first, _ in first }
    }

    /// A refusal with the members of RFC 6749 beside those of problem details.
    private func refusal(
        _ word: String,
        _ detail: String,
        status: Int,
        retryAfterSeconds: Int? = nil
    ) -> APIError {
        APIError(
            APIErrorCode(word, status: status, title: "No access token was issued"),
            detail,
            retryAfterSeconds: retryAfterSeconds,
            members: ["error": .string(word), "error_description": .string(detail)]
        )
    }
}
