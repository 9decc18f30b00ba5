import ActivationCore
import Testing

/// BEHAVIOUR appendix A, the scenarios that decisions alone answer; each test's name begins with its id.
@Suite struct AcceptanceTests {
    /// P, A, B, C and F of the appendix: A is for red, B for big, C for cold things; A and B are mapped.
    private struct Stage {
        var world = World()
        let a: Audience.ID
        let b: Audience.ID
        let c: Audience.ID

        init(names: Bool = false, timestamps: Bool = false) throws {
            a = try world.audience("VIP shoppers", #"color = "red""#)
            b = try world.audience("Big spenders", "size > 10")
            c = try world.audience("Cold", #"climate = "cold""#)
            world.dataflow([a, b], names: names, timestamps: timestamps)
        }

        /// Writes fields of P and returns what was exported.
        mutating func write(_ fields: String, email: String = "mira@example.org") throws -> [OutboxRow] {
            let separator = fields.isEmpty ? "" : ","
            return try world.send(
                world.record(#"{"identityMap":{"Email":[{"id":"\#(email)","primary":true}]}\#(separator)\#(fields)}"#)
            )
        }
    }

    @Test func `A1 a profile that starts to satisfy A is exported with both attributes and all identities`() throws {
        var stage = try Stage()
        #expect(
            try stage.write(#""person":{"name":{"firstName":"Mira"}},"personalEmail":{"address":"m@example.org"}"#)
                .isEmpty
        )

        let rows = try stage.world.send(
            stage.world.record(
                """
                {"identityMap":{"Email":[{"id":"mira@example.org","primary":true}],"CRM":[{"id":"c-1"}]},"color":"red"}
                """
            )
        )

        #expect(rows.count == 1)
        #expect(
            rows[0].text == """
                {"person":{"name":{"firstName":"Mira"}},"personalEmail":{"address":"m@example.org"},\
                "segmentMembership":{"ups":{"\(stage.a.uuid)":{"lastQualificationTime":"2026-02-25T06:13:22Z",\
                "status":"realized"}}},"identityMap":{"email":[{"id":"mira@example.org"}],"crm":[{"id":"c-1"}]}}
                """
        )
        #expect(rows[0].reasons == [.membership, .identity])
        #expect(rows[0].partitionKey == rows[0].profile.uuid.description)
    }

    @Test func `A2 a profile that stops satisfying A is exported as exited`() throws {
        var stage = try Stage()
        _ = try stage.write(#""color":"red""#)

        let rows = try stage.write(#""color":"blue""#)

        #expect(rows.count == 1)
        #expect(rows.first?.status(of: stage.a) == "exited")
        #expect(rows.first?.reasons == .membership)
    }

    @Test func `A3 a profile that is evaluated again and stays in A is not exported`() throws {
        var stage = try Stage()
        _ = try stage.write(#""color":"red""#)

        #expect(try stage.write(#""color":"red""#).isEmpty)
        #expect(try stage.world.evaluate([stage.a]).isEmpty)
    }

    @Test func `A4 a mapped attribute rewritten with the same value is exported`() throws {
        var stage = try Stage()
        _ = try stage.write(#""color":"red","person":{"name":{"firstName":"Mira"}}"#)

        let rows = try stage.write(#""person":{"name":{"firstName":"Mira"}}"#)

        #expect(rows.map(\.reasons) == [.attribute])
    }

    @Test func `A5 an unmapped attribute that changes is not exported`() throws {
        var stage = try Stage()
        _ = try stage.write(#""color":"red""#)

        #expect(try stage.write(#""person":{"birthDate":"1990-05-04"}"#).isEmpty)
    }

    @Test func `A6 a new identity is exported with all identities`() throws {
        var stage = try Stage()
        _ = try stage.write(#""color":"red""#)

        let rows = try stage.world.send(
            stage.world.record(
                """
                {"identityMap":{"Email":[{"id":"mira@example.org","primary":true},{"id":"m2@example.org"}]}}
                """
            )
        )

        #expect(rows.map(\.reasons) == [.identity])
        #expect(
            rows.first?.document?["identityMap"]?["email"]?.items.compactMap { $0["id"]?.string }
                == ["mira@example.org", "m2@example.org"]
        )
    }

    @Test func `A7 an identity that leaves the graph is exported without it`() throws {
        var stage = try Stage()
        _ = try stage.write(#""color":"red""#)
        for start in stride(from: 0, to: 49, by: 7) {
            let more = (start..<start + 7).map { #"{"id":"c-\#($0)"}"# }.joined(separator: ",")
            _ = try stage.world.send(
                stage.world.record(
                    #"{"identityMap":{"Email":[{"id":"mira@example.org","primary":true}],"CRM":[\#(more)]}}"#
                )
            )
        }

        let rows = try stage.world.send(
            stage.world.record(#"{"identityMap":{"CRM":[{"id":"c-0","primary":true},{"id":"c-50"}]}}"#)
        )

        #expect(rows.map(\.reasons) == [.identity])
        // The oldest of the cross-device identities that the message does not name; the e-mail says more of a person.
        let map = rows.first?.document?["identityMap"]
        #expect(map?["email"]?.node.count == 1)
        #expect(map?["crm"]?.items.map { $0["id"]?.string }.first == "c-0")
        #expect(map?["crm"]?.items.contains { $0["id"]?.string == "c-1" } == false)
        #expect(map?["crm"]?.node.count == 49)
        #expect(stage.world.owners[Identity(namespace: "CRM", value: "c-1")] == nil)
    }

    @Test func `A8 entering an unmapped audience is not exported`() throws {
        var stage = try Stage()
        _ = try stage.write(#""color":"red""#)

        #expect(try stage.write(#""climate":"cold""#).isEmpty)
        #expect(stage.world.members[stage.c] == 1)
    }

    @Test func `A9 a later export shows the unmapped audience of the same policy too`() throws {
        var stage = try Stage()
        _ = try stage.write(#""color":"red""#)
        _ = try stage.write(#""climate":"cold""#)

        let rows = try stage.write(#""person":{"name":{"firstName":"Mira"}}"#)

        #expect(rows.count == 1)
        #expect(rows.first?.status(of: stage.a) == "realized")
        #expect(rows.first?.status(of: stage.c) == "realized")
    }

    @Test func `A10 an audience of another merge policy stays out`() throws {
        var stage = try Stage()
        let x = try stage.world.audience("X", #"color = "red""#, policy: World.otherPolicy)

        let rows = try stage.write(#""color":"red""#)

        #expect(rows.count == 1)
        #expect(rows.first?.status(of: stage.a) == "realized")
        #expect(rows.first?.status(of: x) == nil)
    }

    @Test func `A11 an attribute write of a member of A and B shows both`() throws {
        var stage = try Stage()
        _ = try stage.write(#""color":"red","size":11"#)

        let rows = try stage.write(#""person":{"name":{"firstName":"Mira"}}"#)

        #expect(rows.count == 1)
        #expect(rows.first?.status(of: stage.a) == "realized")
        #expect(rows.first?.status(of: stage.b) == "realized")
    }

    @Test func `A12 leaving A while in B shows A exited and B realized`() throws {
        var stage = try Stage()
        _ = try stage.write(#""color":"red","size":11"#)

        let rows = try stage.write(#""color":"blue""#)

        #expect(rows.count == 1)
        #expect(rows.first?.status(of: stage.a) == "exited")
        #expect(rows.first?.status(of: stage.b) == "realized")
    }

    @Test func `A13 entering A again is exported with a newer qualification time`() throws {
        var stage = try Stage()
        let first = try stage.write(#""color":"red""#)
        _ = try stage.write(#""color":"blue""#)

        let again = try stage.write(#""color":"red""#)

        func time(_ rows: [OutboxRow]) -> String? {
            rows.first?.document?["segmentMembership"]?["ups"]?[stage.a.uuid.description]?["lastQualificationTime"]?
                .string
        }
        #expect(again.first?.status(of: stage.a) == "realized")
        #expect(try #require(time(first)) < #require(time(again)))
    }

    @Test func `A14 an attribute write of a profile in no mapped audience is not exported`() throws {
        var stage = try Stage()
        _ = try stage.write(#""climate":"cold""#)

        #expect(try stage.write(#""person":{"name":{"firstName":"Mira"}}"#).isEmpty)
    }

    @Test func `A15 five new qualifiers beside a hundred members give five messages`() throws {
        var stage = try Stage()
        for number in 0..<100 { _ = try stage.write(#""color":"red""#, email: "m\(number)@example.org") }

        var rows: [OutboxRow] = []
        for number in 100..<105 { rows += try stage.write(#""color":"red""#, email: "m\(number)@example.org") }

        #expect(rows.count == 5)
        #expect(stage.world.outbox.count == 105)
        #expect(stage.world.counters[World.flow]?.triggered == 105)
        #expect(stage.world.members[stage.a] == 105)
    }

    @Test func `A17 a dataflow without A sends nothing for it and later shows it unmapped, without its name`() throws {
        var stage = try Stage(names: true)
        _ = try stage.write(#""color":"red","size":11"#)
        stage.world.definition.dataflows[0].audiences.removeFirst()

        #expect(try stage.world.evaluate([stage.a, stage.b]).isEmpty)
        let rows = try stage.write(#""person":{"name":{"firstName":"Mira"}}"#)

        let shown = rows.first?.document?["segmentMembership"]?["ups"]
        #expect(shown?[stage.a.uuid.description]?["status"]?.string == "realized")
        #expect(shown?[stage.a.uuid.description]?["name"] == nil)
        #expect(shown?[stage.b.uuid.description]?["name"]?.string == "Big spenders")
    }

    @Test func `A18 names stand on mapped audiences only`() throws {
        var stage = try Stage(names: true)

        let rows = try stage.write(#""color":"red","climate":"cold""#)

        let shown = rows.first?.document?["segmentMembership"]?["ups"]
        #expect(shown?[stage.a.uuid.description]?["name"]?.string == "VIP shoppers")
        #expect(keys(shown?[stage.c.uuid.description]) == ["lastQualificationTime", "status"])
    }

    @Test func `A19 four timestamps in whole seconds stand on mapped audiences only`() throws {
        var stage = try Stage(timestamps: true)

        let rows = try stage.write(#""color":"red","climate":"cold""#)

        let shown = rows.first?.document?["segmentMembership"]?["ups"]
        let mapped = shown?[stage.a.uuid.description]
        #expect(mapped?["createdAt"]?.int64 == 1_700_000_000_000)
        #expect(mapped?["updatedAt"]?.int64 == 1_700_000_900_000)
        #expect(mapped?["mappingCreatedAt"]?.int64 == 1_700_100_000_000)
        #expect(mapped?["mappingUpdatedAt"]?.int64 == 1_700_100_000_000)
        #expect(mapped?["name"] == nil)
        #expect(keys(shown?[stage.c.uuid.description]) == ["lastQualificationTime", "status"])
    }

    @Test func `A20 without toggles a membership has its time and status`() throws {
        var stage = try Stage()

        let rows = try stage.write(#""color":"red""#)

        let shown = rows.first?.document?["segmentMembership"]?["ups"]
        #expect(keys(shown?[stage.a.uuid.description]) == ["lastQualificationTime", "status"])
    }

    @Test func `A21 a mapped attribute that the profile lacks is left out`() throws {
        var stage = try Stage()

        let rows = try stage.write(#""color":"red","person":{"name":{"firstName":null}}"#)

        #expect(keys(rows.first?.document) == ["segmentMembership", "identityMap"])
    }

    @Test func `A27 a profile over the identity cap is not exported when the cap excludes`() throws {
        var stage = try Stage()
        stage.world.options = DecisionOptions(identityCap: .exclude)
        _ = try stage.write(#""color":"red""#)
        for start in stride(from: 0, to: 50, by: 10) {
            let more = (start..<start + 10).map { #"{"id":"c-\#($0)"}"# }.joined(separator: ",")
            _ = try stage.world.send(
                stage.world.record(
                    #"{"identityMap":{"Email":[{"id":"mira@example.org","primary":true}],"CRM":[\#(more)]}}"#
                )
            )
        }

        #expect(try stage.write(#""color":"blue""#).isEmpty)
    }

    @Test func `A42 two members that merge give one message for the survivor`() throws {
        var stage = try Stage()
        let first = try stage.write(#""color":"red""#)
        _ = try stage.write(#""color":"red""#, email: "second@example.org")

        let rows = try stage.world.send(
            stage.world.record(
                """
                {"identityMap":{"Email":[{"id":"mira@example.org","primary":true},{"id":"second@example.org"}]}}
                """
            )
        )

        #expect(rows.count == 1)
        #expect(rows.first?.profile == first.first?.profile)
        #expect(rows.first?.revision == 2)
        #expect(rows.first?.document?["identityMap"]?["email"]?.node.count == 2)
        #expect(stage.world.profiles.count == 1)
        #expect(stage.world.members[stage.a] == 1)
    }

    private func keys(_ view: JSONView?) -> [String] {
        view?.members.map(\.key) ?? []
    }
}
