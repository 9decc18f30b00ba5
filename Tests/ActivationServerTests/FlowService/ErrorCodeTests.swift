import ActivationCore
import Foundation
import HTTPTypes
import Testing

@testable import ActivationServer

/// A request that is answered with a code.
struct RefusedRequest: Sendable, CustomTestStringConvertible {
    /// What the request finds.
    struct Scene: Sendable {
        var world: FlowWorld
        var flow: String
        var etag: String
        var parts: FlowWorld.Parts

        /// Asks for flows with other headers.
        func list(_ change: (inout HTTPFields) -> Void) async throws -> FlowWorld.Answer {
            var headers = world.credentials
            change(&headers)
            return try await world.raw(.get, FlowWorld.base + "/flows", headers: headers)
        }

        /// Patches the flow at its present version.
        func patch(_ operation: JSONValue) async throws -> FlowWorld.Answer {
            try await world.flow(.patch, "/flows/\(flow)", [operation], ifMatch: etag)
        }
    }

    var code: String
    var status: Int
    var what: String
    var send: @Sendable (Scene) async throws -> FlowWorld.Answer

    init(
        _ code: String,
        _ status: Int,
        _ what: String,
        _ send: @escaping @Sendable (Scene) async throws -> FlowWorld.Answer
    ) {
        self.code = code
        self.status = status
        self.what = what
        self.send = send
    }

    var testDescription: String { "\(code): \(what)" }

    static let nobody = "00000000-0000-4000-8000-000000000000"
}

extension RefusedRequest {
    /// The checks in front of the API.
    static let gateway: [RefusedRequest] = [
        RefusedRequest("403010", 403, "no Authorization") { try await $0.list { $0[.authorization] = nil } },
        RefusedRequest("401013", 401, "a token of somebody else") {
            try await $0.list { $0[.authorization] = "Bearer x" }
        },
        RefusedRequest("403000", 403, "no x-api-key") { try await $0.list { $0[.apiKey] = nil } },
        RefusedRequest("403003", 403, "another x-api-key") { try await $0.list { $0[.apiKey] = "other" } },
        RefusedRequest("400003", 400, "no x-gw-ims-org-id") { try await $0.list { $0[.orgID] = nil } },
        RefusedRequest("403025", 403, "another organisation") { try await $0.list { $0[.orgID] = "OTHER@Org" } },
    ]

    /// Flow Service's own.
    static let flowService: [RefusedRequest] = lists + versions + bodies + patches + references

    private static let lists: [RefusedRequest] = [
        RefusedRequest("1401-400", 400, "limit and count") {
            try await $0.world.flow(.get, "/runs?count=true&limit=5")
        },
        RefusedRequest("1432-400", 400, "a prefix of orderby") {
            try await $0.world.flow(.get, "/connections?orderby=*name")
        },
        RefusedRequest("1433-400", 400, "a field of orderby") {
            try await $0.world.flow(.get, "/targetConnections?orderby=size")
        },
        RefusedRequest("1440-400", 400, "an operator") { try await $0.world.flow(.get, "/flows?property=name~x") },
        RefusedRequest("1443-400", 400, "a range of two values") {
            try await $0.world.flow(.get, "/runs?property=createdAt%3E1,2")
        },
        RefusedRequest("1448-400", 400, "a filter without a value") {
            try await $0.world.flow(.get, "/runs?property=flowId==")
        },
        RefusedRequest("2100-404", 404, "another sandbox") { scene in
            try await scene.list { $0[.sandboxName] = "dev" }
        },
    ]

    private static let versions: [RefusedRequest] = [
        RefusedRequest("1403-400", 400, "no If-Match") {
            try await $0.world.flow(.patch, "/flows/\($0.flow)", [["op": "remove", "path": "/name"]])
        },
        RefusedRequest("1404-412", 412, "an old If-Match") {
            try await $0.world.flow(.patch, "/flows/\($0.flow)", [["op": "remove", "path": "/name"]], ifMatch: "x-1")
        },
        RefusedRequest("1404-412", 412, "a deletion of an old version") {
            try await $0.world.flow(.delete, "/flows/\($0.flow)", ifMatch: "x-1")
        },
    ]

    private static let bodies: [RefusedRequest] = [
        RefusedRequest("1405-400", 400, "no body") { scene in
            var headers = scene.world.credentials
            headers[.contentType] = "application/json"
            return try await scene.world.raw(.post, FlowWorld.base + "/connections", "", headers: headers)
        },
        RefusedRequest("1405-400", 400, "a patch of nothing") {
            try await $0.world.flow(.patch, "/flows/\($0.flow)", [], ifMatch: $0.etag)
        },
        RefusedRequest("1410-400", 400, "state on create") { scene in
            var body = FlowWorld.flowBody(source: scene.parts.source, target: scene.parts.target)
            body["state"] = "enabled"
            return try await scene.world.flow(.post, "/flows", body)
        },
        RefusedRequest("1413-400", 400, "an unknown spec") {
            try await $0.world.flow(
                .post,
                "/connections",
                ["name": "x", "connectionSpec": ["id": .string(nobody), "version": "1.0"]]
            )
        },
        RefusedRequest("1415-400", 400, "an unknown auth.specName") { scene in
            var body = FlowWorld.kinesisBody
            body["auth"] = ["specName": "Basic", "params": [:]]
            return try await scene.world.flow(.post, "/connections", body)
        },
    ]

    private static let patches: [RefusedRequest] = [
        RefusedRequest("1411-400", 400, "a place that never changes") {
            try await $0.patch(["op": "replace", "path": "/flowSpec", "value": [:]])
        },
        RefusedRequest("1414-400", 400, "the spec of a connection") { scene in
            let path = "/connections/\(scene.parts.kinesisBase)"
            let etag = try await scene.world.flow(.get, path).item["etag"]?.string
            let operation: JSONValue = ["op": "replace", "path": "/connectionSpec/id", "value": .string(nobody)]
            return try await scene.world.flow(.patch, path, [operation], ifMatch: etag)
        },
        RefusedRequest("1434-400", 400, "an unknown operation") {
            try await $0.patch(["op": "move", "from": "/name", "path": "/description"])
        },
        RefusedRequest("1455-400", 400, "a path to nothing") {
            try await $0.patch(["op": "remove", "path": .string(FlowWorld.segments + "/7")])
        },
        RefusedRequest("1456-400", 400, "a state that there is not") {
            try await $0.patch(["op": "replace", "path": "/state", "value": "pending"])
        },
    ]

    private static let references: [RefusedRequest] = [
        RefusedRequest("1418-400", 400, "a base connection in use") {
            try await $0.world.flow(.delete, "/connections/\($0.parts.kinesisBase)")
        },
        RefusedRequest("1447-400", 400, "a target connection in use") {
            try await $0.world.flow(.delete, "/targetConnections/\($0.parts.target)")
        },
        RefusedRequest("1422-400", 400, "no action") { try await $0.world.flow(.post, "/flows/\($0.flow)/action") },
        RefusedRequest("1422-400", 400, "an action that changes nothing") {
            try await $0.world.flow(.post, "/flows/\($0.flow)/action?op=enable")
        },
        RefusedRequest("1430-404", 404, "an unknown flow") { try await $0.world.flow(.get, "/flows/\(nobody)") },
        RefusedRequest("1430-404", 404, "an unknown flow's action") {
            try await $0.world.flow(.post, "/flows/\(nobody)/action?op=disable")
        },
        RefusedRequest("1439-404", 404, "an unknown connection") {
            try await $0.world.flow(.delete, "/connections/\(nobody)")
        },
        RefusedRequest("1439-404", 404, "an unknown run") { try await $0.world.flow(.get, "/runs/\(nobody)") },
        RefusedRequest("1439-400", 400, "an unknown audience") {
            try await $0.patch(FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(nobody)))
        },
    ]

    /// Words of our own that Flow Service's routes use beside Adobe's numbers.
    static let own: [RefusedRequest] = [
        RefusedRequest("CONTENT_TYPE", 400, "a form") { scene in
            var headers = scene.world.credentials
            headers[.contentType] = "text/plain"
            return try await scene.world.raw(.post, FlowWorld.base + "/flows", "{}", headers: headers)
        },
        RefusedRequest("BODY_NOT_JSON", 400, "half a body") { scene in
            var headers = scene.world.credentials
            headers[.contentType] = "application/json"
            return try await scene.world.raw(.post, FlowWorld.base + "/flows", "{", headers: headers)
        },
        RefusedRequest("FIELD_INVALID", 400, "no name") { try await $0.world.flow(.post, "/flows", [:]) },
        RefusedRequest("PATCH_REFUSED", 400, "no list of operations") {
            try await $0.world.flow(.patch, "/flows/\($0.flow)", [:], ifMatch: $0.etag)
        },
        RefusedRequest("QUERY_INVALID", 400, "a page of nothing") { try await $0.world.flow(.get, "/runs?limit=0") },
        RefusedRequest("QUERY_INVALID", 400, "an unknown onResume") { scene in
            _ = try await scene.world.flow(.post, "/flows/\(scene.flow)/action?op=disable")
            return try await scene.world.flow(.post, "/flows/\(scene.flow)/action?op=enable&onResume=never")
        },
        RefusedRequest("ROUTE_UNKNOWN", 404, "an unknown path") { try await $0.world.flow(.get, "/widgets") },
        RefusedRequest("METHOD_NOT_ALLOWED", 405, "a run that is deleted") {
            try await $0.world.flow(.delete, "/runs/\($0.flow)")
        },
    ]
}

/// Every code of the gateway and of Flow Service, by a request that gets it (BEHAVIOUR 1.9, docs/API.md 9).
struct ErrorCodeTests {
    @Test(arguments: RefusedRequest.gateway)
    func `a check in front has its code and Adobe's first body`(request: RefusedRequest) async throws {
        try await ErrorCodeTests.send(request) { answer in
            #expect(answer.headers[.contentType] == "application/json")
            #expect(answer.json.object?.keys.sorted() == ["error_code", "message"])
            #expect(answer["error_code"] == .string(request.code), "\(answer.text)")
            #expect(answer["message"]?.string?.isEmpty == false)
        }
    }

    @Test(arguments: RefusedRequest.flowService + RefusedRequest.own)
    func `a refusal is a problem with its code`(request: RefusedRequest) async throws {
        try await ErrorCodeTests.send(request) { answer in
            #expect(answer.headers[.contentType] == "application/problem+json")
            #expect(
                answer.json.object?.keys.sorted() == ["detail", "errorCode", "requestId", "status", "title", "type"]
            )
            #expect(answer.errorCode == request.code, "\(answer.text)")
            #expect(answer["type"] == .string("urn:headwater:error:\(request.code)"))
            #expect(answer["status"] == .integer(Int64(request.status)))
            #expect(answer["title"]?.string?.isEmpty == false)
            #expect(!answer.detail.isEmpty)
            #expect(answer["requestId"]?.string == answer.headers[.requestID])
        }
    }

    @Test func `a number of Adobe's ends with the status that goes with it`() {
        for request in RefusedRequest.flowService {
            #expect(request.code.hasSuffix("-\(request.status)"), "\(request.code)")
        }
    }

    @Test func `the page on the API lists every code, as answered or with the reason why not`() throws {
        let page = try String(contentsOf: ErrorCodeTests.page, encoding: .utf8)
        let start = try #require(page.range(of: "## 9. Adobe's codes"))
        let (answered, others) = try #require(ErrorCodeTests.halves(String(page[start.upperBound...])))
        let requests = RefusedRequest.gateway + RefusedRequest.flowService
        // Want of a permission is answered by the tests of the table of permissions.
        #expect(ErrorCodeTests.codes(answered) == Set(requests.map(\.code) + ["2120-403"]))
        // Reasons may name what is answered instead.
        let cells = others.split(separator: "\n").compactMap { $0.split(separator: "|").first.map(String.init) }
        let known = ErrorCodeTests.codes(cells.joined(separator: " "))
        #expect(known.isDisjoint(with: requests.map(\.code)))
        let left = [1102, 1103, 1104, 1416, 1417, 1420, 1421, 1446, 1449, 1450, 1451, 1452, 1453, 1454, 1457, 1458]
        for number in left { #expect(known.contains { $0.hasPrefix("\(number)-") }, "\(number)") }
    }

    private static let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/API.md")

    /// What stands before and after the words that begin the codes that nothing gets.
    private static func halves(_ text: String) -> (String, String)? {
        guard let cut = text.range(of: "Never answered") else { return nil }
        return (String(text[..<cut.lowerBound]), String(text[cut.upperBound...]))
    }

    /// The numbers in code font.
    private static func codes(_ text: String) -> Set<String> {
        Set(
            text.split(separator: "`").map(String.init).filter {
                $0.wholeMatch(of: /[0-9]{4}-[0-9]{3}|[0-9]{6}/) != nil
            }
        )
    }

    /// Sends a request to a server with one flow and looks at the answer, whose status must be the one expected.
    private static func send(
        _ request: RefusedRequest,
        _ look: @Sendable (FlowWorld.Answer) throws -> Void
    ) async throws {
        try await FlowWorld.run { world in
            let (flow, parts) = try await world.makeFlow()
            let scene = RefusedRequest.Scene(world: world, flow: flow.id, etag: flow.etag, parts: parts)
            let answer = try await request.send(scene)
            #expect(answer.status == request.status, "\(answer.text)")
            try look(answer)
        }
    }
}
