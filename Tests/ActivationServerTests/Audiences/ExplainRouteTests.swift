import HTTPTypes
import Testing

@testable import ActivationCore
@testable import ActivationEngine
@testable import ActivationServer

/// Why somebody is in an audience (BEHAVIOUR 5.10).
@Suite struct ExplainRouteTests {
    private static let definitions = "/data/core/ups/segment/definitions"

    private static func seed(_ world: IngestWorld, _ rule: String) async throws -> String {
        let record = #"{"identityMap":{"Email":[{"id":"a@x.org","primary":true}]},"person":{"tier":"gold","age":40}}"#
        #expect(try await world.send(.post, "/v1/profiles?dataset=crm", record)["accepted"] == 1)
        let body: JSONValue = [
            "name": "VIP", "expression": ["type": "PQL", "format": "pql/text", "value": .string(rule)],
        ]
        return try #require(try await world.send(.post, definitions, body.text)["id"]?.string)
    }

    @Test func `the tree is shown with values, facts and what would have to change`() async throws {
        try await IngestWorld.run { world in
            let id = try await Self.seed(world, #"person.tier = "gold" and (person.age > 50 or vip = true)"#)
            let answer = try await world.send(.get, "/v1/explain?audience=\(id)&namespace=email&value=a%40x.org")

            #expect(answer.status == 200)
            #expect(answer["audienceId"]?.string == id && answer["name"] == "VIP")
            #expect(answer["qualifies"] == false && answer["membership"] == nil && answer["evaluationPending"] == false)
            #expect(answer["reversal"] == ["possible": true, "smallest": true, "conditions": [2]])
            let rule = answer["rule"]
            #expect(rule?["kind"] == "all" && rule?["parts"]?[1]?["kind"] == "any")
            let tier = rule?["parts"]?[0]
            #expect(tier?["holds"] == true && tier?["decides"] == false && tier?["hasToChange"] == false)
            let attribute = tier?["attributes"]?[0]
            #expect(attribute?["path"] == "person.tier" && attribute?["value"] == "gold")
            #expect(attribute?["dataset"] == "crm" && attribute?["namespace"] == "Email")
            #expect(attribute?["writtenAt"]?.string != nil && attribute?["others"] == 0)
            let age = rule?["parts"]?[1]?["parts"]?[0]
            #expect(age?["hasToChange"] == true && age?["column"]?.int64 == 27)
            #expect(rule?["parts"]?[1]?["parts"]?[1]?["attributes"]?[0]?["value"] == nil)

            // The name does as well, and a member is told what keeps them in.
            _ = try await world.send(
                .post,
                "/v1/profiles?dataset=crm",
                #"{"identityMap":{"Email":[{"id":"a@x.org"}]},"person":{"age":60}}"#
            )
            let member = try await world.send(.get, "/v1/explain?audience=VIP&namespace=Email&value=a%40x.org")
            #expect(member["membership"]?["status"] == "realized" && member["qualifies"] == true)
            #expect(member["reversal"]?["conditions"] == [1])
        }
    }

    @Test(arguments: [
        ("audience=none&namespace=Email&value=a%40x.org", 404, "DEFINITION_UNKNOWN"),
        ("audience=VIP&namespace=Email&value=nobody", 404, "PROFILE_UNKNOWN"),
        ("audience=VIP&namespace=None&value=a", 400, "FIELD_INVALID"),
        ("audience=VIP&namespace=Email", 400, "FIELD_INVALID"),
        ("namespace=Email&value=a%40x.org", 400, "QUERY_INVALID"),
    ])
    func `what cannot be explained is refused`(query: String, status: Int, code: String) async throws {
        try await IngestWorld.run { world in
            _ = try await Self.seed(world, "a = 1")
            let answer = try await world.send(.get, "/v1/explain?\(query)")

            #expect(answer.status == status && answer.errorCode == code)
            #expect(!answer.text.contains("a@x.org"))
        }
    }

    @Test func `an audience that is asked for is named`() async throws {
        try await IngestWorld.run { world in
            let other = try await Self.seed(world, "person.age < 50")
            let body = #"{"name":"both","expression":{"value":"inSegment(\"VIP\") or person.tier = \"x\""}}"#
            _ = try await world.send(.post, Self.definitions, body)
            let answer = try await world.send(.get, "/v1/explain?audience=both&namespace=Email&value=a%40x.org")

            let asked = answer["rule"]?["parts"]?[0]?["audiences"]?[0]
            #expect(asked?["id"]?.string == other && asked?["name"] == "VIP")
        }
    }

    /// An engine that explains as it is told.
    private struct Told: QuietEngine {
        let found: ProfileExplanation

        func explain(
            _ identity: Identity,
            _ expression: PQLExpression,
            mergePolicy: MergePolicy.ID?
        ) async throws(EngineError) -> ProfileExplanation? { found }
    }

    @Test(arguments: [
        (MembershipStatus.realized, true, false), (.realized, false, true), (.exited, true, true),
        (.exited, false, false),
    ])
    func `a standing that the rule does not say any more is pending`(
        status: MembershipStatus,
        qualifies: Bool,
        isPending: Bool
    ) async throws {
        let now = Timestamp(milliseconds: 1_772_442_904_123)
        let id = UUIDBytes(high: 1, low: 2)
        let outcome = PQLOutcome(qualifies: qualifies)
        let rule = PQLExplanation(kind: .condition, text: "a = 1", line: 1, column: 1, outcome: outcome)
        let found = ProfileExplanation(
            profile: Profile.ID(uuid: id),
            identities: [],
            instant: now,
            explanation: rule,
            reversal: PQLReversal(conditions: nil, isSmallest: true),
            memberships: [
                SegmentMembership(audience: Audience.ID(uuid: id), status: status, lastQualificationTime: now)
            ]
        )
        let entry = ControlEntry(
            kind: .segmentDefinition,
            id: id.description,
            etag: "",
            createdAt: now,
            updatedAt: now,
            body: ["name": "VIP", "expression": ["value": "a = 1"]]
        )
        let explained = try await AudienceExplanation(
            of: Identity(namespace: "Email", value: "a@x.org"),
            in: #require(SegmentDefinition(entry)),
            Told(found: found)
        )

        #expect(explained?.isPending == isPending)
        let document = explained?.document { _ in nil }
        #expect(document?["evaluationPending"]?.bool == isPending)
        #expect(document?["membership"]?["status"]?.string == status.text)
        #expect(document?["reversal"] == ["possible": false, "smallest": true, "conditions": []])
    }
}
