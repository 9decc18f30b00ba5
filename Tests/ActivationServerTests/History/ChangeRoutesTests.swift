import ActivationCore
import ActivationEngine
import HTTPTypes
import TestSupport
import Testing

@testable import ActivationServer

struct ChangeRoutesTests {
    /// The changes since the first start, the newest first.
    private static func changes(_ world: FlowWorld, _ query: String = "limit=100") async throws -> [JSONValue] {
        let answer = try await world.send(.get, "/v1/changes?\(query)")
        #expect(answer.status == 200, "\(answer.text)")
        return answer["items"]?.array ?? []
    }

    private static func short(_ changes: [JSONValue]) -> [String] {
        changes.map { "\($0["action"]?.string ?? "") \($0["kind"]?.string ?? "") \($0["name"]?.string ?? "")" }
    }

    @Test func `the first start is the first that the history tells, and it tells no secret`() async throws {
        try await FlowWorld.run { world in
            let answer = try await world.send(.get, "/v1/changes")
            let items = answer["items"]?.array ?? []

            #expect(
                Self.short(items) == [
                    "create connection Default inlet", "create mergePolicy Default timestamp-ordered",
                    "create credential Administrator", "create organisation \(world.start.orgID)",
                ]
            )
            #expect(items.allSatisfy { $0["way"] == "server" && $0["author"] == "server" && $0["requestId"] == nil })
            let credential = world.dependencies.control.entry(.credential, world.start.clientID)
            let secret = try #require(credential?.body["secrets"]?[0])
            for member in ["digest", "salt"] { #expect(!answer.text.contains(try #require(secret[member]?.string))) }
        }
    }

    @Test func `a change of each kind names its author, its way and what is different`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            let patched = try await world.flow(
                .patch,
                "/flows/\(flow.id)",
                [["op": "replace", "path": "/name", "value": "renamed"]],
                ifMatch: flow.etag
            )
            #expect(patched.status == 202)

            let found = try await Self.changes(world)

            #expect(
                Self.short(found).prefix(6) == [
                    "update flow renamed", "create flow vip-to-kinesis", "create targetConnection kinesis-target",
                    "create connection kinesis-account", "create sourceConnection profile-source",
                    "create connection profile-base",
                ]
            )
            let change = try #require(found.first)
            #expect(change["author"] == .string(world.start.clientID))
            #expect(change["authorName"] == "Administrator")
            #expect(change["way"] == "api")
            #expect(change["requestId"]?.string?.count == 16)
            #expect(change["id"] == .string(flow.id))
            #expect(change["changedAt"] == .string(world.clock.now().rfc3339))
            #expect(change["difference"] == [["path": "/name", "before": "vip-to-kinesis", "after": "renamed"]])
        }
    }

    @Test func `secrets are in no answer, and a rotation says which of them are others`() async throws {
        try await FlowWorld.run { world in
            let (_, parts) = try await world.makeFlow()
            let account = try await world.flow(.get, "/connections/\(parts.kinesisBase)").item
            let patch: JSONValue = [
                ["op": "replace", "path": "/auth/params/secretKey", "value": "an0ther-needle"],
                ["op": "replace", "path": "/description", "value": "rotated"],
            ]
            let rotated = try await world.flow(
                .patch,
                "/connections/\(parts.kinesisBase)",
                patch,
                ifMatch: account["etag"]?.string
            )
            #expect(rotated.status == 200, "\(rotated.text)")

            let answer = try await world.send(.get, "/v1/changes?limit=100&object=\(parts.kinesisBase)")

            let differences = (answer["items"]?.array ?? []).map { $0["difference"] ?? .null }
            #expect(
                differences.first == [
                    ["path": "/auth/params/secretKey", "isSecret": true],
                    ["path": "/description", "before": "eu stream", "after": "rotated"],
                ]
            )
            #expect(differences.count == 2)
            for needle in [FlowWorld.secretKey, FlowWorld.sessionToken, "an0ther-needle", "sealedSecrets"] {
                #expect(!answer.text.contains(needle), "\(needle)")
                for row in try await world.storage.history(ConfigurationChangesRequest(scope: .production, limit: 100))
                {
                    #expect(!String(decoding: row.difference, as: UTF8.self).contains(needle))
                }
            }
        }
    }

    @Test func `one call that makes several objects makes as many entries, and a refused one none`() async throws {
        try await FlowWorld.run { world in
            let before = try await Self.changes(world).count
            let draft: JSONValue = [
                "name": "whole",
                "account": [
                    "connectionSpec": FlowWorld.kinesisSpec, "auth": FlowWorld.kinesisBody["auth"] ?? .null,
                ], "params": ["stream": "events", "region": "eu-west-1"],
            ]
            let made = try await world.send(.post, "/v1/dataflows", draft)
            #expect(made.status == 201, "\(made.text)")

            let found = try await Self.changes(world).dropLast(before)
            #expect(Set(found.map { $0["requestId"] ?? .null }.map(\.text)).count == 1)
            #expect(
                Self.short(Array(found)).sorted() == [
                    "create connection Profile store", "create connection whole", "create flow whole",
                    "create sourceConnection whole", "create targetConnection whole",
                ]
            )
            #expect(try await world.send(.post, "/v1/dataflows", ["name": "half"]).status == 400)
            #expect(try await Self.changes(world).count == before + 5)
        }
    }

    @Test func `a store that refuses a change keeps no word of it`() async throws {
        try await FlowWorld.run { world in
            let before = try await Self.changes(world).count
            world.storage.failNextWrite(with: StorageError(.full, "no room"))

            let made = try await world.flow(.post, "/connections", FlowWorld.kinesisBody)

            #expect(made.status >= 500)
            #expect(try await Self.changes(world).count == before)
        }
    }

    @Test func `what changes nothing and what is no configuration leaves no entry`() async throws {
        try await FlowWorld.run { world in
            let control = world.dependencies.control
            let (flow, _) = try await world.makeFlow()
            let before = try await Self.changes(world).count
            let entry = try #require(control.entry(.flow, flow.id))

            try await control.write { draft throws(APIError) in _ = try draft.replace(entry, body: entry.body) }
            for kind in [ControlKind.consoleSession, .consoleDraft, .segmentJob, .valueReveal, .formerTarget] {
                let made = try await control.write { draft throws(APIError) in
                    try draft.insert(kind, body: ["name": "x"])
                }
                try await control.write { draft throws(APIError) in draft.remove(made) }
            }

            #expect(try await Self.changes(world).count == before)
        }
    }

    @Test func `an object that is written twice in one change has one entry`() async throws {
        try await FlowWorld.run { world in
            let made = try await world.dependencies.control.write { draft throws(APIError) in
                let made = try draft.insert(.schedule, body: ["name": "first"])
                return try draft.replace(made, body: ["name": "second"])
            }

            let found = try await Self.changes(world, "object=\(made.id)")

            #expect(Self.short(found) == ["create schedule second"])
            #expect(found.first?["difference"] == [["path": "/name", "after": "second"]])
        }
    }

    @Test func `a flow that is deleted is told with all that it stood on, once, while it is kept`() async throws {
        try await FlowWorld.run { world in
            let (flow, parts) = try await world.makeFlow()
            let (other, _) = try await world.makeFlow(name: "other")
            let path = "/v1/dataflows/\(flow.id)/changes"
            let made = try await world.send(.get, path)
            #expect(made["items"]?.array?.count == 4, "\(made.text)")

            let deleted = try await world.send(.delete, "/v1/dataflows/\(flow.id)?account=true")
            #expect(deleted.status == 202, "\(deleted.text)")
            try await world.engine.finishRetirements()
            #expect(world.dependencies.control.entry(.flow, flow.id) == nil)

            let told = try await world.send(.get, "/v1/dataflows/\(flow.id.uppercased())/changes")
            let items = told["items"]?.array ?? []
            #expect(
                Self.short(items).sorted() == [
                    "create connection kinesis-account", "create flow vip-to-kinesis",
                    "create sourceConnection profile-source", "create targetConnection kinesis-target",
                    "delete connection kinesis-account", "delete flow vip-to-kinesis",
                    "delete sourceConnection profile-source", "delete targetConnection kinesis-target",
                ],
                "\(told.text)"
            )
            #expect(items.allSatisfy { $0["id"] != .string(other.id) })
            #expect(items.filter { $0["action"] == "delete" }.allSatisfy { $0["way"] == "api" })
            #expect(try await world.send(.get, "/v1/dataflows/\(parts.target)/changes").errorCode == "1430-404")
            #expect(try await world.send(.get, "/v1/dataflows/nothing/changes").status == 404)
        }
    }

    @Test func `pages go on where the last one ended, whatever comes meanwhile`() async throws {
        try await FlowWorld.run { world in
            for number in 0..<7 {
                try await world.dependencies.control.write { draft throws(APIError) in
                    _ = try draft.insert(.schedule, body: ["name": .string("s\(number)")])
                }
            }
            let first = try await world.send(.get, "/v1/changes?kind=schedule&limit=3")
            try await world.dependencies.control.write { draft throws(APIError) in
                _ = try draft.insert(.schedule, body: ["name": "late"])
            }
            let next = try #require(first["next"]?.int64)
            let second = try await world.send(.get, "/v1/changes?kind=schedule&limit=3&before=\(next)")
            let third = try await world.send(
                .get,
                "/v1/changes?kind=schedule&limit=3&before=\(try #require(second["next"]?.int64))"
            )

            let names = [first, second, third].flatMap { $0["items"]?.array ?? [] }.map { $0["name"]?.string }
            #expect(names == ["s6", "s5", "s4", "s3", "s2", "s1", "s0"])
            #expect(third["next"] == nil)
        }
    }

    @Test(arguments: [
        "kind=nothing", "kind=consoleSession", "limit=0", "limit=101", "before=0", "before=x", "object=", "author=",
    ])
    func `a question that makes no sense is refused`(query: String) async throws {
        try await FlowWorld.run { world in
            let answer = try await world.send(.get, "/v1/changes?\(query)")
            #expect(answer.status == 400, "\(answer.text)")
        }
    }

    @Test func `the history asks for a token`() async throws {
        try await FlowWorld.run { world in
            for path in ["/v1/changes", "/v1/dataflows/x/changes"] {
                let answer = try await world.raw(.get, path)
                #expect(answer.status == 403 && answer.json["error_code"] == "403010", "\(answer.text)")
            }
        }
    }
}
