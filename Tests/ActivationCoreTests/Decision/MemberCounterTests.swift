import Testing

@testable import ActivationCore

/// Who is counted as entering an audience and as exiting (BEHAVIOUR 5.9).
@Suite struct MemberCounterTests {
    private var world = World()
    private static let email = Identity(namespace: "Email", value: "m@example.org")
    private static let crm = Identity(namespace: "CRM", value: "c-1")
    private static let emailMap = #""Email":[{"id":"m@example.org","primary":true}]"#
    private static let crmMap = #""CRM":[{"id":"c-1"}]"#

    private mutating func write(_ map: String, _ fields: String) throws {
        _ = try world.send(world.record(#"{"identityMap":{\#(map)},\#(fields)}"#))
    }

    private mutating func decide(_ cause: Input.Cause) throws {
        world.now.milliseconds += 1_000
        _ = try world.decide([Input(cause: cause, now: world.now)])
    }

    private func expect(_ audience: Audience.ID, _ entered: Int64, _ exited: Int64, _ line: Int = #line) {
        let found = world.memberCounters[audience] ?? MemberCounters()
        #expect(found == MemberCounters(entered: entered, exited: exited), "line \(line)")
    }

    @Test mutating func `who comes again enters again, and who stays is not counted`() throws {
        let red = try world.audience("red", #"color = "red""#)
        try write(Self.emailMap, #""color":"red""#)
        expect(red, 1, 0)
        try write(Self.emailMap, #""size":1"#)
        expect(red, 1, 0)
        try write(Self.emailMap, #""color":"blue""#)
        expect(red, 1, 1)
        try write(Self.emailMap, #""color":"red""#)
        expect(red, 2, 1)
        #expect(world.members[red] == 1)
    }

    @Test mutating func `of two members who become one, one exits, and of a member and another nobody`() throws {
        let red = try world.audience("red", #"color = "red" or size = 1"#)
        try write(Self.emailMap, #""color":"red""#)
        try write(Self.crmMap, #""size":1"#)
        try write(#""Phone":[{"id":"1"}]"#, #""size":2"#)
        expect(red, 2, 0)
        try write("\(Self.emailMap),\(Self.crmMap)", #""other":1"#)
        expect(red, 2, 1)
        try write(#"\#(Self.crmMap),"Phone":[{"id":"1"}]"#, #""other":2"#)
        expect(red, 2, 1)
        #expect(world.profiles.count == 1)
    }

    @Test mutating func `of a member who becomes two, whoever is one by itself enters, and who is none exits`() throws {
        let red = try world.audience("red", #"color = "red""#)
        try write(Self.crmMap, #""size":3"#)
        try write("\(Self.emailMap),\(Self.crmMap)", #""color":"red""#)
        expect(red, 1, 0)
        try decide(.unlink(Self.email, Self.crm))
        expect(red, 2, 1)
        try decide(.deletion(Self.email, onReturn: nil))
        expect(red, 2, 2)
    }

    @Test mutating func `where each identity counts by itself, merges and parted links count nobody`() throws {
        var alone = World.policy
        alone.identityGraph = .none
        world.definition.mergePolicies = [alone, World.otherPolicy]
        let red = try world.audience("red", #"color = "red""#)
        try write(Self.emailMap, #""color":"red""#)
        try write(Self.crmMap, #""color":"red""#)
        try write("\(Self.emailMap),\(Self.crmMap)", #""other":1"#)
        try decide(.unlink(Self.email, Self.crm))
        expect(red, 2, 0)
        try decide(.removal(Self.email))
        expect(red, 2, 1)
    }

    @Test mutating func `members who follow a policy that links others enter or exit by it`() throws {
        let red = try world.audience("red", #"color = "red""#)
        try write("\(Self.emailMap),\(Self.crmMap)", #""color":"red""#)
        expect(red, 1, 0)
        world.definition.mergePolicies[0].identityGraph = .none
        _ = try world.evaluate([red])
        // Both stood there as one; only one of them has said anything of colours.
        expect(red, 2, 1)
        world.definition.mergePolicies[0].identityGraph = .pdg
        _ = try world.evaluate([red])
        expect(red, 2, 1)
    }

    @Test func `a status that is taken back within an input takes back its count`() {
        var counters = MemberCounters(entered: 5, exited: 3)
        counters.enter(true, takingBack: false)
        counters.enter(false, takingBack: true)
        #expect(counters == MemberCounters(entered: 5, exited: 3))
        counters.enter(false, takingBack: false)
        #expect(counters == MemberCounters(entered: 5, exited: 4))
        counters.enter(true, takingBack: true)
        #expect(counters == MemberCounters(entered: 5, exited: 3))
        counters.change(by: 2)
        counters.change(by: -4)
        #expect(counters == MemberCounters(entered: 7, exited: 7))
    }

    @Test func `a plan that counts fewer than nobody is not sound`() {
        var plan = CommitPlan(scope: .production)
        plan.memberCounters = [Audience.ID(uuid: UUIDBytes(high: 1, low: 1)): MemberCounters(entered: -1)]
        #expect(plan.check() == ["fewer than no members enter or exit"])
    }
}
