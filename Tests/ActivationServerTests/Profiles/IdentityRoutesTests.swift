import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// Links, identities and profiles that go (BEHAVIOUR 3.11, 3.12).
@Suite struct IdentityRoutesTests {
    private let entities = "/data/core/ups/access/entities?schema.name=_xdm.context.profile"

    private func seed(_ world: IngestWorld) async throws {
        _ = try await world.send(
            .post,
            "/data/core/idnamespace/identities",
            #"{"code":"CRM","name":"CRM id","idType":"CROSS_DEVICE"}"#
        )
        let record = #"{"identityMap":{"Email":[{"id":"a@x.org","primary":true}],"CRM":[{"id":"7"}]},"color":"red"}"#
        #expect(try await world.send(.post, "/v1/profiles?dataset=crm", record)["accepted"] == 1)
    }

    private let both =
        #"{"identities":[{"namespace":"crm","value":"7"},{"namespace":"Email","value":"a@x.org"}]}"#

    @Test func `two identities are unlinked and each is found under its own profile`() async throws {
        try await IngestWorld.run { world in
            try await seed(world)

            let answer = try await world.send(.post, "/v1/identities/unlink", both)
            let again = try await world.send(.post, "/v1/identities/unlink", both)

            #expect(answer.status == 200)
            #expect(answer["outcome"] == "split")
            #expect(answer["profiles"]?[0]?["identities"] == [["namespace": "Email", "value": "a@x.org"]])
            #expect(answer["profiles"]?[1]?["identities"] == [["namespace": "CRM", "value": "7"]])
            #expect(answer["profiles"]?[0]?["revision"] == answer["profiles"]?[1]?["revision"])
            #expect(again.status == 409)
            #expect(again["errorCode"] == "IDENTITIES_NOT_LINKED")
            let email = try await world.send(.get, entities + "&entityIdNS=Email&entityId=a%40x.org")
            let crm = try await world.send(.get, entities + "&entityIdNS=CRM&entityId=7")
            #expect(email.json.object?.keys.first == answer["profiles"]?[0]?["id"]?.string)
            #expect(crm.json.object?.keys.first == answer["profiles"]?[1]?["id"]?.string)
        }
    }

    @Test func `an identity leaves its profile, and the last one takes it along`() async throws {
        try await IngestWorld.run { world in
            try await seed(world)

            let first = try await world.send(.delete, "/v1/identities?namespace=email&value=a%40x.org")
            let gone = try await world.send(.get, entities + "&entityIdNS=Email&entityId=a%40x.org")
            let last = try await world.send(.delete, "/v1/identities?namespace=CRM&value=7")
            let again = try await world.send(.delete, "/v1/identities?namespace=CRM&value=7")

            #expect(first["outcome"] == "removed")
            #expect(first["profiles"]?[0]?["identities"] == [["namespace": "CRM", "value": "7"]])
            #expect(gone.status == 404)
            #expect(last["outcome"] == "deleted")
            #expect(again.status == 404)
        }
    }

    @Test func `a deleted profile is gone under all its identities and may come again as another`() async throws {
        try await IngestWorld.run { world in
            try await seed(world)
            let before = try await world.send(.get, entities + "&entityIdNS=CRM&entityId=7")

            let answer = try await world.send(.delete, entities + "&entityIdNS=Email&entityId=a%40x.org")

            #expect(answer.status == 202)
            let id = try #require(before.json.object?.keys.first)
            #expect(answer.headers[.location] == "/v1/erasures/\(id)")
            let receipt = try await world.send(.get, "/v1/erasures/\(id)")
            #expect(receipt["id"]?.string == id)
            #expect(receipt["deliveries"] == [])
            #expect(try await world.send(.get, "/v1/erasures")["erasures"]?[0]?["id"]?.string == id)
            #expect(try await world.send(.get, "/v1/erasures/none").status == 404)
            #expect(try await world.send(.get, entities + "&entityIdNS=CRM&entityId=7").status == 404)
            #expect(try await world.send(.delete, entities + "&entityIdNS=CRM&entityId=7").status == 404)
            try await seed(world)
            let after = try await world.send(.get, entities + "&entityIdNS=CRM&entityId=7")
            #expect(after.status == 200)
            #expect(after.json.object?.keys.first != before.json.object?.keys.first)
        }
    }

    @Test func `a person is shown all that is known about them`() async throws {
        try await IngestWorld.run { world in
            try await seed(world)
            let event =
                #"{"_id":"e1","timestamp":"2026-03-01T00:00:00Z","identityMap":{"CRM":[{"id":"7"}]},"amount":3}"#
            #expect(try await world.send(.post, "/v1/events?dataset=web", event)["accepted"] == 1)

            let all = try await world.send(.get, "/v1/identities/export?namespace=Email&value=a%40x.org")

            #expect(all.status == 200)
            #expect(all["identities"]?.array?.compactMap { $0["value"]?.string } == ["a@x.org", "7"])
            #expect(all["links"] == [[0, 1]])
            #expect(all["facts"]?[0]?["path"] == ["color"])
            #expect(all["facts"]?[0]?["value"] == "red")
            #expect(all["facts"]?[0]?["dataset"] == "crm")
            #expect(all["facts"]?[0]?["statedBy"] == ["namespace": "Email", "value": "a@x.org"])
            #expect(all["events"]?[0]?["event"]?["amount"] == 3)
            #expect(all["events"]?[0]?["dataset"] == "web")
            #expect(all["deliveries"] == [])
            #expect(try await world.send(.get, "/v1/identities/export?namespace=Email&value=no").status == 404)
        }
    }

    @Test func `what names no identity is refused`() async throws {
        try await IngestWorld.run { world in
            try await seed(world)
            for body in [
                "{}", #"{"identities":[]}"#, #"{"identities":[{"namespace":"Email","value":"a@x.org"}]}"#,
                #"{"identities":[{"namespace":"Email","value":""},{"namespace":"Email","value":"b"}]}"#,
                #"{"identities":[{"namespace":"None","value":"a"},{"namespace":"Email","value":"b"}]}"#,
                #"{"identities":["a","b"]}"#,
            ] {
                #expect(try await world.send(.post, "/v1/identities/unlink", body).status == 400, "\(body)")
            }
            for query in ["", "?namespace=Email", "?value=a", "?namespace=None&value=a"] {
                #expect(try await world.send(.delete, "/v1/identities" + query).status == 400, "\(query)")
            }
            let events = "/data/core/ups/access/entities?schema.name=_xdm.context.experienceevent"
            #expect(try await world.send(.delete, events + "&entityIdNS=CRM&entityId=7").status == 400)
            #expect(try await world.send(.delete, entities + "&entityId=7").status == 400)
            #expect(try await world.send(.get, entities + "&entityIdNS=CRM&entityId=7").status == 200)
        }
    }
}
