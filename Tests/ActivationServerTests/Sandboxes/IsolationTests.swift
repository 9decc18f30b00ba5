import ActivationCore
import ActivationEngine
import HTTPTypes
import TestSupport
import Testing

@testable import ActivationServer

/// A program of one sandbox tries every route with everything that another one and the organisation have: what it is told is what it
/// would be told of things that there are not, word by word (BEHAVIOUR 8.6).
@Suite(.timeLimit(.minutes(10))) struct IsolationTests {
    /// What is asked for, with `ID` in the place of something that belongs to somebody else.
    struct Question: Sendable {
        var method: HTTPRequest.Method
        var path: String
        var body: String?

        func about(_ thing: String) -> Question {
            Question(
                method: method,
                path: path.split(separator: "ID", omittingEmptySubsequences: false)
                    .joined(separator: thing.percentEncoded()),
                body: body?.split(separator: "ID", omittingEmptySubsequences: false).joined(separator: thing)
            )
        }
    }

    private static let ups = "/data/core/ups"
    private static let flowService = "/data/foundation/flowservice"
    private static let person = "schema.name=_xdm.context.profile&entityIdNS=Email&entityId=ID"

    /// Questions that name something elsewhere than in the path's parameters.
    private static let pointed: [Question] = [
        Question(method: .get, path: "\(ups)/access/entities?\(person)"),
        Question(method: .delete, path: "\(ups)/access/entities?\(person)"),
        Question(
            method: .get,
            path: "\(ups)/access/entities?schema.name=_xdm.context.profile&entityIdNS=Email&entityId=n&mergePolicyId=ID"
        ),
        Question(method: .get, path: "/v1/identities/export?namespace=Email&id=ID"),
        Question(method: .delete, path: "/v1/identities?namespace=Email&id=ID"),
        Question(method: .get, path: "/v1/explain?namespace=Email&id=ID&dataflow=ID"),
        Question(method: .get, path: "/v1/explain?namespace=Email&id=ID&audience=ID"),
        Question(method: .get, path: "/v1/changes?object=ID"),
        Question(method: .get, path: "/v1/dead-letters?dataflow=ID"),
        Question(method: .get, path: "/v1/series?dataflow=ID"),
        Question(method: .get, path: "/v1/backfills?dataflow=ID"),
        Question(method: .get, path: "\(flowService)/runs?property=flowId==ID"),
        Question(method: .get, path: "\(flowService)/flows?property=id==ID"),
        Question(method: .get, path: "\(ups)/audiences?property=audienceId==ID"),
        Question(method: .get, path: "/data/foundation/audit/events?property=assetId==ID"),
        Question(
            method: .post,
            path: "\(flowService)/sourceConnections",
            body: """
                {"name":"s","baseConnectionId":"ID","data":{"format":"json"},"params":{},\
                "connectionSpec":{"id":"8a9c3494-9708-43d7-ae3f-cda01e5030e1","version":"1.0"}}
                """
        ),
        Question(
            method: .post,
            path: "\(flowService)/targetConnections",
            body: """
                {"name":"t","baseConnectionId":"ID","data":{"format":"json"},"params":{"stream":"s","region":"eu-west-1"},\
                "connectionSpec":{"id":"86043421-563b-46ec-8e6c-e23184711bf6","version":"1.0"}}
                """
        ),
        Question(
            method: .post,
            path: "\(flowService)/flows",
            body: """
                {"name":"f","flowSpec":{"id":"71471eba-b620-49e4-90fd-23f1fa0174d8","version":"1.0"},\
                "sourceConnectionIds":["ID"],"targetConnectionIds":["ID"],"transformations":[]}
                """
        ),
        Question(method: .post, path: "/v1/dataflows", body: #"{"name":"d","accountId":"ID","stream":"s"}"#),
        Question(method: .post, path: "/v1/backfills", body: #"{"dataflowId":"ID"}"#),
        Question(
            method: .post,
            path: "/v1/rehearsals",
            body: #"{"dataflow":{"id":"ID"},"audience":{"id":"ID"}}"#
        ),
        Question(
            method: .post,
            path: "\(ups)/segment/definitions",
            body: #"{"name":"n","mergePolicyId":"ID","expression":{"type":"PQL","format":"pql/text","value":"a > 1"}}"#
        ),
        Question(
            method: .post,
            path: "\(ups)/segment/definitions",
            body: #"{"name":"n","expression":{"type":"PQL","format":"pql/text","value":"inSegment(\"ID\")"}}"#
        ),
        Question(method: .post, path: "\(ups)/segment/definitions/bulk-get", body: #"{"ids":[{"id":"ID"}]}"#),
        Question(method: .post, path: "\(ups)/audiences/bulk-get", body: #"{"ids":[{"id":"ID"}]}"#),
        Question(method: .post, path: "\(ups)/config/mergePolicies/bulk-get", body: #"{"ids":[{"id":"ID"}]}"#),
        Question(method: .post, path: "\(ups)/segment/jobs/bulk-get", body: #"{"ids":[{"id":"ID"}]}"#),
        Question(method: .post, path: "\(ups)/segment/jobs", body: #"[{"segmentId":"ID"}]"#),
        Question(
            method: .post,
            path: "\(ups)/config/schedules",
            body: #"{"name":"n","type":"batch_segmentation","properties":{"segments":["ID"]},"state":"inactive"}"#
        ),
        Question(method: .post, path: "\(ups)/preview", body: #"{"audienceId":"ID","predicateExpression":"a > 1"}"#),
        Question(method: .post, path: "/v1/audiences/bulk", body: #"{"op":"publish","ids":["ID"]}"#),
        Question(method: .post, path: "/v1/audiences/check", body: #"{"rule":"inSegment(\"ID\")"}"#),
        Question(
            method: .post,
            path: "/data/foundation/dulepolicy/marketingActions/core/exportToThirdParty/constraints",
            body: #"[{"entityType":"dataSet","entityId":"ID"}]"#
        ),
        Question(
            method: .post,
            path: "/v1/profiles?dataset=ID",
            body: #"{"identityMap":{"Email":[{"id":"new@x.org","primary":true}]}}"#
        ),
    ]

    /// Every route with a parameter, the parameter being what belongs to somebody else, the others made up.
    private static let routed: [Question] = APIAccess.rules.filter { $0.path.contains("{") }.flatMap { rule in
        let parts = rule.path.split(separator: "/")
        let places = parts.indices.filter { parts[$0].hasPrefix("{") }
        return places.map { place in
            let path = parts.indices.map { index in
                index == place ? "ID" : parts[index].hasPrefix("{") ? "1" : String(parts[index])
            }
            let hasBody = [.post, .put, .patch].contains(rule.method)
            return Question(method: rule.method, path: "/" + path.joined(separator: "/"), body: hasBody ? "{}" : nil)
        }
    }

    /// Fills a sandbox with one of each thing that can be made.
    private func fill(_ world: IngestWorld, _ sandbox: String) async throws {
        let headers: [(HTTPField.Name, String)] = [(.sandboxName, sandbox)]
        func make(_ path: String, _ body: JSONValue) async throws -> IngestWorld.Answer {
            let answer = try await world.send(.post, path, body.text, headers: headers)
            #expect((200..<300).contains(answer.status), "\(path): \(answer.text)")
            return answer
        }
        func id(_ answer: IngestWorld.Answer) throws -> JSONValue {
            try #require(answer["id"] ?? answer["jobs"]?[0]?["jobId"], "\(answer.text)")
        }
        let flowService = IsolationTests.flowService
        let account = try id(try await make("\(flowService)/connections", FlowWorld.kinesisBody))
        let base = try id(
            try await make(
                "\(flowService)/connections",
                ["name": "reads", "connectionSpec": FlowWorld.profileSpec]
            )
        )
        let source = try id(
            try await make(
                "\(flowService)/sourceConnections",
                [
                    "name": "source", "connectionSpec": FlowWorld.profileSpec, "baseConnectionId": base,
                    "data": ["format": "json"], "params": [:],
                ]
            )
        )
        let target = try id(
            try await make("\(flowService)/targetConnections", FlowWorld.targetBody(base: account.string ?? ""))
        )
        _ = try await make(
            "\(flowService)/flows",
            FlowWorld.flowBody(source: source.string ?? "", target: target.string ?? "", name: "told-\(sandbox)")
        )
        _ = try await make(
            "\(IsolationTests.ups)/segment/definitions",
            [
                "name": .string("adults-\(sandbox)"),
                "expression": ["type": "PQL", "format": "pql/text", "value": "person.age > 18"],
            ]
        )
        _ = try await make("/data/foundation/catalog/dataSets", ["name": .string("crm-\(sandbox)")])
        _ = try await make("/v1/alerts/rules", ["kind": "lag"])
        _ = try await make(
            "\(IsolationTests.ups)/config/schedules",
            [
                "name": "nightly", "type": "batch_segmentation", "properties": ["segments": ["*"]], "state": "inactive",
                "schedule": "0 0 1 * * ?",
            ]
        )
        _ = try await make("\(IsolationTests.ups)/segment/jobs", [["segmentId": "*"]])
        let profile = #"{"identityMap":{"Email":[{"id":"\#(sandbox)@x.org","primary":true}]},"person":{"age":30}}"#
        let sent = try await world.send(.post, "/v1/profiles", profile, headers: headers)
        #expect(sent["accepted"] == 1, "\(sent.text)")
    }

    /// What an answer says beside the names of what was asked and of the request.
    private func told(_ answer: IngestWorld.Answer, of thing: String) -> String {
        var text = answer.text
        for name in [thing, thing.percentEncoded()] {
            text = text.split(separator: name, omittingEmptySubsequences: false).joined(separator: "ID")
        }
        if let id = answer["requestId"]?.string {
            text = text.split(separator: id, omittingEmptySubsequences: false).joined(separator: "REQUEST")
        }
        // A query that is kept as text has the name in it, written otherwise.
        if let query = answer["queryId"]?.string {
            text = text.split(separator: query, omittingEmptySubsequences: false).joined(separator: "QUERY")
        }
        return "\(answer.status) \(text)"
    }

    /// A thing of the same form that there is not.
    private func nothing(like thing: String, _ random: inout SeededGenerator) -> String {
        String(
            thing.map { character in
                guard character.isLetter || character.isNumber else { return character }
                if character.isNumber { return Character(String(UInt64.random(in: 0...9, using: &random))) }
                guard character.isHexDigit, UUIDBytes(thing) != nil || thing.count == 32 else {
                    return Character(UnicodeScalar(UInt8.random(in: 97...122, using: &random)))
                }
                return Character(UnicodeScalar(UInt8.random(in: 97...102, using: &random)))
            }
        )
    }

    @Test func `no route tells one sandbox of anything that another one or the organisation has`() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        try await IngestWorld.runSandboxes(["alpha-sandbox", "omega-sandbox"]) { world in
            for sandbox in ["prod", "omega-sandbox"] { try await fill(world, sandbox) }
            let stranger = try await world.program(in: ["alpha-sandbox"])
            let owner = try await world.program(in: ["omega-sandbox"])
            let organisation = world.dependencies.control
            let two = try world.sandbox("omega-sandbox").dependencies
            // What there is: everything configured in the two others, the organisation's own, and their people.
            var things: [String] = [
                "omega-sandbox@x.org", "prod@x.org", "omega-sandbox", world.start.inletID, world.start.clientID,
            ]
            for control in [organisation, two.control] {
                for kind in ControlKind.allCases {
                    things += control.entries(kind).prefix(2).map(\.id)
                }
            }
            for flow in two.control.entries(.flow) { things.append(flow.string("name") ?? "") }
            things = Array(Set(things)).filter { $0.count > 6 }.sorted()
            let before = ControlKind.allCases.map { kind in
                [organisation, two.control].map { control in control.entries(kind).map(\.etag) }
            }
            var random = SeededGenerator(seed: seed)
            var known = 0
            for question in IsolationTests.routed + IsolationTests.pointed {
                for thing in things {
                    let absent = nothing(like: thing, &random)
                    guard absent != thing else { continue }
                    let (asked, never) = (question.about(thing), question.about(absent))
                    let answer = try await stranger.send(asked.method, asked.path, asked.body, in: "alpha-sandbox")
                    let other = try await stranger.send(never.method, never.path, never.body, in: "alpha-sandbox")
                    // What was made by it is its own.
                    guard !(200..<300).contains(answer.status) || asked.method == .get else {
                        #expect(answer.status == other.status, "\(seed) \(asked.method) \(asked.path)")
                        continue
                    }
                    #expect(
                        told(answer, of: thing) == told(other, of: absent),
                        "seed \(seed), \(asked.method) \(asked.path) \(asked.body ?? "")"
                    )
                    guard asked.method == .get else { continue }
                    let own = try await owner.send(asked.method, asked.path, nil, in: "omega-sandbox")
                    if told(own, of: thing) != told(answer, of: thing) { known += 1 }
                }
            }
            // The questions are such that whoever may know is told.
            #expect(known > 40, "\(known)")
            let after = ControlKind.allCases.map { kind in
                [organisation, two.control].map { control in control.entries(kind).map(\.etag) }
            }
            #expect(before == after)
            let person =
                "\(IsolationTests.ups)/access/entities?schema.name=_xdm.context.profile&entityIdNS=Email&entityId="
            #expect(try await owner.send(.get, person + "omega-sandbox%40x.org", in: "omega-sandbox").status == 200)
        }
    }

    @Test func `a sandbox that is not one's own is one that there is not, on every route`() async throws {
        try await IngestWorld.runSandboxes(["alpha-sandbox", "omega-sandbox"]) { world in
            try await fill(world, "omega-sandbox")
            let stranger = try await world.program(in: ["alpha-sandbox"])
            for rule in APIAccess.rules where !rule.path.contains("{inletId}") {
                let path = rule.path.split(separator: "/").map { $0.hasPrefix("{") ? "1" : String($0) }
                    .joined(separator: "/")
                let body = [.post, .put, .patch].contains(rule.method) ? "{}" : nil
                let known = try await stranger.send(rule.method, "/" + path, body, in: "omega-sandbox")
                let unknown = try await stranger.send(rule.method, "/" + path, body, in: "gamma-sandbox")
                #expect(
                    told(known, of: "omega-sandbox") == told(unknown, of: "gamma-sandbox"),
                    "\(rule.method) \(rule.path)"
                )
                let isOrganisations = OrganisationPaths.contains(rule.path)
                #expect((known.errorCode == "2100-404") == !isOrganisations, "\(rule.method) \(rule.path)")
            }
        }
    }

    @Test func `lists and counts of a sandbox are the same whatever others have`() async throws {
        try await IngestWorld.runSandboxes(["alpha-sandbox", "omega-sandbox"]) { world in
            let own = try await world.program(in: ["alpha-sandbox"])
            func lists() async throws -> [String] {
                var texts: [String] = []
                // The history and the audit log tell what was asked itself.
                for rule in APIAccess.rules
                where rule.method == .get && !rule.path.contains("{") && !rule.path.contains("/audit/") {
                    texts.append(told(try await own.send(.get, rule.path, in: "alpha-sandbox"), of: "nothing at all"))
                }
                return texts
            }
            let before = try await lists()
            for sandbox in ["prod", "omega-sandbox"] { try await fill(world, sandbox) }
            #expect(try await lists() == before)
        }
    }

    @Test func `another organisation is refused alike, whatever is asked for`() async throws {
        try await IngestWorld.runSandboxes(["alpha-sandbox"]) { world in
            let own = try await world.program(in: ["alpha-sandbox"])
            let token = AccessToken(
                clientID: own.clientID,
                orgID: "OTHER@HeadwaterOrg",
                issuedAt: world.dependencies.time.now(),
                id: "t"
            ).signed(with: world.dependencies.keys.tokenKey)
            for sandbox in ["alpha-sandbox", "gamma-sandbox", "prod"] {
                let headers: [(HTTPField.Name, String)] = [
                    (.authorization, "Bearer \(token)"), (.apiKey, own.clientID), (.sandboxName, sandbox),
                    (.orgID, "OTHER@HeadwaterOrg"),
                ]
                for rule in APIAccess.rules where rule.method == .get && rule.path.hasPrefix("/data") {
                    let path = rule.path.split(separator: "/").map { $0.hasPrefix("{") ? "1" : String($0) }
                        .joined(separator: "/")
                    let answer = try await world.send(.get, "/" + path, headers: headers)
                    #expect(answer.json["error_code"] == "403025", "\(rule.path) \(answer.text)")
                }
            }
        }
    }
}
