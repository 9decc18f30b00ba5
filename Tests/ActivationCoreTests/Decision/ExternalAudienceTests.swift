import Testing

@testable import ActivationCore

/// Audiences whose members others name (BEHAVIOUR 4.1, 5.7).
@Suite struct ExternalAudienceTests {
    private static let mira = #""identityMap":{"Email":[{"id":"mira@example.org"}]}"#
    private static let day: Int64 = 86_400_000
    private static let namespace = "CustomerAudienceUpload"

    /// A world with one external audience, mapped.
    private struct Stage {
        var world = World()
        let vip: Audience.ID

        init(policy: MergePolicy = World.policy) {
            vip = Audience.ID(uuid: UUIDBytes(high: 0xB, low: 0xE))
            world.definition.audiences.append(
                AudienceDefinition(
                    id: vip,
                    name: "VIP",
                    mergePolicy: policy.id,
                    rule: .external(ExternalAudience(namespace: namespace, externalID: "vip")),
                    createdAt: Timestamp(milliseconds: 1_700_000_000_000),
                    updatedAt: Timestamp(milliseconds: 1_700_000_000_000)
                )
            )
            world.dataflow([vip])
        }

        mutating func change(_ edit: (inout ExternalAudience) -> Void) {
            guard var external = world.definition.audiences[0].rule.external else { return }
            edit(&external)
            world.definition.audiences[0].rule = .external(external)
        }

        /// A row of an upload.
        mutating func upload(_ map: String, edition: Int64? = nil, isMember: Bool = true) throws -> [OutboxRow] {
            try world.send(row(map, edition: edition, isMember: isMember))
        }

        func row(_ map: String, edition: Int64? = nil, isMember: Bool = true) throws -> Message {
            try Message(
                stating: [ExternalStatement(audience: vip, isMember: isMember, edition: edition)],
                of: JSONDocument(parsing: #"{"identityMap":{\#(map)}}"#),
                namespaces: world.definition.namespaces
            )
        }

        mutating func record(_ text: String) throws -> (results: [DecisionResult], rows: [OutboxRow]) {
            try world.decide([world.record(text)])
        }

        mutating func run(until instant: Timestamp) throws -> [OutboxRow] {
            world.now = instant
            let due = world.profiles.values.filter { $0.due.map { $0 <= instant } ?? false }.sorted { $0.row < $1.row }
            return try world.decide(due.map { Input(cause: .clock($0.id), now: instant) }).rows
        }

        func status(_ row: OutboxRow?) -> String? {
            row?.document?["segmentMembership"]?[namespace]?[vip.uuid.description]?["status"]?.string
        }
    }

    private static func email(_ value: String) -> String { #""Email":[{"id":"\#(value)"}]"# }

    @Test func `who is uploaded enters under the audience's own namespace, and leaves when taken out`() throws {
        var stage = Stage()
        let entry = try stage.upload(Self.email("a@x.example"))
        try #require(entry.count == 1)
        #expect(entry[0].reasons == [.membership, .identity])
        #expect(
            entry[0].text == """
                {"segmentMembership":{"ups":{},"CustomerAudienceUpload":{"\(stage.vip.uuid)":\
                {"lastQualificationTime":"\(stage.world.now.rfc3339Seconds)","status":"realized"}}},\
                "identityMap":{"email":[{"id":"a@x.example"}]}}
                """
        )
        #expect(try stage.upload(Self.email("a@x.example")).isEmpty)

        let exit = try stage.upload(Self.email("a@x.example"), isMember: false)

        #expect(exit.count == 1)
        #expect(stage.status(exit.first) == "exited")
        #expect(stage.world.members[stage.vip] == 0)
        #expect(try stage.upload(Self.email("a@x.example"), isMember: false).isEmpty)
    }

    @Test func `the end of an upload takes out exactly those whom it does not name`() throws {
        var stage = Stage()
        stage.change { $0.edition = 1 }
        for name in ["a", "b", "c"] { _ = try stage.upload(Self.email("\(name)@x.example"), edition: 1) }
        _ = try stage.world.send(stage.world.record(#"{"identityMap":{\#(Self.email("z@x.example"))}}"#))
        var rows: [OutboxRow] = []
        for name in ["b", "d"] { rows += try stage.upload(Self.email("\(name)@x.example"), edition: 2) }
        #expect(rows.count == 1)
        #expect(stage.world.members[stage.vip] == 4)

        stage.change { $0.edition = 2 }
        let exits = try stage.world.evaluate([stage.vip])

        #expect(exits.map(stage.status) == ["exited", "exited"])
        #expect(exits.allSatisfy { $0.text.contains("a@x.example") || $0.text.contains("c@x.example") })
        #expect(stage.world.members[stage.vip] == 2)
        // Whatever comes late of the earlier upload says nothing any more, also of whom the later one names.
        for isMember in [true, false] {
            #expect(try stage.upload(Self.email("e@x.example"), edition: 1, isMember: isMember).isEmpty)
            #expect(try stage.upload(Self.email("b@x.example"), edition: 1, isMember: isMember).isEmpty)
        }
        #expect(stage.world.members[stage.vip] == 2)
    }

    @Test func `a push while an upload is under way does not throw its person out at the end`() throws {
        var stage = Stage()
        stage.change { $0.edition = 1 }
        _ = try stage.upload(Self.email("a@x.example"), edition: 2)
        _ = try stage.upload(Self.email("a@x.example"))
        stage.change { $0.edition = 2 }
        #expect(try stage.world.evaluate([stage.vip]).isEmpty)
        #expect(stage.world.members[stage.vip] == 1)
    }

    @Test func `a push while a file is read outlives the members that the file takes the place of`() throws {
        var stage = Stage()
        stage.change { $0.edition = 1 }
        _ = try stage.upload(Self.email("old@x.example"))
        stage.change { $0.lastEdition = 2 }
        _ = try stage.upload(Self.email("row@x.example"), edition: 2)
        _ = try stage.upload(Self.email("pushed@x.example"))
        stage.change { $0.edition = 2 }
        let exits = try stage.world.evaluate([stage.vip])
        #expect(exits.count == 1 && exits.allSatisfy { $0.text.contains("old@x.example") })
        #expect(stage.world.members[stage.vip] == 2)
    }

    @Test func `A25 when the audience expires every member exits at that instant`() throws {
        var stage = Stage()
        let end = Timestamp(milliseconds: stage.world.now.milliseconds + 3 * Self.day)
        stage.change { $0.expiresAt = end }
        for name in ["a", "b"] { _ = try stage.upload(Self.email("\(name)@x.example")) }
        #expect(try stage.run(until: Timestamp(milliseconds: end.milliseconds - 1)).isEmpty)

        let rows = try stage.run(until: end)

        #expect(rows.map(stage.status) == ["exited", "exited"])
        #expect(rows.allSatisfy { $0.admittedAt == end && $0.reasons == .membership })
        #expect(stage.world.members[stage.vip] == 0)
    }

    @Test func `an audience that is prolonged keeps its members`() throws {
        var stage = Stage()
        let end = Timestamp(milliseconds: stage.world.now.milliseconds + Self.day)
        stage.change { $0.expiresAt = end }
        _ = try stage.upload(Self.email("a@x.example"))
        let later = Timestamp(milliseconds: end.milliseconds + Self.day)
        stage.change { $0.expiresAt = later }
        #expect(try stage.run(until: end).isEmpty)
        #expect(stage.world.members[stage.vip] == 1)
        #expect(try stage.run(until: later).map(stage.status) == ["exited"])
    }

    @Test func `a pushed member stays 30 days, or as long as it says`() throws {
        var stage = Stage()
        let entry = try stage.record(
            #"{\#(Self.mira),"segmentMembership":{"customeraudienceupload":{"vip":{"status":"realized"}}}}"#
        )
        #expect(entry.results == [.accepted])
        #expect(entry.rows.map(stage.status) == ["realized"])
        let end = Timestamp(milliseconds: stage.world.now.milliseconds + 30 * Self.day)
        #expect(stage.world.profiles.values.map(\.due) == [end])
        #expect(try stage.run(until: end).map(stage.status) == ["exited"])

        let until = Timestamp(milliseconds: end.milliseconds + Self.day)
        _ = try stage.record(
            """
            {\(Self.mira),"segmentMembership":{"\(Self.namespace)":{"\(stage.vip.uuid)":\
            {"validUntil":"\(until.rfc3339)","payload":{"payloadType":"propensity","payloadPropensityValue":0.5}}}}}
            """
        )
        #expect(stage.world.members[stage.vip] == 1)
        #expect(try stage.run(until: until).map(stage.status) == ["exited"])
        // A validity that is over says that the person does not belong.
        let late = try stage.record(
            #"{\#(Self.mira),"segmentMembership":{"\#(Self.namespace)":{"vip":{"validUntil":"2020-01-01T00:00:00Z"}}}}"#
        )
        #expect(late.rows.isEmpty)
        #expect(stage.world.members[stage.vip] == 0)
    }

    @Test func `what is said of the system's own audiences is ignored, of unknown ones told`() throws {
        var stage = Stage()
        let answer = try stage.record(
            """
            {\(Self.mira),"segmentMembership":{"ups":{"\(stage.vip.uuid)":{"status":"realized"}},"AEPSegments":{"x":7},\
            "\(Self.namespace)":{"other/b":{"status":"realized"}},"AAM":{"1":{}}}}
            """
        )
        #expect(
            answer.results == [
                .acceptedWithout(
                    Omissions(
                        audiences: UnknownAudiences(first: "/segmentMembership/\(Self.namespace)/other~1b", count: 2)
                    )
                )
            ]
        )
        #expect(stage.world.members[stage.vip] == nil)
    }

    @Test(arguments: [
        (#"7"#, ""), (#"{"status":"member"}"#, "/status"), (#"{"status":1}"#, "/status"),
        (#"{"validUntil":"tomorrow"}"#, "/validUntil"), (#"{"lastQualificationTime":5}"#, "/lastQualificationTime"),
        (#"{"payload":[]}"#, "/payload"), (#"{"payload":{}}"#, "/payload/payloadType"),
        (#"{"payload":{"payloadType":"number","payloadStringValue":"x"}}"#, "/payload"),
        (
            #"{"payload":{"payloadType":"propensity","payloadPropensityValue":2}}"#,
            "/payload/payloadPropensityValue"
        ),
    ]) func `a membership that cannot be read refuses the message, and nothing is stored`(
        membership: String,
        member: String
    ) throws {
        var stage = Stage()
        let answer = try stage.record(
            #"{\#(Self.mira),"age":5,"segmentMembership":{"\#(Self.namespace)":{"vip":\#(membership)}}}"#
        )
        guard case .refused(let error) = answer.results[0] else {
            Issue.record("found \(answer.results)")
            return
        }
        #expect(error.code == "MEMBERSHIP_INVALID")
        #expect(error.pointer == "/segmentMembership/\(Self.namespace)/vip\(member)")
        #expect(stage.world.profiles.isEmpty)
    }

    @Test func `a statement belongs to its identity, through merges and splits`() throws {
        var stage = Stage()
        _ = try stage.upload(Self.email("a@x.example"))
        _ = try stage.upload(#""CRM":[{"id":"c-1"}]"#)
        let merged = try stage.world.send(
            stage.world.record(#"{"identityMap":{\#(Self.email("a@x.example")),"CRM":[{"id":"c-1"}]}}"#)
        )
        #expect(merged.map(\.reasons) == [.identity])
        #expect(stage.world.members[stage.vip] == 1)
        // One of two statements is enough.
        #expect(try stage.upload(#""CRM":[{"id":"c-1"}]"#, isMember: false).isEmpty)
        #expect(stage.world.members[stage.vip] == 1)

        stage.world.now.milliseconds += 1_000
        let unlink = Input.Cause.unlink(
            Identity(namespace: "Email", value: "a@x.example"),
            Identity(namespace: "CRM", value: "c-1")
        )
        let rows = try stage.world.decide([Input(cause: unlink, now: stage.world.now)]).rows

        #expect(stage.world.members[stage.vip] == 1)
        // The other part is somebody new, who is no member and never was.
        #expect(rows.map(stage.status) == ["realized"])
        #expect(rows.first?.text.contains("a@x.example") == true)
    }

    @Test func `where a policy links nobody each identity is a member by itself`() throws {
        var alone = World.policy
        alone.identityGraph = .none
        var stage = Stage(policy: alone)
        stage.world.definition.mergePolicies[0] = alone
        _ = try stage.world.send(
            stage.world.record(#"{"identityMap":{\#(Self.email("a@x.example")),"CRM":[{"id":"c-1"}]}}"#)
        )

        let rows = try stage.upload(#""CRM":[{"id":"c-1"}]"#)

        #expect(rows.map(stage.status) == ["realized"])
        #expect(rows.first?.text.contains(#""identityMap":{"crm":[{"id":"c-1"}]}"#) == true)
        #expect(stage.world.members[stage.vip] == 1)
    }

    @Test func `where a policy links nobody an exit takes its statement with it too`() throws {
        var alone = World.policy
        alone.identityGraph = .none
        var stage = Stage(policy: alone)
        stage.world.definition.mergePolicies[0] = alone
        let end = Timestamp(milliseconds: stage.world.now.milliseconds + Self.day)
        stage.change { $0.expiresAt = end }
        _ = try stage.upload(#""CRM":[{"id":"c-1"}]"#)
        #expect(try stage.run(until: end).map(stage.status) == ["exited"])
        stage.change { $0.expiresAt = nil }
        #expect(try stage.world.evaluate([stage.vip]).isEmpty)
        #expect(stage.world.members[stage.vip] == 0)
    }

    @Test func `other audiences ask for it by id, and read it under its namespace`() throws {
        var stage = Stage()
        let asking = try stage.world.audience("asking", #"inSegment("VIP")"#)
        let reading = try stage.world.audience(
            "reading",
            #"segmentMembership.CustomerAudienceUpload.get("\#(stage.vip.uuid)").status = "realized""#
        )
        _ = try stage.upload(Self.email("a@x.example"))
        #expect(stage.world.members == [stage.vip: 1, asking: 1, reading: 1])
        _ = try stage.upload(Self.email("a@x.example"), isMember: false)
        #expect(stage.world.members == [stage.vip: 0, asking: 0, reading: 0])
    }

    @Test func `a dataflow may call the namespace something else, or put all under one`() throws {
        var stage = Stage()
        let adults = try stage.world.audience("adults", "age > 17")
        stage.world.definition.dataflows[0].audiences.append(
            Dataflow.MappedAudience(
                audience: adults,
                createdAt: Timestamp(milliseconds: 1_700_100_000_000),
                updatedAt: Timestamp(milliseconds: 1_700_100_000_000)
            )
        )
        _ = try stage.record(#"{\#(Self.mira),"age":20}"#)
        stage.world.definition.dataflows[0].options.externalNamespace = "Files"
        let renamed = try #require(try stage.upload(Self.email("mira@example.org")).first)
        let map = renamed.document?["segmentMembership"]
        #expect(map?.members.map(\.key) == ["ups", "Files"])
        #expect(map?["Files"]?[stage.vip.uuid.description]?["status"]?.string == "realized")

        stage.world.definition.dataflows[0].options.externalNamespace = "ups"
        let together = try #require(try stage.upload(Self.email("mira@example.org"), isMember: false).first)
        #expect(together.document?["segmentMembership"]?.members.map(\.key) == ["ups"])
        #expect(together.document?["segmentMembership"]?["ups"]?.members.map(\.key).count == 2)
    }

    @Test func `a deleted audience takes its statements with it, and an exit its own`() throws {
        var stage = Stage()
        _ = try stage.upload(Self.email("a@x.example"))
        _ = try stage.upload(Self.email("a@x.example"), isMember: false)
        _ = try stage.upload(Self.email("a@x.example"))
        stage.world.definition.audiences = []
        stage.world.definition.dataflows = []
        _ = try stage.record(#"{"identityMap":{\#(Self.email("a@x.example"))}}"#)
        let stored = try #require(stage.world.profiles.values.first)
        let state = try ProfileValue.decode(stored, paths: stage.world.paths, datasets: stage.world.datasets)
        #expect(state.externals.isEmpty && state.memberships.isEmpty)
    }

    @Test func `a stored profile with statements that was cut or changed is refused, or is one that can be stored`()
        throws
    {
        var stage = Stage()
        _ = try stage.record(
            """
            {\(Self.mira),"age":5,"segmentMembership":{"\(Self.namespace)":{"vip":\
            {"payload":{"payloadType":"number","payloadNumberValue":7}}}}}
            """
        )
        let stored = try #require(stage.world.profiles.values.first)
        #expect(stored.value.first == ProfileValue.version)
        var refused = 0
        func read(_ value: [UInt8]) {
            var damaged = stored
            damaged.value = value
            do {
                let state = try ProfileValue.decode(damaged, paths: stage.world.paths, datasets: stage.world.datasets)
                let bound = ProfileValue.sizeBound(of: state) + ProfileValue.trailBytes(of: state)
                #expect(ProfileValue.encode(state).count <= bound)
            } catch {
                refused += 1
            }
        }
        for count in stored.value.indices { read(Array(stored.value[..<count])) }
        #expect(refused == stored.value.count)
        for index in stored.value.indices {
            for mask in [1, 0x80, 0xFF] as [UInt8] {
                var value = stored.value
                value[index] ^= mask
                read(value)
            }
        }
        // A changed digit of an instant is another instant; counts, orders, codes and texts are noticed.
        #expect(refused > stored.value.count)
    }

    @Test func `statements about an audience that is gone or has a rule are refused`() throws {
        var stage = Stage()
        let row = try stage.row(Self.email("a@x.example"))
        stage.world.definition.audiences = []
        stage.world.definition.dataflows = []
        guard case .refused(let error) = try stage.world.decide([row]).results[0] else {
            Issue.record("it is refused")
            return
        }
        #expect(error.code == "AUDIENCE_UNKNOWN")
        #expect(stage.world.profiles.isEmpty)
    }
}

extension Timestamp {
    fileprivate var rfc3339Seconds: String {
        var text: [UInt8] = []
        appendRFC3339Seconds(to: &text)
        return String(decoding: text, as: UTF8.self)
    }
}
