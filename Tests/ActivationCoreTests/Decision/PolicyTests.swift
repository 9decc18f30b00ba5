import ActivationCore
import Testing

/// Merge policies in what is decided and exported (BEHAVIOUR 3.3, 3.15, 4.4).
@Suite struct PolicyTests {
    /// One person, two policies that see the datasets differently, and one dataflow for audiences of both.
    private struct Stage {
        var world = World()
        let latest: Audience.ID
        let precise: Audience.ID

        /// The other policy merges the CRM's facts alone.
        static var precedence: MergePolicy {
            var policy = World.otherPolicy
            policy.attributeMerge = .dataSetPrecedence(order: ["crm"])
            return policy
        }

        init(_ expression: String = #"color = "red""#) throws {
            world.definition.mergePolicies = [World.policy, Stage.precedence]
            latest = try world.audience("latest", expression)
            precise = try world.audience("precise", expression, policy: Stage.precedence)
            world.dataflow([latest, precise], attributes: ["color", "size"])
        }

        mutating func write(_ fields: String, dataset: String) throws -> [OutboxRow] {
            try world.send(
                world.record(#"{"identityMap":{"Email":[{"id":"mira@example.org"}]},\#(fields)}"#, dataset: dataset)
            )
        }
    }

    @Test func `A10 each policy gives its own message with its own view and audiences, in the order of their ids`()
        throws
    {
        var stage = try Stage()

        let rows = try stage.write(#""color":"red","size":1"#, dataset: "crm")

        try #require(rows.map(\.mergePolicy) == [World.policy.id, World.otherPolicy.id])
        #expect(Set(rows.map(\.revision)) == [1])
        #expect(Set(rows.map(\.profile)).count == 1)
        #expect(rows[0].status(of: stage.latest) == "realized")
        #expect(rows[0].status(of: stage.precise) == nil)
        #expect(rows[1].status(of: stage.latest) == nil)
        #expect(rows[1].status(of: stage.precise) == "realized")

        let changed = try stage.write(#""color":"blue""#, dataset: "web")
        #expect(changed.map(\.mergePolicy) == [World.policy.id])
        #expect(changed.first?.status(of: stage.latest) == "exited")

        let again = try stage.write(#""size":2"#, dataset: "crm")
        #expect(again.map(\.mergePolicy) == [World.otherPolicy.id])
        #expect(again.first?.document?["color"]?.string == "red")
        #expect(again.first?.document?["size"]?.int64 == 2)
    }

    @Test func `a write of a dataset that a policy does not merge is none for it`() throws {
        var stage = try Stage("size > 0")
        _ = try stage.write(#""color":"red","size":1"#, dataset: "crm")

        let rows = try stage.write(#""color":"green""#, dataset: "web")

        #expect(rows.map(\.mergePolicy) == [World.policy.id])
        #expect(rows.first?.reasons == .attribute)
        #expect(rows.first?.document?["color"]?.string == "green")
    }

    @Test func `a member that takes a value's place lets members of later datasets show`() throws {
        var stage = try Stage()
        var precedence = Stage.precedence
        precedence.attributeMerge = .dataSetPrecedence(order: ["crm", "app"])
        stage.world.definition.mergePolicies = [World.policy, precedence]
        let named = try stage.world.audience("named", "person.name.isNotNull()", policy: precedence)
        _ = try stage.write(#""person":{"name":"Mira"}"#, dataset: "app")
        #expect(stage.world.members[named] == 1)
        _ = try stage.write(#""person":"Mira""#, dataset: "crm")
        #expect(stage.world.members[named] == 0)

        // Of the crm an object shows now, and the app's name beside its member.
        _ = try stage.write(#""person":{"age":30}"#, dataset: "crm")

        #expect(stage.world.members[named] == 1)
        #expect(try stage.world.evaluate([named]).isEmpty)
    }

    @Test func `a write that loses the merge is a write all the same`() throws {
        var stage = try Stage("size > 0")
        stage.world.definition.mergePolicies[1].attributeMerge = .dataSetPrecedence(order: ["crm", "web"])
        _ = try stage.write(#""color":"red","size":1"#, dataset: "crm")

        let rows = try stage.write(#""color":"green""#, dataset: "web")

        #expect(rows.map(\.mergePolicy) == [World.policy.id, World.otherPolicy.id])
        #expect(rows.map(\.reasons) == [.attribute, .attribute])
        #expect(rows.map { $0.document?["color"]?.string } == ["green", "red"])
    }

    @Test func `the first record of a dataset counts for a policy that lists it`() throws {
        var stage = try Stage()
        let message = try stage.world.record(
            #"{"identityMap":{"Email":[{"id":"mira@example.org"}]},"color":"red"}"#,
            dataset: "crm"
        )
        let other = try stage.world.record(#"{"identityMap":{"Email":[{"id":"b@example.org"}]},"color":"red"}"#)

        // Both in the batch in which the dataset gets its number.
        let rows = try stage.world.send(message, other)

        #expect(rows.count == 4)
        #expect(rows.allSatisfy { $0.document?["color"]?.string == "red" })
    }

    @Test func `A43 audiences that get another policy are evaluated by it, and what differs is exported`() throws {
        var world = World()
        world.definition.mergePolicies = [World.policy, Stage.precedence]
        let red = try world.audience("red", #"color = "red""#)
        let big = try world.audience("big", "size > 1")
        world.dataflow([red, big], attributes: ["color"])
        func person(_ number: Int, _ fields: String, _ dataset: String) throws -> Message {
            try world.record(#"{"identityMap":{"Phone":[{"id":"\#(number)"}]},\#(fields)}"#, dataset: dataset)
        }
        // The web's word is the newer one: 1 gains under the other policy, 2 loses, 3 stays.
        try world.send(person(1, #""color":"red","size":2"#, "crm"), person(1, #""color":"blue""#, "web"))
        try world.send(person(2, #""color":"blue""#, "crm"), person(2, #""color":"red","size":2"#, "web"))
        try world.send(person(3, #""color":"red","size":2"#, "crm"))
        world.outbox = []

        world.definition.mergePolicies.swapAt(0, 1)
        for index in world.definition.audiences.indices {
            world.definition.audiences[index].mergePolicy = World.otherPolicy.id
        }
        let rows = try world.evaluate([red, big])

        #expect(rows.allSatisfy { $0.mergePolicy == World.otherPolicy.id && $0.reasons == .membership })
        #expect(rows.count == 2)
        let gained = try #require(rows.first { $0.status(of: red) == "realized" })
        #expect(gained.status(of: big) == "realized")
        #expect(gained.document?["color"]?.string == "red")
        let lost = try #require(rows.first { $0.status(of: red) == "exited" })
        #expect(lost.status(of: big) == "exited")
        #expect(lost.document?["color"]?.string == "blue")
        #expect(try world.evaluate([red, big]).isEmpty)
    }
}
