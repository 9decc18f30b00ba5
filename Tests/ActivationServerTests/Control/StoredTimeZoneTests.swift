import ActivationCore
import ActivationEngine
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ActivationServer

/// The time zone of a server from start to start.
@Suite struct StoredTimeZoneTests {
    private static func zone(_ name: String, like other: String? = nil) throws -> TimeZoneRules {
        let file = URL(filePath: "/usr/share/zoneinfo/\(other ?? name)")
        return try TimeZoneRules(name: name, tzif: [UInt8](Data(contentsOf: file)))
    }

    private static func open(_ world: FlowWorld) async throws -> ControlPlane {
        try await ControlPlane(
            store: world.storage,
            keys: world.dependencies.keys,
            time: world.clock,
            logger: world.dependencies.logger
        )
    }

    private static func organisation(_ world: FlowWorld) async throws -> ControlObject {
        try #require(try await world.storage.objects(kind: "organisation", scope: .production).first)
    }

    @Test func `every catalog has the zone, and the store remembers it`() async throws {
        try await FlowWorld.run { world in
            let first = try await Self.organisation(world)
            let engine = RecordingEngine()
            let control = try await Self.open(world)
            #expect(control.storedTimeZone == nil)
            try await control.use(.utc)
            #expect(try await Self.organisation(world) == first)

            try await control.use(Self.zone("Europe/Berlin"))
            try await control.connect(to: engine)
            #expect(try engine.catalog?.timeZone == Self.zone("Europe/Berlin"))
            try await control.write { draft throws(APIError) in
                _ = try draft.insert(.mergePolicy, body: ["name": "second"])
            }
            #expect(engine.state.withLock { $0.catalogs.count } == 2)
            #expect(try engine.catalog?.timeZone == Self.zone("Europe/Berlin"))

            let second = try await Self.organisation(world)
            let reopened = try await Self.open(world)
            #expect(reopened.storedTimeZone == "Europe/Berlin")
            try await reopened.use(Self.zone("Europe/Berlin"))
            #expect(try await Self.organisation(world) == second)

            // Other rules are another zone; what else the organisation has stays.
            try await reopened.use(Self.zone("Europe/Berlin", like: "Africa/Lagos"))
            let third = try await Self.organisation(world)
            #expect(third.etag != second.etag)
            #expect(try JSONValue(parsing: third.body)["orgId"] == JSONValue(parsing: first.body)["orgId"])
            try await reopened.use(.utc)
            #expect(try await Self.open(world).storedTimeZone == "UTC")
        }
    }

    @Test func `a follower stores no time zone, and notices that the leader has another`() async throws {
        try await FlowWorld.run { world in
            let (leader, follower) = (try await Self.open(world), try await Self.open(world))
            let before = try await Self.organisation(world)
            try await follower.use(.utc, as: .follower)
            #expect(follower.usesStoredTimeZone)

            try await leader.use(Self.zone("Europe/Berlin"))
            await follower.follow()
            #expect(!follower.usesStoredTimeZone)

            let stored = try await Self.organisation(world)
            #expect(stored != before)
            try await follower.use(Self.zone("Europe/Berlin", like: "Africa/Lagos"), as: .follower)
            #expect(follower.usesStoredTimeZone)
            #expect(try await Self.organisation(world) == stored)
        }
    }
}
