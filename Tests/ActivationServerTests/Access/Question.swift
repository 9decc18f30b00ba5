import ActivationCore
import HTTPTypes
import TestSupport
import Testing

@testable import ActivationServer

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

    static let ups = "/data/core/ups"
    static let flowService = "/data/foundation/flowservice"
    static let person = "schema.name=_xdm.context.profile&entityIdNS=Email&entityId=ID"

    /// Questions that name something elsewhere than in the path's parameters.
    static let pointed: [Question] = [
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
        Question(method: .post, path: "/v1/audiences/check", body: #"{"expression":{"value":"inSegment(\"ID\")"}}"#),
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
    static let routed: [Question] = APIAccess.rules.filter { $0.path.contains("{") }.flatMap { rule in
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

    /// What comes back from a question.
    struct Reply: Sendable {
        var answer: IngestWorld.Answer
        /// Status and text, without the name that was asked for.
        var told: String
        /// What was asked of storages and destinations for it: its class of time.
        var work: [String]
    }

    /// Asks about something.
    func ask(about thing: String, _ send: (Question) async throws -> IngestWorld.Answer) async rethrows -> Reply {
        let (answer, work) = try await AskedWork.of { try await send(about(thing)) }
        return Reply(answer: answer, told: Question.told(answer, of: thing), work: work)
    }

    /// Asks about something and about something that there is not: the answers, and the work for them, have to be alike.
    ///
    /// - Parameters:
    ///   - thing: What whoever asks is not to know of.
    ///   - absent: A name of the same form that nothing has.
    ///   - seed: What the test was made from.
    ///   - send: Asks.
    /// - Returns: What came back of the thing.
    /// - Throws: What asking throws.
    func expectNothing(
        of thing: String,
        as absent: String,
        seed: UInt64,
        _ send: (Question) async throws -> IngestWorld.Answer
    ) async rethrows -> Reply {
        let reply = try await ask(about: thing, send)
        let other = try await ask(about: absent, send)
        #expect(reply.work == other.work, "seed \(seed), \(about(thing))")
        // What was made by it is its own.
        if (200..<300).contains(reply.answer.status), method != .get {
            #expect(reply.answer.status == other.answer.status, "seed \(seed), \(about(thing))")
        } else {
            #expect(reply.told == other.told, "seed \(seed), \(about(thing))")
        }
        return reply
    }

    /// What an answer says beside the names of what was asked and of the request.
    static func told(_ answer: IngestWorld.Answer, of thing: String) -> String {
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
    static func nothing(like thing: String, _ random: inout SeededGenerator) -> String {
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
}
