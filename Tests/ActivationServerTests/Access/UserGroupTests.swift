import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// Groups of users, over the API and at the console (BEHAVIOUR 8.8).
struct UserGroupTests {
    private static let path = "/v1/groups"
    private static let email = "ben@shop.example"

    @Test func `a group is made, changed and deleted`() async throws {
        try await FlowWorld.run { world in
            let user = try await world.send(.post, "/v1/users", ["email": "ben@shop.example", "roles": []])
            let draft: JSONValue = [
                "name": "Campaigns", "description": "Who plans", "externalName": "cdp-campaigns",
                "members": ["Ben@shop.example"], "roles": ["marketer"],
            ]
            let made = try await world.send(.post, UserGroupTests.path, draft)
            #expect(made.status == 201 && made["members"] == [.string(user.id)] && made["roles"] == ["marketer"])
            let path = "\(UserGroupTests.path)/\(made.id)"
            #expect(try await world.send(.get, "/v1/users").item["groups"] == [.string(made.id)])
            #expect(try await world.send(.get, UserGroupTests.path)["items"]?.array?.count == 1)

            let changed = try await world.send(.patch, path, ["members": [], "externalName": ""])
            #expect(changed.status == 200 && changed["members"] == [] && changed["externalName"] == nil)
            #expect(changed["name"] == "Campaigns" && changed["roles"] == ["marketer"])
            #expect(try await world.send(.get, path)["description"] == "Who plans")
            #expect(try await world.send(.delete, path).status == 204)
            #expect(try await world.send(.get, path).status == 404)

            let events = try await world.send(.get, "/data/foundation/audit/events?property=assetType==User%20Group")
            #expect(events.status == 200 && events.text.contains("User Group"))
        }
    }

    @Test func `what is wrong with a group is said, and nothing is stored`() async throws {
        try await FlowWorld.run { world in
            func refuse(_ body: JSONValue, _ status: Int) async throws {
                let answer = try await world.send(.post, UserGroupTests.path, body)
                #expect(answer.status == status, "\(body.text) \(answer.text)")
            }
            try await refuse(["description": "no name"], 400)
            try await refuse(["name": " blank"], 400)
            try await refuse(["name": "x", "roles": ["guest"]], 400)
            try await refuse(["name": "x", "members": ["nobody@shop.example"]], 400)
            try await refuse(["name": "x", "members": "ben"], 400)
            try await refuse(["name": "x", "externalName": "two\nlines"], 400)
            #expect(try await world.send(.get, UserGroupTests.path)["items"] == [])

            #expect(try await world.send(.post, UserGroupTests.path, ["name": "x", "externalName": "e"]).status == 201)
            try await refuse(["name": "X"], 409)
            try await refuse(["name": "y", "externalName": "e"], 409)
            try await refuse(["name": "y", "externalName": "E"], 201)
        }
    }

    @Test func `a role is given to a group and taken from it`() async throws {
        try await FlowWorld.run { world in
            let group = try await world.send(.post, UserGroupTests.path, ["name": "Campaigns"])
            let subjects = "\(FlowWorld.roles)/marketer/subjects"
            func patch(_ operation: String, _ name: String) async throws -> FlowWorld.Answer {
                try await world.send(
                    .patch,
                    subjects,
                    [["op": .string(operation), "path": "/user-group", "value": .string(name)]]
                )
            }

            let given = try await patch("add", "campaigns")

            #expect(given.item["subjectType"] == "user-group" && given.item["subjectId"] == .string(group.id))
            #expect(try await world.send(.get, "\(UserGroupTests.path)/\(group.id)")["roles"] == ["marketer"])
            #expect(try await patch("add", "nobody").status == 400)
            #expect(try await patch("remove", group.id)["items"] == [])
            #expect(try await world.send(.get, "\(UserGroupTests.path)/\(group.id)")["roles"] == [])
        }
    }

    @Test func `members may do what the group's roles say, and lose it with their place in it at once`() async throws {
        try await FlowWorld.runConsole { world in
            let control = world.dependencies.control
            try await world.makeUser()
            let ana = try #require(control.consoleUsers.first)
            let ben = try await UserGroupTests.ben(in: world)
            let group = try await world.send(.post, UserGroupTests.path, ["name": "Readers", "roles": ["operator"]])
            let path = "\(UserGroupTests.path)/\(group.id)"
            #expect(try await ben.open("/console/dataflows").status == 403)

            let members: JSONValue = ["members": [.string(UserGroupTests.email), .string(ana.id)]]
            #expect(try await world.send(.patch, path, members).status == 200)
            #expect(try await ben.open("/console/dataflows").status == 200)
            #expect(try await ben.open("/console/audiences/new").status == 403)

            #expect(try await world.send(.patch, path, ["members": [.string(ana.id)]]).status == 200)
            #expect(try await ben.open("/console/dataflows").status == 403)
            #expect(try await world.send(.patch, path, members).status == 200)
            #expect(try await ben.open("/console/dataflows").status == 200)
            #expect(try await world.send(.delete, path).status == 204)
            #expect(try await ben.open("/console/dataflows").status == 403)
        }
    }

    @Test func `a user who is removed leaves the groups`() async throws {
        try await FlowWorld.run { world in
            let user = try await world.send(.post, "/v1/users", ["email": .string(UserGroupTests.email), "roles": []])
            let body: JSONValue = ["name": "Readers", "members": [.string(user.id)]]
            let group = try await world.send(.post, UserGroupTests.path, body)

            #expect(try await world.send(.delete, "/v1/users/\(user.id)").status == 204)

            #expect(try await world.send(.get, "\(UserGroupTests.path)/\(group.id)")["members"] == [])
        }
    }

    @Test func `a group with somebody in it may be what is left of those who administer`() async throws {
        try await FlowWorld.run { world in
            let credential = "/v1/credentials/\(world.start.clientID)"
            let marketer: JSONValue = ["roles": ["marketer"]]
            let body: JSONValue = ["name": "Admins", "roles": ["administrator"], "externalName": "admins"]
            let group = try await world.send(.post, UserGroupTests.path, body)
            #expect(try await world.send(.patch, credential, marketer).status == 409, "nobody is in it by hand")
            _ = try await world.send(.post, "/v1/users", ["email": .string(UserGroupTests.email), "roles": []])
            let members: JSONValue = ["members": [.string(UserGroupTests.email)]]
            #expect(try await world.send(.patch, "\(UserGroupTests.path)/\(group.id)", members).status == 200)

            #expect(try await world.send(.patch, credential, marketer).status == 200)

            let control = world.dependencies.control
            await #expect(throws: APIError.self) { try await control.deleteGroup(group.id, by: .server) }
        }
    }

    @Test func `the console makes, changes and deletes a group`() async throws {
        try await FlowWorld.runConsole { world in
            let browser = try await world.signedIn()
            let control = world.dependencies.control
            let ana = try #require(control.consoleUsers.first)
            let root = "/console/access/groups"
            let fields = [
                ("name", "Campaigns"), ("description", "Who plans"), ("externalName", "cdp"),
                ("role-marketer", "true"), ("member-\(ana.id)", "true"),
            ]
            try await browser.open("\(root)/new")
            let refused = try await browser.submit("\(root)/new", fields + [("password", "wrong")])
            #expect(refused.status == 400 && control.snapshot.groups.isEmpty)

            let made = try await browser.submit("\(root)/new", fields + [("password", FlowWorld.password)])
            #expect(made.text.contains("The group is kept") && made.text.contains("Campaigns"))
            let group = try #require(control.snapshot.groups.first)
            #expect(group.members == [ana.id] && group.roles == ["marketer"] && group.externalName == "cdp")

            let path = "\(root)/\(group.id)"
            try await browser.open(path)
            #expect(browser.value(of: "externalName") == "cdp")
            let empty = try await browser.submit(path, [("name", ""), ("password", FlowWorld.password)])
            #expect(empty.status == 400)
            try await browser.submit(path, [("name", "Planners"), ("password", FlowWorld.password)])
            let changed = try #require(control.snapshot.groups.first)
            #expect(changed.name == "Planners" && changed.members == [] && changed.externalName == nil)
            try await browser.open("\(path)/delete")
            #expect(try await browser.submit("\(path)/delete").text.contains("The group is deleted"))
            #expect(control.snapshot.groups.isEmpty)
        }
    }

    /// A browser in which somebody without roles is signed in.
    private static func ben(in world: FlowWorld) async throws -> Browser {
        let control = world.dependencies.control
        let email = try #require(EmailAddress(UserGroupTests.email))
        let user = try await control.inviteUser(email, roles: [], cost: .least, by: .server)
        let hash = try PasswordHash(of: FlowWorld.password, cost: .least)
        _ = try await control.setPassword(of: user.id, hash, link: nil, by: .server)
        let browser = Browser(world.client)
        try await browser.open("/console/sign-in")
        let fields = [("email", UserGroupTests.email), ("password", FlowWorld.password)]
        try await browser.submit("/console/sign-in", fields)
        return browser
    }
}
