import ActivationCore
import ActivationEngine
import Crypto
import HTTPTypes
import TestSupport
import Testing

@testable import ActivationServer

/// Privacy jobs that a restart finds at any point of their way (BEHAVIOUR 3.11).
@Suite(.timeLimit(.minutes(5))) struct PrivacyRestartTests {
    private let entities = PrivacyRestarts.entities

    private func seed(_ world: IngestWorld) async throws { try await world.state(#""Email":[{"id":"m1@x.org"}]"#) }

    private func asked(_ world: IngestWorld, _ actions: JSONValue) async throws -> [PrivacyJob] {
        try await world.asked(actions)
    }

    private func restarted(_ world: IngestWorld, keys: ServerKeys? = nil) async throws -> PrivacyDesk {
        try await world.restarted(keys: keys)
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
            job.targets = [PrivacyJob.Target(profile: before, identities: [0])]
            job.state = .processing
            try await world.keep(job)
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
        try await expectNothingErased { job, now in
            job.end(.error, PrivacyJob.Outcome(code: .dataUnreadable, detail: "x"), at: now, hash: nil)
        }
    }

    @Test func `nothing is erased of whom the copy is gone before its time, as after a backup was restored`()
        async throws
    {
        try await expectNothingErased { job, now in
            job.document = PrivacyJob.Document(bytes: 10)
            job.end(.complete, PrivacyJob.Outcome(code: .success, detail: "x"), at: now, hash: nil)
        }
    }

    /// Starts anew after the first of two jobs, the copy, ended in some way, and expects that the second erases nobody.
    private func expectNothingErased(_ end: @Sendable (inout PrivacyJob, Timestamp) -> Void) async throws {
        try await IngestWorld.run { world in
            try await seed(world)
            var jobs = try await asked(world, ["access", "delete"])
            end(&jobs[0], world.dependencies.time.now())
            try await world.keep(jobs[0])

            let desk = try await restarted(world)

            #expect(try desk.job(jobs[1].id).outcome?.code == .jobFailed)
            #expect(try await world.send(.get, entities + "m1%40x.org").status == 200)
        }
    }

    @Test func `who had the time to fetch the copy is erased though it is gone`() async throws {
        try await IngestWorld.run { world in
            try await seed(world)
            var jobs = try await asked(world, ["access", "delete"])
            jobs[0].document = PrivacyJob.Document(bytes: 10)
            let end = world.dependencies.time.now().milliseconds - PrivacyJob.documentDays * 86_400_000
            jobs[0].end(
                .complete,
                PrivacyJob.Outcome(code: .success, detail: "x"),
                at: Timestamp(milliseconds: end),
                hash: nil
            )
            try await world.keep(jobs[0])

            let desk = try await restarted(world)

            #expect(try desk.job(jobs[1].id).outcome?.code == .success)
            #expect(try await world.send(.get, entities + "m1%40x.org").status == 404)
        }
    }

    @Test func `a job that cannot be read is shown as one that failed, and nobody is erased who waits for its copy`()
        async throws
    {
        try await IngestWorld.run { world in
            try await seed(world)
            let jobs = try await asked(world, ["access", "delete"])
            var damaged = try #require(
                try await world.storage.object(kind: PrivacyJob.kind, id: jobs[0].id, scope: .production)
            )
            damaged.body = Array(#"{"regulation":"ccpa","#.utf8)
            damaged.etag = "2"
            try await world.storage.apply([.update(damaged, expectedEtag: "1")], scope: .production)

            let desk = try await restarted(world)

            #expect(try desk.job(jobs[0].id).state == .error)
            #expect(try desk.job(jobs[0].id).outcome?.code == .dataUnreadable)
            #expect(try desk.job(jobs[1].id).outcome?.code == .jobFailed)
            #expect(desk.jobs(PrivacyJobQuery(page: 0, size: 10)).count == 2)
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
