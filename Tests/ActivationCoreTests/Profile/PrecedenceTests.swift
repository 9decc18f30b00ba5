import Testing

@testable import ActivationCore

/// What a policy of `dataSetPrecedence` shows (BEHAVIOUR 4.4).
@Suite struct PrecedenceTests {
    private static func policy(_ order: [String]) -> MergePolicy {
        MergePolicy(
            id: World.policy.id,
            name: "by dataset",
            attributeMerge: .dataSetPrecedence(order: order),
            identityGraph: .pdg
        )
    }

    private static func fact(
        _ fields: String,
        dataset: String,
        person: Int = 0,
        at instant: Int64,
        in world: World
    ) throws -> Message {
        var message = try world.record(#"{"identityMap":{"Phone":[{"id":"\#(person)"}]},\#(fields)}"#, dataset: dataset)
        message.writtenAt = Timestamp(milliseconds: instant)
        return message
    }

    private static func snapshot(_ world: World, _ order: [String]) throws -> ProfileSnapshot {
        try ProfileSnapshot(
            #require(world.profiles.values.first),
            policy: policy(order),
            at: Timestamp(milliseconds: 0),
            paths: world.paths,
            datasets: world.datasets
        )
    }

    private static func shown(_ world: World, _ order: [String]) throws -> Shown {
        let root = try JSONDocument(parsing: snapshot(world, order).entity).root
        guard case .object(var members) = Shown(root) else { return .object([:]) }
        members["identityMap"] = nil
        return .object(members)
    }

    /// Facts as (dataset, fields) in the order of their instants, the order of precedence, and what shows in the end.
    static let histories: [([(String, String)], [String], String)] = [
        ([("crm", #""a":1"#), ("web", #""a":2"#)], ["crm", "web"], #"{"a":1}"#),
        ([("crm", #""a":1"#), ("web", #""a":2"#)], ["web", "crm"], #"{"a":2}"#),
        // Within a dataset the latest write wins.
        ([("crm", #""a":1"#), ("crm", #""a":3"#), ("web", #""a":2"#)], ["crm", "web"], #"{"a":3}"#),
        // Who is not listed is not merged, and who is listed and never spoke is not missed.
        ([("crm", #""a":1"#), ("web", #""b":2"#)], ["crm"], #"{"a":1}"#),
        ([("crm", #""a":1"#), ("web", #""b":2"#)], ["nobody", "web"], #"{"b":2}"#),
        ([("crm", #""a":1"#)], ["nobody"], "{}"),
        // Of a null the next dataset is asked, also below it.
        ([("web", #""a":2"#), ("crm", #""a":null"#)], ["crm", "web"], #"{"a":2}"#),
        ([("web", #""a":{"b":2}"#), ("crm", #""a":null"#)], ["crm", "web"], #"{"a":{"b":2}}"#),
        (
            [("crm", #""a":{"b":1}"#), ("crm", #""a":null"#), ("web", #""a":{"c":2}"#)], ["crm", "web"],
            #"{"a":{"c":2}}"#
        ),
        ([("web", #""a":null"#), ("crm", #""a":null"#)], ["crm", "web"], "{}"),
        // Objects are one, and of a value and an object the first dataset's stays, whichever is newer.
        ([("crm", #""a":{"b":1}"#), ("web", #""a":{"b":2,"c":3}"#)], ["crm", "web"], #"{"a":{"b":1,"c":3}}"#),
        ([("crm", #""a":{"b":1}"#), ("web", #""a":5"#)], ["crm", "web"], #"{"a":{"b":1}}"#),
        ([("web", #""a":5"#), ("crm", #""a":{"b":1}"#)], ["web", "crm"], #"{"a":5}"#),
        ([("crm", #""a":{"b":1}"#), ("web", #""a":5"#)], ["web", "crm"], #"{"a":5}"#),
        // What is hidden hides nothing itself.
        (
            [("crm", #""a":{"b":1}"#), ("web", #""a":5"#), ("app", #""a":{"c":3}"#)], ["crm", "web", "app"],
            #"{"a":{"b":1,"c":3}}"#
        ),
        // An unlisted dataset's value is in nobody's way.
        ([("crm", #""a":{"b":1}"#), ("web", #""a":5"#)], ["crm"], #"{"a":{"b":1}}"#),
        // An empty object is a value at its place and gives way to members.
        ([("web", #""a":5"#), ("crm", #""a":{}"#)], ["crm", "web"], #"{"a":{}}"#),
        ([("web", #""a":{"b":1}"#), ("crm", #""a":{}"#)], ["crm", "web"], #"{"a":{"b":1}}"#),
        ([("crm", #""a":{"b":1}"#), ("web", #""a":{}"#)], ["crm", "web"], #"{"a":{"b":1}}"#),
        ([("crm", #""a":[1]"#), ("web", #""a":[2,3]"#)], ["crm", "web"], #"{"a":[1]}"#),
    ]

    @Test(arguments: 0..<histories.count) func `the first dataset that has a value wins`(_ number: Int) throws {
        let (history, order, expected) = Self.histories[number]
        for arrival in [Array(history.indices), history.indices.reversed()] {
            var world = World()
            for index in arrival {
                let (dataset, fields) = history[index]
                try world.send(Self.fact(fields, dataset: dataset, at: Int64(index + 1) * 1_000, in: world))
            }
            let shown = try Self.shown(world, order)
            #expect(try shown == Shown(JSONDocument(parsing: expected).root), "arrival in the order \(arrival)")
        }
    }

    @Test func `only datasets that the policy merges are named as sources`() throws {
        var world = World()
        try world.send(Self.fact(#""a":1"#, dataset: "crm", at: 1, in: world))
        try world.send(Self.fact(#""a":2"#, dataset: "web", at: 2, in: world))

        #expect(try Self.snapshot(world, ["web", "nobody"]).datasets == ["web"])
    }

    @Test(arguments: 0..<400) func `random facts show what the plain rule says`(round: Int) throws {
        let seed = TestSeed.next()
        var random = SplitMix64(seed: seed)
        func pick<Item>(_ items: [Item]) -> Item { items[Int(random.next() % UInt64(items.count))] }
        let places = [["r"], ["r", "a"], ["r", "a", "x"], ["r", "a", "y"], ["r", "b"], ["s"], ["s", "x"]]
        let datasets = ["crm", "web", "app", "other"]
        let facts = (0..<10).map { _ in
            PlainFact(dataset: pick(datasets), place: pick(places), text: pick(["1", "2", "null", "{}", "[]", "[3]"]))
        }
        let order = Array(datasets.shuffled(using: &random).prefix(Int(random.next() % 5)))
        var world = World()
        // One person of two identities, so that a dataset has several sources.
        try world.send(world.record(#"{"identityMap":{"Phone":[{"id":"0"},{"id":"1"}]}}"#))
        for index in facts.indices.shuffled(using: &random) {
            let fields = facts[index].fields
            let message = try Self.fact(
                fields,
                dataset: facts[index].dataset,
                person: Int(random.next() % 2),
                at: Int64(index + 1) * 1_000,
                in: world
            )
            try world.send(message)
        }
        let expected = order.reduce(Shown.object([:])) { $0.over(PlainFact.shown(facts, of: $1)) }
        #expect(try Self.shown(world, order) == expected, "seed \(seed): \(order) \(facts)")
    }
}

/// A fact as the rules' text speaks of it.
private struct PlainFact {
    var dataset: String
    var place: [String]
    var text: String

    var fields: String {
        let inner = place.dropFirst().reversed().reduce(text) { #"{"\#($1)":\#($0)}"# }
        return #""\#(place[0])":\#(inner)"#
    }

    /// What one dataset says in the end, of facts in the order of their instants.
    static func shown(_ facts: [PlainFact], of dataset: String) -> Shown {
        var values: [[String]: String] = [:]
        for fact in facts where fact.dataset == dataset {
            let place = fact.place
            // A value ends the values above it; one that is no empty object ends everything below it.
            values = values.filter { known, text in
                let isAbove = known.count < place.count && place.starts(with: known)
                let isBelow = known.count > place.count && known.starts(with: place)
                return !(isAbove && text != "{}") && !(isBelow && fact.text != "{}")
            }
            values[place] = fact.text == "null" ? nil : fact.text
        }
        var shown = Shown.object([:])
        // Shorter places first, so that members fill what was empty.
        for (place, text) in values.sorted(by: { $0.key.count < $1.key.count }) {
            shown.put(text == "{}" ? .object([:]) : .value(text), at: place[...])
        }
        return shown
    }
}

/// What shows: values and objects.
private indirect enum Shown: Equatable {
    case value(String)
    case object([String: Shown])

    init(_ view: JSONView) {
        if view.kind == .object {
            self = .object([:])
            for member in view.members { put(Shown(member.value), at: [member.key]) }
        } else {
            self = .value(String(decoding: view.text, as: UTF8.self))
        }
    }

    mutating func put(_ value: Shown, at place: ArraySlice<String>) {
        guard let key = place.first else {
            self = value
            return
        }
        guard case .object(var members) = self else { return }
        var member = members[key] ?? .object([:])
        member.put(value, at: place.dropFirst())
        members[key] = member
        self = .object(members)
    }

    /// This above another: members of both; else this, unless it is empty and the other has members.
    func over(_ other: Shown) -> Shown {
        guard case .object(let mine) = self, case .object(let others) = other else { return self }
        return .object(mine.merging(others) { $0.over($1) })
    }
}
