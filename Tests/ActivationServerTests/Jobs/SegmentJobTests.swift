import ActivationCore
import ActivationEngine
import HTTPTypes
import Testing

@testable import ActivationServer

@Suite struct SegmentJobTests {
    private let jobs = "/data/core/ups/segment/jobs"
    private let definitions = "/data/core/ups/segment/definitions"

    private func audience(_ world: IngestWorld, _ name: String, _ rule: String) async throws -> String {
        let value = JSONValue.string(rule).text
        let answer = try await world.send(.post, definitions, #"{"name":"\#(name)","expression":{"value":\#(value)}}"#)
        return try #require(answer["id"]?.string)
    }

    private func people(_ world: IngestWorld, _ count: Int) async throws {
        let lines = (0..<count).map { #"{"identityMap":{"Email":[{"id":"p\#($0)@x.example"}]},"age":\#($0)}"# }
        let stored = try await world.send(
            .post,
            "/v1/profiles",
            bytes: Array(lines.joined(separator: "\n").utf8),
            headers: [(.contentType, "application/x-ndjson")]
        )
        #expect(stored["accepted"] == .integer(Int64(count)))
    }

    /// Waits until a job has an end; the engine makes it, so this only lets it have its turn.
    private func end(_ world: IngestWorld, _ id: String) async throws -> IngestWorld.Answer {
        while true {
            let job = try await world.send(.get, "\(jobs)/\(id)")
            guard ["NEW", "QUEUED", "PROCESSING"].contains(job["status"]?.string) else { return job }
            await Task.yield()
        }
    }

    @Test func `a job evaluates its audiences and has Adobe's metrics`() async throws {
        try await IngestWorld.run { world in
            try await people(world, 10)
            let old = try await audience(world, "old", "age >= 7")
            let created = try await world.send(.post, jobs, #"[{"segmentId":"\#(old)"},{"segmentId":"\#(old)"}]"#)
            let id = try #require(created["id"]?.string)
            let job = try await end(world, id)

            #expect(created.status == 200)
            #expect(created["status"] == "NEW")
            #expect(created["source"] == "api")
            #expect(created["imsOrgId"]?.string == world.start.orgID)
            #expect(created["_links"]?["cancel"]?["method"] == "DELETE")
            #expect(job["status"] == "SUCCEEDED")
            #expect(job["segments"]?.array?.count == 1)
            #expect(job["segments"]?[0]?["segment"]?["expression"]?["value"] == "age >= 7")
            let metrics = try #require(job["metrics"])
            #expect(metrics["totalProfiles"] == 10)
            #expect(metrics["segmentedProfileCounter"]?[old] == 3)
            let policy = try #require(job["segments"]?[0]?["segment"]?["mergePolicyId"]?.string)
            #expect(metrics["totalProfilesByMergePolicy"]?[policy] == 10)
            #expect(metrics["totalTime"]?["endTimeInMs"] != nil)
            #expect(job["evaluationProgress"] == ["processed": 10, "total": 10])
        }
    }

    @Test func `a job counts the members of its audiences by the namespaces of their identities`() async throws {
        try await IngestWorld.run { world in
            let lines = [
                #"{"identityMap":{"Email":[{"id":"a@x"},{"id":"b@x"}],"Phone":[{"id":"1"}]},"age":20}"#,
                #"{"identityMap":{"Email":[{"id":"c@x"}]},"age":30}"#,
                #"{"identityMap":{"Phone":[{"id":"2"}]},"age":30}"#,
                #"{"identityMap":{"Phone":[{"id":"3"}]},"age":10}"#,
            ]
            _ = try await world.send(
                .post,
                "/v1/profiles",
                bytes: Array(lines.joined(separator: "\n").utf8),
                headers: [(.contentType, "application/x-ndjson")]
            )
            let (grown, old) = (
                try await audience(world, "grown", "age >= 20"), try await audience(world, "old", "age > 70")
            )
            let created = try await world.send(.post, jobs, #"[{"segmentId":"*"}]"#)
            let metrics = try await end(world, try #require(created["id"]?.string))["metrics"]
            let counts = metrics?["segmentedProfileByNamespaceCounter"]

            #expect(counts?[grown] == ["email": 2, "phone": 2])
            #expect(counts?[old] == [:])
            #expect(metrics?["segmentedProfileCounter"]?[grown] == 3)
            // Nobody's status changes any more; who is a member is counted all the same.
            let again = try await world.send(.post, jobs, #"[{"segmentId":"\#(grown)"}]"#)
            let second = try await end(world, try #require(again["id"]?.string))["metrics"]
            #expect(second?["segmentedProfileByNamespaceCounter"]?[grown] == ["email": 2, "phone": 2])
            #expect(second?["segmentedProfileByStatusCounter"]?[grown] == ["realized": 0, "exited": 0])
        }
    }

    @Test func `all audiences are meant by a star, in either form of the body`() async throws {
        try await IngestWorld.run { world in
            try await people(world, 3)
            let none = try await world.send(.post, jobs, #"[{"segmentId":"*"}]"#)
            _ = try await audience(world, "one", "age > 0")
            _ = try await audience(world, "two", "age > 1")
            let form = #"{"schema":{"name":"_xdm.context.profile"},"segments":[{"segmentId":"*"}]}"#
            let created = try await world.send(.post, jobs, form)
            _ = try await end(world, try #require(created["id"]?.string))

            #expect(none.errorCode == "FIELD_INVALID")
            #expect(created["segments"]?.array?.count == 2)
        }
    }

    @Test(arguments: [
        "{}", "[]", "[7]", "[{}]", #"[{"segmentId":"nobody"}]"#, #"{"segments":{}}"#,
        #"[{"segmentId":"00000000-0000-0000-0000-000000000001"}]"#,
    ])
    func `what is no list of audiences is refused`(body: String) async throws {
        try await IngestWorld.run { world in
            _ = try await audience(world, "one", "age > 0")
            #expect(try await world.send(.post, jobs, body).errorCode == "FIELD_INVALID")
            #expect(try await world.send(.get, jobs)["_page"]?["totalCount"] == 0)
        }
    }

    @Test func `jobs are listed, filtered, paged and cancelled`() async throws {
        try await IngestWorld.run { world in
            let clock = try #require(world.dependencies.time as? IngestWorld.Clock)
            try await people(world, 3)
            var audiences: [String] = []
            var ids: [String] = []
            for name in ["one", "two", "three"] {
                audiences.append(try await audience(world, name, "age > 0"))
                clock.advance(by: 1_000)
                let created = try await world.send(.post, jobs, #"[{"segmentId":"\#(audiences.last ?? "")"}]"#)
                ids.append(try #require(created["id"]?.string))
                _ = try await end(world, ids.last ?? "")
            }
            func listed(_ query: String) async throws -> [String] {
                try await world.send(.get, jobs + query)["children"]?.array?.compactMap { $0["id"]?.string } ?? []
            }
            let page = try await world.send(.get, jobs + "?limit=2&status=SUCCEEDED")
            let next = try #require(page["_links"]?["next"]?["href"]?.string)
            let several = try await world.send(.post, jobs + "/bulk-get", #"{"ids":[{"id":"\#(ids[0])"},{"id":"x"}]}"#)
            let cancelled = try await world.send(.delete, "\(jobs)/\(ids[0])")

            #expect(try await listed("") == ids.reversed())
            #expect(try await listed("?sort=creationTime:asc") == ids)
            #expect(try await listed("?sort=updateTime:desc&start=1") == [ids[1], ids[0]])
            #expect(try await listed("?status=FAILED") == [])
            #expect(try await listed("?property=segments~segmentId==\(audiences[1])") == [ids[1]])
            #expect(try await listed("?property=source==api&limit=1") == [ids[2]])
            #expect(page["_page"] == ["totalCount": 3, "pageSize": 2])
            #expect(try await world.send(.get, next)["children"]?[0]?["id"]?.string == ids[0])
            #expect(several.status == 207)
            #expect(several["results"]?[ids[0]]?["status"] == "SUCCEEDED")
            #expect(several["results"]?["x"]?["errorCode"] == "JOB_UNKNOWN")
            #expect(cancelled.status == 204)
            #expect(try await world.send(.get, "\(jobs)/\(ids[0])")["status"] == "SUCCEEDED")
            #expect(try await world.send(.get, "\(jobs)/nobody").errorCode == "JOB_UNKNOWN")
            #expect(try await world.send(.delete, "\(jobs)/nobody").status == 404)
            for query in [
                "?status=DONE", "?sort=size", "?property=x", "?property=a~b>=1", "?property=creationTime==soon",
                "?limit=0",
            ] {
                #expect(try await world.send(.get, jobs + query).errorCode == "QUERY_INVALID", "\(query)")
            }
        }
    }
}
