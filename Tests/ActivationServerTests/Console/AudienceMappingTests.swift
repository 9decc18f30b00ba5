import ActivationCore
import HTTPTypes
import Synchronization
import Testing

@testable import ActivationEngine
@testable import ActivationServer

/// The page of who may let audiences in and out and change nothing else of a mapping (BEHAVIOUR 8.2).
@Suite struct AudienceMappingTests {
    private static let permissions: Set<Permission> = [.viewDestinations, .viewAudiences, .activateWithoutMapping]

    /// A browser of somebody who has these permissions.
    private static func browser(_ permissions: Set<Permission>, in world: FlowWorld) async throws -> Browser {
        let browser = try await world.signedIn()
        let control = world.dependencies.control
        let draft = try RoleDraft(
            try Fields([
                "name": "Audience manager",
                "permissionSets": .array(permissions.listed.map { .string($0.apiName) }),
            ])
        )
        let client = AuthenticatedClient(clientID: "test", orgID: control.orgID)
        let role = try await control.makeRole(draft, by: client)
        let user = try #require(control.consoleUsers.first)
        try await control.setRoles([role.id], ofUser: user.id, by: .server)
        return browser
    }

    /// A dataflow that maps an audience, and an attribute in a way that forms do not write.
    private static func flow(_ world: FlowWorld, _ audience: String) async throws -> String {
        let (flow, _) = try await world.makeFlow()
        let attribute: JSONValue = ["type": "JSON_PATH", "value": ["path": "person.age", "exportOn": "valueChange"]]
        for edit in [
            FlowWorld.add("\(FlowWorld.attributes)/-", attribute),
            FlowWorld.add("\(FlowWorld.segments)/-", FlowWorld.segment(audience)),
        ] { #expect(try await world.patchFlow(flow.id, [edit]).status == 202) }
        return flow.id
    }

    @Test func `who may not map gets to a page without attributes, and others to the whole mapping`() async throws {
        try await FlowWorld.runConsole { world in
            let flow = try await AudienceMappingTests.flow(world, try await world.makeAudience("VIP"))
            let path = "/console/dataflows/\(flow)"
            let administrator = try await world.signedIn()
            #expect(try await administrator.open(path).text.contains("href=\"\(path)/mapping\">Change mapping"))
            let browser = try await AudienceMappingTests.browser(AudienceMappingTests.permissions, in: world)

            let shown = try await browser.open(path)

            #expect(shown.text.contains("href=\"\(path)/audiences\">Change audiences"))
            #expect(!shown.text.contains("\(path)/mapping\""))
            #expect(try await browser.open("\(path)/mapping").status == 403)
            #expect(try await browser.open("\(path)/mapping/paths").status == 403)
            let page = try await browser.open("\(path)/audiences")
            #expect(page.status == 200 && page.text.contains("VIP"))
            #expect(!page.text.contains("id=\"attributes\"") && !page.text.contains("name=\"paths\""))
        }
    }

    @Test(arguments: AudienceMappingTests.permissions)
    func `the page needs each of its permissions`(missing: Permission) async throws {
        try await FlowWorld.runConsole { world in
            let flow = try await AudienceMappingTests.flow(world, try await world.makeAudience("VIP"))
            let held = AudienceMappingTests.permissions.subtracting([missing]).union([.viewProfiles])
            let browser = try await AudienceMappingTests.browser(held, in: world)

            let refused = try await browser.open("/console/dataflows/\(flow)/audiences")

            #expect(refused.status == 403 && refused.text.contains(missing.rawValue))
            #expect(!(try await browser.open("/console/dataflows/\(flow)").text.contains("/audiences\">Change")))
        }
    }

    @Test func `an audience is let in and another out after a review, its members are sent, and attributes stay`()
        async throws
    {
        try await FlowWorld.runConsole { world in
            let (vip, churn) = (try await world.makeAudience("VIP"), try await world.makeAudience("Churn"))
            let flow = try await AudienceMappingTests.flow(world, vip)
            let control = world.dependencies.control
            world.engine.state.withLock { state in
                for audience in [vip, churn].compactMap({ UUIDBytes($0) }) {
                    state.members[Audience.ID(uuid: audience)] = 1_204
                }
                state.rehearsed = (1_204, 1)
            }
            let browser = try await AudienceMappingTests.browser(AudienceMappingTests.permissions, in: world)
            let path = "/console/dataflows/\(flow)/audiences"
            try await browser.open(path)
            let before = try control.flowServiceEntry(.flow, flow)
            let backfills = control.entries(.backfill).count
            // Attributes that a form of this page does not have are not asked for.
            let wish = [
                (name: "audience", value: churn), (name: "base-audience", value: vip),
                (name: "backfill", value: "true"),
                (name: "base-paths", value: "person.age"), (name: "paths", value: "person.name"),
                (name: "path", value: "person.gender"), (name: "etag", value: browser.value(of: "etag") ?? ""),
            ]

            let review = try await browser.submit(path, wish + [("do", "review")])

            #expect(review.status == 200 && review.text.contains("<h1><bdi>Review the audiences</bdi></h1>"))
            #expect(review.text.contains("Churn") && review.text.contains("VIP"))
            #expect(review.text.contains("1,204 members are sent now"))
            #expect(!review.text.contains("person.name") && !review.text.contains("person.gender"))
            #expect(!review.text.contains("before and after"), "whoever may not view profiles sees none")
            #expect(try control.flowServiceEntry(.flow, flow).etag == before.etag, "nothing is changed yet")

            let applied = try await browser.submit(path, wish + [("do", "apply"), (ReviewedChange.consent, "true")])

            #expect(applied.text.contains("The audiences are changed"), "\(applied.text)")
            let after = try control.flowServiceEntry(.flow, flow)
            #expect(MappingWish(of: after) == MappingWish(audiences: [churn], paths: ["person.age"]))
            #expect(FlowTransformation(after).attributes == FlowTransformation(before).attributes)
            #expect(after.string("updatedBy") == FlowWorld.email)
            #expect(control.entries(.backfill).count == backfills + 1)
        }
    }

    @Test func `attributes that somebody maps meanwhile are told of, and stay`() async throws {
        try await FlowWorld.runConsole { world in
            let (vip, churn) = (try await world.makeAudience("VIP"), try await world.makeAudience("Churn"))
            let flow = try await AudienceMappingTests.flow(world, vip)
            let browser = try await AudienceMappingTests.browser(AudienceMappingTests.permissions, in: world)
            let path = "/console/dataflows/\(flow)/audiences"
            try await browser.open(path)
            func wish() -> [(name: String, value: String)] {
                [
                    ("audience", vip), ("audience", churn), ("base-audience", vip),
                    ("base-paths", browser.value(of: "base-paths") ?? ""), ("etag", browser.value(of: "etag") ?? ""),
                    ("do", "apply"),
                ]
            }
            let first = wish()
            let name = FlowWorld.add("\(FlowWorld.attributes)/-", FlowWorld.attribute("person.name"))
            #expect(try await world.patchFlow(flow, [name]).status == 202)

            let conflict = try await browser.submit(path, first)

            #expect(conflict.status == 400 && conflict.text.contains("changed it: added person.name"))
            #expect(conflict.text.contains("value=\"\(churn)\" checked"))
            #expect(try await browser.submit(path, wish()).text.contains("The audiences are changed"))
            let after = try world.dependencies.control.flowServiceEntry(.flow, flow)
            #expect(
                MappingWish(of: after) == MappingWish(audiences: [vip, churn], paths: ["person.age", "person.name"])
            )
        }
    }
}
