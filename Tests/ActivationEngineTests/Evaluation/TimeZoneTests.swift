import Foundation
import TestSupport
import Testing

@testable import ActivationCore
@testable import ActivationEngine

/// Audiences that count days, when the time zone or its rules become others.
@Suite(.timeLimit(.minutes(5))) struct TimeZoneTests {
    private typealias World = EvaluationWorld

    /// At the world's instant, 2026-02-25T06:13:20Z: today in Auckland, and not in New York or by UTC.
    private static let early = "2026-02-24T20:00:00Z"
    /// Today by UTC and in Auckland, yesterday evening in New York.
    private static let night = "2026-02-25T03:00:00Z"
    /// Today everywhere.
    private static let morning = "2026-02-25T05:30:00Z"

    private static let today = "xEvent[timestamp occurs today].count() > 0"

    /// A zone with the rules of another one, as if an update of the tz database had changed them.
    private static func zone(_ name: String, like other: String? = nil) throws -> TimeZoneRules {
        let file = URL(filePath: "/usr/share/zoneinfo/\(other ?? name)")
        return try TimeZoneRules(name: name, tzif: [UInt8](Data(contentsOf: file)))
    }

    private static func event(_ person: Int, _ timestamp: String) throws -> Message {
        try Message(
            event: JSONDocument(
                parsing: """
                    {"identityMap":{"Phone":[{"id":"\(person)"}]},"_id":"\(person) \(timestamp)",
                     "timestamp":"\(timestamp)","n":1}
                    """
            ),
            dataset: "web",
            namespaces: NamespaceDirectory()
        )
    }

    /// Three audiences, of which the first counts days.
    private static func catalog(in zone: TimeZoneRules, _ first: String = today) throws -> CatalogDefinition {
        var catalog = try World.catalog([
            (1, first, 1), (2, "xEvent[timestamp occurs < 24 hours before now].count() > 0", 1),
            (3, "step < 50", 1),
        ])
        catalog.timeZone = zone
        return catalog
    }

    private static func isMember(_ person: Int, of number: Int, in engine: Engine) async throws -> Bool {
        let profile = try await engine.profile(Identity(namespace: "Phone", value: "\(person)"))
        let text = String(decoding: try #require(profile).entity, as: UTF8.self)
        let membership = try JSONValue(parsing: text)["segmentMembership"]?["ups"]?[
            World.audience(number).uuid.description
        ]
        return membership?["status"] == "realized"
    }

    @Test func `another zone or other rules evaluate the audiences that count days again, and no others`() async throws
    {
        let world = World()
        try await world.run { engine in try await Self.fill(engine) }
        try await Self.change(world, to: Self.zone("Pacific/Auckland"), members: 15)
        try await Self.change(world, to: Self.zone("Pacific/Auckland", like: "America/New_York"), members: 0)
        try await Self.change(world, to: Self.zone("Europe/Berlin"), members: 5)
        try await Self.change(world, to: .utc, members: 5)
    }

    private static func fill(_ engine: Engine) async throws {
        _ = try await engine.ingest((0..<10).map { try event($0, early) })
        _ = try await engine.ingest((10..<15).map { try event($0, night) })
        try await engine.update(catalog(in: .utc))
        try await World.awaitDone(1...3, in: engine)
        #expect(try await engine.memberCount(World.audience(1)) == 5)
    }

    /// Counts days in another zone, with a restart in the middle, which begins nothing anew.
    private static func change(_ world: World, to zone: TimeZoneRules, members: Int) async throws {
        let gate = ScanGate(world.storage)
        try await world.run { engine in try await begin(zone, gate, in: engine) }
        let scanned = gate.rows.count
        try await world.run { engine in try await goOn(zone, gate, scanned: scanned, in: engine) }
        try await world.run { engine in try await expectDone(zone, members: members, in: engine) }
    }

    /// Counts days in a zone, and evaluates some of the profiles by it.
    private static func begin(_ zone: TimeZoneRules, _ gate: ScanGate, in engine: Engine) async throws {
        #expect(try await progress(zone, in: engine).processed == 0)
        try await gate.makeSteps(4)
    }

    private static func goOn(_ zone: TimeZoneRules, _ gate: ScanGate, scanned: Int, in engine: Engine) async throws {
        let progress = try await progress(zone, in: engine)
        // The step at the gate when the engine ended may have been made.
        #expect([40, 50].contains(progress.processed))
        gate.open()
        try await World.awaitDone(1...3, in: engine)
        let rows = Int64(progress.processed + 1)...100
        #expect(gate.rows.dropFirst(scanned).elementsEqual(rows), "\(zone.name)")
    }

    /// How far the audience that counts days is in a zone, while the others have nothing to do.
    private static func progress(_ zone: TimeZoneRules, in engine: Engine) async throws -> EvaluationProgress {
        try await engine.update(catalog(in: zone))
        let progress = try #require(engine.evaluationProgress(World.audience(1)))
        #expect(!progress.isDone)
        #expect(engine.evaluationProgress(World.audience(2))?.isDone == true)
        #expect(engine.evaluationProgress(World.audience(3))?.isDone == true)
        return progress
    }

    private static func expectDone(_ zone: TimeZoneRules, members: Int, in engine: Engine) async throws {
        try await engine.update(catalog(in: zone))
        #expect(engine.evaluationProgress(World.audience(1))?.isDone == true)
        #expect(try await engine.memberCount(World.audience(1)) == members, "\(zone.name)")
        #expect(try await engine.memberCount(World.audience(2)) == 15)
        let asked = ProfileQuestion(expression: try PQLExpression(parsing: today))
        #expect(try await engine.profiles(matching: asked, after: 0, limit: 200).matches.count == members)
        #expect(await engine.health().timeZone == zone.name)
    }

    @Test(arguments: ["count()", "sum(n)"])
    func `before the pass comes by, a message decides by the days of now`(measure: String) async throws {
        func catalog(_ rules: String) throws -> CatalogDefinition {
            try Self.catalog(in: Self.zone("Test/Zone", like: rules), "xEvent[timestamp occurs today].\(measure) >= 2")
        }
        let world = World()
        try await world.run { engine in
            try await engine.update(catalog("America/New_York"))
            _ = try await engine.ingest((1...3).map { try Self.event($0, Self.early) })
            try await World.awaitDone(1...3, in: engine)
            let gate = ScanGate(world.storage)

            // What was yesterday is today by the new rules.
            try await engine.update(catalog("Pacific/Auckland"))
            try await gate.awaitFirst()
            _ = try await engine.ingest([Self.event(1, Self.morning)])
            #expect(try await Self.isMember(1, of: 1, in: engine))

            // And is not any more, before the pass came by: what was kept by the first rules lacks an event since.
            try await engine.update(catalog("America/New_York"))
            _ = try await engine.ingest([Self.event(1, "2026-02-25T05:31:00Z"), Self.event(2, Self.morning)])
            #expect(try await Self.isMember(1, of: 1, in: engine))
            #expect(try await !Self.isMember(2, of: 1, in: engine))
            gate.open()
            try await World.awaitDone(1...3, in: engine)
            #expect(try await !Self.isMember(3, of: 1, in: engine))
        }
    }

    @Test func `exits come at the zone's midnight`() async throws {
        let world = World()
        try await world.run { engine in
            try await engine.update(Self.catalog(in: Self.zone("Pacific/Auckland")))
            _ = try await engine.ingest([Self.event(1, Self.early)])
            #expect(try await Self.isMember(1, of: 1, in: engine))
            // 2026-02-26T00:00 in Auckland.
            let midnight = Int64(1_772_017_200_000)
            world.time.advance(milliseconds: midnight - 1 - world.time.now().milliseconds)
            _ = try await engine.ingest([EngineTests.record(1, step: 60)])
            #expect(try await Self.isMember(1, of: 1, in: engine))
            world.time.advance(milliseconds: 1)
            _ = try await engine.ingest([EngineTests.record(1, step: 61)])
            #expect(try await !Self.isMember(1, of: 1, in: engine))
        }
    }
}
