import ActivationCore
import Crypto
import HTTPTypes
import Testing

@testable import ActivationServer

/// The checks in front of the APIs (BEHAVIOUR 1.9).
struct GatewayTests {
    private static let flows = FlowWorld.base + "/flows"

    @Test func `each missing or wrong header has its gateway code, in order`() async throws {
        try await FlowWorld.run { world in
            func refused(_ change: (inout HTTPFields) -> Void) async throws -> FlowWorld.Answer {
                var headers = world.credentials
                change(&headers)
                return try await world.raw(.get, GatewayTests.flows, headers: headers)
            }
            let cases: [(String, Int, FlowWorld.Answer)] = [
                ("403010", 403, try await refused { $0 = [:] }),
                ("401013", 401, try await refused { $0[.authorization] = "Bearer nonsense" }),
                ("401013", 401, try await refused { $0[.authorization] = world.token }),
                ("401013", 401, try await refused { $0[.authorization] = "Basic \(world.token)" }),
                ("401013", 401, try await refused { $0[.authorization] = "" }),
                ("403000", 403, try await refused { $0[.apiKey] = nil }),
                ("403003", 403, try await refused { $0[.apiKey] = "somebody" }),
                ("400003", 400, try await refused { $0[.orgID] = nil }),
                ("403025", 403, try await refused { $0[.orgID] = "OTHER@Org" }),
            ]

            for (code, status, answer) in cases {
                #expect(answer.status == status, "\(code): \(answer.text)")
                #expect(answer["error_code"]?.string == code)
                #expect(answer["message"]?.string?.isEmpty == false)
                #expect(Set(answer.json.object?.keys ?? []) == ["error_code", "message"])
                #expect(answer.headers[.wwwAuthenticate] == (status == 401 ? "Bearer" : nil))
            }
            #expect(try await world.raw(.get, GatewayTests.flows, headers: world.credentials).status == 200)
        }
    }

    @Test func `a token is refused once its day is over`() async throws {
        try await FlowWorld.run { world in
            let headers = world.credentials
            world.clock.advance(by: 86_400_000 - 1_000)
            let last = try await world.raw(.get, GatewayTests.flows, headers: headers)
            world.clock.advance(by: 1_000)
            let expired = try await world.raw(.get, GatewayTests.flows, headers: headers)

            #expect(last.status == 200)
            #expect(expired.status == 401)
            #expect(expired["error_code"] == "401013")
        }
    }

    @Test func `a token of another server or a tampered one is refused`() async throws {
        try await FlowWorld.run { world in
            let foreign = AccessToken(
                clientID: world.start.clientID,
                orgID: world.start.orgID,
                issuedAt: world.clock.now(),
                id: "t"
            ).signed(with: .init(size: .bits256))
            var parts = world.token.split(separator: ".").map(String.init)
            parts[1] = Base64URL.encode(#"{"sub":"admin"}"#.utf8)

            for token in [foreign, parts.joined(separator: ".")] {
                var headers = world.credentials
                headers[.authorization] = "Bearer \(token)"
                let answer = try await world.raw(.get, GatewayTests.flows, headers: headers)
                #expect(answer["error_code"] == "401013")
            }
        }
    }

    @Test func `only the sandbox prod exists, and no header means prod`() async throws {
        try await FlowWorld.run { world in
            let prod = try await world.send(.get, GatewayTests.flows, headers: [.sandboxName: "prod"])
            let dev = try await world.send(.get, GatewayTests.flows, headers: [.sandboxName: "dev"])

            #expect(prod.status == 200)
            #expect(dev.status == 404)
            #expect(dev.errorCode == "2100-404")
        }
    }

    @Test func `our own paths need only the token`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            let path = "/v1/dataflows/\(flow.id)/stats"

            let bare = try await world.raw(.get, path, headers: [.authorization: "bearer \(world.token)"])
            let none = try await world.raw(.get, path)

            #expect(bare.status == 200)
            #expect(none.status == 403)
            #expect(none["error_code"] == "403010")
        }
    }

    @Test func `every answer has a request id, and paths nobody serves are problems`() async throws {
        try await FlowWorld.run { world in
            let answer = try await world.raw(.get, "/nowhere")

            #expect(answer.status == 404)
            #expect(answer.errorCode == "ROUTE_UNKNOWN")
            #expect(answer.headers[.requestID] == answer["requestId"]?.string)
        }
    }
}

/// Client credentials for tokens.
struct TokenRouteTests {
    private static let path = "/ims/token/v3"
    private static let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]

    @Test func `client credentials as a form or as JSON give a token that opens the API`() async throws {
        try await FlowWorld.run { world in
            let fields =
                "grant_type=client_credentials&client_id=\(world.start.clientID)"
                + "&client_secret=\(world.start.clientSecret)&scope=openid%2CAdobeID"
            let json: JSONValue = [
                "grant_type": "client_credentials", "client_id": .string(world.start.clientID),
                "client_secret": .string(world.start.clientSecret),
            ]

            let form = try await world.raw(.post, TokenRouteTests.path, fields, headers: TokenRouteTests.form)
            let document = try await world.raw(
                .post,
                TokenRouteTests.path,
                json.text,
                headers: [.contentType: "application/json"]
            )

            for answer in [form, document] {
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer["token_type"] == "bearer")
                #expect(answer["expires_in"] == 86_400)
                #expect(answer.headers[.cacheControl] == "no-store")
                var headers = world.credentials
                headers[.authorization] = "Bearer \(answer["access_token"]?.string ?? "")"
                #expect(try await world.raw(.get, FlowWorld.base + "/flows", headers: headers).status == 200)
            }
        }
    }

    @Test func `wrong secrets, unknown clients and other grants are refused without a hint which`() async throws {
        try await FlowWorld.run { world in
            let id = world.start.clientID
            let secret = world.start.clientSecret
            func ask(_ form: String, _ headers: HTTPFields = TokenRouteTests.form) async throws -> FlowWorld.Answer {
                try await world.raw(.post, TokenRouteTests.path, form, headers: headers)
            }
            let grant = "grant_type=client_credentials"

            let wrong = try await ask("\(grant)&client_id=\(id)&client_secret=x\(secret)")
            let unknown = try await ask("\(grant)&client_id=nobody&client_secret=\(secret)")
            let missing = try await ask("\(grant)&client_id=\(id)")
            let password = try await ask("grant_type=password&client_id=\(id)&client_secret=\(secret)")
            let text = try await ask("x", [.contentType: "text/plain"])
            let broken = try await ask("\(grant)&client_id=%zz")
            let large = try await ask(String(repeating: "a", count: 20_000))

            #expect(wrong.status == 401)
            #expect(wrong["error"] == "invalid_client")
            #expect(wrong["error_description"] == unknown["error_description"])
            #expect(unknown.status == 401)
            #expect(missing.status == 400)
            #expect(missing["error"] == "invalid_request")
            #expect(password["error"] == "unsupported_grant_type")
            #expect(text.errorCode == "CONTENT_TYPE")
            #expect(broken.errorCode == "QUERY_INVALID")
            #expect(large.status == 413)
            for answer in [wrong, unknown, missing, password] { #expect(!answer.text.contains(secret)) }
        }
    }

    @Test func `a revoked credential gets no token and its tokens stop at once`() async throws {
        try await FlowWorld.run { world in
            let control = world.dependencies.control
            world.clock.advance(by: 1_000)
            let made = try await control.createCredential(
                CredentialDraft(name: "loader", roles: [Role.administrator.id]),
                by: .server
            )
            let form = "grant_type=client_credentials&client_id=\(made.clientID)&client_secret=\(made.clientSecret)"
            let token = try await world.raw(.post, TokenRouteTests.path, form, headers: TokenRouteTests.form)
            var headers = world.credentials
            headers[.authorization] = "Bearer \(token["access_token"]?.string ?? "")"
            headers[.apiKey] = made.clientID
            let before = try await world.raw(.get, FlowWorld.base + "/flows", headers: headers)

            try await control.revokeCredential(clientID: made.clientID, by: .server)
            let after = try await world.raw(.get, FlowWorld.base + "/flows", headers: headers)
            let again = try await world.raw(.post, TokenRouteTests.path, form, headers: TokenRouteTests.form)

            #expect(before.status == 200)
            #expect(after["error_code"] == "401013")
            #expect(again.status == 401)
            #expect(control.credentials().map(\.isRevoked) == [false, true])
            #expect(control.credentials().last?.name == "loader")
            await #expect(throws: APIError.self) { try await control.revokeCredential(clientID: "nobody", by: .server) }
        }
    }
}
