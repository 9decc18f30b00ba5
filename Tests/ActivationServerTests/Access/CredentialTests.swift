import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// Secrets, owners, expiry and use of credentials (BEHAVIOUR 8.4).
struct CredentialTests {
    private static let path = "/v1/credentials"

    private static func token(_ world: FlowWorld, _ id: String, _ secret: String) async throws -> FlowWorld.Answer {
        try await world.raw(
            .post,
            "/ims/token/v3",
            "grant_type=client_credentials&client_id=\(id)&client_secret=\(secret)",
            headers: [.contentType: "application/x-www-form-urlencoded"]
        )
    }

    private static func make(_ world: FlowWorld, _ more: JSONObject = [:]) async throws -> FlowWorld.Answer {
        var body: JSONObject = ["name": "loader", "roles": ["dataSender"]]
        for (key, value) in more { body[key] = value }
        return try await world.send(.post, path, .object(body))
    }

    @Test func `a second secret is good beside the first, which can then go`() async throws {
        try await FlowWorld.run { world in
            let made = try await CredentialTests.make(world)
            #expect(made.headers[.cacheControl] == "no-store")
            let id = try #require(made["clientId"]?.string)
            let first = try #require(made["clientSecret"]?.string)
            let own = "\(CredentialTests.path)/\(id)"
            let firstID = try #require(made["secretId"]?.string)
            #expect(try await world.send(.delete, "\(own)/secrets/\(firstID)").status == 409, "it is the only one")

            let added = try await world.send(.post, "\(own)/secrets")
            let second = try #require(added["clientSecret"]?.string)
            #expect(added.status == 201 && second != first)
            #expect(try await world.send(.post, "\(own)/secrets").status == 409, "there are two")
            #expect(try await CredentialTests.token(world, id, first).status == 200)
            #expect(try await CredentialTests.token(world, id, second).status == 200)
            #expect(try await CredentialTests.token(world, id, first + "x").status == 401)

            #expect(try await world.send(.delete, "\(own)/secrets/\(firstID)").status == 204)
            #expect(try await world.send(.delete, "\(own)/secrets/\(firstID)").status == 404)
            #expect(try await CredentialTests.token(world, id, first).status == 401)
            #expect(try await CredentialTests.token(world, id, second).status == 200)

            for answer in [try await world.send(.get, CredentialTests.path), try await world.send(.get, "/v1/changes")]
            {
                #expect(answer.status == 200)
                for secret in [first, second, "digest", "salt"] { #expect(!answer.text.contains(secret)) }
            }
            #expect(try await world.send(.delete, own).status == 204)
            #expect(try await world.send(.post, "\(own)/secrets").status == 409, "it is revoked")
            #expect(try await world.send(.post, "\(CredentialTests.path)/nobody/secrets").status == 404)
        }
    }

    @Test func `a credential stops being good when it expires, and its tokens with it`() async throws {
        try await FlowWorld.run { world in
            // Whole seconds, as texts have them.
            world.clock.advance(by: 1_000 - world.clock.now().milliseconds % 1_000)
            let end = Timestamp(milliseconds: world.clock.now().milliseconds + 60_000)
            let made = try await CredentialTests.make(world, ["expiresAt": .string(end.rfc3339), "owner": "ana"])
            #expect(made["owner"] == "ana" && made["expiresAt"] == .string(end.rfc3339))
            let (id, secret) = (made["clientId"]?.string ?? "", made["clientSecret"]?.string ?? "")
            let program = FlowWorld.Program(world: world, clientID: id)
            let past = Timestamp(milliseconds: world.clock.now().milliseconds)
            #expect(try await CredentialTests.make(world, ["expiresAt": .string(past.rfc3339)]).status == 400)
            #expect(try await CredentialTests.make(world, ["expiresAt": "tomorrow"]).status == 400)

            world.clock.advance(by: 59_999)
            #expect(try await CredentialTests.token(world, id, secret).status == 200)
            #expect(try await program.send(.post, "/v1/identities/unlink", [:]).errorCode == "2120-403")
            world.clock.advance(by: 1)
            #expect(try await CredentialTests.token(world, id, secret).status == 401)
            #expect(try await program.send(.get, "/v1/suppressions").status == 401)

            let kept = try await world.send(
                .patch,
                "\(CredentialTests.path)/\(id)",
                ["expiresAt": .null, "owner": .null]
            )
            #expect(kept.status == 200 && kept["expiresAt"] == nil && kept["owner"] == nil)
            #expect(try await CredentialTests.token(world, id, secret).status == 200)
        }
    }

    @Test func `the last use is kept to the hour, and is no change that the history tells`() async throws {
        try await FlowWorld.run { world in
            let made = try await CredentialTests.make(world)
            let (id, secret) = (made["clientId"]?.string ?? "", made["clientSecret"]?.string ?? "")
            let own = "\(CredentialTests.path)/\(id)"
            #expect(try await world.send(.get, own)["lastUsedAt"] == nil)
            let changes = try await world.send(.get, "/v1/changes")["items"]?.array?.count

            var writes: Set<String> = []
            for _ in 0..<5 {
                _ = try await CredentialTests.token(world, id, secret)
                writes.insert(world.dependencies.control.entry(.credential, id)?.etag ?? "")
            }
            #expect(writes.count == 1, "one write an hour")
            let hour = world.clock.now().milliseconds / 3_600_000 * 3_600_000
            #expect(
                try await world.send(.get, own)["lastUsedAt"] == .string(Timestamp(milliseconds: hour).rfc3339)
            )
            #expect(try await world.send(.get, "/v1/changes")["items"]?.array?.count == changes)
        }
    }

    @Test func `a credential of before there could be two secrets is as good as any`() async throws {
        try await FlowWorld.run { world in
            let secret = ClientSecret.make()
            let salt = ClientSecret.random(16)
            let body: JSONObject = [
                "name": "old", "salt": .string(Base64URL.encode(salt)),
                "digest": .string(Base64URL.encode(ClientSecret.digest(secret, salt: salt))),
            ]
            try await world.dependencies.control.write(by: .server) { draft throws(APIError) in
                _ = try draft.insert(.credential, id: "old", body: body)
            }

            #expect(try await CredentialTests.token(world, "old", secret).status == 200)
            let added = try await world.send(.post, "\(CredentialTests.path)/old/secrets")
            #expect(added.status == 201 && added["secrets"]?.array?.count == 2)
            #expect(try await CredentialTests.token(world, "old", secret).status == 200)
            #expect(try await CredentialTests.token(world, "old", added["clientSecret"]?.string ?? "").status == 200)
            #expect(try await world.send(.delete, "\(CredentialTests.path)/old/secrets/first").status == 204)
            #expect(try await CredentialTests.token(world, "old", secret).status == 401)
        }
    }
}
