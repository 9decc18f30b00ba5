import Testing

@testable import ActivationCore

/// Merge policies that link nobody: each identity is a view of its own (BEHAVIOUR 4.4).
@Suite struct IdentityViewTests {
    /// Two identities of one person, a policy that links them and one that does not.
    private struct Stage {
        static var alone: MergePolicy {
            var policy = World.policy
            policy.identityGraph = .none
            return policy
        }
        static let email = Identity(namespace: "Email", value: "m@example.org")
        static let crm = Identity(namespace: "CRM", value: "c-1")

        var world = World()
        let red: Audience.ID
        let linked: Audience.ID

        init(_ expression: String = #"color = "red""#) throws {
            // Its id is before that of the policy that links.
            world.definition.mergePolicies = [Stage.alone, World.otherPolicy]
            red = try world.audience("red", expression)
            linked = try world.audience("linked", expression, policy: World.otherPolicy)
        }

        mutating func write(_ map: String, _ fields: String) throws -> [OutboxRow] {
            try world.send(world.record(#"{"identityMap":{\#(map)},\#(fields)}"#))
        }

        /// Both identities; the address states it.
        mutating func writeBoth(_ fields: String) throws -> [OutboxRow] {
            try write(#""Email":[{"id":"m@example.org","primary":true}],"CRM":[{"id":"c-1"}]"#, fields)
        }

        mutating func writeCRM(_ fields: String) throws -> [OutboxRow] {
            try write(#""CRM":[{"id":"c-1"}]"#, fields)
        }

        mutating func decide(_ cause: Input.Cause) throws -> [OutboxRow] {
            world.now.milliseconds += 1_000
            return try world.decide([Input(cause: cause, now: world.now)]).rows
        }

        func profile() throws -> StoredProfile { try #require(world.profiles.values.first) }

        func entity(_ identity: Identity) throws -> String {
            let snapshot = try ProfileSnapshot(
                profile(),
                of: identity,
                policy: world.definition.mergePolicies[0],
                at: world.now,
                paths: world.paths,
                datasets: world.datasets
            )
            return String(decoding: snapshot.entity, as: UTF8.self)
        }
    }

    private static func identities(_ row: OutboxRow) -> [String] {
        guard let map = row.document?["identityMap"] else { return [] }
        return map.members.flatMap { symbol, list in
            list.items.map { "\(symbol) \($0["id"]?.string ?? "")" }
        }
    }

    @Test func `a record shows one identity with what it has stated, and no other becomes a member by it`() throws {
        var stage = try Stage()
        stage.world.dataflow([stage.red, stage.linked], attributes: ["color", "size"])
        #expect(try stage.writeCRM(#""size":1"#).isEmpty)

        let rows = try stage.writeBoth(#""color":"red""#)

        try #require(rows.count == 2)
        // In the order of the policies' ids, all in one profile's order.
        #expect(rows.map(\.mergePolicy) == [World.policy.id, World.otherPolicy.id])
        #expect(Set(rows.map(\.profile)).count == 1)
        #expect(rows.map(\.revision) == [2, 2])
        #expect(Self.identities(rows[0]) == ["email m@example.org"])
        #expect(rows[0].document?["size"] == nil)
        #expect(Self.identities(rows[1]) == ["crm c-1", "email m@example.org"])
        #expect(rows[1].document?["size"]?.int64 == 1)
        #expect(stage.world.members == [stage.red: 1, stage.linked: 1])
        #expect(try stage.entity(Stage.crm).contains(#""size":1"#))
        #expect(try !stage.entity(Stage.crm).contains("segmentMembership"))
        #expect(try stage.entity(Stage.email).contains("segmentMembership"))
    }

    @Test func `two views of one revision have two message ids`() throws {
        var stage = try Stage("color.isNull()")
        stage.world.dataflow([stage.red], attributes: ["color"])
        stage.world.definition.dataflows[0].options.envelope = .cloudEvents

        let rows = try stage.writeBoth(#""size":1"#)

        #expect(rows.count == 2)
        #expect(Set(rows.compactMap { $0.document?["id"]?.string }).count == 2)
        #expect(rows.allSatisfy { ($0.document?["id"]?.string?.utf8.count ?? 200) <= 137 })
    }

    @Test func `who links or parts identities changes nobody's view`() throws {
        var stage = try Stage()
        stage.world.dataflow([stage.red], attributes: ["color", "size"])
        #expect(try stage.write(#""Email":[{"id":"m@example.org"}]"#, #""color":"red""#).count == 1)
        #expect(try stage.writeCRM(#""color":"red""#).count == 1)
        #expect(stage.world.members[stage.red] == 2)
        #expect(try stage.writeBoth(#""other":1"#).isEmpty)
        #expect(stage.world.profiles.count == 1)
        #expect(try stage.decide(.unlink(Stage.email, Stage.crm)).isEmpty)
        #expect(stage.world.profiles.count == 2)
        #expect(stage.world.members[stage.red] == 2)
    }

    @Test func `an identity that leaves is no member any more, and says so to whom asks for deletions`() throws {
        var stage = try Stage()
        stage.world.dataflow([stage.red], attributes: ["color"])
        #expect(try stage.writeCRM(#""size":1"#).isEmpty)
        #expect(try stage.writeBoth(#""color":"red""#).count == 1)
        var quiet = stage
        #expect(try quiet.decide(.removal(Stage.email)).count == 1)
        // What it had stated is the first identity's now.
        #expect(quiet.world.members[stage.red] == 1)
        #expect(try quiet.entity(Stage.crm).contains(#""color":"red""#))

        stage.world.definition.dataflows[0].options.emitsDeletes = true
        let rows = try stage.decide(.removal(Stage.email))
        #expect(rows.map(Self.identities) == [["email m@example.org"], ["crm c-1"]])
        #expect(rows.map { $0.status(of: stage.red) } == ["exited", "realized"])
    }

    @Test func `each identity of a deleted profile gets a last record`() throws {
        var stage = try Stage("size > 0")
        stage.world.dataflow([stage.red, stage.linked], attributes: ["size"])
        stage.world.definition.dataflows[0].options.emitsDeletes = true
        #expect(try stage.writeCRM(#""size":1"#).count == 2)
        #expect(try stage.writeBoth(#""size":2"#).count == 2)

        let rows = try stage.decide(.deletion(Stage.crm, onReturn: nil))

        #expect(rows.map(\.mergePolicy.uuid.low) == [1, 1, 2])
        #expect(rows.map(Self.identities).map(\.count) == [1, 1, 2])
        #expect(rows.allSatisfy { $0.status(of: stage.red) ?? "exited" == "exited" })
        #expect(stage.world.members.values.allSatisfy { $0 == 0 })
    }

    @Test func `members follow a policy that links other identities than before`() throws {
        var stage = try Stage()
        stage.world.definition.mergePolicies[0].identityGraph = .pdg
        stage.world.dataflow([stage.red], attributes: ["color", "size"])
        #expect(try stage.writeCRM(#""size":1"#).isEmpty)
        #expect(try stage.writeBoth(#""color":"red""#).count == 1)
        #expect(stage.world.members[stage.red] == 1)

        stage.world.definition.mergePolicies[0].identityGraph = .none
        let parted = try stage.world.evaluate([stage.red])
        // Both were in, as one; the one that said nothing of colours is out.
        #expect(parted.map(Self.identities) == [["crm c-1"]])
        #expect(parted.map { $0.status(of: stage.red) } == ["exited"])
        #expect(stage.world.members[stage.red] == 1)
        #expect(try stage.world.evaluate([stage.red]).isEmpty)

        #expect(try stage.writeCRM(#""color":"red""#).count == 1)
        #expect(stage.world.members[stage.red] == 2)
        stage.world.definition.mergePolicies[0].identityGraph = .pdg
        #expect(try stage.world.evaluate([stage.red]).isEmpty)
        #expect(stage.world.members[stage.red] == 1)
        let state = try ProfileValue.decode(
            stage.profile(),
            paths: stage.world.paths,
            datasets: stage.world.datasets
        )
        #expect(!state.hasStandings)
    }

    @Test func `a policy that has changed is heeded before its audiences are evaluated again`() throws {
        var stage = try Stage()
        stage.world.definition.mergePolicies[0].identityGraph = .pdg
        #expect(try stage.writeCRM(#""color":"red""#).isEmpty)
        #expect(try stage.writeBoth(#""size":1"#).isEmpty)
        stage.world.dataflow([stage.red], attributes: ["color", "size"])
        stage.world.definition.mergePolicies[0].identityGraph = .none
        let order = Backfill(
            id: Backfill.ID(uuid: UUIDBytes(high: 0xBF, low: 1)),
            dataflow: World.flow,
            orderedAt: stage.world.now
        )
        stage.world.definition.backfills = [order]
        let stored = try stage.profile()

        let rows = try stage.decide(.backfill(stored.id, row: stored.row, order.id))

        #expect(rows.map(Self.identities) == [["crm c-1"], ["email m@example.org"]])
        #expect(rows.map(\.lane) == [.backfill, .backfill])
        #expect(try stage.world.evaluate([stage.red]).map { $0.status(of: stage.red) } == ["exited"])
    }

    @Test func `what a disabled dataflow left undone of one identity is not done by a record of another`() throws {
        var stage = try Stage("size > 0")
        stage.world.dataflow([stage.red], attributes: ["size"], enabled: false)
        #expect(try stage.writeCRM(#""size":1"#).isEmpty)
        #expect(try stage.writeBoth(#""size":2"#).isEmpty)
        let mark = try #require(stage.world.marks.first)
        stage.world.definition.dataflows[0].isEnabled = true
        #expect(try stage.writeCRM(#""size":3"#).count == 1)
        #expect(stage.world.marks.count == 1)

        let rows = try stage.decide(.reconcile(ResumeMark(key: mark.key, reasons: mark.value)))

        #expect(rows.map { $0.document?["size"]?.int64 } == [3, 2])
        #expect(stage.world.marks.isEmpty)
    }

    @Test func `a value is compared with what the identity itself had stated`() throws {
        var stage = try Stage("size > 0")
        stage.world.dataflow([stage.red], attributes: ["size"])
        stage.world.definition.dataflows[0].options.suppressesNoopAttributeUpdates = true
        #expect(try stage.write(#""Email":[{"id":"m@example.org"}]"#, #""size":2"#).count == 1)
        #expect(try stage.writeCRM(#""size":1"#).count == 1)
        // The older profile is the address's no longer: the two are one, and each has its own size.
        #expect(try stage.writeBoth(#""size":2"#).isEmpty)
        #expect(
            try stage.write(#""CRM":[{"id":"c-1","primary":true}],"Email":[{"id":"m@example.org"}]"#, #""size":1"#)
                .isEmpty
        )
        #expect(try stage.writeCRM(#""size":2"#).count == 1)
    }

    @Test func `nobody asks across the two kinds of policies`() throws {
        var stage = try Stage()
        _ = try stage.world.audience("asks", #"inSegment("linked")"#)
        let error = #expect(throws: CatalogError.self) {
            try Catalog(compiling: stage.world.definition, paths: &stage.world.paths)
        }
        #expect(error?.message.contains("identityGraph") == true)
    }

    @Test func `what is stored of identities is read again, and damage is told`() throws {
        var stage = try Stage(#"lastSeen occurs < 2 days before now"#)
        _ = try stage.writeBoth(#""lastSeen":"\#(stage.world.now.rfc3339)""#)
        let stored = try stage.profile()
        #expect(stored.value.first == ProfileValue.version)
        #expect(stored.due != nil)
        let state = try ProfileValue.decode(stored, paths: stage.world.paths, datasets: stage.world.datasets)
        #expect(state.identities.map(\.memberships.count) == [1, 0])
        #expect(state.identities.map(\.timers.count) == [1, 0])
        #expect(ProfileValue.encode(state) == stored.value)
        #expect(stored.value.count <= ProfileValue.sizeBound(of: state) + ProfileValue.trailBytes(of: state))
        for count in stored.value.indices {
            var cut = stored
            cut.value = Array(stored.value.prefix(count))
            #expect(throws: ProfileValueError.self) {
                try ProfileValue.decode(cut, paths: stage.world.paths, datasets: stage.world.datasets)
            }
        }
        for position in stored.value.indices {
            var changed = stored
            changed.value[position] ^= 0xFF
            // Read as something else or refused, never the end of the process.
            _ = try? ProfileValue.decode(changed, paths: stage.world.paths, datasets: stage.world.datasets)
        }
    }
}
