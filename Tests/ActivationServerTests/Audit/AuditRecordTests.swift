import ActivationCore
import ActivationEngine
import HTTPTypes
import TestSupport
import Testing

@testable import ActivationServer

/// What is done beside changes leaves a record, with who, what, from where and what came of it.
struct AuditRecordTests {
    private static func token(_ world: FlowWorld, _ client: String, _ secret: String) async throws -> FlowWorld.Answer {
        let form = "grant_type=client_credentials&client_id=\(client)&client_secret=\(secret)"
        return try await world.raw(
            .post,
            "/ims/token/v3",
            form,
            headers: [.contentType: "application/x-www-form-urlencoded"]
        )
    }

    @Test func `a token is told once in a minute, wrong secrets with whose they were said to be`() async throws {
        try await FlowWorld.run { world in
            let made = try await world.dependencies.control.createCredential(
                CredentialDraft(name: "loader", roles: [Role.administrator.id]),
                by: .server
            )
            for _ in 0..<5 { #expect(try await Self.token(world, made.clientID, made.clientSecret).status == 200) }
            for _ in 0..<3 { #expect(try await Self.token(world, made.clientID, "needle-wrong").status == 401) }
            #expect(try await Self.token(world, "needle-unknown", "needle-wrong").status == 401)

            #expect(
                try await world.recordLines() == [
                    "signIn allowed \(made.clientID) credential loader",
                    "signIn denied \(made.clientID) credential loader", "signIn denied unknown unknown unknown",
                ]
            )
            world.clock.advance(by: 60_000)
            await world.dependencies.audit.flush()
            let counts = try await world.records().map { $0.details["count"] }
            #expect(counts.compactMap(\.self).map(\.text).sorted() == ["2", "4"])
            for record in try await world.records() {
                #expect(!String(decoding: record.difference, as: UTF8.self).contains("needle"))
                #expect(!(record.author.name + record.id + record.name).contains("needle"))
            }
        }
    }

    @Test func `what somebody may not do is told with its route and code, and changes tell nothing of it`() async throws
    {
        try await FlowWorld.run { world in
            let program = try await world.program([.viewAudiences])
            for _ in 0..<4 { #expect(try await program.send(.get, "/v1/users").status == 403) }
            #expect(try await program.send(.delete, "/v1/users/7").status == 403)
            #expect(
                try await world.send(.get, "/v1/users", headers: [.authorization: "Bearer needle"]).status == 401
            )
            #expect(try await world.raw(.get, "/v1/users").status == 403)

            let records = try await world.records()
            #expect(
                records.map { "\($0.author.name) \($0.id) \($0.outcome) \($0.details["code"]?.string ?? "")" } == [
                    "\(program.clientID) GET /v1/users denied 2120-403",
                    "\(program.clientID) DELETE /v1/users/{id} denied 2120-403",
                    "unknown GET /v1/users denied 401013",
                ]
            )
            #expect(records.allSatisfy { $0.author.requestID?.count == 16 && $0.kind == "route" })
            let changes = try await world.send(.get, "/v1/changes?limit=100")
            #expect(!changes.text.contains("refuse"))
        }
    }

    @Test func `signing in and out at the console, wrong passwords and refused pages are told`() async throws {
        try await FlowWorld.runConsole { world in
            try await world.makeUser()
            let browser = Browser(world.client)
            try await browser.open("/console/sign-in")
            try await browser.submit("/console/sign-in", world.credentials("needle wrong password"))
            try await browser.submit(
                "/console/sign-in",
                [("email", "needle@nobody.example"), ("password", "needle wrong password")]
            )
            try await browser.submit("/console/sign-in", world.credentials(FlowWorld.password))
            try await browser.submit("/console/sign-out")

            let lines = try await world.recordLines()
            #expect(
                lines == [
                    "signIn denied \(FlowWorld.email) consoleUser \(FlowWorld.email)",
                    "signIn denied unknown unknown unknown",
                    "signIn allowed \(FlowWorld.email) consoleUser \(FlowWorld.email)",
                    "signOut allowed \(FlowWorld.email) consoleUser \(FlowWorld.email)",
                ]
            )
            for record in try await world.records() {
                #expect(record.author.way == .console)
                #expect(!String(decoding: record.difference, as: UTF8.self).contains("needle"))
            }
        }
    }

    @Test func `links that let nobody in are told`() async throws {
        try await FlowWorld.runConsole { world in
            try await world.makeUser()
            let keys = world.dependencies.keys
            let email = try #require(EmailAddress(FlowWorld.email))
            let link = "/console/link/\(SignInLink.invitation(email, keys: keys, now: world.clock.now()))"
            let browser = Browser(world.client)
            try await browser.open(link)
            let typed = [("email", "needle@nobody.example"), ("password", FlowWorld.password)]
            #expect(try await browser.submit(link, typed).status == 400)
            world.clock.advance(by: 30 * 86_400_000)
            #expect(try await browser.submit(link, typed).status == 404)

            let records = try await world.records()
            #expect(records.map(\.id) == ["unknown", "unknown"])
            #expect(records.allSatisfy { $0.outcome == .denied && $0.details["by"] == "link" })
        }
    }

    @Test func `a refusal that a form tells as a mistake is told too`() async throws {
        try await FlowWorld.runConsole { world in
            try await world.makeUser()
            let email = try #require(EmailAddress("ben@shop.example"))
            let control = world.dependencies.control
            let ben = try await control.inviteUser(email, roles: ["marketer"], cost: .least, by: .server)
            let hash = try PasswordHash(of: FlowWorld.password, cost: .least)
            _ = try await control.setPassword(of: ben.id, hash, link: nil, by: .server)
            let browser = Browser(world.client)
            try await browser.open("/console/sign-in")
            try await browser.submit("/console/sign-in", [("email", ben.email), ("password", FlowWorld.password)])
            _ = try await world.label("person.income", "S1")
            let active: JSONValue = [["op": "replace", "path": "/status", "value": "active"]]
            let policy = "/data/foundation/access-control/administration/policies/default"
            #expect(try await world.send(.patch, policy, active).status == 200)
            for act in ["save", "count"] {
                try await browser.open("/console/audiences/new")
                let fields = [("name", "VIP"), ("expression", "person.income > 1"), ("act", act)]
                #expect(try await browser.submit("/console/audiences/new", fields).text.contains("VIP"))
            }
            await world.dependencies.audit.flush(isEnd: true)

            let refusals = try await world.records([.refuse])
            #expect(refusals.allSatisfy { $0.author.name == ben.email && $0.outcome == .denied })
            #expect(refusals.allSatisfy { $0.id == "POST /console/audiences/new" })
            #expect(refusals.map { $0.details["count"] } == [nil, 1])
        }
    }

    @Test func `whoever takes the place of a proxy's client is told only behind a proxy`() async throws {
        for isBehindProxy in [false, true] {
            try await FlowWorld.run(isBehindProxy: isBehindProxy) { world in
                let program = try await world.program([.viewAudiences])
                let name = try #require(HTTPField.Name("x-forwarded-for"))
                let token = AccessToken(
                    clientID: program.clientID,
                    orgID: world.start.orgID,
                    issuedAt: world.clock.now(),
                    id: "t"
                ).signed(with: world.dependencies.keys.tokenKey)
                let answer = try await world.send(
                    .get,
                    "/v1/users",
                    headers: [.authorization: "Bearer \(token)", name: "203.0.113.5, 198.51.100.7"]
                )
                #expect(answer.status == 403)
                let sender = try await world.records().last?.author.sender
                #expect((sender == "198.51.100.7") == isBehindProxy)
            }
        }
    }

    @Test func `what cannot be recorded does not leave, and a refusal is a refusal all the same`() async throws {
        try await FlowWorld.run { world in
            let program = try await world.program([.viewAudiences])
            world.storage.failNextWrite(with: StorageError(.full, "no room"))
            #expect(try await program.send(.get, "/v1/users").status == 403)
        }
    }
}
