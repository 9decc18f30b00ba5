import ActivationCore
import ActivationEngine
import HTTPTypes
import TestSupport
import Testing

@testable import ActivationServer

/// A program of one sandbox tries every route with everything that another one and the organisation have: what it is told is what it
/// would be told of things that there are not, word by word (BEHAVIOUR 8.6).
@Suite(.timeLimit(.minutes(10))) struct IsolationTests {
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
        let flowService = Question.flowService
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
            "\(Question.ups)/segment/definitions",
            [
                "name": .string("adults-\(sandbox)"),
                "expression": ["type": "PQL", "format": "pql/text", "value": "person.age > 18"],
            ]
        )
        _ = try await make("/data/foundation/catalog/dataSets", ["name": .string("crm-\(sandbox)")])
        _ = try await make("/v1/alerts/rules", ["kind": "lag"])
        _ = try await make(
            "\(Question.ups)/config/schedules",
            [
                "name": "nightly", "type": "batch_segmentation", "properties": ["segments": ["*"]], "state": "inactive",
                "schedule": "0 0 1 * * ?",
            ]
        )
        _ = try await make("\(Question.ups)/segment/jobs", [["segmentId": "*"]])
        let profile = #"{"identityMap":{"Email":[{"id":"\#(sandbox)@x.org","primary":true}]},"person":{"age":30}}"#
        let sent = try await world.send(.post, "/v1/profiles", profile, headers: headers)
        #expect(sent["accepted"] == 1, "\(sent.text)")
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
            var (known, worked) = (0, 0)
            for question in Question.routed + Question.pointed {
                let asStranger = { (question: Question) in
                    try await stranger.send(question.method, question.path, question.body, in: "alpha-sandbox")
                }
                // Of refusals that are alike the audit log has the first.
                _ = try await question.ask(about: "nothing-at-all", asStranger)
                // A name of a dataset that there is not makes one, and there may be 40.
                for thing in question.path.contains("?dataset=") ? things.prefix(8) : things[...] {
                    let absent = Question.nothing(like: thing, &random)
                    guard absent != thing else { continue }
                    let reply = try await question.expectNothing(of: thing, as: absent, seed: seed, asStranger)
                    guard question.method == .get else { continue }
                    let own = try await question.ask(about: thing) { question in
                        try await owner.send(question.method, question.path, in: "omega-sandbox")
                    }
                    if own.told != reply.told { known += 1 }
                    if own.work != reply.work { worked += 1 }
                }
            }
            // The questions are such that whoever may know is told.
            #expect(known > 40, "\(known)")
            #expect(worked > 10, "\(worked)")
            let after = ControlKind.allCases.map { kind in
                [organisation, two.control].map { control in control.entries(kind).map(\.etag) }
            }
            #expect(before == after)
            let person =
                "\(Question.ups)/access/entities?schema.name=_xdm.context.profile&entityIdNS=Email&entityId="
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
                    Question.told(known, of: "omega-sandbox") == Question.told(unknown, of: "gamma-sandbox"),
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
                    texts.append(
                        Question.told(try await own.send(.get, rule.path, in: "alpha-sandbox"), of: "nothing at all")
                    )
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
