import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

@Suite struct EntityTests {
    private let path = "/data/core/ups/access/entities"
    private let profileQuery = "?schema.name=_xdm.context.profile&entityIdNS=email&entityId="
    private let eventQuery =
        "?schema.name=_xdm.context.experienceevent&relatedSchema.name=_xdm.context.profile"
        + "&relatedEntityIdNS=Email&relatedEntityId=a%40x.org"

    private func seed(_ world: IngestWorld) async throws {
        let record =
            #"{"identityMap":{"Email":[{"id":"a@x.org"}],"CRM":[{"id":"7"}]},"person":{"name":{"firstName":"Mira","#
            + #""lastName":"Ode"}},"tags":["x","y"]}"#
        _ = try await world.send(
            .post,
            "/data/core/idnamespace/identities",
            #"{"code":"CRM","name":"CRM id","idType":"CROSS_DEVICE"}"#
        )
        #expect(try await world.send(.post, "/v1/profiles?dataset=crm", record)["accepted"] == 1)
        let events = (1...5).map { number in
            #"{"_id":"e\#(number)","timestamp":"2026-03-0\#(number)T00:00:00Z","identityMap":{"CRM":[{"id":"7"}]},"#
                + #""commerce":{"order":\#(number)}}"#
        }
        #expect(try await world.send(.post, "/v1/events?dataset=web", events.joined(separator: "\n"))["accepted"] == 5)
    }

    @Test func `a profile shows its merged view under an opaque id`() async throws {
        try await IngestWorld.run { world in
            try await seed(world)

            let answer = try await world.send(.get, path + profileQuery + "a%40x.org")
            let byOther = try await world.send(
                .get,
                path + "?schema.name=_xdm.context.profile&entityIdNS=CRM&entityId=7"
            )

            #expect(answer.status == 200)
            let id = try #require(answer.json.object?.keys.first)
            #expect(answer.json.object?.count == 1)
            #expect(UUIDBytes(id) != nil)
            let shown = answer[id]
            #expect(shown?["entityId"]?.string == id)
            #expect(shown?["sources"] == ["crm"])
            #expect(shown?["mergePolicy"]?["id"]?.string.flatMap { UUIDBytes($0) } != nil)
            #expect(shown?["entity"]?["person"] == ["name": ["firstName": "Mira", "lastName": "Ode"]])
            #expect(shown?["entity"]?["tags"] == ["x", "y"])
            #expect(shown?["entity"]?["identityMap"] == ["email": [["id": "a@x.org"]], "crm": [["id": "7"]]])
            #expect(shown?["lastModifiedAt"]?.string?.hasSuffix("Z") == true)
            #expect(byOther.json == answer.json)
        }
    }

    @Test func `fields choose what is shown`() async throws {
        try await IngestWorld.run { world in
            try await seed(world)

            let answer = try await world.send(
                .get,
                path + profileQuery + "a%40x.org&fields=person.name.lastName,tags,not.there,person.name.none"
            )

            let entity = answer.json.object.flatMap { Array($0).first?.value["entity"] }
            #expect(entity == ["person": ["name": ["lastName": "Ode"]], "tags": ["x", "y"]])
        }
    }

    @Test func `events come by time, in a window, by page`() async throws {
        try await IngestWorld.run { world in
            try await seed(world)
            func ids(_ query: String) async throws -> [String] {
                try await world.send(.get, path + eventQuery + query)["children"]?.array?
                    .compactMap { $0["entityId"]?.string } ?? []
            }

            let all = try await world.send(.get, path + eventQuery)

            #expect(all.status == 200)
            #expect(all["_page"]?["orderby"] == "timestamp")
            #expect(all["_page"]?["count"] == 5)
            #expect(all["children"]?[0]?["entity"]?["commerce"] == ["order": 1])
            #expect(all["children"]?[0]?["timestamp"] == 1_772_323_200_000)
            #expect(all["_links"]?["next"]?["href"] == "")
            #expect(try await ids("") == ["e1", "e2", "e3", "e4", "e5"])
            #expect(try await ids("&orderBy=-timestamp") == ["e5", "e4", "e3", "e2", "e1"])
            #expect(try await ids("&startTime=1772409600000&endTime=1772582400000") == ["e2", "e3", "e4"])
            #expect(try await ids("&startTime=1772582400000&endTime=1772409600000") == [], "a window that ends first")
            let page = try await world.send(.get, path + eventQuery + "&limit=2&orderBy=%2Btimestamp")
            let next = try #require(page["_links"]?["next"]?["href"]?.string)
            let second = try await world.send(.get, next)
            #expect(second["children"]?.array?.compactMap { $0["entityId"]?.string } == ["e3", "e4"])
        }
    }

    @Test func `events of before 1970 are listed too`() async throws {
        try await IngestWorld.run { world in
            let line = #"{"identityMap":{"Email":[{"id":"a@x.org"}]},"_id":"old","timestamp":"1969-12-31T23:59:59Z"}"#
            _ = try await world.send(.post, "/v1/events", line)
            for query in ["", "&startTime=-1000", "&startTime=-5000&endTime=-1"] {
                let found = try await world.send(.get, path + eventQuery + query)
                #expect(found["_page"]?["count"] == 1, "\(query)")
            }
            #expect(try await world.send(.get, path + eventQuery + "&startTime=-999")["_page"]?["count"] == 0)
        }
    }

    @Test func `an identity nobody has is 404 and is not repeated in the answer`() async throws {
        try await IngestWorld.run { world in
            let profile = try await world.send(.get, path + profileQuery + "private-value")
            let events = try await world.send(
                .get,
                path + "?schema.name=_xdm.context.experienceevent&relatedEntityIdNS=Email&relatedEntityId=private-value"
            )

            #expect(profile.status == 404)
            #expect(events.status == 404)
            #expect(!profile.text.contains("private"))
            #expect(!events.text.contains("private"))
        }
    }

    @Test(arguments: [
        "", "?schema.name=other", "?schema.name=_xdm.context.profile", "?schema.name=_xdm.context.profile&entityId=a",
        "?schema.name=_xdm.context.profile&entityId=a&entityIdNS=none",
        "?schema.name=_xdm.context.profile&entityId=a&entityIdNS=Email&fields=a..b",
        "?schema.name=_xdm.context.profile&entityId=a&entityIdNS=Email&mergePolicyId=none",
        "?schema.name=_xdm.context.experienceevent&relatedEntityId=a&relatedEntityIdNS=Email&limit=1001",
        "?schema.name=_xdm.context.experienceevent&relatedEntityId=a&relatedEntityIdNS=Email&orderBy=id",
        "?schema.name=_xdm.context.experienceevent&relatedEntityId=a&relatedEntityIdNS=Email&property=a==1",
    ])
    func `a query that cannot be answered is 400`(query: String) async throws {
        try await IngestWorld.run { world in
            let answer = try await world.send(.get, path + query)

            #expect(answer.status == 400)
            #expect(answer.errorCode == "QUERY_INVALID")
        }
    }
}
