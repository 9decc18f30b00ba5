import ActivationCore
import ActivationEngine
import Crypto
import HTTPTypes
import Synchronization
import Testing

@testable import ActivationServer

/// Single sign-on at the console (BEHAVIOUR 8.9).
struct SignOnTests {
    private static let there = "/console/sign-in/provider"

    /// Sets a browser out, and answers the query with which the provider sends it back.
    private static func setOut(_ browser: Browser, _ provider: ScriptedProvider, to: String = "") async throws -> String
    {
        let answer = try await browser.raw(there + (to.isEmpty ? "" : "?to=\(to.percentEncoded())"))
        let query = try QueryItems(
            parsing: String(try #require(answer.location).split(separator: "?", maxSplits: 1)[1])
        )
        provider.state.withLock { $0.nonce = query["nonce"] ?? "" }
        return "?code=c&state=\((query["state"] ?? "").percentEncoded())"
    }

    private static func signIn(
        _ world: FlowWorld,
        _ provider: ScriptedProvider,
        _ claims: JSONObject,
        to: String = ""
    ) async throws -> (Browser, Browser.Answer) {
        // Users are listed by when they came.
        world.clock.advance(by: 1_000)
        let browser = Browser(world.client)
        provider.state.withLock { ($0.claims, $0.milliseconds) = (claims, world.clock.now().milliseconds) }
        let back = try await setOut(browser, provider, to: to)
        return (browser, try await browser.raw("/console/sign-in/callback\(back)"))
    }

    private static func run(_ body: @Sendable (FlowWorld, ScriptedProvider) async throws -> Void) async throws {
        let provider = ScriptedProvider()
        try await FlowWorld.run(endpoint: "http://localhost", signOn: provider) { world in
            try await world.makeUser()
            _ = try await world.send(
                .post,
                "/v1/groups",
                ["name": "Readers", "externalName": "cdp-readers", "roles": ["operator"]]
            )
            try await body(world, provider)
        }
    }

    @Test func `the way there carries state, nonce and challenge, and no secret`() async throws {
        try await SignOnTests.run { world, provider in
            let browser = Browser(world.client)
            let page = try await browser.open("/console/sign-in?to=/console/dataflows")
            #expect(page.text.contains("href=\"/console/sign-in/provider?to="))

            let answer = try await browser.raw(SignOnTests.there)

            let location = try #require(answer.location)
            let query = try QueryItems(parsing: String(location.split(separator: "?", maxSplits: 1)[1]))
            #expect(answer.status == 303 && location.hasPrefix("https://id.example/authorize?"))
            #expect(query["response_type"] == "code" && query["client_id"] == "headwater")
            #expect(query["scope"] == "openid profile email" && query["code_challenge_method"] == "S256")
            #expect(query["redirect_uri"] == "http://localhost/console/sign-in/callback")
            #expect(query["nonce"]?.count == 22 && query["code_challenge"]?.count == 43)
            #expect(!location.contains("secret"))
        }
    }

    @Test func `somebody of a known group signs in, becomes a user and may what the group may`() async throws {
        try await SignOnTests.run { world, provider in
            let claims: JSONObject = [
                "email": "Ben@shop.example", "name": "Ben", "groups": ["other", "cdp-readers"],
            ]

            let (browser, answer) = try await SignOnTests.signIn(world, provider, claims, to: "/console/dataflows")

            #expect(answer.status == 303 && answer.location == "/console/dataflows")
            #expect(try await browser.open("/console/dataflows").status == 200)
            #expect(try await browser.open("/console/access/users").status == 403)
            let user = try #require(world.dependencies.control.consoleUsers.last)
            #expect(user.email == "ben@shop.example" && user.ownRoles == [])
            #expect(user.identity?.subject == "7" && user.identity?.groups == ["cdp-readers"])
            let shown = try await world.send(.get, "/v1/users")["items"]?.array?.last
            #expect(shown?["identity"]?["issuer"] == "https://id.example")
            #expect(
                try await world.recordLines().contains("signIn allowed ben@shop.example consoleUser ben@shop.example")
            )

            // The code was asked for with what only this server knows.
            let request = try #require(provider.state.withLock { $0.requests.first { $0.form != nil } })
            let form = try QueryItems(parsing: request.form ?? "")
            #expect(form["grant_type"] == "authorization_code" && form["code_verifier"]?.count == 43)
            #expect(request.authorization == "Basic aGVhZHdhdGVyOnMlMkZlY3JldA==" && form["client_secret"] == nil)
        }
    }

    @Test func `groups are renewed at each sign-in, those by hand stay`() async throws {
        try await SignOnTests.run { world, provider in
            let control = world.dependencies.control
            let (browser, _) = try await SignOnTests.signIn(world, provider, ["groups": "cdp-readers"])
            let user = try #require(control.consoleUsers.last)
            #expect(user.email == "7 at https://id.example")
            let hand: JSONValue = ["name": "By hand", "members": [.string(user.id)], "roles": ["marketer"]]
            #expect(try await world.send(.post, "/v1/groups", hand).status == 201)
            #expect(try await browser.open("/console/audiences").status == 200)

            let (other, answer) = try await SignOnTests.signIn(world, provider, ["groups": []])

            #expect(answer.location == "/console")
            #expect(control.snapshot.groups(of: try #require(control.consoleUsers.last)).map(\.name) == ["By hand"])
            #expect(try await other.open("/console/monitoring").status == 200)
            let group = try #require(control.snapshot.group("By hand"))
            #expect(try await world.send(.delete, "/v1/groups/\(group.id)").status == 204)
            #expect(try await browser.open("/console/audiences").status == 403, "at once, in every session")
            let (_, refused) = try await SignOnTests.signIn(world, provider, ["groups": []])
            #expect(refused.status == 403 && refused.text.contains("none of your groups"))
            #expect(control.consoleUsers.count == 2)
        }
    }

    @Test func `nobody without a permission gets in or becomes a user`() async throws {
        try await SignOnTests.run { world, provider in
            _ = try await world.send(.post, "/v1/groups", ["name": "Named alike", "roles": ["administrator"]])
            _ = try await world.send(.post, "/v1/groups", ["name": "Nothing", "externalName": "nothing"])
            let strangers: [JSONValue] = [
                [], .null, 7, "Named alike", ["Readers", "CDP-readers", "nothing"], [["cdp-readers"]],
            ]
            for groups in strangers {
                let (browser, answer) = try await SignOnTests.signIn(world, provider, ["groups": groups])
                #expect(answer.status == 403 && answer.text.contains("none of your groups"))
                #expect(try await browser.raw("/console").location == "/console/sign-in")
            }
            #expect(world.dependencies.control.consoleUsers.count == 1)
            let record = try #require(try await world.records().last)
            #expect(record.action == .signIn && record.outcome == .denied)
            #expect(record.details["by"] == "single sign-on")
        }
    }

    @Test func `nobody takes over another one's account by an e-mail address`() async throws {
        try await SignOnTests.run { world, provider in
            let control = world.dependencies.control
            let claims: JSONObject = ["email": .string(FlowWorld.email), "groups": ["cdp-readers"]]

            let (browser, answer) = try await SignOnTests.signIn(world, provider, claims)

            #expect(answer.status == 303 && control.consoleUsers.count == 2)
            #expect(control.consoleUsers.last?.email == "7 at https://id.example")
            #expect(try await browser.open("/console/access/users").status == 403)
            // Another person with the same address is another user, and the same person is the same one.
            _ = try await SignOnTests.signIn(world, provider, ["email": "b@shop.example", "groups": ["cdp-readers"]])
            #expect(control.consoleUsers.count == 2 && control.consoleUsers.last?.email == "b@shop.example")
            let other: JSONObject = ["sub": "8", "email": "b@shop.example", "groups": ["cdp-readers"]]
            _ = try await SignOnTests.signIn(world, provider, other)
            #expect(control.consoleUsers.map(\.email).last == "8 at https://id.example")

            // They have no password, and get none.
            let email = try #require(EmailAddress("b@shop.example"))
            #expect(control.consoleUser(email) == nil)
            let hash = try PasswordHash(of: FlowWorld.password, cost: .least)
            let id = try #require(control.consoleUsers.dropFirst().first?.id)
            await #expect(throws: APIError.self) {
                _ = try await control.setPassword(of: id, hash, link: nil, by: .server)
            }
        }
    }

    @Test func `only the browser that set out comes back, once and within ten minutes`() async throws {
        try await SignOnTests.run { world, provider in
            let claims: JSONObject = ["groups": ["cdp-readers"]]
            provider.state.withLock { ($0.claims, $0.milliseconds) = (claims, world.clock.now().milliseconds) }
            func comeBack(_ browser: Browser, _ query: String) async throws -> Browser.Answer {
                try await browser.raw("/console/sign-in/callback\(query)")
            }
            let browser = Browser(world.client)
            let back = try await SignOnTests.setOut(browser, provider)
            let other = Browser(world.client)
            try await other.open("/console/sign-in")
            #expect(try await comeBack(other, back).status == 400)
            #expect(try await comeBack(browser, "?code=c").status == 400)
            #expect(try await comeBack(browser, "?code=c&state=AAAA").status == 400)
            #expect(try await comeBack(browser, back).status == 303)
            #expect(try await comeBack(browser, back).status == 400, "it came back before")

            let late = try await SignOnTests.setOut(Browser(world.client), provider)
            world.clock.advance(by: 600_000)
            #expect(try await comeBack(Browser(world.client), late).status == 400)
            let refused = Browser(world.client)
            let query = try await SignOnTests.setOut(refused, provider).split(separator: "&")[1]
            #expect(try await comeBack(refused, "?error=access_denied&\(query)").status == 403)
        }
    }

    @Test func `keys are asked for anew when a token names another one, at most once a minute`() async throws {
        try await SignOnTests.run { world, provider in
            let claims: JSONObject = ["groups": ["cdp-readers"]]
            func keyRequests() -> Int { provider.state.withLock { $0.requests.count { $0.url.hasSuffix("/keys") } } }
            func expect(_ status: Int) async throws {
                let (_, answer) = try await SignOnTests.signIn(world, provider, claims)
                #expect(answer.status == status)
            }
            try await expect(303)
            #expect(keyRequests() == 1)
            provider.state.withLock { ($0.kid, $0.key) = ("second", .es256(P256.Signing.PrivateKey())) }
            // They were asked for less than a minute ago.
            try await expect(502)
            #expect(keyRequests() == 1)
            world.clock.advance(by: 60_000)
            try await expect(303)
            try await expect(303)
            #expect(keyRequests() == 2)
        }
    }

    @Test func `a provider that does not answer leaves the password, and is not asked again at once`() async throws {
        try await SignOnTests.run { world, provider in
            provider.state.withLock { $0.isDown = true }
            let browser = Browser(world.client)
            for _ in 0..<3 {
                let page = try await browser.raw(SignOnTests.there)
                #expect(page.status == 503 && page.text.contains("sign in with a password"))
            }
            #expect(provider.state.withLock { $0.requests.count } == 1)
            #expect(try await world.signedIn().open("/console").status == 200)
            provider.state.withLock { $0.isDown = false }
            world.clock.advance(by: 5_000)
            #expect(try await browser.raw(SignOnTests.there).status == 303)
        }
    }

    @Test func `what asks for the password once more takes a sign-in of just now in its place`() async throws {
        try await SignOnTests.run { world, provider in
            _ = try await world.send(
                .post,
                "/v1/groups",
                ["name": "Admins", "externalName": "cdp-admins", "roles": ["administrator"]]
            )
            let (browser, _) = try await SignOnTests.signIn(world, provider, ["groups": ["cdp-admins"]])
            let path = "/console/access/groups/new"
            #expect(try await browser.open("/console/me").text.contains("identity provider"))
            try await browser.open(path)
            let made = try await browser.submit(path, [("name", "One"), ("password", "")])
            #expect(made.text.contains("The group is kept"))
            world.clock.advance(by: 900_000)
            try await browser.open(path)
            let refused = try await browser.submit(path, [("name", "Two"), ("password", "")])
            #expect(refused.status == 400 && refused.text.contains("sign in again"))
        }
    }

    @Test func `a server without single sign-on has none`() async throws {
        try await FlowWorld.runConsole { world in
            try await world.makeUser()
            let browser = Browser(world.client)
            #expect(try await !browser.open("/console/sign-in").text.contains("/console/sign-in/provider"))
            #expect(try await browser.raw(SignOnTests.there).status == 404)
            #expect(try await browser.raw("/console/sign-in/callback?code=c&state=s").status == 404)
        }
    }

    @Test func `an issuer is https, but on this machine`() throws {
        for issuer in [
            "https://id.example", "https://id.example/realms/a", "http://localhost:9", "http://127.0.0.1:8080/a",
        ] {
            _ = try SignOnOptions(issuer: issuer, clientID: "c")
        }
        for issuer in [
            "http://id.example", "ftp://id.example", "id.example", "", "https://a@id.example", "https://id.example?x",
            "http://localhost.evil.example", "http://127.0.0.1.evil.example",
        ] {
            #expect(throws: ServerStartError.self) { _ = try SignOnOptions(issuer: issuer, clientID: "c") }
        }
        #expect(throws: ServerStartError.self) {
            _ = try SignOnOptions(issuer: "https://id.example", clientID: "c", scopes: "profile")
        }
    }
}
