import Testing

@testable import ActivationCore

/// Rules for the identities of a namespace (BEHAVIOUR 4.3).
@Suite struct NamespaceLimitTests {
    private static func world(_ rules: IdentityRules) throws -> World {
        var world = World()
        var crm = IdentityNamespace(symbol: "CRM", name: "CRM", type: .crossDevice, isCustom: true)
        crm.rules = rules
        world.definition.namespaces = NamespaceDirectory(custom: [crm])
        let big = try world.audience("big", "xEvent.count() > 1")
        world.dataflow([big])
        return world
    }

    /// A device that many people share, each with a number of their own.
    private static func visit(_ number: Int, _ world: World, primary: String = "CRM") throws -> Message {
        func mark(_ symbol: String) -> String { symbol == primary ? #","primary":true"# : "" }
        return try world.event(
            """
            {"identityMap":{"IDFA":[{"id":"kiosk"\(mark("IDFA"))}],"CRM":[{"id":"c\(number)"\(mark("CRM"))}]},\
            "_id":"e\(number)","timestamp":"2026-01-02T00:00:00Z"}
            """
        )
    }

    @Test func `one value that many share makes nobody one of them`() throws {
        var world = try Self.world(IdentityRules(profileMax: 1, onViolation: .drop))

        let results = try (0..<5).map { try world.decide([Self.visit($0, world)]).results[0] }

        #expect(results == [.accepted] + Array(repeating: .acceptedWithout(Omissions(namespaces: ["IDFA"])), count: 4))
        #expect(world.profiles.count == 5)
        #expect(
            world.owners[Identity(namespace: "IDFA", value: "kiosk")]
                == world.owners[Identity(namespace: "CRM", value: "c0")]
        )
    }

    @Test func `a message is refused where that is the rule, and changes nothing`() throws {
        var world = try Self.world(IdentityRules(profileMax: 2))
        for number in 0..<2 { try world.send(Self.visit(number, world)) }
        let before = world.profiles.mapValues(\.value)

        let (results, _) = try world.decide([Self.visit(2, world)])

        guard case .refused(let error) = results[0] else {
            Issue.record("found \(results)")
            return
        }
        #expect(error.code == "IDENTITY_LIMIT")
        #expect(!error.message.contains("kiosk") && !error.message.contains("c2"))
        #expect(world.profiles.mapValues(\.value) == before)
        #expect(world.profiles.count == 1)
    }

    @Test func `the primary stays and what it has too many of is left out`() throws {
        var world = try Self.world(IdentityRules(profileMax: 1, onViolation: .drop))
        for number in 0..<3 { try world.send(Self.visit(number, world, primary: "IDFA")) }

        #expect(world.profiles.count == 1)
        #expect(world.owners.keys.map(\.value).sorted() == ["c0", "kiosk"])
        #expect(world.events.values.first?.count == 3)
    }

    @Test func `a profile that has more already is left alone`() throws {
        var world = try Self.world(IdentityRules())
        for number in 0..<3 { try world.send(Self.visit(number, world)) }
        var crm = IdentityNamespace(symbol: "CRM", name: "CRM", type: .crossDevice, isCustom: true)
        crm.rules = IdentityRules(profileMax: 1)
        world.definition.namespaces = NamespaceDirectory(custom: [crm])

        #expect(try world.decide([Self.visit(1, world)]).results == [.duplicate])
        let again = try world.record(#"{"identityMap":{"IDFA":[{"id":"kiosk"}],"CRM":[{"id":"c2"}]},"a":1}"#)
        #expect(try world.decide([again]).results == [.accepted])
        #expect(world.profiles.count == 1)
    }

    @Test func `a value that does not match its namespace's pattern is refused or left out`() throws {
        let entity = #"{"identityMap":{"CRM":[{"id":"c-7x"}],"IDFA":[{"id":"d"}]}}"#
        let strict = try Self.world(IdentityRules(pattern: "c-[0-9]+|d"))
        let error = #expect(throws: MessageError.self) { try strict.record(entity) }
        #expect(error?.code == "IDENTITY_PATTERN")
        #expect(try strict.record(#"{"identityMap":{"CRM":[{"id":"c-7"}]}}"#).identities.count == 1)

        let lenient = try Self.world(IdentityRules(pattern: "c-[0-9]+|d", onViolation: .drop))
        let message = try lenient.record(entity)
        #expect(message.identities == [Identity(namespace: "IDFA", value: "d")])
        #expect(message.ignoredIdentities == ["CRM"])
    }

    @Test func `a pattern that cannot be used is told`() {
        #expect(IdentityRules.refusal(ofPattern: "[0-9]+") == nil)
        for pattern in ["(", ")|(", "["] { #expect(IdentityRules.refusal(ofPattern: pattern) != nil, "\(pattern)") }
    }

    @Test(arguments: [
        // The end of the pattern is none of a comment, a quotation or a flag's.
        ("(?x)a # c", "a", "ab"), (#"a\Q"#, "a", "ab"), (#"\Qa)"#, "a)", "a"), ("(?x) a|b #)", "b", "ba"),
        ("a|ab", "ab", "abc"), ("(?m)^a$", "a", "a\nb"), ("(?i)A", "a", "aa"), ("a(?x)#", "a", "a#"),
        (#"(a)\1"#, "aa", "a"), ("a$", "a", "a\n"), (".*?", "a", "a\n"),
    ])
    func `a pattern is for the whole value, however it ends`(pattern: String, good: String, bad: String) throws {
        #expect(IdentityRules.refusal(ofPattern: pattern) == nil)
        var crm = IdentityNamespace(symbol: "CRM", name: "CRM", type: .crossDevice, isCustom: true)
        crm.rules = IdentityRules(pattern: pattern)
        let directory = NamespaceDirectory(custom: [crm])
        #expect(directory.takes(good, in: crm))
        #expect(!directory.takes(bad, in: crm))
    }

    @Test(arguments: 0..<50) func `limits never depend on where a batch ends`(round: Int) throws {
        let seed = TestSeed.next()
        var random = SplitMix64(seed: seed)
        var one = try Self.world(IdentityRules(profileMax: 2, onViolation: random.oneIn(2) ? .drop : .refuse))
        var other = one
        let inputs = try (0..<40).map { index in
            var map: [String: Set<String>] = [:]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let symbol = ["CRM", "IDFA", "Email"].randomElement(using: &random) ?? "CRM"
                map[symbol, default: []].insert("\(symbol)\(Int.random(in: 0..<4, using: &random))")
            }
            let text = map.sorted { $0.key < $1.key }.map { symbol, values in
                "\"\(symbol)\":[\(values.sorted().map { #"{"id":"\#($0)"}"# }.joined(separator: ","))]"
            }.joined(separator: ",")
            let id = Int.random(in: 0..<12, using: &random)
            let message = try one.event(
                #"{"identityMap":{\#(text)},"_id":"e\#(id)","timestamp":"2026-01-0\#(1 + index % 9)T00:00:00Z"}"#
            )
            return Input(cause: .message(message), now: Timestamp(milliseconds: 1_772_000_000_000 + Int64(index) * 10))
        }

        let results = try one.decide(inputs).results
        var otherResults: [DecisionResult] = []
        var rest = inputs[...]
        while !rest.isEmpty {
            let size = min(rest.count, Int.random(in: 1...6, using: &random))
            otherResults += try other.decide(Array(rest.prefix(size))).results
            rest = rest.dropFirst(size)
        }

        #expect(results == otherResults, "seed \(seed)")
        #expect(one.profiles.mapValues(\.value) == other.profiles.mapValues(\.value), "seed \(seed)")
        #expect(one.owners == other.owners, "seed \(seed)")
        #expect(one.outbox.map(\.text) == other.outbox.map(\.text), "seed \(seed)")
    }
}
