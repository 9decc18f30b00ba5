import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

@Suite struct DatasetTests {
    private let path = "/data/foundation/catalog/dataSets"

    @Test func `a dataset is made from a name and listed under its id`() async throws {
        try await IngestWorld.run { world in
            let created = try await world.send(
                .post,
                path,
                #"{"name":"CRM","schemaRef":{"id":"https://x/s","contentType":"c"},"tags":{"a":["b"]},"id":"mine"}"#
            )
            let reference = try #require(created.json[0]?.string)
            let id = String(reference.dropFirst("@/dataSets/".count))
            let list = try await world.send(.get, path)
            let one = try await world.send(.get, "\(path)/\(id)")

            #expect(created.status == 201)
            #expect(reference.hasPrefix("@/dataSets/"))
            #expect(id.count == 24)
            #expect(list[id]?["name"] == "CRM")
            #expect(list[id]?["schemaRef"]?["id"] == "https://x/s")
            #expect(list[id]?["tags"] == ["a": ["b"]])
            #expect(list[id]?["imsOrg"]?.string == world.start.orgID)
            #expect(one.json == list.json)
            #expect(try await world.send(.get, path + "/none").status == 404)
        }
    }

    @Test func `a dataset can be named by id or by name when lines come in`() async throws {
        try await IngestWorld.run { world in
            let id = try await world.makeDataset("CRM")
            let record = #"{"identityMap":{"Email":[{"id":"a@x.org"}]},"a":1}"#
            _ = try await world.send(.post, "/v1/profiles?dataset=CRM", record)
            _ = try await world.send(.post, "/v1/profiles?dataset=\(id)", record)

            #expect(try await world.send(.get, path).json.object?.keys == [id])
            let profile = try await world.dependencies.engine.profile(Identity(namespace: "Email", value: "a@x.org"))
            #expect(profile?.datasets == [id])
        }
    }

    @Test(arguments: ["[]", "{}", #"{"name":""}"#, #"{"name":3}"#, #"{"name":"a","schemaRef":"x"}"#])
    func `a dataset that cannot be is refused`(body: String) async throws {
        try await IngestWorld.run { world in
            let answer = try await world.send(.post, path, body)

            #expect(answer.status == 400)
        }
    }
}
