import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird
import Logging

/// `POST /ims/token/v3`: client credentials for an access token; `POST /ims/revoke`: its end (BEHAVIOUR 1.1).
struct TokenRoutes: Sendable {
    let dependencies: ServerDependencies
    let wrongSecrets = WrongSecrets()

    init(dependencies: ServerDependencies) {
        self.dependencies = dependencies
    }

    func add(to router: some RouterMethods<ServerContext>) {
        router.post("ims/token/v3") { request, context in try await issue(request, context) }
        router.post("ims/revoke") { request, context in try await revoke(request, context) }
    }

    private func issue(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let fields = try await fields(of: request, "TokenRequest")
        guard fields["grant_type"] == "client_credentials" else {
            throw TokenRoutes.refusal("unsupported_grant_type", "grant_type must be client_credentials", status: 400)
        }
        let caller = try await authenticate(fields, request, context)
        let scope = try TokenScope(asked: fields["scope"] ?? "")
        do throws(APIError) {
            try await dependencies.control.noteUse(ofCredential: caller.clientID)
        } catch {
            // Who may sign in may do so while nothing can be stored.
            context.logger.debug("Use of a credential not kept", metadata: ["error.code": "\(error.code.rawValue)"])
        }
        var details: JSONObject = ["by": "client secret"]
        if let scope { details["scope"] = .string(scope.text) }
        await dependencies.audit.sign(.signIn, by: caller.author, caller.subject, details)
        let token = AccessToken(
            clientID: caller.clientID,
            orgID: dependencies.control.orgID,
            issuedAt: dependencies.time.now(),
            id: dependencies.ids.next().description,
            generation: dependencies.control.tokenGeneration(ofCredential: caller.clientID),
            scope: scope
        )
        dependencies.tokens.note(token)
        var answer: JSONObject = [
            "access_token": .string(token.signed(with: dependencies.keys.tokenKey)),
            "token_type": "bearer",
            "expires_in": .integer(AccessToken.lifetime.components.seconds),
        ]
        if let scope { answer["scope"] = .string(scope.text) }
        var response = Response(json: .object(answer))
        response.headers[.cacheControl] = "no-store"
        return response
    }

    /// Ends a token of whoever asks (RFC 7009): the answer does not tell whether there was one.
    private func revoke(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let fields = try await fields(of: request, "TokenRevocation")
        let caller = try await authenticate(fields, request, context)
        guard let text = fields["token"] else {
            throw TokenRoutes.refusal("invalid_request", "token is needed: the access token to end", status: 400)
        }
        if let token = AccessToken(text, keys: dependencies.keys, now: dependencies.time.now()) {
            guard token.clientID.hasSameBytes(as: caller.clientID) else {
                throw TokenRoutes.refusal(
                    "unauthorized_client",
                    "the token was issued to another client; an administrator can end it",
                    status: 400
                )
            }
            try await dependencies.control.revoke(token, by: caller.author)
        }
        var response = Response(status: .ok)
        response.headers[.cacheControl] = "no-store"
        return response
    }

    private func fields(of request: Request, _ schema: String) async throws(APIError) -> [String: String] {
        let bytes = try await request.bytes(limit: 16_384)
        if request.mediaType == "application/json" {
            let document = try JSONValue(body: bytes)
            try DocumentedTypes.check(document, as: schema)
            let object = document.object ?? [:]
            return Dictionary(object.compactMap { key, value in value.string.map { (key, $0) } }) { first, _ in first }
        }
        try request.requireContentType(["application/x-www-form-urlencoded", "application/json"])
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw APIError(.queryInvalid, "the form is not UTF-8; encode other bytes as %XX")
        }
        let form = try QueryItems(parsing: text)
        // Of two scopes nobody could say which narrows.
        guard form.items.count(where: { $0.name == "scope" }) <= 1 else {
            throw TokenRoutes.refusal("invalid_request", "scope is given more than once; put all into one", status: 400)
        }
        return Dictionary(form.items.map { ($0.name, $0.value) }) { first, _ in first }
    }

    /// A refusal with the members of RFC 6749 beside those of problem details.
    static func refusal(
        _ word: String,
        _ detail: String,
        status: Int,
        retryAfterSeconds: Int? = nil
    ) -> APIError {
        APIError(
            APIErrorCode(word, status: status, title: "Token request refused"),
            detail,
            retryAfterSeconds: retryAfterSeconds,
            members: ["error": .string(word), "error_description": .string(detail)]
        )
    }
}
