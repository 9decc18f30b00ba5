import ActivationCore
import ActivationEngine
import HTTPTypes
import TestSupport
import Testing

@testable import ActivationServer

/// What is seen, taken out or erased of people is told by the profile's id, and nothing of theirs with it.
@Suite struct AuditPersonTests {
    private static let entities = "/data/core/ups/access/entities?schema.name=_xdm.context.profile"
    private static let mira = entities + "&entityIdNS=Email&entityId=needle%40x.org"
    private static let person = #"{"identityMap":{"Email":[{"id":"needle@x.org","primary":true}]},"color":"needle"}"#

    private static func records(_ world: IngestWorld) async throws -> [ConfigurationChange] {
        let actions: [ConfigurationChange.Action] = [.view, .export, .erase, .reveal]
        let request = ConfigurationChangesRequest(scope: .production, actions: actions, limit: 1_000)
        return try await world.storage.history(request).reversed()
    }

    private static func lines(_ world: IngestWorld) async throws -> [String] {
        try await records(world).map { record in
            #expect(!String(decoding: record.difference, as: UTF8.self).contains("needle"))
            #expect(record.kind == "profile" && record.name == record.id)
            return "\(record.action) \(record.outcome) \(record.author.way) \(record.id)"
        }
    }

    private static func seed(_ world: IngestWorld) async throws -> String {
        #expect(try await world.send(.post, "/v1/profiles", person)["accepted"] == 1)
        let engine = world.dependencies.engine
        let profile = try await engine.profile(Identity(namespace: "Email", value: "needle@x.org"), mergePolicy: nil)
        return try #require(profile).id.uuid.description
    }

    @Test func `looking up, taking out and erasing are told, a look-up once in a minute`() async throws {
        try await IngestWorld.run { world in
            let id = try await Self.seed(world)
            for _ in 0..<3 { #expect(try await world.send(.get, Self.mira).status == 200) }
            #expect(
                try await world.send(.get, "/v1/identities/export?namespace=Email&value=needle%40x.org").status == 200
            )
            #expect(try await world.send(.delete, Self.mira).status == 202)
            // Who is not there is not looked up.
            #expect(try await world.send(.get, Self.mira).status == 404)
            #expect(try await world.send(.delete, Self.mira).status == 404)

            #expect(
                try await Self.lines(world) == [
                    "view allowed api \(id)", "export allowed api \(id)", "erase allowed api \(id)",
                ]
            )
            await world.dependencies.audit.flush(isEnd: true)
            #expect(try await Self.records(world).last?.details["count"] == 2)
        }
    }

    @Test func `identities that were never linked are told as what did not succeed`() async throws {
        try await IngestWorld.run { world in
            let id = try await Self.seed(world)
            #expect(
                try await world.send(
                    .post,
                    "/v1/profiles",
                    #"{"identityMap":{"Email":[{"id":"other@x.org","primary":true}]}}"#
                )["accepted"] == 1
            )
            let body =
                #"{"identities":[{"namespace":"Email","value":"needle@x.org"},{"namespace":"Email","value":"other@x.org"}]}"#
            #expect(try await world.send(.post, "/v1/identities/unlink", body).status == 409)
            #expect(try await Self.lines(world) == ["erase allowed api \(id)", "erase failed api \(id)"])
        }
    }

    @Test func `an identity that is not suppressed is not told as let in again`() async throws {
        try await IngestWorld.run { world in
            let body = #"{"namespace":"Email","value":"needle@x.org"}"#
            for _ in 0..<3 { #expect(try await world.send(.delete, "/v1/suppressions", body).status == 404) }
            #expect(try await Self.records(world).isEmpty)

            _ = try await Self.seed(world)
            #expect(try await world.send(.delete, Self.mira + "&onReturn=refuse").status == 202)
            #expect(try await world.send(.delete, "/v1/suppressions", body).status == 204)
            #expect(try await Self.records(world).map(\.kind) == ["profile", "identity"])
            #expect(try await world.send(.delete, "/v1/suppressions", body).status == 404)
            #expect(try await Self.records(world).count == 2)
        }
    }

    @Test func `nothing is shown, taken out or erased that cannot be recorded`() async throws {
        try await IngestWorld.run { world in
            _ = try await Self.seed(world)
            let full = StorageError(.full, "no room")
            world.storage.failNextWrite(with: full)
            #expect(try await world.send(.get, Self.mira).status == 507)
            world.storage.failNextWrite(with: full)
            let export = try await world.send(.get, "/v1/identities/export?namespace=Email&value=needle%40x.org")
            #expect(export.status == 507 && !export.text.contains("needle"))
            world.storage.failNextWrite(with: full)
            #expect(try await world.send(.delete, Self.mira).status == 507)
            #expect(try await world.send(.get, Self.mira).status == 200)
        }
    }

    @Test func `while nothing can be written a look-up shows nothing, however often it is asked for`() async throws {
        try await IngestWorld.run { world in
            let id = try await Self.seed(world)
            world.storage.failWrites(with: StorageError(.locked, "the database is locked"))
            for _ in 0..<3 {
                let answer = try await world.send(.get, Self.mira)
                #expect(answer.status >= 500 && !answer.text.contains("needle"))
            }
            world.storage.failWrites(with: nil)
            #expect(try await world.send(.get, Self.mira).status == 200)
            // Now one is durable, and a later one would only be counted.
            world.storage.failNextWrite(with: StorageError(.full, "no room"))
            #expect(try await world.send(.get, Self.mira).status == 200)
            #expect(try await world.send(.delete, Self.mira).status == 507)
            world.storage.failNextWrite(with: StorageError(.full, "no room"))
            #expect(try await world.send(.get, Self.mira).status == 507)
            #expect(try await world.send(.get, Self.mira).status == 200)
            #expect(try await Self.lines(world) == ["view allowed api \(id)", "view allowed api \(id)"])
            await world.dependencies.audit.flush(isEnd: true)
            #expect(try await Self.records(world).last?.details["count"] == 1)
        }
    }

    @Test func `at the console a look-up and a reveal are told with the reason, the page itself too`() async throws {
        try await IngestWorld.run { world in
            let id = try await Self.seed(world)
            let browser = try await world.signedIn()
            try await browser.open("/console/profiles")
            let found = try await browser.submit(
                "/console/profiles",
                [("namespace", "Email"), ("identity", "needle@x.org")]
            )
            #expect(found.status == 200)
            #expect(try await Self.lines(world) == ["view allowed console \(id)"])
            let identity = Identity(namespace: "Email", value: "needle@x.org")
            let path =
                "/console/profiles/\(try ProfileHandle.text(of: identity, world.dependencies.control.pageSecrets))/reveal"
            try await browser.open(path)
            try await browser.submit(path, [("reason", "request 4711"), ("password", FlowWorld.password)])

            #expect(try await Self.lines(world) == ["view allowed console \(id)", "reveal allowed console \(id)"])
            let reveal = try #require(try await Self.records(world).last)
            #expect(reveal.details == ["reason": "request 4711"])
            #expect(reveal.author.name == FlowWorld.email && reveal.author.requestID?.count == 16)
        }
    }
}
