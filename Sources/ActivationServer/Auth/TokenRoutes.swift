import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// `POST /ims/token/v3`: client credentials for an access token (SPEC 1.1).
struct TokenRoutes: Sendable {
    let dependencies: ServerDependencies

    func add(to router: some RouterMethods<ServerContext>) {
        router.post("ims/token/v3") { request, _ in try await issue(request) }
    }

    private func issue(_ request: Request) async throws(APIError) -> Response {
        let fields = try await fields(of: request)
        guard fields["grant_type"] == "client_credentials" else {
            throw refusal("unsupported_grant_type", "grant_type must be client_credentials", status: 400)
        }
        guard let clientID = fields["client_id"], let secret = fields["client_secret"] else {
            throw refusal("invalid_request", "client_id and client_secret are needed", status: 400)
        }
        guard dependencies.control.isSecret(secret, of: clientID) else {
            throw refusal(
                "invalid_client",
                "client_id or client_secret is wrong, or the credential was revoked",
                status: 401
            )
        }
        let token = AccessToken(
            clientID: clientID,
            orgID: dependencies.control.orgID,
            issuedAt: dependencies.time.now(),
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
            let object = try JSONValue(body: bytes).object ?? [:]
            return Dictionary(object.compactMap { key, value in value.string.map { (key, $0) } }) { first, _ in first }
        }
        try request.requireContentType(["application/x-www-form-urlencoded", "application/json"])
        let form = try QueryItems(parsing: String(decoding: bytes, as: UTF8.self), plusIsSpace: true)
        return Dictionary(form.items.map { ($0.name, $0.value) }) { first, _ in first }
    }

    /// A refusal with the members of RFC 6749 beside those of problem details.
    private func refusal(_ word: String, _ detail: String, status: Int) -> APIError {
        APIError(
            APIErrorCode(word, status: status, title: "No access token was issued"),
            detail,
            members: ["error": .string(word), "error_description": .string(detail)]
        )
    }
}
