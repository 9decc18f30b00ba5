import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// Roles, who has them, users and credentials over the API (BEHAVIOUR 8.3).
struct RoleTests {
    private static let draft: JSONValue = [
        "name": "Campaigns", "description": "Who plans campaigns", "roleType": "user-defined",
        "permissionSets": ["manage-segments", "view-destinations"],
    ]

    @Test func `a role is made, changed, given, taken and deleted`() async throws {
        try await FlowWorld.run { world in
            let made = try await world.send(.post, FlowWorld.roles, RoleTests.draft)
            #expect(made.status == 200)
            #expect(made["permissionSets"] == ["view-destinations", "view-segments", "manage-segments"])
            #expect(made["roleType"] == "user-defined" && made["sandboxes"] == ["prod"])
            let path = "\(FlowWorld.roles)/\(made.id)"
            let program = try await world.program(ofRole: made.id)
            let audiences = "/data/core/ups/segment/definitions"
            let profiles = "/v1/erasures"

            #expect(try await program.send(.get, audiences).status == 200)
            #expect(try await program.send(.get, profiles).status == 403)
            let addition: JSONValue = [
                "operations": [["op": "add", "path": "/permissionSets/-", "value": "view-profiles"]]
            ]
            #expect(try await world.send(.patch, path, addition).status == 200)
            #expect(try await program.send(.get, profiles).status == 200, "from the next request on")
            #expect(try await world.send(.delete, path).status == 409, "somebody has it")

            let subjects = try await world.send(.get, "\(path)/subjects")
            #expect(subjects.item["subjectId"] == .string(program.clientID))
            let removal: JSONValue = [["op": "remove", "path": "/api-integration", "value": .string(program.clientID)]]
            #expect(try await world.send(.patch, "\(path)/subjects", removal)["items"] == [])
            #expect(try await program.send(.get, audiences).status == 403)
            #expect(try await world.send(.delete, path).status == 204)
            #expect(try await world.send(.get, path).status == 404)
        }
    }

    @Test func `what is wrong with a role is said, and nothing is stored`() async throws {
        try await FlowWorld.run { world in
            func refuse(_ body: JSONValue, _ status: Int) async throws {
                let answer = try await world.send(.post, FlowWorld.roles, body)
                #expect(answer.status == status, "\(body.text) \(answer.text)")
            }
            try await refuse(["description": "no name"], 400)
            try await refuse(["name": " blank"], 400)
            try await refuse(["name": "two\nlines"], 400)
            try await refuse(["name": "x", "permissionSets": ["manage-everything"]], 400)
            try await refuse(["name": "x", "permissionSets": "view-segments"], 400)
            try await refuse(["name": "x", "roleType": "system-defined"], 400)
            try await refuse(["name": "marketer"], 409)
            for role in Role.builtIn {
                #expect(try await world.send(.put, "\(FlowWorld.roles)/\(role.id)", RoleTests.draft).status == 409)
                #expect(try await world.send(.delete, "\(FlowWorld.roles)/\(role.id)").status == 409)
            }
            let list = try await world.send(.get, FlowWorld.roles)
            #expect(list["items"]?.array?.count == Role.builtIn.count)
        }
    }

    @Test func `somebody who may administer is always left`() async throws {
        try await FlowWorld.run { world in
            let credential = "/v1/credentials/\(world.start.clientID)"
            let subjects = "\(FlowWorld.roles)/administrator/subjects"
            let removal: JSONValue = [
                "op": "remove", "path": "/api-integration", "value": .string(world.start.clientID),
            ]
            #expect(try await world.send(.patch, credential, ["roles": ["marketer"]]).status == 409)
            #expect(try await world.send(.patch, subjects, removal).status == 409)

            let other = try await world.send(.post, "/v1/credentials", ["name": "b", "roles": ["administrator"]])
            #expect(other.status == 201 && other["clientSecret"]?.string?.hasPrefix("hw_") == true)
            #expect(try await world.send(.patch, credential, ["roles": ["marketer"]]).status == 200)
            #expect(try await world.send(.get, "/v1/credentials").status == 403, "it has made itself a marketer")
        }
    }

    @Test func `a person is invited with roles and removed again`() async throws {
        try await FlowWorld.run { world in
            let body: JSONValue = ["email": "Ben@shop.example", "roles": ["marketer"]]
            let made = try await world.send(.post, "/v1/users", body)
            #expect(made.status == 201 && made["email"] == "ben@shop.example" && made["roles"] == ["marketer"])
            #expect(made["invitation"]?.string?.contains("/console/link/") == true)
            #expect(try await world.send(.post, "/v1/users", body).status == 409)
            #expect(try await world.send(.post, "/v1/users", ["email": "nobody", "roles": []]).status == 400)
            #expect(
                try await world.send(.post, "/v1/users", ["email": "c@shop.example", "roles": ["guest"]]).status == 400
            )

            let path = "/v1/users/\(made.id)"
            let changed = try await world.send(.patch, path, ["roles": ["operator", "privacyOfficer"]])
            #expect(changed["roles"] == ["operator", "privacyOfficer"])
            #expect(try await world.send(.delete, path).status == 204)
            #expect(try await world.send(.delete, path).status == 404)
            let history = try await world.send(.get, "/v1/changes?kind=consoleUser")
            #expect(history.status == 200 && !history.text.contains("scrypt"))
        }
    }

    @Test func `a client is told which of the permissions it asks about it has`() async throws {
        try await FlowWorld.run { world in
            let program = try await world.program([.viewAudiences])
            let path = "/data/foundation/access-control/acl"
            let names: JSONValue = [
                "/permissions/view-segments", "/permissions/manage-segments", "/resource-types/segments", "nonsense",
            ]

            let answer = try await program.send(.post, "\(path)/effective-policies", names)

            #expect(answer["policies"] == ["/permissions/view-segments": ["*"]])
            #expect(try await program.send(.post, "\(path)/effective-policies", [1]).status == 400)
            let reference = try await program.send(.get, "\(path)/reference")
            #expect(reference["permissions"]?.object?.count == Permission.allCases.count)
        }
    }

    @Test func `credentials and users of before there were roles may do everything`() {
        let entry = ControlEntry(
            kind: .credential,
            id: "c",
            etag: "1-1",
            createdAt: Timestamp(milliseconds: 0),
            updatedAt: Timestamp(milliseconds: 0),
            body: ["name": "old"]
        )
        #expect(ControlSnapshot().permissions(of: entry.roles, in: Sandbox.defaultName) == Set(Permission.allCases))
        #expect(ControlSnapshot().permissions(of: ["guest"], in: Sandbox.defaultName) == [])
    }
}
