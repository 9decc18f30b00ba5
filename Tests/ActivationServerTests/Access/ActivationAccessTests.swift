import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// Who may change what of a dataflow (BEHAVIOUR 8.2; acceptance scenario A38).
struct ActivationAccessTests {
    private static let viewing: Set<Permission> = [.viewDestinations, .viewProfiles, .viewAudiences]

    private static func mapping(_ audience: String) -> JSONValue {
        [
            [
                "op": "add", "path": "/transformations/0/params/segmentSelectors/selectors/-",
                "value": ["type": "PLATFORM_SEGMENT", "value": ["id": .string(audience)]],
            ]
        ]
    }

    private static let attribute: JSONValue = [
        [
            "op": "add", "path": "/transformations/0/params/profileSelectors/selectors/-",
            "value": ["type": "JSON_PATH", "value": ["path": "person.name.firstName"]],
        ]
    ]
    private static let renaming: JSONValue = [["op": "replace", "path": "/name", "value": "another name"]]
    private static let action: JSONValue = [
        [
            "op": "add", "path": "/marketingActions",
            "value": [["type": "core", "name": "emailTargeting"]],
        ]
    ]

    @Test func `A38 audiences are mapped only by who may activate`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            let audience = try await world.makeAudience("gold")
            let path = "\(FlowWorld.base)/flows/\(flow.id)"
            let manager = try await world.program(ActivationAccessTests.viewing.union([.manageDestinations]))
            let activator = try await world.program(ActivationAccessTests.viewing.union([.activateDestinations]))

            let refused = try await manager.send(
                .patch,
                path,
                ActivationAccessTests.mapping(audience),
                ifMatch: flow.etag
            )
            #expect(refused.status == 403 && refused.errorCode == "2120-403")
            #expect(refused.detail.contains("Activate Destinations"))
            #expect(try await world.send(.get, path).item["etag"]?.string == flow.etag, "nothing has changed")

            let mapped = try await activator.send(
                .patch,
                path,
                ActivationAccessTests.mapping(audience),
                ifMatch: flow.etag
            )
            #expect(mapped.status == 202, "\(mapped.text)")
        }
    }

    @Test func `each part of a flow is changed by who may change that part`() async throws {
        let all: Set<Permission> = [.manageDestinations, .activateDestinations, .activateWithoutMapping]
        try await FlowWorld.run { world in
            let audience = try await world.makeAudience("gold")
            let changes: [(JSONValue, [Set<Permission>])] = [
                (ActivationAccessTests.mapping(audience), [[.activateDestinations], [.activateWithoutMapping]]),
                (ActivationAccessTests.attribute, [[.activateDestinations]]),
                (ActivationAccessTests.renaming, [[.manageDestinations]]),
                (ActivationAccessTests.action, [[.activateDestinations, .manageDestinations]]),
            ]
            for (change, enough) in changes {
                for bits in 1..<8 {
                    let held = Set(
                        all.sorted { $0.rawValue < $1.rawValue }.enumerated().filter { bits >> $0.offset & 1 == 1 }.map(
                            \.element
                        )
                    )
                    let (flow, _) = try await world.makeFlow()
                    let program = try await world.program(ActivationAccessTests.viewing.union(held))
                    let answer = try await program.send(
                        .patch,
                        "\(FlowWorld.base)/flows/\(flow.id)",
                        change,
                        ifMatch: flow.etag
                    )
                    let isEnough = enough.contains { $0.isSubset(of: held) }
                    #expect(answer.status == (isEnough ? 202 : 403), "\(held) \(change.text) \(answer.text)")
                }
            }
        }
    }
}
