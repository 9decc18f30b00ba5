import ActivationCore
import ActivationEngine
import HTTPTypes
import Testing

@testable import ActivationServer

/// Privacy jobs that are taken, changed where they are stored, and found again by another process.
enum PrivacyRestarts {
    static let entities = "/data/core/ups/access/entities?schema.name=_xdm.context.profile&entityIdNS=Email&entityId="
}

extension IngestWorld {
    /// States something of whoever has identities.
    func state(_ map: String) async throws {
        let record = #"{"identityMap":{\#(map)},"a":1}"#
        #expect(try await send(.post, "/v1/profiles?dataset=crm", record)["accepted"] == 1)
    }

    /// Whoever has an identity.
    func owner(_ namespace: String, _ value: String) async throws -> Profile.ID? {
        try await dependencies.engine.profile(Identity(namespace: namespace, value: value), mergePolicy: nil)?.id
    }

    /// The jobs of a request that was taken, none of them begun.
    func asked(_ actions: JSONValue, about mails: [String] = ["m1@x.org"]) async throws -> [PrivacyJob] {
        dependencies.privacy.stop()
        let userIDs = mails.map { mail -> JSONValue in
            ["namespace": "Email", "value": .string(mail), "type": "standard"]
        }
        let body: JSONValue = [
            "companyContexts": [["namespace": "imsOrgID", "value": .string(start.orgID)]],
            "users": [["key": "a", "action": actions, "userIDs": .array(userIDs)]],
            "include": ["profileService"], "regulation": "gdpr",
        ]
        let answer = try await send(.post, PrivacyRoutes.path, body.text)
        #expect(answer.status == 202)
        return try (answer["jobs"]?.array ?? []).map { try dependencies.privacy.job($0["jobId"]?.string ?? "") }
    }

    /// A job whose targets were looked up, and no more.
    func lookedUp(about mails: [String] = ["m1@x.org"]) async throws -> PrivacyJob {
        var job = try #require(try await asked(["delete"], about: mails).first)
        job.targets = []
        for (place, mail) in mails.enumerated() {
            job.targets?.append(
                PrivacyJob.Target(profile: try #require(try await owner("Email", mail)), identities: [place])
            )
        }
        job.state = .processing
        try await keep(job)
        return job
    }

    /// Stores the second version of a job.
    func keep(_ job: PrivacyJob) async throws {
        let stored = try job.stored(sealedIn: SecretBox(key: dependencies.keys.dataKey), etag: "2")
        try await storage.apply([.update(stored, expectedEtag: "1")], scope: .production)
    }

    /// The desk of another process over the same store, when nothing is left to do.
    func restarted(keys: ServerKeys? = nil, engine: (any ServerEngine)? = nil) async throws -> PrivacyDesk {
        let desk = PrivacyDesk(
            store: storage,
            directory: dependencies.privacy.folder?.path,
            engine: engine ?? dependencies.engine,
            control: dependencies.control,
            keys: keys ?? dependencies.keys,
            hash: nil,
            audit: dependencies.audit,
            time: dependencies.time,
            ids: dependencies.ids,
            logger: dependencies.logger
        )
        try await desk.open()
        await desk.settle()
        desk.stop()
        return desk
    }
}
