import ActivationCore
import Crypto
import CryptoExtras
import Synchronization

@testable import ActivationServer

/// An identity provider in memory, which signs with keys of its own and says what a test wants.
final class ScriptedProvider: ProviderTransport {
    static let issuer = "https://id.example"
    static let client = "headwater"

    struct State {
        var kid = "first"
        var key = SigningKey.es256(P256.Signing.PrivateKey())
        /// Keys that are told; nil = the present one.
        var keySet: JSONValue?
        var isDown = false
        /// What the ID token says beside what every one does.
        var claims: JSONObject = [:]
        /// The whole token instead of one that holds.
        var token: String?
        var nonce = ""
        var milliseconds: Int64 = 0
        var requests: [ProviderRequest] = []
    }

    enum SigningKey: Sendable {
        case es256(P256.Signing.PrivateKey)
        case es384(P384.Signing.PrivateKey)
        case edDSA(Curve25519.Signing.PrivateKey)
        case rs256(_RSA.Signing.PrivateKey)
        case ps256(_RSA.Signing.PrivateKey)

        var algorithm: String {
            switch self {
            case .es256: "ES256"
            case .es384: "ES384"
            case .edDSA: "EdDSA"
            case .rs256: "RS256"
            case .ps256: "PS256"
            }
        }

        func signature(_ bytes: [UInt8]) throws -> [UInt8] {
            switch self {
            case .es256(let key): Array(try key.signature(for: bytes).rawRepresentation)
            case .es384(let key): Array(try key.signature(for: bytes).rawRepresentation)
            case .edDSA(let key): Array(try key.signature(for: bytes))
            case .rs256(let key): Array(try key.signature(for: bytes, padding: .insecurePKCS1v1_5).rawRepresentation)
            case .ps256(let key): Array(try key.signature(for: bytes, padding: .PSS).rawRepresentation)
            }
        }

        func json(_ kid: String) throws -> JSONValue {
            func text(_ bytes: some Sequence<UInt8>) -> JSONValue { .string(Base64URL.encode(bytes)) }
            var object: JSONObject = ["kid": .string(kid), "use": "sig"]
            switch self {
            case .es256(let key):
                let raw = Array(key.publicKey.rawRepresentation)
                (object["kty"], object["crv"]) = ("EC", "P-256")
                (object["x"], object["y"]) = (text(raw.prefix(32)), text(raw.suffix(32)))
            case .es384(let key):
                let raw = Array(key.publicKey.rawRepresentation)
                (object["kty"], object["crv"]) = ("EC", "P-384")
                (object["x"], object["y"]) = (text(raw.prefix(48)), text(raw.suffix(48)))
            case .edDSA(let key):
                (object["kty"], object["crv"]) = ("OKP", "Ed25519")
                object["x"] = text(Array(key.publicKey.rawRepresentation))
            case .rs256(let key), .ps256(let key):
                let parts = try key.publicKey.getKeyPrimitives()
                object["kty"] = "RSA"
                (object["n"], object["e"]) = (text(Array(parts.modulus)), text(Array(parts.publicExponent)))
            }
            return .object(object)
        }
    }

    let state = Mutex(State())

    func send(_ request: ProviderRequest) async throws(ProviderTransportError) -> ProviderAnswer {
        let answer = state.withLock { state -> ProviderAnswer? in
            state.requests.append(request)
            guard !state.isDown else { return nil }
            let issuer = ScriptedProvider.issuer
            switch request.url {
            case "\(issuer)/.well-known/openid-configuration":
                return ScriptedProvider.answer([
                    "issuer": .string(issuer), "authorization_endpoint": .string("\(issuer)/authorize"),
                    "token_endpoint": .string("\(issuer)/token"), "jwks_uri": .string("\(issuer)/keys"),
                ])
            case "\(issuer)/keys":
                return ScriptedProvider.answer((try? state.told) ?? [:])
            case "\(issuer)/token":
                let token = state.token ?? (try? ScriptedProvider.token(state)) ?? ""
                return ScriptedProvider.answer(["id_token": .string(token), "token_type": "Bearer"])
            default:
                return ProviderAnswer(status: 404)
            }
        }
        guard let answer else { throw ProviderTransportError("nothing listens") }
        return answer
    }

    private static func answer(_ json: JSONValue) -> ProviderAnswer {
        ProviderAnswer(status: 200, body: Array(json.text.utf8))
    }

    /// A token that holds, but for what a test wants otherwise.
    static func token(_ state: State) throws -> String {
        let now = state.milliseconds / 1_000
        var claims: JSONObject = [
            "iss": .string(issuer), "aud": .string(client), "sub": "7", "nonce": .string(state.nonce),
            "iat": .integer(now), "exp": .integer(now + 300),
        ]
        for (name, value) in state.claims { claims[name] = value == .null ? nil : value }
        let header: JSONObject = ["alg": .string(state.key.algorithm), "kid": .string(state.kid), "typ": "JWT"]
        let head = Base64URL.encode(Array(JSONValue.object(header).text.utf8))
        let signed = "\(head).\(Base64URL.encode(Array(JSONValue.object(claims).text.utf8)))"
        return "\(signed).\(Base64URL.encode(try state.key.signature(Array(signed.utf8))))"
    }
}

extension ScriptedProvider.State {
    fileprivate var told: JSONValue { get throws { try keySet ?? ["keys": [key.json(kid)]] } }
}
