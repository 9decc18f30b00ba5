import ActivationCore
import HTTPTypes
import TestSupport
import Testing

@testable import ActivationServer

/// A program that may not see an audience, nor what is the organisation's, tries every route with them: each answer, and the work that
/// it takes, is that of things that there are not (BEHAVIOUR 8.5).
@Suite(.timeLimit(.minutes(10))) struct HiddenQuestionsTests {
    /// Questions about somebody who is a member of what is hidden.
    private static let aboutMembers: [Question] = [
        Question(method: .get, path: "/v1/explain?namespace=Email&id=known%40x.org&audience=ID"),
        Question(method: .get, path: "/v1/audiences/ID/members"),
        Question(method: .get, path: "\(Question.ups)/segment/definitions?property=id==ID"),
        Question(method: .get, path: "\(Question.ups)/audiences?name=ID"),
        Question(method: .post, path: "/v1/audiences/bulk", body: #"{"op":"delete","ids":["ID"]}"#),
        Question(method: .post, path: "\(Question.ups)/segment/jobs", body: #"[{"segmentId":"*"},{"segmentId":"ID"}]"#),
        Question(
            method: .post,
            path: "\(Question.ups)/segment/definitions",
            body: """
                {"name":"n","expression":{"type":"PQL","format":"pql/text",\
                "value":"segmentMembership.ups[\\"ID\\"].status = \\"realized\\""}}
                """
        ),
    ]

    @Test func `no route tells more of what labels and roles hide than of what there is not`() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        try await IngestWorld.runSandboxes([]) { world in
            func make(_ path: String, _ body: JSONValue) async throws -> IngestWorld.Answer {
                let answer = try await world.send(.post, path, body.text)
                #expect((200..<300).contains(answer.status), "\(path): \(answer.text)")
                return answer
            }
            let definition: JSONValue = [
                "name": "hidden-audience",
                "expression": ["type": "PQL", "format": "pql/text", "value": "person.age > 18"],
            ]
            let made = try await make("\(Question.ups)/segment/definitions", definition)
            let hidden = try #require(made["id"]?.string)
            let profile = #"{"identityMap":{"Email":[{"id":"known@x.org","primary":true}]},"person":{"age":30}}"#
            #expect(try await world.send(.post, "/v1/profiles", profile)["accepted"] == 1)
            let label: JSONValue = [["op": "add", "path": "/labels", "value": ["core/C1"]]]
            #expect(try await world.send(.patch, "\(Question.ups)/audiences/\(hidden)", label.text).status == 200)
            let administration = "/data/foundation/access-control/administration"
            let active: JSONValue = [["op": "replace", "path": "/status", "value": "active"]]
            #expect(
                try await world.send(.patch, "\(administration)/policies/default", active.text).status == 200
            )
            let permissions = Set(Permission.allCases).subtracting([.administer, .viewActivityLog])
            let blind = try await world.program(permissions, in: ["prod"])
            let control = world.dependencies.control
            let organisations: [ControlKind] = [.role, .consoleUser, .credential, .userGroup]
            let things = [hidden, "hidden-audience"] + organisations.flatMap { control.entries($0).map(\.id) }
            let before = control.entries(.segmentDefinition).map(\.etag)
            var random = SeededGenerator(seed: seed)
            var (known, worked) = (0, 0)
            for question in Question.routed + Question.pointed + HiddenQuestionsTests.aboutMembers {
                let asBlind = { (question: Question) in
                    try await blind.send(question.method, question.path, question.body, in: nil)
                }
                // Of refusals that are alike the audit log has the first.
                _ = try await question.ask(about: "nothing-at-all", asBlind)
                for thing in things {
                    let absent = Question.nothing(like: thing, &random)
                    guard absent != thing else { continue }
                    let reply = try await question.expectNothing(of: thing, as: absent, seed: seed, asBlind)
                    guard question.method == .get else { continue }
                    let own = try await question.ask(about: thing) { question in
                        try await world.send(question.method, question.path, question.body)
                    }
                    if own.told != reply.told { known += 1 }
                    if own.work != reply.work { worked += 1 }
                }
            }
            // The questions are such that whoever may see is told, and at some cost.
            #expect(known > 10, "\(known)")
            #expect(worked > 2, "\(worked)")
            #expect(control.entries(.segmentDefinition).map(\.etag).first == before.first)
        }
    }
}
