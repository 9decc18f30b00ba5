import Testing

@testable import ActivationCore

/// Identities that leave their profile (BEHAVIOUR 3.12).
@Suite struct SplitTests {
    private var world = World()
    private static let email = Identity(namespace: "Email", value: "m@example.org")
    private static let crm = Identity(namespace: "CRM", value: "c-1")
    private static let device = Identity(namespace: "IDFA", value: "d-1")

    private mutating func write(_ map: String, _ fields: String = "", dataset: String = "crm") throws -> [OutboxRow] {
        try world.send(
            world.record(#"{"identityMap":{\#(map)}\#(fields.isEmpty ? "" : ",")\#(fields)}"#, dataset: dataset)
        )
    }

    private mutating func decide(_ cause: Input.Cause) throws -> (IdentityChange, [OutboxRow]) {
        world.now.milliseconds += 1_000
        let (results, rows) = try world.decide([Input(cause: cause, now: world.now)])
        guard case .identities(let change) = results[0] else {
            Issue.record("an input about identities is answered as one")
            return (.unknown, rows)
        }
        return (change, rows)
    }

    private func entity(_ identity: Identity) throws -> String {
        let stored = try #require(world.owners[identity].flatMap { world.profiles[$0] })
        let snapshot = try ProfileSnapshot(
            stored,
            policy: World.policy,
            at: world.now,
            paths: world.paths,
            datasets: world.datasets
        )
        return String(decoding: snapshot.entity, as: UTF8.self)
    }

    @Test mutating func `an unlinked part becomes a profile of its own with its facts, evaluated on its own`() throws {
        let red = try world.audience("red", #"color = "red""#)
        let small = try world.audience("small", "size < 5 or color.isNull()")
        world.dataflow([red, small], attributes: ["color", "size"])
        _ = try write(#""CRM":[{"id":"c-1"}]"#, #""size":3"#)
        _ = try write(#""Email":[{"id":"m@example.org","primary":true}],"CRM":[{"id":"c-1"}]"#, #""color":"red""#)
        let before = try #require(world.profiles.values.first)

        let (change, rows) = try decide(.unlink(Self.email, Self.crm))

        guard case .split(let rest, let part) = change else {
            Issue.record("found \(change)")
            return
        }
        // The oldest identity keeps the id.
        #expect(rest.profile == before.id)
        #expect(rest.identities == [Self.crm])
        #expect(part.identities == [Self.email])
        #expect(rest.revision == before.revision + 1)
        #expect(part.revision == before.revision + 1)
        #expect(world.owners == [Self.crm: rest.profile, Self.email: part.profile])
        #expect(rows.map(\.profile) == [rest.profile, part.profile])
        #expect(rows.map(\.reasons) == [[.membership, .identity], [.membership, .identity]])
        #expect(rows[0].status(of: red) == "exited")
        #expect(rows[1].status(of: red) == "realized")
        #expect(rows[0].text.contains(#""identityMap":{"crm":[{"id":"c-1"}]}"#))
        #expect(rows[1].text.contains(#""identityMap":{"email":[{"id":"m@example.org"}]}"#))
        #expect(!rows[0].text.contains("color"))
        #expect(!rows[1].text.contains("size"))
        #expect(world.members == [red: 1, small: 1])
        // Nothing of the other's is left in the stored bytes.
        let stored = try #require(world.profiles[rest.profile])
        #expect(!stored.value.contains(sequence: Array("red".utf8)))
        #expect(try world.evaluate([red, small]).isEmpty)
    }

    @Test mutating func `a link goes and the profile stays one while others hold it together`() throws {
        let red = try world.audience("red", #"color = "red""#)
        world.dataflow([red])
        _ = try write(#""Email":[{"id":"m@example.org","primary":true}],"CRM":[{"id":"c-1"}]"#, #""color":"red""#)
        _ = try write(#""Email":[{"id":"m@example.org","primary":true}],"IDFA":[{"id":"d-1"}]"#)
        _ = try write(#""CRM":[{"id":"c-1","primary":true}],"IDFA":[{"id":"d-1"}]"#)

        let (first, rows) = try decide(.unlink(Self.crm, Self.email))
        guard case .unlinked = first else {
            Issue.record("found \(first)")
            return
        }
        #expect(rows.isEmpty)
        #expect(world.profiles.count == 1)
        #expect(try decide(.unlink(Self.crm, Self.email)).0 == .notLinked)

        let (second, _) = try decide(.unlink(Self.device, Self.email))
        guard case .split(let rest, let part) = second else {
            Issue.record("found \(second)")
            return
        }
        #expect(rest.identities == [Self.email])
        #expect(part.identities == [Self.crm, Self.device])
    }

    @Test mutating func `what is not linked or not known changes nothing`() throws {
        _ = try write(#""Email":[{"id":"m@example.org"}]"#)
        _ = try write(#""CRM":[{"id":"c-1"}]"#)
        let before = world.profiles.mapValues(\.value)

        #expect(try decide(.unlink(Self.email, Self.crm)).0 == .notLinked)
        #expect(try decide(.unlink(Self.email, Self.email)).0 == .notLinked)
        #expect(try decide(.unlink(Self.email, Self.device)).0 == .unknown)
        #expect(try decide(.removal(Self.device)).0 == .unknown)
        #expect(try decide(.deletion(Self.device, onReturn: nil)).0 == .unknown)
        #expect(world.profiles.mapValues(\.value) == before)
    }

    @Test mutating func `events go with the identity that they name first`() throws {
        let many = try world.audience("many", "xEvent.count() > 1")
        world.dataflow([many])
        for (id, map) in [
            ("1", #""Email":[{"id":"m@example.org"}]"#), ("2", #""Email":[{"id":"m@example.org"}]"#),
            ("3", #""Email":[{"id":"m@example.org"}],"CRM":[{"id":"c-1"}]"#),
            ("4", #""Email":[{"id":"m@example.org","primary":true}],"CRM":[{"id":"c-1"}]"#),
        ] {
            try world.send(
                world.event(#"{"identityMap":{\#(map)},"_id":"\#(id)","timestamp":"2026-01-0\#(id)T00:00:00Z"}"#)
            )
        }

        let (change, rows) = try decide(.unlink(Self.email, Self.crm))

        guard case .split(let rest, let part) = change else {
            Issue.record("found \(change)")
            return
        }
        #expect(rest.identities == [Self.email])
        #expect(world.events[rest.profile]?.map(\.id) == ["1", "2", "4"])
        #expect(world.events[part.profile]?.map(\.id) == ["3"])
        #expect(rows.map(\.reasons) == [[.identity]])
        #expect(world.members == [many: 1])
        #expect(try world.evaluate([many]).isEmpty)
    }

    @Test(arguments: [
        IdentityRules(pattern: "[a-z]+"), IdentityRules(pattern: "[a-z]+", onViolation: .drop), IdentityRules(),
    ])
    mutating func `events go with their identity whatever is demanded of identities since`(rules: IdentityRules) throws
    {
        _ = try write(#""CRM":[{"id":"c-1"}]"#)
        for id in ["1", "2"] {
            let map = #""Email":[{"id":"m@example.org","primary":true}],"CRM":[{"id":"c-1"}]"#
            try world.send(
                world.event(#"{"identityMap":{\#(map)},"_id":"\#(id)","timestamp":"2026-01-0\#(id)T00:00:00Z"}"#)
            )
        }
        world.definition.namespaces = NamespaceDirectory(
            custom: world.definition.namespaces.all.filter(\.isCustom),
            ignoredValues: ["Email": rules.pattern == nil ? ["m@example.org"] : []],
            rules: ["Email": rules]
        )

        guard case .split(_, let part) = try decide(.unlink(Self.email, Self.crm)).0 else {
            Issue.record("the profile is one still")
            return
        }

        #expect(world.events[part.profile]?.map(\.id) == ["1", "2"])
    }

    @Test mutating func `A7 a removed identity is missing from the one record that tells of it`() throws {
        let red = try world.audience("red", #"color = "red""#)
        world.dataflow([red], attributes: ["color"])
        _ = try write(#""Email":[{"id":"m@example.org","primary":true}],"CRM":[{"id":"c-1"}]"#, #""color":"red""#)

        let (change, rows) = try decide(.removal(Self.email))

        guard case .removed(let rest) = change else {
            Issue.record("found \(change)")
            return
        }
        #expect(rest.identities == [Self.crm])
        #expect(rows.map(\.reasons) == [[.identity]])
        #expect(rows[0].status(of: red) == "realized")
        #expect(rows[0].text.hasSuffix(#""identityMap":{"crm":[{"id":"c-1"}]}}"#))
        // What it had stated stays, as with one that had to go at the cap.
        #expect(rows[0].text.hasPrefix(#"{"color":"red""#))
        #expect(world.owners[Self.email] == nil)
    }

    @Test mutating func `a profile goes with its last identity`() throws {
        let red = try world.audience("red", #"color = "red""#)
        world.dataflow([red])
        _ = try write(#""Email":[{"id":"m@example.org"}]"#, #""color":"red""#)

        let (change, rows) = try decide(.removal(Self.email))

        guard case .deleted = change else {
            Issue.record("found \(change)")
            return
        }
        #expect(rows.isEmpty)
        #expect(world.profiles.isEmpty)
        #expect(world.members == [red: 0])
    }

    @Test mutating func `a deleted profile sends nothing unless a dataflow asks for it`() throws {
        let red = try world.audience("red", #"color = "red""#)
        let blue = try world.audience("blue", #"color = "blue""#)
        try world.audience("any", "color.isNotNull()")
        world.dataflow([red, blue], attributes: ["color"])
        _ = try write(#""Email":[{"id":"m@example.org"}],"CRM":[{"id":"c-1"}]"#, #""color":"blue""#)
        _ = try write(#""Email":[{"id":"m@example.org"}]"#, #""color":"red""#)
        let profile = try #require(world.owners[Self.email].flatMap { world.profiles[$0] })
        var silent = self
        #expect(try silent.decide(.deletion(Self.crm, onReturn: nil)).1.isEmpty)
        #expect(silent.world.counters[World.flow] == DataflowCounters(triggered: 2, suppressedDeleted: 2))
        world.definition.dataflows[0].options.emitsDeletes = true

        let (change, rows) = try decide(.deletion(Self.crm, onReturn: nil))

        guard case .deleted(let part) = change else {
            Issue.record("found \(change)")
            return
        }
        #expect(part.profile == profile.id)
        #expect(part.identities == [Self.crm, Self.email])
        #expect(rows.count == 1)
        #expect(rows[0].profile == profile.id)
        #expect(rows[0].revision == profile.revision + 1)
        #expect(rows[0].status(of: red) == "exited")
        #expect(rows[0].status(of: blue) == "exited")
        #expect(rows[0].text.hasPrefix(#"{"segmentMembership""#))
        #expect(
            rows[0].text.hasSuffix(#""identityMap":{"crm":[{"id":"c-1"}],"email":[{"id":"m@example.org"}]}}"#)
        )
        #expect(world.outbox.map(\.text) == [rows[0].text])
        #expect(world.members.values.allSatisfy { $0 == 0 })
        #expect(world.profiles.isEmpty && world.owners.isEmpty)
    }

    @Test mutating func `nobody hears of a deleted profile that was in no mapped audience`() throws {
        let red = try world.audience("red", #"color = "red""#)
        world.dataflow([red])
        world.definition.dataflows[0].options.emitsDeletes = true
        _ = try write(#""Email":[{"id":"m@example.org"}]"#, #""color":"blue""#)

        #expect(try decide(.deletion(Self.email, onReturn: nil)).1.isEmpty)
        #expect(world.profiles.isEmpty)
    }

    /// A random history of messages, unlinks, removals and deletions.
    private static func history(_ random: inout SplitMix64, world: World) throws -> [Input] {
        func identity() -> Identity {
            let number = Int.random(in: 0..<4, using: &random)
            return Bool.random(using: &random)
                ? Identity(namespace: "Email", value: "m\(number)") : Identity(namespace: "CRM", value: "c\(number)")
        }
        var now = world.now
        return try (0..<60).map { index in
            if random.oneIn(2) { now.milliseconds += 10 }
            let cause: Input.Cause
            switch Int.random(in: 0..<10, using: &random) {
            case 0, 1: cause = .unlink(identity(), identity())
            case 2: cause = .removal(identity())
            case 3:
                cause = .deletion(
                    identity(),
                    onReturn: DecisionOptions.ReturnRule.allCases.randomElement(using: &random)
                )
            case 4: cause = .readmission(identity())
            default:
                var values: [String: Set<String>] = [:]
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    let identity = identity()
                    values[identity.namespace, default: []].insert(identity.value)
                }
                let map = values.sorted { $0.key < $1.key }.map { symbol, values in
                    "\"\(symbol)\":[\(values.sorted().map { #"{"id":"\#($0)"}"# }.joined(separator: ","))]"
                }.joined(separator: ",")
                let field = ["\"color\":\"red\"", "\"color\":null", "\"size\":11"].randomElement(using: &random) ?? ""
                if random.oneIn(3) {
                    cause = .message(
                        try world.event(
                            """
                            {"identityMap":{\(map)},"_id":"e\(Int.random(in: 0..<12, using: &random))",\
                            "timestamp":"2026-01-0\(1 + index % 9)T00:00:00Z","amount":\(index % 7 * 10)}
                            """
                        )
                    )
                } else {
                    cause = .message(try world.record(#"{"identityMap":{\#(map)},\#(field)}"#))
                }
            }
            return Input(cause: cause, now: now)
        }
    }

    private static func populated() throws -> World {
        var world = World()
        let red = try world.audience("red", #"color = "red""#)
        let big = try world.audience("big", "size > 10 or xEvent.sum(amount) > 60")
        try world.audience("both", #"inSegment("red") and xEvent.count() > 1"#)
        world.dataflow([red, big])
        world.definition.dataflows[0].options.emitsDeletes = true
        return world
    }

    @Test(arguments: 0..<100) func `what identities do never depends on where a batch ends`(round: Int) throws {
        let seed = TestSeed.next()
        var random = SplitMix64(seed: seed)
        let inputs = try Self.history(&random, world: Self.populated())
        var one = try Self.populated()
        var other = one

        let (results, _) = try one.decide(inputs)
        var otherResults: [DecisionResult] = []
        var rest = inputs[...]
        while !rest.isEmpty {
            let size = min(rest.count, Int.random(in: 1...6, using: &random))
            otherResults += try other.decide(Array(rest.prefix(size))).results
            rest = rest.dropFirst(size)
        }

        #expect(results == otherResults, "seed \(seed)")
        #expect(one.profiles.mapValues(\.revision) == other.profiles.mapValues(\.revision), "seed \(seed)")
        #expect(one.profiles.mapValues(\.value) == other.profiles.mapValues(\.value), "seed \(seed)")
        #expect(one.owners == other.owners, "seed \(seed)")
        #expect(one.suppressions == other.suppressions, "seed \(seed)")
        let (members, otherMembers) = (one.members.filter { $0.value != 0 }, other.members.filter { $0.value != 0 })
        #expect(members == otherMembers, "seed \(seed)")
        #expect(one.counters == other.counters, "seed \(seed)")
        #expect(one.outbox.map(\.text) == other.outbox.map(\.text), "seed \(seed)")
        #expect(one.outbox.map(\.profile) == other.outbox.map(\.profile), "seed \(seed)")
        let (events, otherEvents) = (one.events.filter { !$0.value.isEmpty }, other.events.filter { !$0.value.isEmpty })
        #expect(events.mapValues { $0.map(\.id) } == otherEvents.mapValues { $0.map(\.id) }, "seed \(seed)")

        // Everything evaluated once more changes nothing, so nothing was left out.
        #expect(try one.evaluate(one.definition.audiences.map(\.id)).isEmpty, "seed \(seed)")
        let pending = one.counters[World.flow]?.pending ?? 0
        #expect(pending == Int64(one.outbox.count), "seed \(seed)")
    }
}

extension [UInt8] {
    fileprivate func contains(sequence: [UInt8]) -> Bool {
        indices.contains { self[$0...].starts(with: sequence) }
    }
}
