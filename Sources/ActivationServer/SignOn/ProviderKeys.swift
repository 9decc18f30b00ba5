import ActivationCore
import JWTKit

/// The keys by which an identity provider signs (RFC 7517); those that are not understood are left out.
struct ProviderKeys: Sendable {
    /// By what tokens may be signed: never by nothing, and never by a secret that both sides have.
    enum Algorithm: String, Sendable, CaseIterable {
        case rs256 = "RS256"
        case ps256 = "PS256"
        case es256 = "ES256"
        case es384 = "ES384"
        case edDSA = "EdDSA"

        fileprivate var name: JWK.Algorithm {
            switch self {
            case .rs256: .rs256
            case .ps256: .ps256
            case .es256: .es256
            case .es384: .es384
            case .edDSA: .eddsa
            }
        }
    }

    private struct Key: Sendable {
        var id: String?
        var json: JSONValue
        /// nil = any that goes with its type.
        var algorithm: String?
    }

    private let keys: [Key]
    /// Keys that are looked at.
    private static let countMax = 100

    /// Reads a key set.
    ///
    /// - Throws: ``SignOnError`` when it is none.
    init(_ bytes: [UInt8]) throws(SignOnError) {
        guard let list = (try? JSONValue(parsing: bytes))?["keys"]?.array else {
            throw SignOnError(.unreachable, "the provider's key set is no JSON object with keys")
        }
        keys = list.prefix(ProviderKeys.countMax).filter { $0["use"]?.string ?? "sig" == "sig" }.map {
            Key(id: $0["kid"]?.string, json: $0, algorithm: $0["alg"]?.string)
        }
    }

    /// Whether a token that names this key can be looked at.
    func has(_ id: String?) -> Bool {
        guard let id else { return !keys.isEmpty }
        return keys.contains { $0.id?.hasSameBytes(as: id) ?? false }
    }

    /// Whether one of the keys has signed something.
    ///
    /// - Parameters:
    ///   - signature: The signature.
    ///   - text: What is signed.
    ///   - algorithm: By what, as the token says; a key for another one is not taken.
    ///   - id: The key that the token names; nil = it names none, then any.
    /// - Returns: Whether it is so.
    func signed(_ signature: [UInt8], _ text: [UInt8], by algorithm: Algorithm, key id: String?) async -> Bool {
        for key in keys where id == nil || key.id.map({ $0.hasSameBytes(as: id ?? "") }) ?? false {
            guard key.algorithm ?? algorithm.rawValue == algorithm.rawValue else { continue }
            // A key of another type, too short, or no key at all has signed nothing.
            guard let verifier = try? await ProviderKeys.verifier(key.json, algorithm) else { continue }
            if (try? verifier.verify(signature, signs: text)) ?? false { return true }
        }
        return false
    }

    private static func verifier(_ json: JSONValue, _ algorithm: Algorithm) async throws -> (any JWTAlgorithm)? {
        let id = JWKIdentifier(string: "key")
        let key: JWK
        switch algorithm {
        case .rs256, .ps256:
            guard json["kty"]?.string == "RSA", let modulus = json["n"]?.string.flatMap({ Base64URL.decode($0) }),
                // Shorter ones can be broken (RFC 7518, section 3.3); longer ones keep the server busy.
                (256...1_024).contains(modulus.count)
            else { return nil }
            key = .rsa(algorithm.name, identifier: id, modulus: json["n"]?.string, exponent: json["e"]?.string)
        case .es256, .es384:
            let curve: ECDSACurve = algorithm == .es256 ? .p256 : .p384
            guard json["kty"]?.string == "EC", json["crv"]?.string == curve.rawValue else { return nil }
            key = .ecdsa(algorithm.name, identifier: id, x: json["x"]?.string, y: json["y"]?.string, curve: curve)
        case .edDSA:
            guard json["kty"]?.string == "OKP", json["crv"]?.string == "Ed25519" else { return nil }
            key = .octetKeyPair(.eddsa, identifier: id, x: json["x"]?.string, y: nil, curve: .ed25519)
        }
        return try await JWTKeyCollection().add(jwk: key).getKey(for: id, alg: algorithm.rawValue)
    }
}
