import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// What Adobe's clients follow and compare: `_links` and `sandboxId` (docs/API.md 5).
struct LinkTests {
    private static let definitions = "/data/core/ups/segment/definitions"
    private static let policies = "/data/core/ups/config/mergePolicies"

    private static func make(_ world: IngestWorld, _ name: String) async throws -> JSONValue {
        try await world.send(
            .post,
            definitions,
            #"{"name":"\#(name)","expression":{"type":"PQL","format":"pql/text","value":"a = 1"}}"#
        ).json
    }

    @Test func `merge policies carry their sandbox and links, and the last page an empty one`() async throws {
        try await IngestWorld.run { world in
            let page = try await world.send(.get, LinkTests.policies + "?limit=100&orderBy=+name&default=TRUE")
            let policy = try #require(page["children"]?[0])
            let id = try #require(policy["id"]?.string)
            let one = try await world.send(.get, "\(LinkTests.policies)/\(id)")

            #expect(page["_links"] == ["next": ["href": ""]])
            #expect(policy["_links"]?["self"]?["href"]?.string == "@/mergePolicies/\(id)")
            #expect(policy["sandbox"]?["sandboxId"]?.string == world.dependencies.control.sandboxID)
            #expect(policy["sandbox"]?["sandboxId"] != "")
            #expect(one.json == policy)
            for query in ["orderBy=name", "orderBy=%2Bname", "orderBy=-name", "orderBy="] {
                #expect(try await world.send(.get, "\(LinkTests.policies)?\(query)").status == 200)
            }
            #expect(try await world.send(.get, LinkTests.policies + "?orderBy=id").errorCode == "QUERY_INVALID")
        }
    }

    @Test func `pages of definitions lead to each other`() async throws {
        try await IngestWorld.run { world in
            for number in 0..<5 { _ = try await LinkTests.make(world, "audience \(number)") }
            var names: [String] = []
            var next = LinkTests.definitions + "?limit=2&sort=name:asc&evaluationInfo.batch.enabled=True"
            var pages = 0
            while !next.isEmpty, pages < 9 {
                let page = try await world.send(.get, next)
                names += (page["segments"]?.array ?? []).compactMap { $0["name"]?.string }
                next = page["_links"]?["next"]?["href"]?.string ?? ""
                #expect(page["link"]?["next"]?["href"]?.string ?? "" == next)
                pages += 1
            }

            #expect(pages == 3)
            #expect(names == (0..<5).map { "audience \($0)" })
            #expect(try await world.send(.get, LinkTests.definitions + "?page=9").json["segments"] == [])
        }
    }

    @Test func `a definition says where it is and in which sandbox`() async throws {
        try await IngestWorld.run { world in
            let made = try await LinkTests.make(world, "one")
            let id = try #require(made["id"]?.string)

            #expect(made["_links"]?["self"]?["href"]?.string == "\(LinkTests.definitions)/\(id)")
            #expect(made["sandbox"]?["sandboxId"]?.string == world.dependencies.control.sandboxID)
            // A client may send back what it has read.
            let again = try await world.send(.patch, "\(LinkTests.definitions)/\(id)", made.text)
            #expect(again.status == 200)
            #expect(again["version"] == 2)
        }
    }

    @Test func `events lead to the next page for clients that take offsets from the link`() async throws {
        try await IngestWorld.run { world in
            let lines = (0..<3).map {
                #"{"_id":"e\#($0)","timestamp":"2026-01-01T00:00:0\#($0)Z","identityMap":{"Email":[{"id":"a@x.org"}]}}"#
            }
            _ = try await world.send(.post, "/v1/events", lines.joined(separator: "\n"))
            let path =
                "/data/core/ups/access/entities?schema.name=_xdm.context.experienceevent"
                + "&relatedSchema.name=_xdm.context.profile&relatedEntityId=a%40x.org&relatedEntityIdNS=Email&limit=2"

            let first = try await world.send(.get, path)
            let link = try #require(first["_links"]?["next"]?["href"]?.string)
            let second = try await world.send(.get, path + "&offsets=2")

            #expect(link.contains("offsets=2"))
            #expect(second["children"]?[0]?["entityId"] == "e2")
            #expect(try await world.send(.get, link).json == second.json)
            #expect(second["_links"]?["next"]?["href"] == "")
        }
    }
}
