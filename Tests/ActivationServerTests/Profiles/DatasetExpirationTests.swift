import ActivationCore
import ActivationEngine
import HTTPTypes
import Testing

@testable import ActivationServer

/// `/data/core/hygiene/ttl` (BEHAVIOUR 6.2).
@Suite(.timeLimit(.minutes(5))) struct DatasetExpirationTests {
    private let path = "/data/core/hygiene/ttl"
    private let datasets = "/data/foundation/catalog/dataSets"

    private func advance(_ world: IngestWorld, seconds: Int64) {
        (world.dependencies.time as? IngestWorld.Clock)?.advance(by: seconds * 1_000)
    }

    private func later(_ world: IngestWorld, seconds: Int64) -> String {
        Timestamp(milliseconds: world.dependencies.time.now().milliseconds + seconds * 1_000).rfc3339
    }

    @Test func `a dataset gets a date, which is shown, changed, listed and cancelled`() async throws {
        try await IngestWorld.run { world in
            let id = try await world.makeDataset("trial")
            let made = try await world.send(
                .post,
                path,
                #"{"datasetId":"\#(id)","expiry":"2027-01-31","displayName":"Licence","description":"It ends."}"#
            )
            let ttl = try #require(made["ttlId"]?.string)

            #expect(made.status == 201)
            #expect(ttl.hasPrefix("SD-"))
            #expect(made["status"] == "pending")
            #expect(made["expiry"] == "2027-01-31T00:00:00Z")
            #expect(made["datasetName"] == "trial")
            #expect(made["sandboxName"] == "prod")
            #expect(made["imsOrg"]?.string == world.start.orgID)
            #expect(try await world.send(.get, "\(path)/\(ttl)").json == made.json)
            #expect(try await world.send(.get, "\(path)/\(id)").json == made.json)
            let shown = try await world.send(.get, "\(datasets)/\(id)")
            #expect(shown[id]?["tags"]?["adobe/hygiene/ttl"] == ["1801353600000"])

            let again = try await world.send(.post, path, #"{"datasetId":"\#(id)","expiry":"2028-01-31"}"#)
            #expect(again.status == 409)
            let changed = try await world.send(.put, "\(path)/\(ttl)", #"{"expiry":"2027-02-01T01:00:00+01:00"}"#)
            #expect(changed.status == 200)
            #expect(changed["expiry"] == "2027-02-01T00:00:00Z")
            #expect(changed["displayName"] == "Licence")

            let list = try await world.send(.get, path + "?status=pending&datasetName=TRI&expiryFromDate=2027-02-01")
            #expect(list["total_count"] == 1)
            #expect(list["total_pages"] == 1)
            #expect(list["current_page"] == 0)
            #expect(list["results"]?[0]?["ttlId"]?.string == ttl)
            #expect(try await world.send(.get, path + "?expiryToDate=2027-01-31")["total_count"] == 0)
            for status in ["", "pending,", "ended"] {
                #expect(
                    try await world.send(.get, path + "?status=\(status)").errorCode == "QUERY_INVALID",
                    "\(status)"
                )
            }
            #expect(try await world.send(.get, path + "?search=licence&orderBy=-expiry")["total_count"] == 1)

            #expect(try await world.send(.delete, "\(path)/\(ttl)").status == 204)
            #expect(try await world.send(.delete, "\(path)/\(ttl)").status == 404)
            #expect(try await world.send(.get, "\(path)/\(id)")["status"] == "cancelled")
            #expect(try await world.send(.put, "\(path)/\(ttl)", #"{"expiry":"2028-01-01"}"#).status == 409)
            #expect(try await world.send(.get, "\(datasets)/\(id)")[id]?["tags"]?["adobe/hygiene/ttl"] == nil)
            let anew = try await world.send(.put, "\(path)/\(id)", #"{"expiry":"2028-01-01"}"#)
            #expect(anew.status == 201)
            #expect(anew["ttlId"]?.string != ttl)
            #expect(try await world.send(.get, path)["total_count"] == 2)
        }
    }

    @Test(arguments: [
        (#"{"expiry":"2027-01-31"}"#, 400, "datasetId"), (#"{"datasetId":"ID"}"#, 400, "expiry"),
        (#"{"datasetId":"ID","expiry":"2020-01-31"}"#, 400, "expiry"),
        (#"{"datasetId":"ID","expiry":"2026-03-02T09:15:04Z"}"#, 400, "expiry"),
        (#"{"datasetId":"ID","expiry":"soon"}"#, 400, "expiry"), (#"{"datasetId":"ID","expiry":7}"#, 400, "expiry"),
        (#"{"datasetId":7,"expiry":"2027-01-31"}"#, 400, "datasetId"), ("7", 400, "JSON object"),
        (#"{"datasetId":"ID","expiry":"2027-01-31","displayName":5}"#, 400, "displayName"),
        (#"{"datasetId":"none","expiry":"2027-01-31"}"#, 404, "dataset"),
        (#"{"datasetId":"default","expiry":"2027-01-31"}"#, 409, "default"),
    ]) func `what cannot be right is refused, and says which field`(body: String, status: Int, word: String)
        async throws
    {
        try await IngestWorld.run { world in
            let id = try await world.makeDataset("trial")
            _ = try await world.send(.post, "/v1/profiles", #"{"identityMap":{"Email":[{"id":"a@x.org"}]}}"#)

            let answer = try await world.send(.post, path, body.replacing("ID", with: id))

            #expect(answer.status == status)
            #expect(answer["detail"]?.string?.contains(word) == true, "\(answer.text)")
            #expect(try await world.send(.get, path)["total_count"] == 0)
        }
    }

    @Test(arguments: [
        "limit=0", "page=-1", "status=gone", "orderBy=size", "expiryDate=soon",
        "createdDate=2026-01-01&createdToDate=2027-01-01",
        "updatedFromDate=2027-01-01&updatedToDate=2026-01-01",
    ]) func `a query that cannot be meant is refused`(query: String) async throws {
        try await IngestWorld.run { world in
            let answer = try await world.send(.get, "\(path)?\(query)")
            #expect(answer.errorCode == "QUERY_INVALID")
        }
    }

    @Test func `on its date a dataset ends by itself, with all that it has stated`() async throws {
        try await IngestWorld.run { world in
            let id = try await world.makeDataset("trial")
            let inlet = try #require(world.dependencies.control.snapshot.inlets.values.first)
            func send(_ dataset: String, _ members: String) async throws -> IngestWorld.Answer {
                try await world.send(
                    .post,
                    "/v1/profiles?dataset=\(dataset)",
                    #"{"identityMap":{"Email":[{"id":"a@x.org"}]},\#(members)}"#
                )
            }
            #expect(try await send("crm", #""city":"Ulm""#)["accepted"] == 1)
            #expect(try await send("trial", #""city":"Bonn","tier":"gold""#)["accepted"] == 1)
            let expiry = later(world, seconds: 3_600)
            let ttl = try await world.send(.post, path, #"{"datasetId":"\#(id)","expiry":"\#(expiry)"}"#)["ttlId"]?
                .string
            func entity() async throws -> String {
                try await world.send(
                    .get,
                    "/data/core/ups/access/entities?schema.name=_xdm.context.profile&entityId=a@x.org&entityIdNS=Email"
                ).text
            }
            #expect(try await entity().contains("gold"))

            advance(world, seconds: 3_601)
            #expect(try await !entity().contains("gold"))
            #expect(try await entity().contains("Ulm"))
            while try await world.send(.get, "\(path)/\(id)")["status"] != "completed" { await Task.yield() }

            let shown = try await world.send(.get, "\(path)/\(ttl ?? "")")
            #expect(shown["headwater"]?["profilesChanged"] == 1)
            #expect(shown["headwater"]?["factsRemoved"] == 2)
            #expect(shown["headwater"]?["profilesVisited"] == 1)
            for answer in [try await send("trial", #""a":1"#), try await send(id, #""a":1"#)] {
                #expect(answer.status == 404)
                #expect(answer.errorCode == "DATASET_EXPIRED")
            }
            let message = """
                {"header":{"datasetId":"\(id)","imsOrgId":"\(world.start.orgID)"},\
                "body":{"xdmEntity":{"identityMap":{"Email":[{"id":"a@x.org"}]},"a":1}}}
                """
            let collected = try await world.send(.post, "/collection/\(inlet.id)", message)
            #expect(collected.status == 400)
            #expect(collected.text.contains("DATASET_EXPIRED"), "\(collected.text)")
            #expect(try await world.send(.get, datasets)[id] == nil)
            #expect(try await world.send(.get, "\(datasets)/\(id)").errorCode == "DATASET_EXPIRED")
            #expect(try await world.send(.patch, "\(datasets)/\(id)", #"{"name":"x"}"#).errorCode == "DATASET_EXPIRED")
            #expect(try await world.send(.put, "\(path)/\(id)", #"{"expiry":"2099-01-01"}"#).status == 409)
            #expect(try await world.send(.delete, "\(path)/\(id)").status == 404)
            #expect(try await world.send(.post, path, #"{"datasetId":"\#(id)","expiry":"2099-01-01"}"#).status == 404)
        }
    }

    @Test func `a label of a dataset that has ended binds nobody`() async throws {
        try await IngestWorld.run { world in
            let id = try await world.makeDataset("trial")
            _ = try await world.send(
                .put,
                "/data/foundation/dataset/datasets/\(id)/labels",
                #"{"labels":["C2"]}"#
            )
            let made = try await world.send(
                .post,
                "/data/core/ups/segment/definitions",
                #"{"name":"all","expression":{"type":"PQL","format":"pql/text","value":"city = \"Ulm\""}}"#
            )
            let audience = try #require(made["id"]?.string)
            func labels() async throws -> [String] {
                try await world.send(.get, "/v1/audiences/\(audience)/labels")["labels"]?.array?
                    .filter { $0["on"] == "dataSet" }.compactMap { $0["label"]?.string } ?? []
            }
            #expect(try await labels() == ["C2"])
            let expiry = later(world, seconds: 60)
            _ = try await world.send(.post, path, #"{"datasetId":"\#(id)","expiry":"\#(expiry)"}"#)
            #expect(try await labels() == ["C2"])

            advance(world, seconds: 61)
            #expect(try await labels().isEmpty)
        }
    }

    @Test func `setting and cancelling a date stands in the history under the dataset's name`() async throws {
        try await IngestWorld.run { world in
            let id = try await world.makeDataset("trial")
            _ = try await world.send(.put, "\(path)/\(id)", #"{"expiry":"2027-01-31"}"#)
            _ = try await world.send(.delete, "\(path)/\(id)")

            let events = try await world.send(.get, "/data/foundation/audit/events")
            let own = events["_embedded"]?["events"]?.array?.filter { $0["assetType"] == "Dataset Expiration" } ?? []
            #expect(own.map { $0["action"]?.string } == ["Update", "Create"], "\(events.text)")
            #expect(own.allSatisfy { $0["assetName"] == "trial" })
        }
    }
}
