import Testing

@testable import ActivationCore

/// A catalog that takes programs from the one before it decides as one that was compiled anew.
@Suite struct CatalogReuseTests {
    /// How many of three people are members of each audience, decided by a catalog that follows another.
    private static func members(_ definition: CatalogDefinition, after earlier: CatalogDefinition) throws -> [Int64] {
        var world = World()
        world.definition = earlier
        try world.decide([Message]())
        world.definition = definition
        let people = try [10, 20, 30].map { age in
            try world.record(#"{"identityMap":{"CRM":[{"id":"\#(age)"}]},"age":\#(age)}"#)
        }
        try world.decide(people)
        return definition.audiences.map { world.members[$0.id] ?? 0 }
    }

    @Test func `a changed rule counts, and one that stays is as it was`() throws {
        var world = World()
        try world.audience("stays", "age > 15")
        try world.audience("changes", "age > 25")
        let before = world.definition
        world.definition.audiences[1].rule = .expression(try PQLExpression(parsing: "age > 5"))
        world.definition.audiences[0].name = "has another name"
        #expect(try CatalogReuseTests.members(world.definition, after: before) == [2, 3])
    }

    @Test func `a rule that asks for an audience by its name asks for the one that has the name now`() throws {
        var world = World()
        try world.audience("old", "age > 25")
        try world.audience("new", "age > 5")
        try world.audience("asks", #"inSegment("old")"#)
        let before = world.definition
        world.definition.audiences[0].name = "was old"
        world.definition.audiences[1].name = "old"
        #expect(try CatalogReuseTests.members(world.definition, after: before) == [1, 3, 3])
    }

    @Test func `a rule goes over into the calendar of another time zone`() throws {
        var world = World()
        try world.audience("days", #"select e from xEvent where e.timestamp occurs < 2 days before now"#)
        var paths = PathDictionary()
        let before = try Catalog(compiling: world.definition, paths: &paths)
        var zone = world.definition
        zone.timeZone = try TimeZoneRules(name: "Test/Zone", tzif: TZifWriter(rule: "<+01>-1").bytes)
        let after = try Catalog(compiling: zone, paths: &paths, reusing: before)
        #expect(before.audiences[0].program.code.calendar.zone == .utc)
        #expect(after.audiences[0].program.code.calendar.zone == zone.timeZone)
    }
}
