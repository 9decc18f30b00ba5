import ActivationCore
import ActivationEngine
import HTTPTypes
import TestSupport
import Testing

@testable import ActivationServer

/// The audit log over the API, in Adobe's shapes.
struct AuditRoutesTests {
    private static let path = "/data/foundation/audit"

    private static func events(_ answer: FlowWorld.Answer) -> [JSONValue] {
        #expect(answer.status == 200, "\(answer.text)")
        return answer["_embedded"]?["events"]?.array ?? []
    }

    private static func short(_ answer: FlowWorld.Answer) -> [String] {
        events(answer).map {
            "\($0["action"]?.string ?? "") \($0["assetType"]?.string ?? "") \($0["assetName"]?.string ?? "")"
        }
    }

    private static func list(_ world: FlowWorld, _ query: String = "limit=100") async throws -> FlowWorld.Answer {
        try await world.send(.get, "\(path)/events?\(query)")
    }

    /// A store with so many look-ups, a second apart.
    private static func seed(_ world: FlowWorld, _ count: Int) async throws {
        for number in 0..<count {
            world.clock.advance(by: 1_000)
            let entry = ConfigurationChange(
                number % 2 == 0 ? .view : .refuse,
                number % 2 == 0 ? .allowed : .denied,
                by: ConfigurationChange.Author(name: "loader", way: .api, sender: "192.0.2.\(number % 3)"),
                of: AuditSubject(kind: number % 2 == 0 ? "profile" : "route", id: "id \(number)"),
                details: number % 2 == 0 ? [:] : ["code": "2120-403"],
                at: world.clock.now()
            )
            try await world.dependencies.control.record([entry])
        }
    }

    @Test func `a change of a dataflow is told in Adobe's words with what is different`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            #expect(
                try await world.flow(
                    .patch,
                    "/flows/\(flow.id)",
                    [["op": "replace", "path": "/name", "value": "renamed"]],
                    ifMatch: flow.etag
                ).status == 202
            )
            let answer = try await Self.list(world)

            #expect(
                Self.short(answer).prefix(2) == ["Update Destination renamed", "Create Destination vip-to-kinesis"]
            )
            let event = try #require(Self.events(answer).first)
            #expect(event["userEmail"] == .string(world.start.clientID))
            #expect(event["status"] == "Allow" && event["failureCode"] == "" && event["assetId"] == .string(flow.id))
            #expect(event["timestamp"]?.string?.hasSuffix("+0000") == true)
            #expect(event["headwater"]?["authorName"] == "Administrator")
            #expect(
                event["headwater"]?["difference"] == [
                    ["path": "/name", "before": "vip-to-kinesis", "after": "renamed"]
                ]
            )
            #expect(!answer.text.contains(FlowWorld.secretKey) && !answer.text.contains(FlowWorld.sessionToken))
        }
    }

    @Test func `audiences and the state of a dataflow make words of their own`() throws {
        func event(_ parts: [JSONValue]) -> AuditEvent {
            AuditEvent(
                change: ConfigurationChange(
                    changedAt: Timestamp(milliseconds: 1),
                    author: .server,
                    action: .update,
                    kind: "flow",
                    id: "1",
                    name: "vip",
                    difference: Array(JSONValue.object(["parts": .array(parts)]).text.utf8)
                )
            )
        }
        let selector = "/transformations/0/params/segmentSelectors/selectors/0"
        #expect(
            event([["path": .string(selector), "after": [:]]]).actions == ["Profile Activate", "Segment Activate"]
        )
        #expect(event([["path": .string(selector), "before": [:]]]).actions == ["Profile Remove", "Segment Remove"])
        #expect(event([["path": "/state", "before": "enabled", "after": "disabled"]]).actions == ["Disable"])
        #expect(event([["path": "/name", "before": "a", "after": "b"]]).actions == ["Update"])
    }

    @Test(arguments: [
        ("property=action==View", 6), ("property=action==view,Access", 12), ("property=status==Deny", 6),
        ("property=status==Deny&property=action==View", 0), ("property=user==loader&property=ipAddress==192.0.2.1", 4),
        ("property=assetId==id%203", 1), ("property=assetType==Identity%20Graph", 6),
        ("property=timestamp%3E1700000003123&property=user==loader", 9),
        ("property=timestamp%3C1700000003123&property=user==loader", 2),
        ("property=type==core&property=user==loader", 12), ("property=type==enhanced", 0),
        ("property=way==api&property=user==loader", 12), ("property=assetName==id%207", 1),
    ])
    func `events are asked for by their properties`(_ query: String, _ count: Int) async throws {
        try await FlowWorld.run { world in
            try await Self.seed(world, 12)
            #expect(Self.events(try await Self.list(world, query + "&limit=100")).count == count)
        }
    }

    @Test(arguments: [
        "property=nothing==x", "property=action", "property=action%3EView", "property=timestamp%3Ethen", "limit=0",
        "limit=1001", "orderBy=user", "queryId=x", "start=-1", "property=action==",
    ])
    func `what cannot be asked for is told`(_ query: String) async throws {
        try await FlowWorld.run { world in
            let answer = try await Self.list(world, query)
            #expect(answer.status == 400 && answer.errorCode == "QUERY_INVALID")
        }
    }

    @Test func `pages go on as they began while new events come, and beyond what they reach by key`() async throws {
        try await FlowWorld.run { world in
            try await Self.seed(world, 1_020)
            let first = try await Self.list(world, "property=user==loader&limit=400")
            #expect(first["page"] == ["size": 400, "totalElements": 1_000, "totalPages": 3, "number": 0])
            try await Self.seed(world, 3)
            var seen = Self.events(first)
            var next = first["_links"]?["next"]?["href"]?.string
            while let link = next {
                let page = try await world.send(.get, link)
                seen += Self.events(page)
                next = page["_links"]?["next"]?["href"]?.string
            }
            let before = try #require(first["before"]?.int64)
            seen += Self.events(try await Self.list(world, "property=user==loader&limit=400&before=\(before)"))
            #expect(seen.compactMap { $0["assetId"]?.string } == (0..<1_020).reversed().map { "id \($0)" })
            let oldest = try await Self.list(world, "property=user==loader&orderBy=timestamp&limit=1&before=\(before)")
            #expect(Self.events(oldest).first?["assetId"] == "id 0")
        }
    }

    @Test func `the file has all events, elsewhere says where it is, and taking it out is told`() async throws {
        try await FlowWorld.run { world in
            #expect(try await world.send(.get, "\(Self.path)/export?property=user==loader").status == 204)
            #expect(try await world.send(.get, "\(Self.path)/export?property=user==loader&format=csv").status == 204)
            try await Self.seed(world, 1_203)
            try await world.dependencies.control.record([
                ConfigurationChange(
                    .view,
                    by: ConfigurationChange.Author(name: "loader", way: .api),
                    of: AuditSubject(kind: "profile", id: "x", name: "=2+3,\"a\""),
                    at: world.clock.now()
                )
            ])

            let elsewhere = try await world.send(.get, "\(Self.path)/export?property=user==loader")
            #expect(elsewhere.status == 307 && elsewhere.text.isEmpty)
            let file = try await world.send(.get, try #require(elsewhere.headers[.location]))

            #expect(file.status == 200 && file.headers[.contentType] == "text/csv; charset=utf-8")
            let lines = file.text.split(separator: "\r\n")
            #expect(lines.count == 1 + 1_204)
            #expect(lines[0].hasPrefix("sequence,timestamp,user,way,ipAddress,action"))
            #expect(lines[1].contains(#","'=2+3,""a""","#))
            let json = try await world.send(.get, "\(Self.path)/export?property=user==loader&format=json")
            #expect(json.json.array?.count == 1_204)
            let records = try await world.records([.export])
            #expect(
                records.map { "\($0.kind) \($0.details["format"]?.string ?? "")" } == ["auditLog csv", "auditLog json"]
            )
            world.storage.failNextWrite(with: StorageError(.full, "no room"))
            #expect(try await world.send(.get, "\(Self.path)/export?format=csv").status == 507)
        }
    }

    @Test func `what labels hide from somebody is not in their log, nor in their file of it`() async throws {
        try await FlowWorld.run { world in
            let base = "/data/foundation/access-control/administration"
            _ = try await world.label("person.income", "S1")
            let (hidden, gone) = (try await world.makeAudience("hidden"), try await world.makeAudience("gone"))
            _ = try await world.makeAudience("open")
            let labels: JSONValue = [["op": "add", "path": "/labels", "value": ["core/C1"]]]
            #expect(try await world.send(.patch, "/data/core/ups/audiences/\(hidden)", labels).status == 200)
            #expect(try await world.send(.delete, "/data/core/ups/segment/definitions/\(gone)").status == 200)
            let active: JSONValue = [["op": "replace", "path": "/status", "value": "active"]]
            #expect(try await world.send(.patch, "\(base)/policies/default", active).status == 200)
            let blind = try await world.program([.viewActivityLog])

            for path in ["events?limit=1000", "export?format=csv", "export?format=json"] {
                let answer = try await blind.send(.get, "\(Self.path)/\(path)")
                #expect(answer.status == 200)
                for needle in ["hidden", hidden, "gone", gone, "income"] {
                    #expect(!answer.text.contains(needle), "\(path) tells \(needle)")
                }
                #expect(answer.text.contains("open"))
            }
            let asked = try await blind.send(.get, "\(Self.path)/events?property=assetId==\(hidden)")
            #expect(asked["page"]?["totalElements"] == 0)
            let whole = try await Self.list(world, "limit=1000").text
            #expect(whole.contains("hidden") && whole.contains("gone") && whole.contains("income"))
        }
    }

    @Test func `whoever may not see the activity log does not, and is told of in it`() async throws {
        try await FlowWorld.run { world in
            let program = try await world.program([.administer])
            #expect(try await program.send(.get, "\(Self.path)/events").status == 403)
            #expect(try await program.send(.get, "\(Self.path)/export").status == 403)
            let answer = try await Self.list(world, "property=action==Access")
            #expect(Self.short(answer).first == "Access Route GET \(Self.path)/export")
            #expect(Self.events(answer).first?["failureCode"] == "2120-403")
        }
    }
}
