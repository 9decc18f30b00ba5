import ActivationCore
import ActivationEngine
import HTTPTypes
import Testing

@testable import ActivationServer

/// Ways around the table of permissions that lead nowhere.
struct EscalationTests {
    @Test func `only a credential that may administer makes the first user of the console`() async throws {
        try await FlowWorld.runConsole { world in
            let control = world.dependencies.control
            let made = try await control.createCredential(
                CredentialDraft(name: "sender", roles: ["dataSender"]),
                by: .server
            )
            let browser = Browser(world.client)
            try await browser.open("/console/dataflows")
            let secrets = [("client_id", made.clientID), ("client_secret", made.clientSecret)]

            let refused = try await browser.submit("/console/setup", world.credentials(FlowWorld.password) + secrets)

            #expect(refused.status == 400 && refused.text.contains("may not administer"))
            #expect(control.consoleUsers.isEmpty)
            let record = try #require(try await world.records().last)
            #expect(record.action == .signIn && record.outcome == .denied && record.id == made.clientID)
            #expect(record.details["by"] == "setup")
        }
    }

    @Test func `a link of an earlier invitation lets nobody in after another one`() async throws {
        try await FlowWorld.run { world in
            let (control, keys) = (world.dependencies.control, world.dependencies.keys)
            let email = try #require(EmailAddress("ana@shop.example"))
            func invite(_ role: String) async throws -> ConsoleUser {
                try await control.inviteUser(email, roles: [role], cost: .least, by: .server)
            }
            let first = try await invite("marketer")
            let old = SignInLink.invitation(email, keys: keys, now: world.clock.now())
            try await control.removeUser(first.id, by: .server)
            world.clock.advance(by: 1_000)
            let second = try await invite("administrator")
            let new = SignInLink.invitation(email, keys: keys, now: world.clock.now())
            let hash = try PasswordHash(of: "correct horse battery", cost: .least)
            func use(_ code: String) async throws -> ConsoleUser {
                let link = try #require(SignInLink(code: code, keys: keys, now: world.clock.now()))
                return try await control.setPassword(of: second.id, hash, link: link.madeAt, by: .server)
            }

            await #expect(throws: APIError.self) { _ = try await use(old) }
            #expect(try await use(new).id == second.id)
            await #expect(throws: APIError.self) { _ = try await use(new) }
        }
    }

    @Test func `enabling is no way to send again or to give up`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            let manager = try await world.program([.manageDestinations])
            let path = "\(FlowWorld.base)/flows/\(flow.id)/action"
            #expect(try await manager.send(.post, "\(path)?op=disable").status == 200)
            for choice in ["backfill", "skip"] {
                let answer = try await manager.send(.post, "\(path)?op=enable&onResume=\(choice)")
                #expect(answer.errorCode == "2120-403", "\(choice) \(answer.text)")
            }
            #expect(try await manager.send(.post, "\(path)?op=enable").status == 200)
        }
    }

    @Test func `an inlet is made and opened only by who may send`() async throws {
        try await FlowWorld.run { world in
            let inlet: JSONValue = [
                "name": "open", "description": "",
                "connectionSpec": ["id": .string(WellKnownSpec.streamingInlet), "version": "1.0"],
                "auth": [
                    "specName": .string(WellKnownSpec.inletAuthentication),
                    "params": ["authenticationRequired": false],
                ],
            ]
            let manager = try await world.program([.manageDestinations])
            let both = try await world.program([.manageDestinations, .manageSources])
            let path = "\(FlowWorld.base)/connections"

            #expect(try await manager.send(.post, path, inlet).errorCode == "2120-403")
            let made = try await both.send(.post, path, inlet)
            #expect(made.status == 201)
            let patch: JSONValue = [["op": "replace", "path": "/name", "value": "mine"]]
            let own = "\(path)/\(made.id)"
            #expect(try await manager.send(.patch, own, patch, ifMatch: made.etag).errorCode == "2120-403")
            #expect(try await manager.send(.delete, own).errorCode == "2120-403")
            #expect(try await both.send(.delete, own).status == 204)
        }
    }

    @Test func `settings of a target are not changed by who may only activate`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            let control = world.dependencies.control
            let service = DataflowService(dependencies: world.dependencies)
            let entry = try control.flowServiceEntry(.flow, flow.id)
            var params = try #require(control.snapshot.target(of: entry)?.body["params"]?.object)
            params["envelope"] = "cloudevents"
            let activator = AuthenticatedClient(
                clientID: "m",
                orgID: control.orgID,
                permissions: Role.builtIn.first { $0.id == "marketer" }?.permissions ?? []
            )
            let settings = DataflowService.Settings(params: params)
            let tag = control.snapshot.settingsTag(of: entry)

            await #expect(throws: APIError.self) {
                _ = try await service.change(flow.id, ifMatch: tag, to: settings, by: activator)
            }
            #expect(control.snapshot.settingsTag(of: entry) == tag)
        }
    }

    @Test func `a flow made by who may only manage has its marketing actions, and no mapping`() async throws {
        try await FlowWorld.run { world in
            let parts = try await world.makeParts()
            let audience = try await world.makeAudience("gold")
            let manager = try await world.program([.manageDestinations])
            var body = FlowWorld.flowBody(source: parts.source, target: parts.target)
            body["marketingActions"] = [["type": "core", "name": "emailTargeting"]]
            #expect(try await manager.send(.post, "\(FlowWorld.base)/flows", body).status == 201)
            body["transformations"] = [
                [
                    "name": "GeneralTransform",
                    "params": [
                        "segmentSelectors": [
                            "selectors": [["type": "PLATFORM_SEGMENT", "value": ["id": .string(audience)]]]
                        ]
                    ],
                ]
            ]
            #expect(try await manager.send(.post, "\(FlowWorld.base)/flows", body).errorCode == "2120-403")
        }
    }
}
