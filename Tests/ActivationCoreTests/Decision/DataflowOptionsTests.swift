import Testing

@testable import ActivationCore

/// What each option of a dataflow changes, and that nothing else does (BEHAVIOUR 2.3, 3.2 to 3.4, 3.16).
@Suite struct DataflowOptionsTests {
    /// Two mapped audiences, red and big things, one that is not mapped, cold ones, and mapped names.
    private struct Stage {
        var world = World()
        let red: Audience.ID
        let big: Audience.ID
        let cold: Audience.ID

        init(
            attributes: [Dataflow.MappedAttribute] = [Dataflow.MappedAttribute(["person", "first"])],
            _ choose: (inout Dataflow.Options) -> Void = { _ in }
        ) throws {
            red = try world.audience("Red", #"color = "red""#)
            big = try world.audience("Big", "size > 10")
            cold = try world.audience("Cold", #"climate = "cold""#)
            world.dataflow([red, big], attributes: [])
            world.definition.dataflows[0].attributes = attributes
            choose(&world.definition.dataflows[0].options)
        }

        /// Writes fields of a profile that Email and CRM identify, or of whom it is told.
        mutating func write(
            _ fields: String,
            identities: String = #""Email":[{"id":"mira@example.org","primary":true}],"CRM":[{"id":"c-1"}]"#
        ) throws -> [OutboxRow] {
            try world.send(world.record(#"{"identityMap":{\#(identities)},\#(fields)}"#))
        }
    }

    private static let mira = #""Email":[{"id":"mira@example.org","primary":true}]"#

    // MARK: Triggers

    @Test(arguments: [TriggerReasons.membership, .identity, .attribute])
    func `what is switched off calls for no record and is no reason of one`(off: TriggerReasons) throws {
        var stage = try Stage { $0.triggers.subtract(off) }
        func expected(_ reasons: TriggerReasons) -> [TriggerReasons] {
            reasons.subtracting(off).isEmpty ? [] : [reasons.subtracting(off)]
        }

        var rows = try stage.write(#""color":"red""#)
        #expect(rows.map(\.reasons) == expected([.membership, .identity]))
        rows = try stage.write(#""person":{"first":"Mira"}"#)
        #expect(rows.map(\.reasons) == expected(.attribute))
        rows = try stage.write(#""x":1"#, identities: Self.mira + #","Phone":[{"id":"+1"}]"#)
        #expect(rows.map(\.reasons) == expected(.identity))
        rows = try stage.write(#""color":"blue""#)
        #expect(rows.map(\.reasons) == expected(.membership))
    }

    @Test func `an attribute whose value must change is compared over the whole input, by the winning value`() throws {
        let name = Dataflow.MappedAttribute(["person", "first"], export: .valueChange)
        var stage = try Stage(attributes: [name])
        #expect(try stage.write(#""color":"red","person":{"first":"Mira"}"#).count == 1)

        #expect(try stage.write(#""person":{"first":"Mira"}"#).isEmpty)
        #expect(try stage.write(#""person":{"first":"Maria"}"#).map(\.reasons) == [.attribute])
        #expect(try stage.write(#""person":{"first":null}"#).map(\.reasons) == [.attribute])
        #expect(try stage.write(#""person":{"first":null}"#).isEmpty)
        #expect(try stage.write(#""person":{"last":"Koh"}"#).isEmpty)
        // What goes out for another reason holds it all the same.
        #expect(try stage.write(#""person":{"first":"Mia"},"size":11"#).map(\.reasons) == [[.membership, .attribute]])
    }

    @Test func `values are compared with those of the survivor before a merge`() throws {
        var stage = try Stage(attributes: [Dataflow.MappedAttribute(["person", "first"], export: .valueChange)])
        _ = try stage.write(#""color":"red","person":{"first":"Mira"}"#, identities: Self.mira)
        _ = try stage.write(#""person":{"first":"Maria"}"#, identities: #""CRM":[{"id":"c-1"}]"#)

        let same = try stage.write(#""person":{"first":"Mira"}"#)

        #expect(same.map(\.reasons) == [.identity])
    }

    @Test func `suppressing updates without effect is the default of attributes that say nothing`() throws {
        let always = Dataflow.MappedAttribute(["person", "last"], export: .anyWrite)
        var stage = try Stage(attributes: [Dataflow.MappedAttribute(["person", "first"]), always]) {
            $0.suppressesNoopAttributeUpdates = true
        }
        _ = try stage.write(#""color":"red","person":{"first":"Mira","last":"Koh"}"#)

        #expect(try stage.write(#""person":{"first":"Mira"}"#).isEmpty)
        #expect(try stage.write(#""person":{"last":"Koh"}"#).map(\.reasons) == [.attribute])
    }

    @Test func `an attribute that never calls for a record is in the records of others`() throws {
        var stage = try Stage(attributes: [Dataflow.MappedAttribute(["person", "first"], export: .never)])
        _ = try stage.write(#""color":"red""#)

        #expect(try stage.write(#""person":{"first":"Mira"}"#).isEmpty)
        let rows = try stage.write(#""size":11"#)
        #expect(rows.first?.document?["person"]?["first"]?.string == "Mira")
    }

    // MARK: Memberships

    @Test func `the scope says which audiences a message shows`() throws {
        for scope in Dataflow.MembershipScope.allCases {
            var stage = try Stage { $0.membershipScope = scope }
            _ = try stage.write(#""color":"red","climate":"cold""#)

            let rows = try stage.write(#""size":11"#)

            let row = try #require(rows.first)
            #expect(row.status(of: stage.big) == "realized")
            #expect(row.status(of: stage.red) == (scope == .changed ? nil : "realized"))
            #expect(row.status(of: stage.cold) == (scope == .sameMergePolicy ? "realized" : nil))
            // An attribute changes no status.
            let attribute = try stage.write(#""person":{"first":"Mira"}"#)
            #expect(attribute.first?.status(of: stage.red) == (scope == .changed ? nil : "realized"))
        }
    }

    @Test func `a record that no change makes shows every mapped audience, also where changes alone are shown`() throws
    {
        var world = World()
        let red = try world.audience("red", #"color = "red""#)
        let big = try world.audience("big", "size > 10")
        world.dataflow([red, big], attributes: ["color"])
        world.definition.dataflows[0].options.membershipScope = .changed
        world.definition.dataflows[0].options.showsExisting = true
        func write(_ fields: String) throws -> [OutboxRow] {
            try world.send(world.record(#"{"identityMap":{"Email":[{"id":"mira@example.org"}]},\#(fields)}"#))
        }
        let before = try write(#""color":"red","size":1"#)
        #expect(before.map { $0.status(of: red) } == ["realized"])
        world.definition.dataflows[0].isEnabled = false
        #expect(try write(#""color":"blue","size":11"#).isEmpty)
        let mark = try #require(world.marks.first)
        world.definition.dataflows[0].isEnabled = true
        // A live record shows its own change alone, so what is missing stays missing.
        let live = try write(#""color":"green""#)
        #expect(live.map { $0.status(of: red) } == [nil])

        world.now.milliseconds += 1_000
        let input = Input(cause: .reconcile(ResumeMark(key: mark.key, reasons: mark.value)), now: world.now)
        let rows = try world.decide([input]).rows

        #expect(rows.map { $0.status(of: red) } == ["exited"])
        #expect(rows.map { $0.status(of: big) } == ["realized"])
        #expect(world.marks.isEmpty)
    }

    @Test func `what a trigger called for that has been switched off since is not made up for`() throws {
        var world = World()
        let red = try world.audience("red", #"color = "red""#)
        world.dataflow([red], attributes: ["color", "size"])
        func write(_ fields: String) throws -> [OutboxRow] {
            try world.send(world.record(#"{"identityMap":{"Email":[{"id":"mira@example.org"}]},\#(fields)}"#))
        }
        _ = try write(#""color":"red""#)
        world.definition.dataflows[0].isEnabled = false
        _ = try write(#""size":2"#)
        let mark = try #require(world.marks.first)
        #expect(mark.value == .attribute)
        world.definition.dataflows[0].isEnabled = true
        world.definition.dataflows[0].options.triggers = [.membership, .identity]
        world.now.milliseconds += 1_000
        let input = Input(cause: .reconcile(ResumeMark(key: mark.key, reasons: mark.value)), now: world.now)

        #expect(try world.decide([input]).rows.isEmpty)
        #expect(world.marks.isEmpty)
    }

    @Test func `members that stay are existing where that is asked for`() throws {
        var stage = try Stage { $0.showsExisting = true }
        _ = try stage.write(#""color":"red","climate":"cold""#)

        var rows = try stage.write(#""size":11"#)
        #expect(rows.first?.status(of: stage.big) == "realized")
        #expect(rows.first?.status(of: stage.red) == "existing")
        #expect(rows.first?.status(of: stage.cold) == "existing")
        rows = try stage.write(#""size":1"#)
        #expect(rows.first?.status(of: stage.big) == "exited")
        rows = try stage.write(#""person":{"first":"Mira"}"#)
        #expect(rows.first?.status(of: stage.big) == "exited")
    }

    // MARK: Identities

    @Test func `namespaces are written as they were defined where that is asked for`() throws {
        var stage = try Stage { $0.namespaceCase = .asDefined }

        let rows = try stage.write(#""color":"red""#)

        #expect(rows[0].text.hasSuffix(#""identityMap":{"Email":[{"id":"mira@example.org"}],"CRM":[{"id":"c-1"}]}}"#))
    }

    @Test(arguments: [Dataflow.NamespaceFilter.allow(["email"]), .deny(["crm", "PHONE"])])
    func `identities of hidden namespaces are not shown and call for nothing`(
        filter: Dataflow.NamespaceFilter
    ) throws {
        var stage = try Stage { $0.identityNamespaces = filter }

        var rows = try stage.write(#""color":"red""#)
        #expect(rows.first?.text.hasSuffix(#""identityMap":{"email":[{"id":"mira@example.org"}]}}"#) == true)
        rows = try stage.write(#""x":1"#, identities: Self.mira + #","Phone":[{"id":"+1"}]"#)
        #expect(rows.isEmpty)
        rows = try stage.write(
            #""x":1"#,
            identities: #""Email":[{"id":"mira@example.org","primary":true},{"id":"m@example.org"}]"#
        )
        #expect(rows.map(\.reasons) == [.identity])
    }

    @Test func `an identity that leaves unseen calls for nothing, be it removed or unlinked`() throws {
        let (crm, device) = (Identity(namespace: "CRM", value: "c-1"), Identity(namespace: "IDFA", value: "d-1"))
        let email = Identity(namespace: "Email", value: "mira@example.org")
        func decide(_ cause: Input.Cause, _ stage: inout Stage) throws -> [OutboxRow] {
            stage.world.now.milliseconds += 1_000
            return try stage.world.decide([Input(cause: cause, now: stage.world.now)]).rows
        }
        var stage = try Stage { $0.identityNamespaces = .allow(["Email"]) }
        #expect(try stage.write(#""color":"red""#).count == 1)
        _ = try stage.write(#""x":1"#, identities: Self.mira + #","IDFA":[{"id":"d-1"}]"#)

        #expect(try decide(.removal(crm), &stage).isEmpty)
        #expect(try decide(.unlink(email, device), &stage).isEmpty)
        #expect(stage.world.profiles.count == 2)
    }

    @Test func `a part that is split off shows no identities where none of it is shown`() throws {
        let (email, device) = (Identity(namespace: "Email", value: "m"), Identity(namespace: "IDFA", value: "d-1"))
        var stage = try Stage { $0.identityNamespaces = .allow(["IDFA"]) }
        _ = try stage.write(#""color":"blue""#, identities: #""IDFA":[{"id":"d-1"}]"#)
        let both = #""Email":[{"id":"m","primary":true}],"IDFA":[{"id":"d-1"}]"#
        #expect(try stage.write(#""color":"red""#, identities: both).map(\.reasons) == [.membership])
        stage.world.now.milliseconds += 1_000
        let rows = try stage.world.decide([Input(cause: .unlink(email, device), now: stage.world.now)]).rows

        // The device keeps the id and is shown as before; of the other part nothing is.
        #expect(rows.map(\.reasons) == [.membership, .membership])
    }

    @Test func `without a shown identity the map is empty`() throws {
        var stage = try Stage { $0.identityNamespaces = .allow(["ECID"]) }

        let rows = try stage.write(#""color":"red""#)

        #expect(rows.first?.reasons == .membership)
        #expect(rows.first?.text.hasSuffix(#""identityMap":{}}"#) == true)
    }

    // MARK: Attributes

    @Test func `A46 an array is exported whole, and not at all where arrays and maps are not allowed`() throws {
        let attributes = ["tags", "person", "kind"].map { Dataflow.MappedAttribute([$0]) }
        let fields = #""color":"red","tags":["a",{"b":1}],"person":{"first":"Mira"},"kind":7"#

        var stage = try Stage(attributes: attributes)
        #expect(
            try stage.write(fields).first?.text
                .hasPrefix(#"{"tags":["a",{"b":1}],"person":{"first":"Mira"},"kind":7,"segmentMembership""#) == true
        )
        stage = try Stage(attributes: attributes) { $0.allowsArraysAndMaps = false }
        #expect(try stage.write(fields).first?.text.hasPrefix(#"{"kind":7,"segmentMembership""#) == true)
        #expect(
            try stage.write(#""tags":"a","person":{}"#).first?.text.hasPrefix(#"{"tags":"a","kind":7,"#) == true
        )
    }

    @Test func `an attribute stands where its destination says`() throws {
        var stage = try Stage(attributes: [
            Dataflow.MappedAttribute(["person", "first"], destination: ["name", "given \"one\""]),
            Dataflow.MappedAttribute(["kind"]),
            Dataflow.MappedAttribute(["person", "last"], destination: ["name", "family"]),
        ])

        let rows = try stage.write(#""color":"red","kind":7,"person":{"first":"Mira","last":"Koh"}"#)

        #expect(
            rows.first?.text.hasPrefix(
                #"{"name":{"given \"one\"":"Mira","family":"Koh"},"kind":7,"segmentMembership""#
            ) == true
        )
        // What triggers is the place in the profile.
        #expect(try stage.write(#""name":{"family":"x"}"#).isEmpty)
        #expect(try stage.write(#""person":{"last":"Koh"}"#).count == 1)
    }

    @Test func `a line feed ends a message where that is asked for`() throws {
        var stage = try Stage { $0.appendsNewline = true }

        let row = try #require(try stage.write(#""color":"red""#).first)

        #expect(row.payload.last == UInt8(ascii: "\n"))
        #expect(row.payload.count { $0 == UInt8(ascii: "\n") } == 1)
        #expect(row.document?["identityMap"] != nil)
    }

    // MARK: Partition keys

    @Test func `the partition key is made of what is chosen and the profile orders all the same`() throws {
        func key(_ choice: Dataflow.PartitionKey, _ fields: String = #""shop":"north""#) throws -> (OutboxRow, String) {
            var stage = try Stage { $0.partitionKey = choice }
            let row = try #require(try stage.write(#""color":"red",\#(fields)"#).first)
            return (row, row.profile.uuid.description)
        }

        #expect(try key(.namespace("crm")).0.partitionKey == "c-1")
        #expect(try key(.attribute(["shop"])).0.partitionKey == "north")
        #expect(try key(.attribute(["shop"]), #""shop":"a\nb""#).0.partitionKey == "a\nb")
        #expect(try key(.attribute(["shop"]), #""shop":12.50"#).0.partitionKey == "12.50")
        for (row, profile) in [
            try key(.profile), try key(.namespace("ECID")), try key(.attribute(["nothing"])),
            try key(.attribute(["shop"]), #""shop":"""#), try key(.attribute(["shop"]), #""shop":["north"]"#),
            try key(.attribute(["shop"]), #""shop":{"name":"north"}"#),
        ] {
            #expect(row.partitionKey == profile)
        }
    }

    @Test func `a value that is too long for a partition key becomes a hash`() throws {
        var stage = try Stage { $0.partitionKey = .attribute(["shop"]) }
        let longest = String(repeating: "é", count: 256)

        #expect(try stage.write(#""color":"red","shop":"\#(longest)""#).first?.partitionKey == longest)
        let first = try stage.write(#""size":11,"shop":"\#(longest)1""#).first?.partitionKey
        let other = try stage.write(#""size":1,"shop":"\#(longest)2""#).first?.partitionKey
        let again = try stage.write(#""size":11,"shop":"\#(longest)1""#).first?.partitionKey
        #expect(first?.count == 16 && other?.count == 16)
        #expect(first == again)
        #expect(first != other)
        let faces = String(repeating: "🙂", count: 129)
        #expect(try stage.write(#""size":1,"shop":"\#(faces)""#).first?.partitionKey.count == 16)
    }

    @Test func `a random partition key differs from record to record and is the same when made again`() throws {
        func keys() throws -> [String] {
            var stage = try Stage { $0.partitionKey = .random }
            return try ["red", "blue", "red"].flatMap { try stage.write(#""color":"\#($0)""#) }.map(\.partitionKey)
        }

        let once = try keys()

        #expect(Set(once).count == 3)
        #expect(try keys() == once)
        #expect(once.allSatisfy { (1...256).contains($0.count) })
    }

    // MARK: Envelope

    @Test func `an event of CloudEvents says what a message does not`() throws {
        var stage = try Stage(attributes: [
            Dataflow.MappedAttribute(["person", "first"], destination: ["name"]),
            Dataflow.MappedAttribute(["kind"], export: .never),
        ]) {
            $0.envelope = .cloudEvents
        }
        var plain = try Stage(attributes: [
            Dataflow.MappedAttribute(["person", "first"], destination: ["name"]),
            Dataflow.MappedAttribute(["kind"], export: .never),
        ])
        let fields = [#""color":"red","person":{"first":"Mira"}"#, #""color":"blue","size":11,"kind":7"#]
        let rows = try fields.flatMap { try stage.write($0) }
        let messages = try fields.flatMap { try plain.write($0) }

        let (first, second) = (try #require(rows.first), try #require(rows.last))
        let (profile, policy) = (first.profile.uuid.description, World.policy.id.uuid.description)
        #expect(
            first.text == """
                {"specversion":"1.0","id":"\(World.flow.uuid):\(policy):\(profile):1",\
                "source":"/v1/dataflows/\(World.flow.uuid)","type":"headwater.profile.exported",\
                "subject":"\(profile)","time":"2026-02-25T06:13:21.000Z","datacontenttype":"application/json",\
                "data":{"mergePolicyId":"\(policy)","revision":1,"reasons":["membership","identity","attribute"],\
                "changedAudiences":[{"id":"\(stage.red.uuid)","status":"realized","previousStatus":null}],\
                "changedPaths":["name"],"profile":\(messages[0].text)}}
                """
        )
        #expect(
            second.text.contains(
                """
                "revision":2,"reasons":["membership"],"changedAudiences":[{"id":"\(stage.red.uuid)","status":"exited",\
                "previousStatus":"realized"},{"id":"\(stage.big.uuid)","status":"realized","previousStatus":null}],\
                "changedPaths":["kind"],"profile":\(messages[1].text)}}
                """
            )
        )
    }

    // MARK: Many dataflows

    @Test func `among many dataflows only those concerned make records, in the order of their making`() throws {
        var world = World()
        let audiences = try (0..<70).map { try world.audience("\($0)", "field\($0) = 1") }
        for (number, audience) in audiences.enumerated() {
            world.dataflow([audience], attributes: ["name\(number)"])
            world.definition.dataflows[number].id = Dataflow.ID(uuid: UUIDBytes(high: 0xF, low: UInt64(number + 1)))
        }
        func write(_ fields: String) throws -> [Int] {
            try world.send(world.record(#"{"identityMap":{"Email":[{"id":"a"}]},\#(fields)}"#))
                .map { Int($0.dataflow.uuid.low) - 1 }
        }

        #expect(try write(#""field69":1,"field3":1"#) == [3, 69])
        #expect(try write(#""name3":1,"name4":1,"name69":1"#) == [3, 69])
        #expect(try write(#""field3":0,"name69":1,"field68":1"#) == [3, 68, 69])
        let linked = try world.send(world.record(#"{"identityMap":{"Email":[{"id":"a","primary":true},{"id":"b"}]}}"#))
        #expect(linked.map(\.reasons) == [.identity, .identity])
    }
}
