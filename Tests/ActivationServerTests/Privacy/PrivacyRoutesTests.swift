import ActivationCore
import ActivationEngine
import HTTPTypes
import TestSupport
import Testing

@testable import ActivationServer

/// People's requests for their data or its erasure (BEHAVIOUR 3.11).
@Suite(.timeLimit(.minutes(5))) struct PrivacyRoutesTests {
    private let entities = "/data/core/ups/access/entities?schema.name=_xdm.context.profile&entityIdNS=Email&entityId="
    private let day: Int64 = 86_400_000

    private func clock(_ world: IngestWorld) throws -> IngestWorld.Clock {
        try #require(world.dependencies.time as? IngestWorld.Clock)
    }

    private func seed(_ world: IngestWorld, _ people: Int...) async throws {
        for person in people {
            let record = #"{"identityMap":{"Email":[{"id":"m\#(person)@x.org"}],"Phone":[{"id":"\#(person)"}]},"a":1}"#
            #expect(try await world.send(.post, "/v1/profiles?dataset=crm", record)["accepted"] == 1)
        }
    }

    private func user(_ key: String, _ actions: [String], _ mails: String...) -> JSONValue {
        [
            "key": .string(key), "action": .array(actions.map { .string($0) }),
            "userIDs": .array(mails.map { ["namespace": "email", "value": .string($0), "type": "standard"] }),
        ]
    }

    private func request(_ world: IngestWorld, _ users: [JSONValue], _ more: JSONObject = [:]) -> JSONValue {
        var body: JSONObject = [
            "companyContexts": [["namespace": "imsOrgID", "value": .string(world.start.orgID)]],
            "users": .array(users), "include": ["profileService"], "regulation": "gdpr",
        ]
        for (key, value) in more { body[key] = value }
        return .object(body)
    }

    private func ask(_ world: IngestWorld, _ body: JSONValue) async throws -> IngestWorld.Answer {
        try await world.send(.post, PrivacyRoutes.path, body.text)
    }

    /// The jobs of a request that is taken, when nothing is left to do.
    private func done(_ world: IngestWorld, _ body: JSONValue) async throws -> [IngestWorld.Answer] {
        let answer = try await ask(world, body)
        #expect(answer.status == 202, "\(answer.text)")
        await world.dependencies.privacy.settle()
        var jobs: [IngestWorld.Answer] = []
        for job in answer["jobs"]?.array ?? [] {
            jobs.append(try await world.send(.get, "\(PrivacyRoutes.path)/\(job["jobId"]?.string ?? "")"))
        }
        return jobs
    }

    @Test func `who wants to see and to be erased gets a copy, is gone, and has a receipt`() async throws {
        try await IngestWorld.run { world in
            try await seed(world, 1, 2)
            let event =
                #"{"identityMap":{"Phone":[{"id":"1"}]},"_id":"e1","timestamp":"2026-03-01T00:00:00Z","what":"bought"}"#
            #expect(try await world.send(.post, "/v1/events?dataset=shop", event)["accepted"] == 1)

            let jobs = try await done(
                world,
                request(world, [user("case 7", ["delete", "access"], "m1@x.org", "nobody@x.org")])
            )

            #expect(jobs.map { $0["action"] } == ["access", "delete"])
            #expect(jobs.map { $0["status"] } == ["complete", "complete"])
            #expect(jobs.map { $0["userKey"] } == ["case 7", "case 7"])
            let response = jobs[0]["productResponses"]?[0]
            #expect(response?["product"] == "profileService")
            #expect(response?["productStatusResponse"]?["responseMsgCode"] == "PRVCY-6054-200")
            #expect(response?["productStatusResponse"]?["results"]?["notFound"] == 1)
            #expect(jobs[0]["createdDate"] == "03/02/2026 09:15 AM GMT")
            #expect(jobs[0]["dueAt"] == "2026-04-01T09:15:04Z")
            // What was asked about is known by its hash alone.
            for job in jobs {
                #expect(!job.text.contains("x.org"))
                #expect(job["userIds"]?[0]?["namespace"] == "Email" && job["userIds"]?[0]?["valueHash"]?.string != nil)
            }
            #expect(jobs[0]["downloadURL"]?.string?.hasSuffix("/content") == true && jobs[1]["downloadURL"] == nil)

            let copy = try await world.send(.get, "\(PrivacyRoutes.path)/\(jobs[0]["jobId"]?.string ?? "")/content")
            #expect(copy.status == 200)
            let profile = copy["profiles"]?[0]
            #expect(copy["profiles"]?.array?.count == 1)
            #expect(profile?["views"]?[0]?["entity"]?["a"] == 1)
            #expect(profile?["facts"]?.array?.isEmpty == false)
            #expect(profile?["events"]?[0]?["event"]?["what"] == "bought")
            #expect(copy["identities"]?[1] == ["namespace": "Email", "value": "nobody@x.org"])
            #expect(copy["identities"]?[0]?["profileId"] == profile?["id"])

            let receipt = jobs[1]["productResponses"]?[0]?["productStatusResponse"]?["results"]?["erasures"]?[0]?.string
            #expect(receipt == "/v1/erasures/\(profile?["id"]?.string ?? "")")
            #expect(jobs[1]["productResponses"]?[0]?["productStatusResponse"]?["results"]?["notFound"] == 1)
            #expect(try await world.send(.get, receipt ?? "").status == 200)
            #expect(try await world.send(.get, entities + "m1%40x.org").status == 404)
            #expect(try await world.send(.get, entities + "m2%40x.org").status == 200)
        }
    }

    @Test func `all profiles of a person go, once, and who is not to return is refused`() async throws {
        try await IngestWorld.run { world in
            try await seed(world, 1, 2, 3)

            let users = [
                user("a", ["delete"], "m1@x.org", "m2@x.org"), user("b", ["delete"], "m1@x.org"),
            ]
            let jobs = try await done(world, request(world, users, ["onReturn": "refuse"]))

            func results(_ place: Int) -> JSONValue? {
                jobs[place]["productResponses"]?[0]?["productStatusResponse"]?["results"]
            }
            #expect(results(0)?["erasures"]?.array?.count == 2)
            #expect(results(1)?["erasures"] == [] && results(1)?["notFound"] == 1)
            #expect(jobs[1]["status"] == "complete")
            #expect(try await world.send(.get, "/v1/erasures")["erasures"]?.array?.count == 2)
            #expect(try await world.send(.get, "/v1/suppressions")["suppressions"]?.array?.count == 4)
            #expect(try await world.send(.get, entities + "m3%40x.org").status == 200)
        }
    }

    @Test func `what cannot be done is refused with its place and without a value`() async throws {
        try await IngestWorld.run { world in
            let ok = user("a", ["access"], "secret@x.org")
            func changed(_ member: String, _ value: JSONValue?) -> JSONValue {
                var body = request(world, [ok])
                body[member] = value
                return body
            }
            func userChanged(_ member: String, _ value: JSONValue?) -> JSONValue {
                var user = ok
                user[member] = value
                return request(world, [ok, user])
            }
            func identityChanged(_ member: String, _ value: JSONValue?) -> JSONValue {
                var identity = ok["userIDs"]?[0] ?? .null
                identity[member] = value
                return userChanged("userIDs", [identity])
            }
            let cases: [(JSONValue, String)] = [
                (changed("companyContexts", nil), "companyContexts"),
                (changed("companyContexts", [["namespace": "imsOrgID", "value": "other"]]), "companyContexts/0/value"),
                (changed("companyContexts", [["namespace": "Campaign", "value": "x"]]), "companyContexts/0/namespace"),
                (changed("include", []), "include"),
                (changed("include", ["profileService", "analytics"]), "include/1"),
                (changed("include", ["Identity"]), "include has profileService"),
                (changed("regulation", nil), "regulation"),
                (changed("regulation", "moon"), "regulation"),
                (changed("priority", "high"), "priority"),
                (changed("expandIds", "maybe"), "expandIds"),
                (changed("analyticsDeleteMethod", "anonymize"), "analyticsDeleteMethod"),
                (changed("mergePolicyId", "124"), "mergePolicyId"),
                (changed("onReturn", "laugh"), "onReturn"),
                (changed("users", []), "users"),
                (request(world, Array(repeating: ok, count: 1_001)), "users"),
                (userChanged("key", ""), "users/1/key"),
                (userChanged("key", "a\u{1B}[2Jsecret"), "users/1/key has no control characters"),
                (userChanged("key", "secret\u{85}"), "users/1/key has no control characters"),
                (userChanged("action", []), "users/1/action"),
                (userChanged("action", ["access", "opt-out-of-sale"]), "users/1/action/1 cannot be opt-out-of-sale"),
                (userChanged("userIDs", []), "users/1/userIDs"),
                (
                    userChanged("userIDs", .array(Array(repeating: ok["userIDs"]?[0] ?? .null, count: 10))),
                    "users/1/userIDs"
                ),
                (identityChanged("namespace", "Moon"), "users/1/userIDs/0/namespace names no namespace"),
                (identityChanged("type", "unregistered"), "users/1/userIDs/0/type"),
                (identityChanged("value", ""), "users/1/userIDs/0/value"),
                (identityChanged("value", .string(String(repeating: "s", count: 1_025))), "users/1/userIDs/0/value"),
            ]
            for (body, place) in cases {
                let answer = try await ask(world, body)
                #expect(answer.status == 400 && answer.errorCode == "FIELD_INVALID", "\(place): \(answer.text)")
                #expect(answer["detail"]?.string?.contains(place) == true, "\(place): \(answer.text)")
                #expect(!answer.text.contains("secret") && !answer.text.contains("sss"))
            }
            #expect(try await world.send(.get, PrivacyRoutes.path)["totalRecords"] == 0)
        }
    }

    @Test func `namespaces are named by symbol, number or name, and Adobe's spellings are read`() async throws {
        try await IngestWorld.run { world in
            let made = try await world.send(
                .post,
                "/data/core/idnamespace/identities",
                #"{"name":"Loyalty card","code":"Loyalty","idType":"CROSS_DEVICE"}"#
            )
            #expect(made.status == 201)
            let number = String(made["id"]?.int64 ?? 0)
            let names: [(String, String)] = [
                ("Loyalty", "standard"), ("loyalty", "integrationCode"), ("Loyalty card", "custom"),
                (number, "namespaceId"),
            ]
            let userIDs = names.map { name, type -> JSONValue in
                ["namespace": .string(name), "type": .string(type), "value": "7", "isDeletedClientSide": true]
            }
            let user: JSONValue = ["key": "k", "action": ["access"], "userIDs": .array(userIDs)]
            let more: JSONObject = [
                "include": ["ProfileService", "Identity"], "expandIds": "false", "priority": "low",
                "analyticsDeleteMethod": "purge",
            ]

            let jobs = try await done(world, request(world, [user], more))

            #expect(
                jobs.count == 1
                    && jobs[0]["userIds"]?.array?.map { $0["namespace"] } == Array(repeating: "Loyalty", count: 4)
            )
            #expect(jobs[0]["productResponses"]?.array?.map { $0["product"] } == ["profileService", "identity"])
            #expect(
                jobs[0]["productResponses"]?[1]?["productStatusResponse"]?["responseMsgCode"] == "PRVCY-6052-200"
            )
        }
    }

    @Test func `jobs are listed by page, law, standing and day`() async throws {
        try await IngestWorld.run { world in
            _ = try await done(
                world,
                request(world, [user("a", ["access"], "a@x.org"), user("b", ["access"], "b@x.org")])
            )
            try clock(world).advance(by: 3 * day)
            _ = try await done(world, request(world, [user("c", ["delete"], "c@x.org")], ["regulation": "ccpa"]))

            func keys(_ query: String) async throws -> [String] {
                let answer = try await world.send(.get, "\(PrivacyRoutes.path)?\(query)")
                #expect(answer.status == 200, "\(query) \(answer.text)")
                return (answer["jobDetails"]?.array ?? []).compactMap { $0["userKey"]?.string }
            }
            #expect(try await keys("") == ["c", "b", "a"])
            #expect(try await keys("size=2") == ["c", "b"])
            #expect(try await keys("size=2&page=1") == ["a"])
            #expect(try await keys("size=1000&page=1000000") == [])
            #expect(try await keys("regulation=ccpa") == ["c"])
            #expect(try await keys("status=processing") == [])
            #expect(try await keys("filterDate=2026-03-02") == ["b", "a"])
            #expect(try await keys("fromDate=2026-03-03&toDate=2026-03-05") == ["c"])
            #expect(try await keys("fromDate=2026-03-03&toDate=2026-03-04") == [])
            try clock(world).advance(by: 5 * day)
            #expect(try await keys("") == ["c"])
            let all = try await world.send(.get, "\(PrivacyRoutes.path)?filterDate=2026-03-02")
            let first = all["jobDetails"]?[0]?["requestId"]?.string ?? ""
            #expect(try await keys("requestId=\(first)") == ["b", "a"])
            #expect(try await keys("requestId=x") == [])
            for query in [
                "size=1001", "size=0", "page=-1", "regulation=x", "status=done", "fromDate=2026-03-03",
                "toDate=x&fromDate=y",
                "filterDate=03/02/2026", "fromDate=2026-03-04&toDate=2026-03-03",
                "filterDate=2026-03-02&fromDate=2026-03-02&toDate=2026-03-02",
            ] {
                #expect(
                    try await world.send(.get, "\(PrivacyRoutes.path)?\(query)").errorCode == "QUERY_INVALID",
                    "\(query)"
                )
            }
        }
    }

    @Test func `a copy goes after sixty days and a job after two years`() async throws {
        try await IngestWorld.run { world in
            try await seed(world, 1)
            let job = try await done(world, request(world, [user("a", ["access"], "m1@x.org")]))[0]
            let path = "\(PrivacyRoutes.path)/\(job["jobId"]?.string ?? "")"
            try clock(world).advance(by: 60 * day - 1)
            await world.dependencies.privacy.forgetOld()
            #expect(try await world.send(.get, path + "/content").status == 200)
            #expect(world.dependencies.privacy.folder?.jobs().count == 1)

            try clock(world).advance(by: 1)
            #expect(try await world.send(.get, path)["downloadURL"] == nil)
            #expect(try await world.send(.get, path + "/content").errorCode == "PRIVACY_COPY_UNKNOWN")
            await world.dependencies.privacy.forgetOld()
            #expect(world.dependencies.privacy.folder?.jobs().isEmpty == true)
            #expect(try await world.send(.get, path).status == 200)

            try clock(world).advance(by: 670 * day)
            await world.dependencies.privacy.forgetOld()
            #expect(try await world.send(.get, path).errorCode == "PRIVACY_JOB_UNKNOWN")
            #expect(try await world.storage.objects(kind: PrivacyJob.kind, scope: .production).isEmpty)
        }
    }

    @Test func `what is kept tells nobody who asked`() async throws {
        try await IngestWorld.run { world in
            try await seed(world, 1)
            world.dependencies.privacy.stop()
            #expect(try await ask(world, request(world, [user("key-of-mira", ["access"], "m1@x.org")])).status == 202)
            let waiting = try await world.storage.objects(kind: PrivacyJob.kind, scope: .production)
            #expect(waiting.count == 1)
            for object in waiting {
                let text = String(decoding: object.body, as: UTF8.self)
                #expect(!text.contains("x.org") && !text.contains("mira"))
            }
        }
    }

    @Test func `a long copy is one document`() async throws {
        try await IngestWorld.run { world in
            let note = String(repeating: "0123456789", count: 800)
            let events = (0..<120).map { number in
                #"{"identityMap":{"Email":[{"id":"m1@x.org"}]},"_id":"e\#(number)","timestamp":"2026-03-01T00:00:00Z","n":\#(number),"#
                    + #""note":"\#(note)"}"#
            }
            #expect(try await world.send(.post, "/v1/events", events.joined(separator: "\n"))["accepted"] == 120)

            let job = try await done(world, request(world, [user("a", ["access"], "m1@x.org")]))[0]
            let copy = try await world.send(.get, "\(PrivacyRoutes.path)/\(job["jobId"]?.string ?? "")/content")

            #expect(copy.text.utf8.count > 3 * PrivacyFolder.pieceBytes)
            #expect(copy.headers[.contentLength] == nil || copy.headers[.contentLength] == String(copy.text.utf8.count))
            let shown = (copy["profiles"]?[0]?["events"]?.array ?? []).compactMap { $0["event"]?["n"]?.int64 }
            #expect(Set(shown) == Set(0..<120) && shown.count == 120)
            let folder = try #require(world.dependencies.privacy.folder)
            let id = try #require(job["jobId"]?.string)
            let first = try #require(try folder.piece(0, of: id))
            #expect(first.count == PrivacyFolder.pieceBytes && copy.text.utf8.starts(with: first))
            // A piece opens in its place alone.
            let other = PrivacyFolder(path: folder.path, box: SecretBox(key: world.dependencies.keys.tokenKey))
            #expect(try other.piece(0, of: id) == nil)
            #expect(try folder.piece(9_999, of: id) == nil)
        }
    }
}
