import Testing

@testable import ActivationCore

/// What a profile's trail says of a change is what was decided when it happened.
@Suite struct ChangeReplayTests {
    /// Whose record, and which.
    private struct Place: Hashable {
        var profile: Profile.ID
        var dataflow: Dataflow.ID
        var mergePolicy: MergePolicy.ID
        var revision: Int64
    }

    private static let identities = (0..<7).map { number in
        Identity(namespace: ["Email", "CRM", "IDFA"][number % 3], value: "v\(number)")
    }

    private static func world(_ random: inout SplitMix64) throws -> World {
        var world = World()
        var alone = World.otherPolicy
        alone.identityGraph = .none
        var ordered = MergePolicy(
            id: MergePolicy.ID(uuid: UUIDBytes(high: 0xA, low: 3)),
            name: "M3",
            attributeMerge: .dataSetPrecedence(order: ["crm"]),
            identityGraph: .pdg
        )
        if random.oneIn(2) { ordered.attributeMerge = .timestampOrdered }
        world.definition.mergePolicies = [World.policy, alone, ordered]
        var audiences: [Audience.ID] = []
        for (number, expression) in [
            #"color = "red""#, "size > 3", #"xEvent[kind = "buy"].count() >= 2"#,
            "lastSeen occurs < 2 days before now", #"identityMap.get("CRM").isNotNull()"#,
        ].enumerated() {
            for (place, policy) in world.definition.mergePolicies.enumerated() {
                audiences.append(try world.audience("a\(number) \(place)", expression, policy: policy))
            }
        }
        let all = Dataflow.Options()
        for number in 0..<4 {
            let mapped = audiences.shuffled(using: &random).prefix(Int.random(in: 1...6, using: &random))
            world.dataflow(
                Array(mapped),
                attributes: Array(["color", "size", "person.name"].shuffled(using: &random).prefix(2))
            )
            var options = all
            if random.oneIn(2) {
                options.triggers = TriggerReasons(rawValue: UInt8.random(in: 1...7, using: &random))
            }
            options.suppressesNoopAttributeUpdates = random.oneIn(3)
            if random.oneIn(3) { options.identityNamespaces = .allow(["Email"]) }
            if random.oneIn(3) { options.envelope = .cloudEvents }
            options.emitsDeletes = random.oneIn(3)
            let last = world.definition.dataflows.count - 1
            world.definition.dataflows[last].id = Dataflow.ID(uuid: UUIDBytes(high: 0xF, low: UInt64(number)))
            world.definition.dataflows[last].options = options
            if random.oneIn(3) { world.definition.dataflows[last].attributes[0].export = .never }
        }
        return world
    }

    private static func input(_ random: inout SplitMix64, _ world: World, step: Int) throws -> Input {
        let now = world.now
        switch Int.random(in: 0..<20, using: &random) {
        case 0:
            let pair = identities.shuffled(using: &random)
            return Input(cause: .unlink(pair[0], pair[1]), now: now)
        case 1:
            return Input(cause: .removal(identities[Int.random(in: 0..<7, using: &random)]), now: now)
        case 2:
            let ids = world.profiles.keys.sorted { $0.uuid < $1.uuid }
            guard let id = ids.randomElement(using: &random) else { break }
            return Input(cause: .evaluation(id, audiences: world.definition.audiences.map(\.id)), now: now)
        case 3, 4:
            let ids = world.profiles.keys.sorted { $0.uuid < $1.uuid }
            guard let id = ids.randomElement(using: &random) else { break }
            return Input(cause: .clock(id), now: now)
        default: break
        }
        let named = identities.shuffled(using: &random).prefix(random.oneIn(4) ? 2 : 1)
        let map = ["Email", "CRM", "IDFA"].compactMap { symbol -> String? in
            let own = named.filter { $0.namespace == symbol }
            guard !own.isEmpty else { return nil }
            let items = own.map { #"{"id":"\#($0.value)"\#($0 == named.first ? #","primary":true"# : "")}"# }
            return #""\#(symbol)":[\#(items.joined(separator: ","))]"#
        }
        let head = "{\"identityMap\":{\(map.joined(separator: ","))}"
        if random.oneIn(4) {
            let text =
                head
                + #","_id":"e\#(step)","timestamp":"\#(now.rfc3339)","kind":"\#(random.oneIn(2) ? "buy" : "view")"}"#
            return Input(cause: .message(try world.event(text)), now: now)
        }
        let fields = [
            #""color":"red""#, #""color":"blue""#, #""color":null"#,
            #""size":\#(Int.random(in: 1...6, using: &random))"#,
            #""person":{"name":{"first":"Mira"}}"#, #""person":"Mira""#, #""other":1"#,
            #""lastSeen":"\#(now.rfc3339)""#, #""color":"red","size":5,"other":2"#,
        ]
        let field = fields[Int.random(in: fields.indices, using: &random)]
        let dataset = random.oneIn(2) ? "crm" : "web"
        return Input(cause: .message(try world.record("\(head),\(field)}", dataset: dataset)), now: now)
    }

    @Test(arguments: 0..<20) func `each change calls for just the records that were made`(round: Int) throws {
        var random = TestSeed.generator()
        var world = try Self.world(&random)
        var made: [Place: TriggerReasons] = [:]
        var (asked, certain, possible) = (0, 0, 0)
        for step in 0..<120 {
            world.now.milliseconds += [1_000, 1_000, 60_000, 40_000_000].randomElement(using: &random) ?? 0
            let rows = try world.decide([Self.input(&random, world, step: step)]).rows
            for row in rows {
                let place = Place(
                    profile: row.profile,
                    dataflow: row.dataflow,
                    mergePolicy: row.mergePolicy,
                    revision: row.revision
                )
                made[place, default: []].formUnion(row.reasons)
            }
            guard step % 5 == 0 else { continue }
            for stored in world.profiles.values {
                for flow in world.definition.dataflows {
                    let changes = try stored.changes(
                        seenBy: flow,
                        in: world.definition,
                        paths: world.paths,
                        datasets: world.datasets
                    )
                    #expect(changes.last?.change.revision == stored.revision)
                    for (change, replay) in changes.flatMap({ change in change.replays.map { (change.change, $0) } }) {
                        let place = Place(
                            profile: stored.id,
                            dataflow: flow.id,
                            mergePolicy: replay.mergePolicy,
                            revision: change.revision
                        )
                        let reasons = made[place] ?? []
                        asked += 1
                        certain += replay.reasons.isEmpty ? 0 : 1
                        possible += replay.possibleReasons.isEmpty ? 0 : 1
                        #expect(
                            reasons.isSuperset(of: replay.reasons)
                                && reasons.isSubset(of: replay.reasons.union(replay.possibleReasons)),
                            "\(reasons.names) made, \(replay) of \(change) for \(flow)"
                        )
                    }
                }
            }
        }
        // What cannot be told for certain is the exception, though in a rare world it is more than a quarter.
        #expect(certain > 0 && possible < asked / 2, "\(certain), \(possible) of \(asked)")
    }
}
