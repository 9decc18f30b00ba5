import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// Erased identities that may not come again (BEHAVIOUR 3.11).
@Suite struct SuppressionRoutesTests {
    private let entities = "/data/core/ups/access/entities?schema.name=_xdm.context.profile&entityIdNS=Email&entityId="

    private func seed(_ world: IngestWorld, _ people: Int...) async throws {
        for person in people {
            let record = #"{"identityMap":{"Email":[{"id":"m\#(person)@x.org"}],"Phone":[{"id":"\#(person)"}]},"a":1}"#
            #expect(try await world.send(.post, "/v1/profiles?dataset=crm", record)["accepted"] == 1)
        }
    }

    @Test func `an erased person is refused by every way in, and whoever comes with them`() async throws {
        try await IngestWorld.run { world in
            try await seed(world, 1, 2)

            let gone = try await world.send(.delete, entities + "m1%40x.org&onReturn=refuse")

            #expect(gone.status == 202)
            let lines = """
                {"identityMap":{"Email":[{"id":"m2@x.org"}]},"a":2}
                {"identityMap":{"Email":[{"id":"m2@x.org"}],"Phone":[{"id":"1"}]},"a":2}
                {"identityMap":{"Email":[{"id":"m3@x.org"}]},"a":2}
                """
            let profiles = try await world.send(.post, "/v1/profiles?dataset=crm", lines)
            #expect(profiles["accepted"] == 2)
            #expect(profiles["failed"] == 1)
            #expect(profiles["errors"]?[0]?["line"] == 2)
            #expect(profiles["errors"]?[0]?["code"] == "IDENTITY_SUPPRESSED")
            let event = #"{"identityMap":{"Phone":[{"id":"1"}]},"_id":"e","timestamp":"2026-03-01T00:00:00Z"}"#
            let events = try await world.send(.post, "/v1/events", event)
            #expect(events["errors"]?[0]?["code"] == "IDENTITY_SUPPRESSED")
            let dataset = try await world.makeDataset("inlet")
            let message = """
                {"header":{"datasetId":"\(dataset)"},"body":{"xdmEntity":{"identityMap":{"Email":[{"id":"m1@x.org"}]}}}}
                """
            let collected = try await world.send(.post, "/collection/\(world.start.inletID)", message)
            #expect(collected.status == 400)
            #expect(collected.text.contains("IDENTITY_SUPPRESSED"))
            for answer in [profiles, events, collected] { #expect(!answer.text.contains("m1@x.org")) }
            #expect(try await world.send(.get, entities + "m1%40x.org").status == 404)
        }
    }

    @Test func `who is suppressed is listed page by page, without saying who, and let in one by one`() async throws {
        try await IngestWorld.run { world in
            try await seed(world, 1, 2)
            #expect(try await world.send(.get, "/v1/suppressions").json == ["suppressions": []])
            var erasures: [String] = []
            for person in 1...2 {
                let answer = try await world.send(.delete, entities + "m\(person)%40x.org&onReturn=refuse")
                erasures.append(answer.headers[.location]?.split(separator: "/").last.map(String.init) ?? "")
            }

            var found: [JSONValue] = []
            var path = "/v1/suppressions?limit=3"
            var pages = 0
            while pages < 5 {
                let page = try await world.send(.get, path)
                #expect(!page.text.contains("x.org"))
                found += page["suppressions"]?.array ?? []
                pages += 1
                guard let next = page["next"]?.string else { break }
                path = "/v1/suppressions?limit=3&start=\(next)"
            }

            #expect(pages == 2)
            #expect(found.count == 4)
            #expect(Set(found.compactMap { $0["id"]?.string }).count == 4)
            #expect(Set(found.compactMap { $0["erasureId"]?.string }) == Set(erasures))
            #expect(found.count { $0["namespace"] == "Phone" } == 2)
            let email = #"{"namespace":"email","value":"m1@x.org"}"#
            #expect(try await world.send(.delete, "/v1/suppressions", email).status == 204)
            let again = try await world.send(.delete, "/v1/suppressions", email)
            #expect(again.status == 404)
            #expect(again.errorCode == "SUPPRESSION_UNKNOWN")
            #expect(try await world.send(.get, "/v1/suppressions")["suppressions"]?.array?.count == 3)
            let alone = #"{"identityMap":{"Email":[{"id":"m1@x.org"}]},"a":3}"#
            #expect(try await world.send(.post, "/v1/profiles?dataset=crm", alone)["accepted"] == 1)
        }
    }

    @Test func `what cannot be right is refused and deletes nobody`() async throws {
        try await IngestWorld.run { world in
            try await seed(world, 1)
            for query in ["onReturn=", "onReturn=Refuse", "onReturn=no"] {
                #expect(try await world.send(.delete, entities + "m1%40x.org&" + query).status == 400, "\(query)")
            }
            for query in ["limit=0", "limit=1001", "limit=x", "start=", "start=!", "start=a"] {
                #expect(try await world.send(.get, "/v1/suppressions?" + query).status == 400, "\(query)")
            }
            for body in ["", "[]", "{}", #"{"namespace":"Email"}"#, #"{"namespace":"None","value":"a"}"#] {
                #expect(try await world.send(.delete, "/v1/suppressions", body).status == 400, "\(body)")
            }
            #expect(try await world.send(.get, entities + "m1%40x.org").status == 200)
        }
    }
}
