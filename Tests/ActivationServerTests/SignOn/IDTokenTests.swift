import ActivationCore
import Crypto
import CryptoExtras
import Testing

@testable import ActivationServer

/// ID tokens that hold, and those that do not (OpenID Connect Core 1.0, section 3.1.3.7).
struct IDTokenTests {
    private static let now = Timestamp(milliseconds: 1_772_000_000_000)

    private static func state(_ change: (inout ScriptedProvider.State) -> Void = { _ in }) -> ScriptedProvider.State {
        var state = ScriptedProvider.State()
        state.nonce = "the nonce"
        state.milliseconds = now.milliseconds
        change(&state)
        return state
    }

    private static func read(
        _ text: String,
        _ keys: JSONValue,
        at now: Timestamp = now
    ) async throws -> IDToken {
        try await IDToken(
            try IDToken.Unverified(text),
            keys: try ProviderKeys(Array(keys.text.utf8)),
            options: try SignOnOptions(issuer: ScriptedProvider.issuer, clientID: ScriptedProvider.client),
            nonce: "the nonce",
            now: now
        )
    }

    /// Reads the token of a provider that says the truth of its keys.
    private static func read(_ state: ScriptedProvider.State, at now: Timestamp = now) async throws -> IDToken {
        try await read(try ScriptedProvider.token(state), ["keys": [try state.key.json(state.kid)]], at: now)
    }

    /// Why a token does not hold; empty for one that does.
    private static func refusal(_ work: () async throws -> IDToken) async throws -> String {
        do {
            _ = try await work()
            return ""
        } catch let error as SignOnError {
            return error.detail
        }
    }

    private static func refusal(_ claims: JSONObject, at now: Timestamp = now) async throws -> String {
        try await refusal { try await read(state { $0.claims = claims }, at: now) }
    }

    @Test func `a token by each algorithm that is allowed holds`() async throws {
        let rsa = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let keys: [ScriptedProvider.SigningKey] = [
            .es256(P256.Signing.PrivateKey()), .es384(P384.Signing.PrivateKey()),
            .edDSA(Curve25519.Signing.PrivateKey()), .rs256(rsa), .ps256(rsa),
        ]
        #expect(Set(keys.map(\.algorithm)) == Set(ProviderKeys.Algorithm.allCases.map(\.rawValue)))
        for key in keys {
            let claims: JSONObject = ["name": "Ana", "email": "Ana@shop.example", "groups": ["a", 1, "b"]]
            let token = try await IDTokenTests.read(IDTokenTests.state { ($0.key, $0.claims) = (key, claims) })
            #expect(token.subject == "7" && token.name == "Ana" && token.groups == ["a", "b"])
            #expect(token.email?.text == "ana@shop.example")
        }
    }

    @Test func `no algorithm that proves nothing is taken`() async throws {
        let state = IDTokenTests.state()
        let good = try ScriptedProvider.token(state)
        let parts = good.split(separator: ".").map(String.init)
        let keys: JSONValue = ["keys": [try state.key.json("first")]]
        func forged(_ header: JSONValue, _ signature: [UInt8]) -> String {
            "\(Base64URL.encode(Array(header.text.utf8))).\(parts[1]).\(Base64URL.encode(signature))"
        }
        // The public key as the secret of an HMAC, in the spellings that forgers try.
        guard case .es256(let key) = state.key else { return }
        let secrets = [Array(key.publicKey.rawRepresentation), Array(key.publicKey.pemRepresentation.utf8)]
        for secret in secrets {
            let header: JSONValue = ["alg": "HS256", "kid": "first"]
            let signed = "\(Base64URL.encode(Array(header.text.utf8))).\(parts[1])"
            let mac = Array(HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: SymmetricKey(data: secret)))
            let found = try await IDTokenTests.refusal { try await IDTokenTests.read(forged(header, mac), keys) }
            #expect(found.contains("not signed by any of"))
        }
        for name in ["none", "None", "NONE", "HS512", "RS512", "es256", ""] {
            let text = forged(["alg": .string(name)], [])
            #expect(
                try await IDTokenTests.refusal { try await IDTokenTests.read(text, keys) }.contains("not signed by")
            )
        }
        for name in ProviderKeys.Algorithm.allCases.map(\.rawValue) {
            for bytes in [[], [UInt8](repeating: 0, count: 64), [UInt8](repeating: 0, count: 256)] {
                let text = forged(["alg": .string(name), "kid": "first"], bytes)
                let found = try await IDTokenTests.refusal { try await IDTokenTests.read(text, keys) }
                #expect(found.contains("not signed by a key"), "\(name) \(bytes.count)")
            }
        }
        let critical = forged(["alg": "ES256", "crit": ["b64"]], [])
        #expect(try await IDTokenTests.refusal { try await IDTokenTests.read(critical, keys) }.contains("critical"))
    }

    @Test func `a key signs only by its own algorithm and only what names it`() async throws {
        let state = IDTokenTests.state()
        let token = try ScriptedProvider.token(state)
        let json = try state.key.json("first")
        func changed(_ member: String, _ value: JSONValue) -> JSONValue {
            var object = json.object ?? [:]
            object[member] = value
            return ["keys": [.object(object)]]
        }
        let refused = [
            changed("alg", "RS256"), changed("use", "enc"), changed("kid", "second"), changed("kty", "RSA"),
            changed("crv", "P-384"), changed("x", "AAAA"), ["keys": []],
            ["keys": [1, [:], ["kty": "oct", "k": "AAAA"]]],
        ]
        for keys in refused {
            let found = try await IDTokenTests.refusal { try await IDTokenTests.read(token, keys) }
            #expect(found.contains("not signed by a key"), "\(keys.text)")
        }
        #expect(try await IDTokenTests.read(token, changed("alg", "ES256")).subject == "7")
        let short = ScriptedProvider.SigningKey.rs256(
            try _RSA.Signing.PrivateKey(unsafeKeySize: .init(bitCount: 1_024))
        )
        let weak = IDTokenTests.state { $0.key = short }
        #expect(try await IDTokenTests.refusal { try await IDTokenTests.read(weak) }.contains("not signed by a key"))
    }

    @Test func `what is no token is refused, whatever it is`() async throws {
        let state = IDTokenTests.state()
        let token = try ScriptedProvider.token(state)
        let keys: JSONValue = ["keys": [try state.key.json("first")]]
        let parts = token.split(separator: ".").map(String.init)
        let texts = [
            "", ".", "..", "...", "a.b", "\(token).", ".\(token)", "\(token)=", token.dropLast() + "!",
            "\(parts[0]).\(parts[1])", "ä.\(parts[1]).\(parts[2])", "\(parts[0])=.\(parts[1]).\(parts[2])",
            "e30.\(parts[1]).\(parts[2])", "W10.\(parts[1]).\(parts[2])", "\(parts[0]).e30.\(parts[2])",
            String(repeating: "a", count: IDToken.Unverified.bytesMax + 1),
            token + String(repeating: "A", count: 70_000),
        ]
        for text in texts {
            #expect(
                try await !IDTokenTests.refusal { try await IDTokenTests.read(text, keys) }.isEmpty,
                "\(text.prefix(80))"
            )
        }
        for index in [5, parts[0].count + 5, token.count - 5] {
            var bytes = Array(token.utf8)
            bytes[index] = bytes[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(try await !IDTokenTests.refusal { try await IDTokenTests.read(text, keys) }.isEmpty)
        }
    }

    @Test func `each claim that has to hold is looked at`() async throws {
        #expect(try await IDTokenTests.refusal([:]).isEmpty)
        for claims: JSONObject in [
            ["iss": "https://id.example/"], ["iss": "https://evil.example"], ["iss": .null],
        ] {
            #expect(try await IDTokenTests.refusal(claims).contains("another issuer"))
        }
        for claims: JSONObject in [["aud": "other"], ["aud": []], ["aud": ["other"]], ["aud": .null], ["aud": 7]] {
            #expect(try await IDTokenTests.refusal(claims).contains("another client"))
        }
        for claims: JSONObject in [
            ["aud": ["headwater", "other"]], ["azp": "other"], ["azp": 7], ["aud": ["headwater", "o"], "azp": "o"],
        ] {
            #expect(try await IDTokenTests.refusal(claims).contains("azp"))
        }
        #expect(try await IDTokenTests.refusal(["aud": ["headwater", "other"], "azp": "headwater"]).isEmpty)
        for claims: JSONObject in [["nonce": "another"], ["nonce": .null], ["nonce": ""], ["nonce": 7]] {
            #expect(try await IDTokenTests.refusal(claims).contains("nonce"))
        }
        for subject: JSONValue in [.null, "", 7, .string(String(repeating: "s", count: 256))] {
            #expect(try await IDTokenTests.refusal(["sub": subject]).contains("names nobody"))
        }
        #expect(try await IDTokenTests.read(IDTokenTests.state { $0.claims = ["email": "no mail"] }).email == nil)
        let unproven: JSONObject = ["email": "a@shop.example", "email_verified": false]
        #expect(try await IDTokenTests.read(IDTokenTests.state { $0.claims = unproven }).email == nil)
    }

    @Test func `a token counts for its time, give or take a minute`() async throws {
        let seconds = IDTokenTests.now.milliseconds / 1_000
        func refusal(_ claims: JSONObject) async throws -> String { try await IDTokenTests.refusal(claims) }
        #expect(try await refusal(["exp": .integer(seconds - 59)]).isEmpty)
        #expect(try await refusal(["exp": .integer(seconds - 60)]).contains("exp"))
        #expect(try await refusal(["iat": .integer(seconds + 60)]).isEmpty)
        #expect(try await refusal(["iat": .integer(seconds + 61)]).contains("iat"))
        #expect(try await refusal(["iat": .integer(seconds - 660)]).isEmpty)
        #expect(try await refusal(["iat": .integer(seconds - 661)]).contains("iat"))
        #expect(try await refusal(["nbf": .integer(seconds + 61)]).contains("nbf"))
        #expect(try await refusal(["nbf": .integer(seconds + 60)]).isEmpty)
        for value: JSONValue in [.null, "soon", -1, .integer(.max), .integer(.min)] {
            #expect(try await !refusal(["exp": value]).isEmpty)
            #expect(try await !refusal(["iat": value]).isEmpty)
        }
    }
}
