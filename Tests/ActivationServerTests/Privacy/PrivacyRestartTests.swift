import ActivationCore
import ActivationEngine
import Crypto
import HTTPTypes
import TestSupport
import Testing

@testable import ActivationServer

/// Privacy jobs that a restart finds at any point of their way (BEHAVIOUR 3.11).
@Suite(.timeLimit(.minutes(5))) struct PrivacyRestartTests {
    private let entities = "/data/core/ups/access/entities?schema.name=_xdm.context.profile&entityIdNS=Email&entityId="

    private func seed(_ world: IngestWorld) async throws {
        let record = #"{"identityMap":{"Email":[{"id":"m1@x.org"}]},"a":1}"#
        #expect(try await world.send(.post, "/v1/profiles?dataset=crm", record)["accepted"] == 1)
    }

    /// The jobs of a request that was taken, none of them begun.
    private func asked(_ world: IngestWorld, _ actions: JSONValue) async throws -> [PrivacyJob] {
        world.dependencies.privacy.stop()
        let body: JSONValue = [
            "companyContexts": [["namespace": "imsOrgID", "value": .string(world.start.orgID)]],
            "users": [
                [
                    "key": "a", "action": actions,
                    "userIDs": [["namespace": "Email", "value": "m1@x.org", "type": "standard"]],
                ]
            ], "include": ["profileService"], "regulation": "gdpr",
        ]
        let answer = try await world.send(.post, PrivacyRoutes.path, body.text)
        #expect(answer.status == 202)
        return try (answer["jobs"]?.array ?? []).map { try world.dependencies.privacy.job($0["jobId"]?.string ?? "") }
    }

    /// The desk of another process over the same store, when nothing is left to do.
    private func restarted(_ world: IngestWorld, keys: ServerKeys? = nil) async throws -> PrivacyDesk {
        let desk = PrivacyDesk(
            store: world.storage,
            directory: world.dependencies.privacy.folder?.path,
            engine: world.dependencies.engine,
            control: world.dependencies.control,
            keys: keys ?? world.dependencies.keys,
            hash: nil,
            time: world.dependencies.time,
            ids: world.dependencies.ids,
            logger: world.dependencies.logger
        )
        try await desk.open()
        await desk.settle()
        desk.stop()
        return desk
    }

    @Test func `what was taken is done after a restart, the copy before the erasure`() async throws {
        try await IngestWorld.run { world in
            try await seed(world)
            let jobs = try await asked(world, ["delete", "access"])
            #expect(jobs.map(\.state) == [.submitted, .submitted])

            let desk = try await restarted(world)

            #expect(try desk.job(jobs[0].id).outcome?.code == .success)
            #expect(try desk.job(jobs[1].id).outcome?.code == .success)
            #expect(try desk.job(jobs[0].id).outcome?.profiles == desk.job(jobs[1].id).outcome?.profiles)
            #expect(try await world.send(.get, entities + "m1%40x.org").status == 404)
            // Once more: what has ended stays as it was.
            let after = try await restarted(world)
            for job in jobs { #expect(try after.job(job.id) == desk.job(job.id)) }
        }
    }

    @Test func `whoever comes after the erasure is not erased by its repetition`() async throws {
        try await IngestWorld.run { world in
            try await seed(world)
            var job = try #require(try await asked(world, ["delete"]).first)
            let identity = try #require(job.identities.first)
            let before = try #require(try await world.dependencies.engine.profile(identity)?.id)
            job.targets = [PrivacyJob.Target(profile: before, identity: 0)]
            job.state = .processing
            let box = SecretBox(key: world.dependencies.keys.dataKey)
            let stored = try job.stored(sealedIn: box, etag: "2")
            try await world.storage.apply([.update(stored, expectedEtag: "1")], scope: .production)
            #expect(try await world.send(.delete, entities + "m1%40x.org").status == 202)
            try await seed(world)

            let desk = try await restarted(world)

            #expect(try desk.job(job.id).outcome?.profiles == [before])
            #expect(try desk.job(job.id).state == .complete)
            #expect(try await world.send(.get, entities + "m1%40x.org").status == 200)
            #expect(try await world.dependencies.engine.erasures(limit: 10).count == 1)
        }
    }

    @Test func `a copy that was begun is made anew`() async throws {
        try await IngestWorld.run { world in
            try await seed(world)
            let job = try #require(try await asked(world, ["access"]).first)
            let folder = try #require(world.dependencies.privacy.folder)
            try folder.begin(job.id)
            try folder.write(Array(repeating: 1, count: PrivacyFolder.pieceBytes), at: 0, of: job.id)
            try folder.write(Array(repeating: 2, count: PrivacyFolder.pieceBytes), at: 1, of: job.id)

            let desk = try await restarted(world)

            let bytes = try #require(try desk.job(job.id).document?.bytes)
            let first = try #require(try folder.piece(0, of: job.id))
            #expect(Int64(first.count) == bytes)
            #expect(try JSONValue(parsing: first)["identities"]?[0]?["value"] == "m1@x.org")
            #expect(try folder.piece(1, of: job.id) == nil)
        }
    }

    @Test func `with another key nobody is shown and nobody erased`() async throws {
        try await IngestWorld.run { world in
            try await seed(world)
            let jobs = try await asked(world, ["access", "delete"])
            let other = ServerKeys(tokenKey: SymmetricKey(size: .bits256), dataKey: SymmetricKey(size: .bits256))

            let desk = try await restarted(world, keys: other)

            #expect(try desk.job(jobs[0].id).outcome?.code == .keyLost)
            #expect(try desk.job(jobs[1].id).outcome?.code == .keyLost)
            #expect(try desk.job(jobs[1].id).state == .error)
            #expect(try await world.send(.get, entities + "m1%40x.org").status == 200)
        }
    }

    @Test func `nothing is erased of whom no copy could be made`() async throws {
        try await IngestWorld.run { world in
            try await seed(world)
            var jobs = try await asked(world, ["access", "delete"])
            jobs[0].end(
                .error,
                PrivacyJob.Outcome(code: .dataUnreadable, detail: "x"),
                at: world.dependencies.time.now(),
                hash: nil
            )
            let stored = try jobs[0].stored(sealedIn: SecretBox(key: world.dependencies.keys.dataKey), etag: "2")
            try await world.storage.apply([.update(stored, expectedEtag: "1")], scope: .production)

            let desk = try await restarted(world)

            #expect(try desk.job(jobs[1].id).outcome?.code == .jobFailed)
            #expect(try await world.send(.get, entities + "m1%40x.org").status == 200)
        }
    }

    @Test func `jobs are done by priority and order, and none before the one that it waits for`() {
        func job(_ id: String, after predecessor: String? = nil, _ priority: PrivacyJob.Priority = .normal)
            -> PrivacyJob
        {
            PrivacyJob(
                id: id,
                request: "r",
                ordinal: 0,
                action: .access,
                regulation: .gdpr,
                priority: priority,
                products: [],
                author: "x",
                predecessor: predecessor,
                subject: PrivacyJob.Subject(key: "", values: []),
                userIDs: [],
                createdAt: Timestamp(milliseconds: 0),
                updatedAt: Timestamp(milliseconds: 0)
            )
        }
        var queue = PrivacyQueue()
        let (low, first, second) = (job("low", .low), job("first"), job("second", after: "first"))
        let (third, late) = (job("third"), job("late", after: "gone"))
        for job in [low, first, second, third, late] { queue.enter(job) }
        #expect(queue.count == 5)
        #expect(queue.next() == "first")
        queue.putOff(first)
        #expect(queue.next() == "third")
        queue.leave(third)
        #expect(queue.next() == "late" && queue.next() == "low" && queue.next() == nil)
        queue.leave(late)
        queue.leave(low)
        #expect(queue.count == 2 && queue.next() == nil)
        queue.tryAgain()
        #expect(queue.next() == "first" && queue.next() == nil)
        queue.leave(first)
        #expect(queue.next() == "second")
        queue.leave(second)
        #expect(queue.count == 0 && queue.next() == nil)
    }
}
