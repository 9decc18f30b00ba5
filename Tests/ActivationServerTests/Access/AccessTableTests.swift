import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// Every route of the API against the one table of permissions (BEHAVIOUR 8.1).
struct AccessTableTests {
    /// Whether an answer refuses for want of a permission; anything else may be wrong with the rest of the request.
    private static func isRefused(_ answer: FlowWorld.Answer) -> Bool { answer.errorCode == "2120-403" }

    private static func example(_ path: String) -> String {
        path.split(separator: "/").map { part in
            switch part {
            case "{inletId}": "0"
            case "{number}": "1"
            case _ where part.hasPrefix("{"): "6b1bc1a6-8d5c-4f2e-9d3d-6f6f7e1f0001"
            default: String(part)
            }
        }.reduce(into: "") { $0 += "/" + $1 }
    }

    @Test func `every route that needs a token is in the table, and every line of it is a route`() {
        let guarded = OpenAPIDocument.operations.filter { $0.security != .none }.map {
            "\($0.method.uppercased()) \($0.path)"
        }
        let table = APIAccess.rules.map { "\($0.method.rawValue) \($0.path)" }

        #expect(Set(table).count == table.count)
        #expect(Set(guarded) == Set(table))
        #expect(APIAccess.of(.get, "/v1/not/in/the/table") == nil)
        #expect(APIAccess.of(.head, "/v1/backfills/:id") == APIAccess.of(.get, "/v1/backfills/{id}"))
    }

    /// What a route asks for, as sets of permissions each of which is enough and none of which has too much.
    private static func enough(_ access: APIAccess) -> [Set<Permission>] {
        switch access {
        case .signedIn: [[]]
        case .all(let needed): [needed]
        case .any(let needed): needed.map { [$0] }
        }
    }

    @Test func `each route is open to who has what it asks for, and to nobody who lacks any of it`() async throws {
        try await FlowWorld.run { world in
            var programs: [Set<Permission>: FlowWorld.Program] = [:]
            func ask(_ rule: APIAccess.Rule, _ permissions: Set<Permission>) async throws -> FlowWorld.Answer {
                if programs[permissions] == nil { programs[permissions] = try await world.program(permissions) }
                let program = try #require(programs[permissions])
                let body: JSONValue? = [.post, .put, .patch].contains(rule.method) ? [:] : nil
                return try await program.send(rule.method, AccessTableTests.example(rule.path), body)
            }
            // Inlets that are not there are not there for anybody.
            for rule in APIAccess.rules where !rule.path.contains("{inletId}") {
                for permissions in AccessTableTests.enough(rule.access) {
                    let answer = try await ask(rule, permissions)
                    #expect(!AccessTableTests.isRefused(answer), "\(rule.method) \(rule.path) \(permissions.listed)")
                    guard case .all = rule.access else { continue }
                    for missing in permissions {
                        let others = Set(Permission.allCases.filter { $0 != missing && $0.included != missing })
                        let answer = try await ask(rule, others)
                        #expect(AccessTableTests.isRefused(answer), "\(rule.method) \(rule.path) without \(missing)")
                        #expect(answer.status == 403 && answer.detail.contains(missing.rawValue))
                    }
                }
                let nothing = try await ask(rule, [])
                #expect(
                    AccessTableTests.isRefused(nothing) == (rule.access != .signedIn),
                    "\(rule.method) \(rule.path)"
                )
            }
        }
    }

    @Test func `each role that every server has may do what the table says, route by route`() async throws {
        try await FlowWorld.run { world in
            for role in Role.builtIn {
                let program = try await world.program(ofRole: role.id)
                for rule in APIAccess.rules where !rule.path.contains("{inletId}") {
                    // Whoever administers would take everything away from themselves.
                    guard !rule.path.contains("/credentials"), !rule.path.contains("/roles") else { continue }
                    let body: JSONValue? = [.post, .put, .patch].contains(rule.method) ? [:] : nil
                    let answer = try await program.send(rule.method, AccessTableTests.example(rule.path), body)
                    let isAdmitted = rule.access.admits(role.permissions)
                    #expect(AccessTableTests.isRefused(answer) != isAdmitted, "\(role.id): \(rule.method) \(rule.path)")
                }
            }
        }
    }

    /// Every route, with tokens of somebody who may do everything and of somebody who may do little.
    @Test func `a token that is narrowed opens what both its scope names and its credential's roles allow`()
        async throws
    {
        let little: Set<Permission> = [.viewAudiences, .manageDestinations]
        let scopes: [Set<Permission>] = [
            [.viewProfiles], [.manageAudiences], [.manageDestinations, .activateDestinations], [.administer],
            [.manageSandboxes, .manageSources], Set(Permission.allCases), [],
        ]
        try await FlowWorld.run { world in
            for held in [Set(Permission.allCases), little] {
                var program = try await world.program(held)
                for named in scopes {
                    let scope = TokenScope(named)
                    program.scope = scope
                    for rule in APIAccess.rules where !rule.path.contains("{inletId}") {
                        let body: JSONValue? = [.post, .put, .patch].contains(rule.method) ? [:] : nil
                        let answer = try await program.send(rule.method, AccessTableTests.example(rule.path), body)
                        let what = "\(rule.method) \(rule.path) \(scope.text)"
                        let isAdmitted = rule.access.admits(held.completed.intersection(named.completed))
                        // What is checked deeper may still refuse whom the table lets through.
                        if rule.access != .signedIn, !isAdmitted {
                            #expect(AccessTableTests.isRefused(answer), "\(what)")
                        }
                        if isAdmitted { #expect(!AccessTableTests.isRefused(answer), "\(what) \(answer.text)") }
                        let isOutside = !isAdmitted && !rule.access.admits(scope.permissions)
                        #expect(
                            (answer.headers[.wwwAuthenticate]?.contains("insufficient_scope") ?? false) == isOutside,
                            "\(what)"
                        )
                    }
                }
            }
        }
    }

    @Test func `an inlet that asks for a token takes it only of who may send`() async throws {
        try await FlowWorld.run { world in
            let path = "/collection/\(world.start.inletID)"
            let sender = try await world.program(ofRole: "dataSender")
            let reader = try await world.program(Set(Permission.allCases).subtracting([.manageSources]))

            #expect(try await sender.send(.post, path, [:]).status == 400)
            let refused = try await reader.send(.post, path, [:])
            #expect(AccessTableTests.isRefused(refused) && refused.detail.contains("Manage Sources"))
        }
    }

    @Test func `names of permissions are read as they are written, and roles complete them`() {
        for permission in Permission.allCases {
            #expect(Permission(apiName: permission.apiName) == permission)
            #expect(!permission.meaning.isEmpty)
        }
        #expect(Permission(apiName: "manage-everything") == nil)
        #expect(Set<Permission>([.manageAudiences]).completed == [.manageAudiences, .viewAudiences])
    }
}
