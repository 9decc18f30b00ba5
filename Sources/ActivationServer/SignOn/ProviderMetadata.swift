import ActivationCore

/// What an identity provider says of itself (OpenID Connect Discovery 1.0, section 3).
struct ProviderMetadata: Sendable, Equatable {
    var authorizationEndpoint: String
    var tokenEndpoint: String
    var keysURL: String
    /// Whether secrets go into the form, since the provider does not take them as a header.
    var takesSecretInForm: Bool
    /// Whether the way back always names the provider (RFC 9207).
    var namesItself: Bool

    /// Where it is found.
    static func url(of issuer: String) -> String {
        (issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer) + "/.well-known/openid-configuration"
    }

    /// Reads the document.
    ///
    /// - Parameters:
    ///   - bytes: The document.
    ///   - issuer: Whose it has to be.
    /// - Throws: ``SignOnError`` when it is not, or leads where it must not.
    init(_ bytes: [UInt8], of issuer: String) throws(SignOnError) {
        guard let json = try? JSONValue(parsing: bytes), json.object != nil else {
            throw SignOnError(.unreachable, "the discovery document is no JSON object")
        }
        guard let named = json["issuer"]?.string, named.hasSameBytes(as: issuer) else {
            throw SignOnError(
                .untrusted,
                "the discovery document is of another issuer; name the issuer exactly as the document does"
            )
        }
        func url(_ member: String) throws(SignOnError) -> String {
            guard let url = json[member]?.string, SignOnOptions.isSafe(url) else {
                throw SignOnError(.untrusted, "\(member) in the discovery document is no https URL")
            }
            return url
        }
        authorizationEndpoint = try url("authorization_endpoint")
        tokenEndpoint = try url("token_endpoint")
        keysURL = try url("jwks_uri")
        let methods = (json["token_endpoint_auth_methods_supported"]?.array ?? []).compactMap(\.string)
        takesSecretInForm = !methods.contains("client_secret_basic") && methods.contains("client_secret_post")
        namesItself = json["authorization_response_iss_parameter_supported"]?.bool ?? false
    }
}
