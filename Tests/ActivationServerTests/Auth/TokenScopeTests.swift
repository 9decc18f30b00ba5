import ActivationCore
import ActivationEngine
import Crypto
import HTTPTypes
import Testing

@testable import ActivationServer

/// What access tokens are narrowed to (BEHAVIOUR 8.4).
struct TokenScopeTests {
    private static let key = SymmetricKey(data: Array("0123456789abcdef0123456789abcdef".utf8))
    private static let now = Timestamp(milliseconds: 1_700_000_000_000)
    private static let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]

    /// Asks for a token with the secret of who administers the world.
    private static func ask(_ world: FlowWorld, _ more: String) async throws -> FlowWorld.Answer {
        let secrets = "client_id=\(world.start.clientID)&client_secret=\(world.start.clientSecret)"
        return try await world.raw(
            .post,
            "/ims/token/v3",
            "grant_type=client_credentials&\(secrets)\(more)",
            headers: form
        )
    }

    private static func get(_ path: String, _ token: FlowWorld.Answer, in world: FlowWorld) async throws
        -> FlowWorld.Answer
    {
        try await world.send(
            .get,
            path,
            headers: [.authorization: "Bearer \(token["access_token"]?.string ?? "")"]
        )
    }

    @Test func `names stand with spaces or commas between them, and those of others narrow nothing`() throws {
        let adobe = "openid,AdobeID,read_organizations,additional_info.projectedProductContext"
        for text in ["", " ", ", ,", "openid", adobe, "view-profiles", "adobe:headwater"] {
            #expect(try TokenScope(asked: text) == nil, "\(text)")
        }
        let two = "headwater:manage-segments headwater:view-profiles"
        for text in [
            two, "headwater:view-profiles,headwater:manage-segments", "\(adobe), headwater:view-profiles  \(two)",
        ] {
            let scope = try #require(try TokenScope(asked: text), "\(text)")
            #expect(scope.permissions == [.viewProfiles, .manageAudiences, .viewAudiences], "who may manage may view")
            #expect(scope.text == "headwater:view-profiles headwater:manage-segments")
        }
        for permission in Permission.allCases {
            let name = TokenScope.name(of: permission)
            #expect(try TokenScope(asked: name)?.text == name)
        }
    }

    @Test(arguments: [
        "headwater:view-everything", "headwater:", "headwater", "headwater.view-profiles", "HEADWATER:view-profiles",
        "openid headwater:View-Profiles", "headwater:view-profiles,headwater:no",
    ])
    func `a name that looks like ours and is not is refused, so that a slip widens nothing`(text: String) {
        #expect { _ = try TokenScope(asked: text) } throws: { error in
            (error as? APIError)?.code.rawValue == "invalid_scope"
        }
    }

    @Test func `a token carries its scope, and all scopes together fit into one`() throws {
        func read(_ token: AccessToken) -> AccessToken? {
            AccessToken(token.signed(with: TokenScopeTests.key), key: TokenScopeTests.key, now: TokenScopeTests.now)
        }
        let all = TokenScope(Set(Permission.allCases))
        for scope in [all, TokenScope([.viewProfiles]), TokenScope([]), nil] {
            let token = AccessToken(
                clientID: String(repeating: "c", count: 64),
                orgID: "ORG@Org",
                issuedAt: TokenScopeTests.now,
                id: "id",
                generation: .max,
                scope: scope
            )
            #expect(read(token) == token)
        }
    }

    @Test func `a scope that cannot be read widens nothing`() throws {
        func token(_ scope: String) -> AccessToken? {
            let claims =
                #"{"iss":"headwater","sub":"c","org":"o","iat":1700000000,"exp":1700086400,"jti":"x","scope":\#(scope)}"#
            let content = Base64URL.encode(#"{"alg":"HS256"}"#.utf8) + "." + Base64URL.encode(claims.utf8)
            let code = HMAC<SHA256>.authenticationCode(for: Array(content.utf8), using: TokenScopeTests.key)
            return AccessToken(
                content + "." + Base64URL.encode(Array(code)),
                key: TokenScopeTests.key,
                now: TokenScopeTests.now
            )
        }

        #expect(try #require(token(#""headwater:view-profiles headwater:gone""#)).scope == TokenScope([.viewProfiles]))
        for scope in [#""""#, #""openid""#, #""headwater:gone""#] {
            #expect(try #require(token(scope)).scope == TokenScope([]), "it allows nothing")
        }
        for scope in ["null", "7", "[]", #"["headwater:view-profiles"]"#] { #expect(token(scope) == nil) }
    }

    @Test func `the answer names what the token is narrowed to, and Adobe's scopes leave it as it was`() async throws {
        try await FlowWorld.run { world in
            let adobe = try await TokenScopeTests.ask(world, "&scope=openid%2CAdobeID%2Cread_organizations")
            #expect(adobe.status == 200 && adobe["scope"] == nil)
            #expect(try await TokenScopeTests.get("/v1/users", adobe, in: world).status == 200)

            let narrow = try await TokenScopeTests.ask(world, "&scope=openid+headwater%3Aview-segments")
            #expect(narrow["scope"] == "headwater:view-segments")
            let definitions = "/data/core/ups/segment/definitions"
            #expect(try await TokenScopeTests.get(definitions, narrow, in: world).status == 200)
            let refused = try await TokenScopeTests.get("/v1/users", narrow, in: world)
            #expect(refused.errorCode == "2120-403")
            #expect(refused.detail.contains("Administer") && refused.detail.contains("(headwater:view-segments)"))
            #expect(
                refused.headers[.wwwAuthenticate]
                    == #"Bearer error="insufficient_scope", scope="headwater:administer""#
            )

            let document: JSONValue = [
                "grant_type": "client_credentials", "client_id": .string(world.start.clientID),
                "client_secret": .string(world.start.clientSecret), "scope": "headwater:manage-segments",
            ]
            let json = try await world.raw(
                .post,
                "/ims/token/v3",
                document.text,
                headers: [.contentType: "application/json"]
            )
            #expect(json["scope"] == "headwater:manage-segments", "\(json.text)")
        }
    }

    @Test func `a scope that there is not is refused by name, and only to who has the secret`() async throws {
        try await FlowWorld.run { world in
            let refused = try await TokenScopeTests.ask(world, "&scope=headwater:fly%22%0A%C3%A9")
            #expect(refused.status == 400 && refused["error"] == "invalid_scope")
            #expect(refused.detail.contains("no scope headwater:fly???;") && refused.detail.contains("/openapi.json"))
            #expect(refused["error_description"]?.string == refused.detail)
            let twice = try await TokenScopeTests.ask(world, "&scope=openid&scope=headwater:view-segments")
            #expect(twice.status == 400 && twice["error"] == "invalid_request")
            let long = try await TokenScopeTests.ask(world, "&scope=headwater:\(String(repeating: "x", count: 9_000))")
            #expect(long["error"] == "invalid_scope" && long.detail.utf8.count < 300)

            let stranger = try await world.raw(
                .post,
                "/ims/token/v3",
                "grant_type=client_credentials&client_id=\(world.start.clientID)&client_secret=x&scope=headwater:fly",
                headers: TokenScopeTests.form
            )
            #expect(stranger.status == 401 && stranger["error"] == "invalid_client")
        }
    }

    @Test func `what somebody may do is told by the token's scope`() async throws {
        try await FlowWorld.run { world in
            var program = try await world.program([.viewProfiles, .manageAudiences])
            let names = ["view-profiles", "view-segments", "manage-segments", "administer"]
            let asked: JSONValue = .array(names.map { .string("/permissions/\($0)") })
            func held() async throws -> Set<String> {
                let answer = try await program.send(
                    .post,
                    "/data/foundation/access-control/acl/effective-policies",
                    asked
                )
                return Set((answer["policies"]?.object ?? [:]).map { String($0.key.dropFirst("/permissions/".count)) })
            }

            #expect(try await held() == ["view-profiles", "view-segments", "manage-segments"])
            program.scope = TokenScope([.viewAudiences, .administer])
            #expect(try await held() == ["view-segments"])
        }
    }

    @Test func `roles are looked up at each request, whatever the scope names`() async throws {
        try await FlowWorld.run { world in
            let control = world.dependencies.control
            var program = try await world.program(ofRole: "dataSender")
            program.scope = TokenScope([.viewAudiences])
            let path = "/data/core/ups/segment/definitions"
            #expect(try await program.send(.get, path).errorCode == "2120-403")

            let own = "/v1/credentials/\(program.clientID)"
            #expect(try await world.send(.patch, own, ["roles": ["marketer"]]).status == 200)

            #expect(try await program.send(.get, path).status == 200)
            #expect(control.access(ofCredential: program.clientID).permissions.contains(.viewDestinations))
            #expect(try await program.send(.get, "\(FlowWorld.base)/flows").errorCode == "2120-403")
        }
    }

    @Test func `the list of tokens and the audit log name the scope, and tokens without one stay as they were`()
        async throws
    {
        try await FlowWorld.run { world in
            _ = try await TokenScopeTests.ask(world, "")
            world.clock.advance(by: 1_000)
            _ = try await TokenScopeTests.ask(world, "&scope=headwater:view-segments")

            let path = "/v1/credentials/\(world.start.clientID)/tokens"
            let listed = try await world.send(.get, path)["items"]?.array ?? []
            #expect(listed.map { $0["scope"]?.string } == ["headwater:view-segments", nil])
            await world.dependencies.tokens.finish()
            let stored = TokenDesk(
                control: world.dependencies.control,
                time: world.clock,
                logger: world.dependencies.logger
            ).tokens(ofCredential: world.start.clientID)
            #expect(stored.map(\.scope) == ["headwater:view-segments", nil])
            let records = try await world.records().filter { $0.action == .signIn }
            #expect(records.map { $0.details["scope"]?.string } == [nil, "headwater:view-segments"])
        }
    }

    @Test func `the document lists every scope and which of them a route needs`() throws {
        let document = OpenAPIDocument.json
        let scheme = document["components"]?["securitySchemes"]?["clientCredentials"]
        let listed = try #require(scheme?["flows"]?["clientCredentials"]?["scopes"]?.object)
        #expect(Set(listed.map(\.key)) == Set(Permission.allCases.map { TokenScope.name(of: $0) }))
        func alternatives(_ path: String, _ method: String) -> [JSONValue] {
            document["paths"]?[path]?[method]?["security"]?.array ?? []
        }
        #expect(
            alternatives("/v1/explain", "get") == [
                ["bearer": []], ["clientCredentials": ["headwater:view-profiles", "headwater:view-segments"]],
            ]
        )
        #expect(alternatives("/v1/paths", "get").count == 5, "one of four is enough")
        #expect(alternatives("/ims/token/v3", "post").isEmpty)
    }
}
