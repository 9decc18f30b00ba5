import ActivationCore
import ActivationEngine
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import ActivationServer

/// Whom a privacy job erases when people change between its steps (BEHAVIOUR 3.11, decision 53).
@Suite(.timeLimit(.minutes(5))) struct PrivacyErasureTests {
    /// The engine of the world, to which something happens right before the first deletion.
    private final class RacingEngine: QuietEngine {
        private let real: any ServerEngine
        private let before: Mutex<(@Sendable () async throws(EngineError) -> Void)?>

        init(_ real: any ServerEngine, before: @escaping @Sendable () async throws(EngineError) -> Void) {
            self.real = real
            self.before = Mutex(before)
        }

        func profile(_ identity: Identity, mergePolicy: MergePolicy.ID?) async throws(EngineError) -> ProfileSnapshot? {
            try await real.profile(identity, mergePolicy: mergePolicy)
        }
        func identities(of profile: Profile.ID) async throws(EngineError) -> [Identity]? {
            try await real.identities(of: profile)
        }
        func erasure(of profile: Profile.ID) async throws(EngineError) -> (Erasure, [Delivery])? {
            try await real.erasure(of: profile)
        }
        func delete(
            _ identity: Identity,
            onReturn: DecisionOptions.ReturnRule?,
            expecting expected: Profile.ID?
        ) async throws(EngineError) -> IdentityChange {
            let before = before.withLock { before in
                defer { before = nil }
                return before
            }
            try await before?()
            return try await real.delete(identity, onReturn: onReturn, expecting: expected)
        }
    }

    private static let mail = Identity(namespace: "Email", value: "m1@x.org")
    private static let both = #""Email":[{"id":"m1@x.org"}],"Phone":[{"id":"1"}]"#
    private static let mailAlone = #""Email":[{"id":"m1@x.org"}]"#

    @Test func `who is meant goes by another identity, who has the named one by now stays`() async throws {
        try await IngestWorld.run { world in
            try await world.state(Self.both)
            let job = try await world.lookedUp()
            let mira = try #require(job.targets?.first?.profile)
            _ = try await world.dependencies.engine.remove(Self.mail)
            try await world.state(Self.mailAlone)
            let other = try #require(try await world.owner("Email", "m1@x.org"))

            let ended = try await world.restarted().job(job.id)

            #expect(ended.state == .complete && ended.outcome?.code == .success)
            #expect(ended.outcome?.profiles == [mira])
            #expect(try await world.owner("Phone", "1") == nil)
            #expect(try await world.owner("Email", "m1@x.org") == other)
        }
    }

    @Test func `an identity that leaves while the deletion waits for its turn takes nobody else along`() async throws {
        try await IngestWorld.run { world in
            try await world.state(Self.both)
            let job = try await world.lookedUp()
            let mira = try #require(job.targets?.first?.profile)
            // First by the profile's own first identity, whichever that is.
            let first = try #require(try await world.dependencies.engine.identities(of: mira)?.first)
            let taken = try Message(
                record: JSONDocument(
                    parsing: #"{"identityMap":{"\#(first.namespace)":[{"id":"\#(first.value)"}]},"a":2}"#
                ),
                dataset: "crm",
                namespaces: world.dependencies.control.snapshot.namespaces
            )
            let real = world.dependencies.engine
            let engine = RacingEngine(real) { () throws(EngineError) in
                _ = try await real.remove(first)
                _ = try await real.ingest([taken])
            }

            let ended = try await world.restarted(engine: engine).job(job.id)

            #expect(ended.outcome?.code == .success && ended.outcome?.profiles == [mira])
            #expect(try await real.identities(of: mira) == nil)
            let other = try #require(try await real.profile(first, mergePolicy: nil)?.id)
            #expect(other != mira)
        }
    }

    @Test func `what a person became goes, and stands in the job before`() async throws {
        try await IngestWorld.run { world in
            try await world.state(#""Phone":[{"id":"1"}]"#)
            let elder = try #require(try await world.owner("Phone", "1"))
            try await world.state(Self.mailAlone)
            let job = try await world.lookedUp()
            try await world.state(Self.both)
            #expect(try await world.owner("Email", "m1@x.org") == elder)
            // The process ends when the job is to be stored.
            let saved = Mutex<[PrivacyJob]>([])
            var erasure = PrivacyErasure(job, engine: world.dependencies.engine, audit: world.dependencies.audit) {
                job throws(APIError) in
                saved.withLock { $0.append(job) }
                throw APIError(.unavailable, "the end")
            }
            await #expect(throws: APIError.self) { try await erasure.perform() }
            #expect(saved.withLock { $0.map { $0.targets?.map(\.profile) } } == [[elder]])
            #expect(try await world.owner("Phone", "1") == elder)

            let ended = try await world.restarted().job(job.id)

            #expect(ended.outcome?.code == .success && ended.outcome?.profiles == [elder])
            #expect(try await world.owner("Phone", "1") == nil)
        }
    }

    @Test func `who comes after what a person became was erased stays, and the job says what it did not find`()
        async throws
    {
        try await IngestWorld.run { world in
            try await world.state(#""Phone":[{"id":"1"}]"#)
            try await world.state(Self.mailAlone)
            let job = try await world.lookedUp()
            try await world.state(Self.both)
            _ = try await world.dependencies.engine.delete(Self.mail, onReturn: .accept, expecting: nil)
            try await world.state(Self.mailAlone)
            let later = try #require(try await world.owner("Email", "m1@x.org"))

            let ended = try await world.restarted().job(job.id)

            #expect(ended.outcome?.code == .unknownIdentities && ended.outcome?.profiles == [])
            #expect(ended.outcome?.unknown == 1)
            #expect(try await world.owner("Email", "m1@x.org") == later)
        }
    }

    @Test func `of two one of whom lost its identity to nobody one goes, and that is no success`() async throws {
        try await IngestWorld.run { world in
            for map in [#""Phone":[{"id":"1"}]"#, Self.mailAlone, #""Email":[{"id":"m2@x.org"}]"#] {
                try await world.state(map)
            }
            let job = try await world.lookedUp(about: ["m1@x.org", "m2@x.org"])
            try await world.state(Self.both)
            _ = try await world.dependencies.engine.remove(Self.mail)

            let ended = try await world.restarted().job(job.id)

            #expect(ended.outcome?.code == .partial && ended.outcome?.unknown == 1)
            #expect(ended.outcome?.profiles == job.targets?.suffix(1).map(\.profile))
            #expect(ended.outcome?.detail.contains("1 more") == true)
        }
    }

    @Test(arguments: [false, true]) func `two that became one go as one`(atTheLastMoment: Bool) async throws {
        try await IngestWorld.run { world in
            try await world.state(Self.mailAlone)
            try await world.state(#""Email":[{"id":"m2@x.org"}]"#)
            let job = try await world.lookedUp(about: ["m1@x.org", "m2@x.org"])
            let merging = #""Email":[{"id":"m1@x.org"},{"id":"m2@x.org"}]"#
            let real = world.dependencies.engine
            let message = try Message(
                record: JSONDocument(parsing: #"{"identityMap":{\#(merging)},"a":2}"#),
                dataset: "crm",
                namespaces: world.dependencies.control.snapshot.namespaces
            )
            if !atTheLastMoment { _ = try await real.ingest([message]) }
            let engine = RacingEngine(real) { () throws(EngineError) in
                if atTheLastMoment { _ = try await real.ingest([message]) }
            }

            let ended = try await world.restarted(engine: engine).job(job.id)

            #expect(ended.outcome?.code == .success && ended.outcome?.unknown == 0)
            #expect(ended.outcome?.profiles == job.targets?.prefix(1).map(\.profile))
            #expect(try await real.profileCount() == 0)
        }
    }

    @Test func `what is damaged ends the job`() async throws {
        try await IngestWorld.run { world in
            try await world.state(Self.mailAlone)
            let job = try await world.lookedUp()
            let damaged = RacingEngine(world.dependencies.engine) { () throws(EngineError) in
                throw EngineError(.corrupt, "secret")
            }

            let ended = try await world.restarted(engine: damaged).job(job.id)

            #expect(ended.state == .error && ended.outcome?.code == .dataUnreadable)
            #expect(ended.outcome?.detail.contains("secret") == false)
            let records = try await Self.records(world)
            #expect(
                records.map { "\($0.kind) \($0.outcome)" }.suffix(3) == [
                    "profile allowed", "profile failed", "privacyJob failed",
                ]
            )
            #expect(records.last?.details["code"] == "PRVCY-1022-400")
        }
    }

    @Test func `a job that is stored in another version is read again and goes on`() async throws {
        try await IngestWorld.run { world in
            try await world.state(Self.mailAlone)
            let job = try await world.lookedUp()
            let storage = world.storage
            let engine = RacingEngine(world.dependencies.engine) { () throws(EngineError) in
                do {
                    var stored = try await storage.object(kind: PrivacyJob.kind, id: job.id, scope: .production)
                    stored?.etag = "7"
                    guard let stored else { return }
                    try await storage.apply([.update(stored, expectedEtag: "2")], scope: .production)
                } catch {
                    throw EngineError(.storage, "\(error)")
                }
            }

            let ended = try await world.restarted(engine: engine).job(job.id)

            #expect(ended.outcome?.code == .success && ended.etag == "8")
        }
    }

    // MARK: Audit

    private static func records(_ world: IngestWorld) async throws -> [ConfigurationChange] {
        let request = ConfigurationChangesRequest(scope: .production, actions: [.erase, .export], limit: 1_000)
        return try await world.storage.history(request).reversed()
    }

    @Test func `each person that a job erases is told before, by the profile's id`() async throws {
        try await IngestWorld.run { world in
            try await world.state(Self.both)
            let job = try await world.lookedUp()
            let mira = try #require(job.targets?.first?.profile)
            let before = RacingEngine(world.dependencies.engine) { () throws(EngineError) in
                do {
                    #expect(try await Self.records(world).last?.id == mira.uuid.description)
                } catch {
                    Issue.record(error)
                }
            }

            _ = try await world.restarted(engine: before)

            let record = try #require(try await Self.records(world).last)
            #expect(record.action == .erase && record.outcome == .allowed && record.author.way == .server)
            #expect(record.kind == "profile" && record.id == mira.uuid.description)
            #expect(record.details["jobId"] == .string(job.id))
            #expect(!String(decoding: record.difference, as: UTF8.self).contains("x.org"))
        }
    }

    // MARK: Values

    @Test func `whom a job is about is shown to who may see people and what links them alone, and that is told`()
        async throws
    {
        try await IngestWorld.run { world in
            let job = try #require(try await world.asked(["delete"]).first)
            func userID(_ permissions: Set<Permission>) async throws -> JSONValue? {
                let draft = try RoleDraft(
                    try Fields([
                        "name": .string("role \(permissions.count)"),
                        "permissionSets": .array(permissions.listed.map { .string($0.apiName) }),
                    ])
                )
                let client = AuthenticatedClient(clientID: "test", orgID: world.start.orgID)
                let role = try await world.dependencies.control.makeRole(draft, by: client)
                let made = try await world.dependencies.control.createCredential(
                    CredentialDraft(name: "program", roles: [role.id]),
                    by: .server
                )
                let token = AccessToken(
                    clientID: made.clientID,
                    orgID: world.start.orgID,
                    issuedAt: world.dependencies.time.now(),
                    id: "t"
                ).signed(with: world.dependencies.keys.tokenKey)
                let answer = try await world.send(
                    .get,
                    "\(PrivacyRoutes.path)/\(job.id)",
                    headers: [(.authorization, "Bearer \(token)"), (.apiKey, made.clientID)]
                )
                #expect(answer.status == 200)
                return answer["userIds"]?[0]
            }

            #expect(try await userID([.viewPrivacyWorkflows])?["value"] == nil)
            #expect(try await userID([.viewPrivacyWorkflows, .viewProfiles])?["value"] == nil)
            #expect(try await Self.records(world).allSatisfy { $0.action == .erase })
            #expect(
                try await userID([.viewPrivacyWorkflows, .viewProfiles, .viewIdentityGraph])?["value"] == "m1@x.org"
            )
            #expect(try await Self.records(world).last.map { "\($0.action) \($0.id)" } == "export \(job.id)")
        }
    }
}
