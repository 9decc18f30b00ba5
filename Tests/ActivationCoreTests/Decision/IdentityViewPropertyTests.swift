import Testing

@testable import ActivationCore
@testable import TestSupport

/// A merge policy that links nobody shows what there would be if nobody had ever been linked (BEHAVIOUR 4.4).
///
/// The reference is a world of its own under a policy of the private graph, to which every message tells its first
/// identity alone, so that nothing there can be linked.
@Suite struct IdentityViewPropertyTests {
    private struct Worlds {
        var linking = World()
        var separate = World()
        /// Whoever has been named.
        var known: [Identity] = []
        var payloads: [Identity: (linking: [String], separate: [String])] = [:]
        /// All that was decided where they are linked.
        var inputs: [Input] = []

        static let expressions = [
            #"color = "red""#, "size > 3", "size < 3 or color.isNull()",
            #"inSegment("a0") and size > 1"#, "lastSeen occurs < 2 days before now",
            "xEvent[kind = \"buy\"].count() >= 2", "xEvent[timestamp occurs < 1 hour before now].sum(amount) > 5",
            #"identityMap.get("Email").isNotNull()"#,
        ]

        init() throws {
            var alone = World.otherPolicy
            alone.identityGraph = .none
            linking.definition.mergePolicies = [World.policy, alone]
            separate.definition.mergePolicies = [World.policy, World.otherPolicy]
            for number in Self.expressions.indices {
                let expression = Self.expressions[number]
                try linking.audience("a\(number)", expression, policy: World.otherPolicy)
                try separate.audience("a\(number)", expression, policy: World.otherPolicy)
            }
            // Another policy beside it must not mix with it.
            let linked = try linking.audience("linked", #"color = "red" and size > 3"#)
            let mapped = separate.definition.audiences.map(\.id)
            linking.dataflow(mapped + [linked], attributes: ["color", "size"])
            separate.dataflow(mapped, attributes: ["color", "size"])
            linking.definition.dataflows[0].options.emitsDeletes = true
            separate.definition.dataflows[0].options.emitsDeletes = true
        }

        /// Notes what each world exported of each identity.
        mutating func note(_ rows: [OutboxRow], isLinking: Bool) throws {
            for row in rows where row.mergePolicy == World.otherPolicy.id {
                let map = try #require(row.document?["identityMap"])
                let identities = map.members.flatMap { symbol, list in
                    list.items.map { Identity(namespace: symbol, value: $0["id"]?.string ?? "") }
                }
                try #require(identities.count == 1)
                let line = "\(row.reasons.rawValue) \(row.text)"
                if isLinking {
                    payloads[identities[0], default: ([], [])].linking.append(line)
                } else {
                    payloads[identities[0], default: ([], [])].separate.append(line)
                }
            }
        }

        mutating func decide(linking inputs: [Input]) throws {
            self.inputs += inputs
            try note(linking.decide(inputs).rows, isLinking: true)
        }

        mutating func decide(separate inputs: [Input]) throws {
            try note(separate.decide(inputs).rows, isLinking: false)
        }
    }

    private static let identities = (0..<9).map { number in
        Identity(namespace: ["Email", "CRM", "IDFA"][number % 3], value: "v\(number)")
    }

    private static func map(_ identities: [Identity]) -> String {
        let namespaces = ["Email", "CRM", "IDFA"].compactMap { symbol -> String? in
            let own = identities.filter { $0.namespace.lowercased() == symbol.lowercased() }
            guard !own.isEmpty else { return nil }
            let items = own.map { #"{"id":"\#($0.value)"\#($0 == identities[0] ? #","primary":true"# : "")}"# }
            return #""\#(symbol)":[\#(items.joined(separator: ","))]"#
        }
        return "{\(namespaces.joined(separator: ","))}"
    }

    @Test(arguments: 0..<12)
    func `each identity's records are those of a world in which nobody is linked`(run: Int) throws {
        var random = SeededGenerator(seed: TestSeed.next())
        var worlds = try Worlds()
        for step in 0..<90 {
            let minutes = Int64([0, 0, 1, 30, 700, 2_000].randomElement(using: &random) ?? 0)
            worlds.linking.now.milliseconds += 1_000 + minutes * 60_000
            worlds.separate.now = worlds.linking.now
            let now = worlds.linking.now
            switch Int.random(in: 0..<20, using: &random) {
            case 0: try delete(&worlds, &random, now)
            case 1: try unlink(&worlds, &random, now)
            case 2, 3: try runClock(&worlds, now)
            case 4: try evaluate(&worlds, now)
            case 5, 6, 7, 8: try send(&worlds, &random, now, event: "e\(step)")
            default: try send(&worlds, &random, now, event: nil)
            }
            // What the clock did is told when a profile is next looked at, which may be sooner where it is linked.
            for (identity, payload) in worlds.payloads {
                for (one, other) in zip(payload.linking, payload.separate) {
                    try #require(one == other, "\(identity) in step \(step)")
                }
            }
        }
        try runClock(&worlds, worlds.linking.now)
        #expect(worlds.payloads.count > 3)
        #expect(worlds.payloads.allSatisfy { $0.value.linking == $0.value.separate })
        let counted = worlds.separate.members.filter { $0.value != 0 }
        let own = Set(counted.keys)
        #expect(worlds.linking.members.filter { $0.value != 0 && own.contains($0.key) } == counted)
        try replay(worlds, &random)
    }

    /// The same history gives the same records whatever the batch boundaries.
    private func replay(_ worlds: Worlds, _ random: inout SeededGenerator) throws {
        var world = try Worlds().linking
        var rest = worlds.inputs[...]
        while !rest.isEmpty {
            let batch = rest.prefix(Int.random(in: 1...20, using: &random))
            rest = rest.dropFirst(batch.count)
            _ = try world.decide(Array(batch))
        }
        #expect(world.outbox.map(\.text) == worlds.linking.outbox.map(\.text))
        #expect(world.outbox.map(\.revision) == worlds.linking.outbox.map(\.revision))
        #expect(world.profiles.mapValues(\.value) == worlds.linking.profiles.mapValues(\.value))
        #expect(world.members.filter { $0.value != 0 } == worlds.linking.members.filter { $0.value != 0 })
    }

    private func send(
        _ worlds: inout Worlds,
        _ random: inout SeededGenerator,
        _ now: Timestamp,
        event: String?
    ) throws {
        let named = Array(
            Self.identities.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random))
        )
        var fields = ""
        if let event {
            let time = Timestamp(milliseconds: now.milliseconds - Int64.random(in: 0...5_000_000, using: &random))
            fields =
                #""_id":"\#(event)","timestamp":"\#(time.rfc3339)","kind":"\#(Bool.random(using: &random) ? "buy" : "view")","#
                + #""amount":\#(Int.random(in: 0...9, using: &random))"#
        } else {
            let all = [
                #""color":"\#(["red", "blue"].randomElement(using: &random) ?? "")""#,
                #""size":\#(Int.random(in: 0...6, using: &random))"#, #""lastSeen":"\#(now.rfc3339)""#,
                #""color":null"#,
            ]
            let place = Int.random(in: 0..<all.count, using: &random)
            fields = all[place] + (place == 1 && Bool.random(using: &random) ? "," + all[0] : "")
        }
        let dataset = ["crm", "web"].randomElement(using: &random) ?? ""
        func message(_ world: World, _ identities: [Identity], _ fields: String, isEvent: Bool) throws -> Input {
            let text = #"{"identityMap":\#(Self.map(identities))\#(fields.isEmpty ? "" : ",")\#(fields)}"#
            let message =
                isEvent ? try world.event(text, dataset: dataset) : try world.record(text, dataset: dataset)
            return Input(cause: .message(message), now: now)
        }
        let one = try message(worlds.linking, named, fields, isEvent: event != nil)
        try worlds.decide(linking: [one])
        var inputs = [try message(worlds.separate, [named[0]], fields, isEvent: event != nil)]
        for identity in named.dropFirst() where worlds.separate.owners[identity] == nil {
            inputs.append(try message(worlds.separate, [identity], "", isEvent: false))
        }
        try worlds.decide(separate: inputs)
        worlds.known = Array(worlds.separate.owners.keys).sorted { $0.value < $1.value }
    }

    private func delete(_ worlds: inout Worlds, _ random: inout SeededGenerator, _ now: Timestamp) throws {
        guard let identity = worlds.known.randomElement(using: &random), let owner = worlds.linking.owners[identity]
        else { return }
        // What waits is not sent any more, so it must wait in both.
        try runClock(&worlds, now)
        let gone = worlds.linking.owners.filter { $0.value == owner }.map(\.key)
        try worlds.decide(linking: [Input(cause: .deletion(identity, onReturn: nil), now: now)])
        try worlds.decide(separate: gone.map { Input(cause: .deletion($0, onReturn: nil), now: now) })
        worlds.known = Array(worlds.separate.owners.keys).sorted { $0.value < $1.value }
    }

    /// Nothing happens where nobody is linked.
    private func unlink(_ worlds: inout Worlds, _ random: inout SeededGenerator, _ now: Timestamp) throws {
        let pair = worlds.known.shuffled(using: &random).prefix(2)
        guard pair.count == 2 else { return }
        try worlds.decide(linking: [Input(cause: .unlink(pair[0], pair[1]), now: now)])
    }

    private func runClock(_ worlds: inout Worlds, _ now: Timestamp) throws {
        let linking = worlds.linking.profiles.keys.map { Input(cause: .clock($0), now: now) }
        let separate = worlds.separate.profiles.keys.map { Input(cause: .clock($0), now: now) }
        try worlds.decide(linking: linking)
        try worlds.decide(separate: separate)
    }

    private func evaluate(_ worlds: inout Worlds, _ now: Timestamp) throws {
        try runClock(&worlds, now)
        let audiences = worlds.separate.definition.audiences.map(\.id)
        func inputs(_ world: World) -> [Input] {
            world.profiles.keys.map { Input(cause: .evaluation($0, audiences: audiences), now: now) }
        }
        try worlds.decide(linking: inputs(worlds.linking))
        try worlds.decide(separate: inputs(worlds.separate))
    }
}
