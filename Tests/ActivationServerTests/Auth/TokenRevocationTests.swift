import ActivationCore
import Crypto
import HTTPTypes
import Testing

@testable import ActivationServer

/// The ends of access tokens before their time (BEHAVIOUR 8.4).
struct TokenRevocationTests {
    private static let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]

    /// A credential with its secret, and what it asks for.
    private struct Client {
        let world: FlowWorld
        let id: String
        let secret: String
        var own: String { "/v1/credentials/\(id)" }
        var signIn: String { "client_id=\(id)&client_secret=\(secret)" }

        static func make(_ world: FlowWorld) async throws -> Client {
            let made = try await world.dependencies.control.createCredential(
                CredentialDraft(name: "program", roles: ["administrator"]),
                by: .server
            )
            return Client(world: world, id: made.clientID, secret: made.clientSecret)
        }

        func token() async throws -> String {
            let answer = try await world.raw(
                .post,
                "/ims/token/v3",
                "grant_type=client_credentials&\(signIn)",
                headers: TokenRevocationTests.form
            )
            #expect(answer.status == 200, "\(answer.text)")
            return answer["access_token"]?.string ?? ""
        }

        func revoke(_ token: String) async throws -> FlowWorld.Answer {
            try await world.raw(.post, "/ims/revoke", "token=\(token)&\(signIn)", headers: TokenRevocationTests.form)
        }
    }

    /// What a token is told.
    private static func status(of token: String, in world: FlowWorld) async throws -> Int {
        try await world.raw(.get, "/v1/credentials", headers: [.authorization: "Bearer \(token)"]).status
    }

    @Test func `a program ends its own token at once, and only that one`() async throws {
        try await FlowWorld.run { world in
            let client = try await Client.make(world)
            let (first, second) = (try await client.token(), try await client.token())
            #expect(try await TokenRevocationTests.status(of: first, in: world) == 200)

            let answer = try await client.revoke(first)

            #expect(answer.status == 200 && answer.text.isEmpty && answer.headers[.cacheControl] == "no-store")
            #expect(try await TokenRevocationTests.status(of: first, in: world) == 401)
            #expect(try await TokenRevocationTests.status(of: second, in: world) == 200)
            #expect(try await client.revoke(first).status == 200, "ended before")
            #expect(try await client.revoke("a.b.c").status == 200, "never was one")
            let events = try await world.send(.get, "/data/foundation/audit/events?property=action==Sign%20Out")
            #expect(events.text.contains(client.id), "\(events.text)")
        }
    }

    @Test func `the client shows its secret as Basic too, and nobody ends what is not theirs`() async throws {
        try await FlowWorld.run { world in
            let (client, other) = (try await Client.make(world), try await Client.make(world))
            let token = try await client.token()
            let url = Base64URL.encode("\(client.id):\(client.secret)".utf8)
            let basic = url.replacing("-", with: "+").replacing("_", with: "/")
            let padded = basic + String(repeating: "=", count: (4 - basic.count % 4) % 4)
            var headers = TokenRevocationTests.form
            headers[.authorization] = "Basic \(padded)"

            let foreign = try await other.revoke(token)
            #expect(foreign.status == 400 && foreign["error"] == "unauthorized_client")
            #expect(
                try await world.raw(.post, "/ims/revoke", "token=\(token)", headers: TokenRevocationTests.form).status
                    == 400
            )
            let wrong = try await world.raw(
                .post,
                "/ims/revoke",
                "token=\(token)&client_id=\(client.id)&client_secret=x",
                headers: TokenRevocationTests.form
            )
            #expect(wrong.status == 401 && wrong["error"] == "invalid_client")
            #expect(
                try await world.raw(.post, "/ims/revoke", client.signIn, headers: TokenRevocationTests.form).status
                    == 400
            )
            #expect(try await TokenRevocationTests.status(of: token, in: world) == 200)

            let answer = try await world.raw(
                .post,
                "/ims/revoke",
                "token=\(token)&token_type_hint=access_token",
                headers: headers
            )
            #expect(answer.status == 200, "\(answer.text)")
            #expect(try await TokenRevocationTests.status(of: token, in: world) == 401)
        }
    }

    @Test func `an administrator lists the tokens of a credential and ends one, or all until now`() async throws {
        try await FlowWorld.run { world in
            let client = try await Client.make(world)
            var tokens: [String] = []
            for _ in 0..<3 { tokens.append(try await client.token()) }
            let listed = try await world.send(.get, "\(client.own)/tokens")["items"]?.array ?? []
            #expect(listed.count == 3)
            let now = world.clock.now().milliseconds / 1_000 * 1_000
            #expect(listed[0]["issuedAt"] == .string(Timestamp(milliseconds: now).rfc3339))
            #expect(listed[0]["expiresAt"] == .string(Timestamp(milliseconds: now + 86_400_000).rfc3339))

            // The newest is the first.
            let newest = try #require(listed[0]["id"]?.string)
            #expect(try await world.send(.delete, "\(client.own)/tokens/\(newest)").status == 204)
            #expect(try await world.send(.delete, "\(client.own)/tokens/\(newest)").status == 404)
            #expect(try await world.send(.delete, "/v1/credentials/nobody/tokens").status == 404)
            #expect(try await world.send(.get, "/v1/credentials/nobody/tokens").status == 404)
            var seen: [Int] = []
            for token in tokens { seen.append(try await TokenRevocationTests.status(of: token, in: world)) }
            #expect(seen == [200, 200, 401])

            #expect(try await world.send(.delete, "\(client.own)/tokens").status == 204)
            // Of the same second, and good.
            let fresh = try await client.token()
            for token in tokens { #expect(try await TokenRevocationTests.status(of: token, in: world) == 401) }
            #expect(try await TokenRevocationTests.status(of: fresh, in: world) == 200)
            #expect(try await world.send(.get, "\(client.own)/tokens")["items"]?.array?.count == 1)
            #expect(world.dependencies.control.entries(.revokedToken).isEmpty, "all are of an earlier generation")
            #expect(try await TokenRevocationTests.status(of: world.token, in: world) == 200, "other credentials'")
        }
    }

    @Test func `what was ended stays so after a restart, and a token of before there were generations is good`()
        async throws
    {
        try await FlowWorld.run { world in
            let (client, other) = (try await Client.make(world), try await Client.make(world))
            let (ended, kept, all) = (try await client.token(), try await client.token(), try await other.token())
            _ = try await client.revoke(ended)
            try await world.dependencies.control.revokeTokens(ofCredential: other.id, by: .server)
            await world.dependencies.tokens.finish()

            let keys = world.dependencies.keys
            let control = try await ControlPlane(
                store: world.storage,
                keys: keys,
                time: world.clock,
                logger: world.dependencies.logger
            )
            let desk = TokenDesk(control: control, time: world.clock, logger: world.dependencies.logger)
            let read = [ended, kept, all].compactMap { AccessToken($0, key: keys.tokenKey, now: world.clock.now()) }
            #expect(read.map { control.isRevoked($0) } == [true, false, true])
            #expect(desk.tokens(ofCredential: client.id).map(\.id) == [read[1].id])
            #expect(desk.tokens(ofCredential: other.id).isEmpty)

            let claims: JSONValue = [
                "iss": "headwater", "sub": .string(client.id), "org": .string(control.orgID),
                "iat": .integer(world.clock.now().milliseconds / 1_000),
                "exp": .integer(world.clock.now().milliseconds / 1_000 + 60), "jti": "before",
            ]
            let header: JSONValue = ["alg": "HS256", "typ": "JWT"]
            let signed = "\(Base64URL.encode(header.text.utf8)).\(Base64URL.encode(claims.text.utf8))"
            let code = HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: keys.tokenKey)
            let old = "\(signed).\(Base64URL.encode(Array(code)))"
            #expect(try await TokenRevocationTests.status(of: old, in: world) == 200)
        }
    }

    @Test func `few ended tokens are kept, and those that have expired make room`() async throws {
        try await FlowWorld.run { world in
            let client = try await Client.make(world)
            let control = world.dependencies.control
            func end(_ number: Int) async throws {
                let now = world.clock.now()
                let token = AccessToken(clientID: client.id, orgID: control.orgID, issuedAt: now, id: "t\(number)")
                try await control.revoke(token, by: .server)
            }
            for number in 0..<ControlPlane.revokedTokensMax { try await end(number) }
            let token = try await client.token()
            let refused = try await client.revoke(token)
            #expect(refused.status == 503 && refused.errorCode == "TOKENS_REVOKED_TOO_MANY")
            #expect(refused.headers[.retryAfter] != nil)
            #expect(try await TokenRevocationTests.status(of: token, in: world) == 200)

            world.clock.advance(by: 86_400_000)
            let next = try await client.token()
            #expect(try await client.revoke(next).status == 200)
            #expect(control.entries(.revokedToken).count == 1)
        }
    }

    @Test func `the list keeps the newest and forgets a credential that is revoked`() async throws {
        try await FlowWorld.run { world in
            let client = try await Client.make(world)
            for _ in 0..<TokenDesk.most + 5 { _ = try await client.token() }
            let desk = world.dependencies.tokens
            #expect(desk.tokens(ofCredential: client.id).count == TokenDesk.most)
            await desk.flush()
            #expect(world.dependencies.control.entries(.issuedTokens).map(\.id) == [client.id])
            let other = try await Client.make(world)
            try await world.dependencies.control.revokeCredential(clientID: client.id, by: .server)
            _ = try await other.token()
            await desk.flush()
            #expect(world.dependencies.control.entries(.issuedTokens).map(\.id) == [other.id])
        }
    }
}
