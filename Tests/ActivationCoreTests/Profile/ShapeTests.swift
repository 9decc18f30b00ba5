import Testing

@testable import ActivationCore

/// Nulls, scalars and objects of several datasets at one place, in any order of arrival (BEHAVIOUR 4.6).
@Suite struct ShapeTests {
    private func fact(_ fields: String, dataset: String, at instant: Int64, in world: World) throws -> Message {
        var message = try world.record(
            #"{"identityMap":{"Email":[{"id":"m@example.org"}]},\#(fields)}"#,
            dataset: dataset
        )
        message.writtenAt = Timestamp(milliseconds: instant)
        return message
    }

    private func entity(_ world: World) throws -> String {
        let stored = try #require(world.profiles.values.first)
        let snapshot = try ProfileSnapshot(
            stored,
            policy: World.policy,
            at: Timestamp(milliseconds: 0),
            paths: world.paths,
            datasets: world.datasets
        )
        let members = try JSONDocument(parsing: snapshot.entity).root.members.filter { $0.key != "identityMap" }
        let texts = members.map { #""\#($0.key)":"# + String(decoding: $0.value.text, as: UTF8.self) }
        return "{" + texts.joined(separator: ",") + "}"
    }

    /// Facts as (dataset, fields) in the order of their instants, and what shows in the end.
    static let histories: [([(String, String)], String)] = [
        // Another dataset's null removes the object, and a late older write does not bring it back.
        ([("web", #""loyalty":{"tier":"gold"}"#), ("crm", #""loyalty":null"#)], #"{}"#),
        (
            [
                ("web", #""loyalty":{"tier":"silver"}"#), ("web", #""loyalty":{"tier":"gold"}"#),
                ("crm", #""loyalty":null"#),
            ],
            #"{}"#
        ),
        ([("crm", #""loyalty":null"#), ("web", #""loyalty":{"tier":"gold"}"#)], #"{"loyalty":{"tier":"gold"}}"#),
        ([("web", #""loyalty":{"tier":"gold"}"#), ("crm", #""loyalty":[]"#)], #"{"loyalty":[]}"#),
        ([("web", #""loyalty":{"tier":"gold"}"#), ("crm", #""loyalty":7"#)], #"{"loyalty":7}"#),
        // What an upper fact removed stays removed when something newer comes below it.
        (
            [("web", #""a":{"b":1,"c":2}"#), ("crm", #""a":null"#), ("web", #""a":{"c":3}"#)],
            #"{"a":{"c":3}}"#
        ),
        // Also when the upper fact has given way to an empty object of its own dataset.
        ([("web", #""a":{"b":1}"#), ("crm", #""a":5"#), ("crm", #""a":{}"#)], #"{"a":{}}"#),
        ([("crm", #""a":5"#), ("web", #""a":{"b":1}"#), ("crm", #""a":{}"#)], #"{"a":{"b":1}}"#),
        // A newer null below makes the place above an object, of which nothing shows.
        ([("crm", #""a":5"#), ("web", #""a":{"b":null}"#)], #"{}"#),
        ([("crm", #""a":{}"#), ("web", #""a":{"b":null}"#)], #"{"a":{}}"#),
        ([("web", #""a":{"b":{"c":1}}"#), ("crm", #""a":{"b":2}"#), ("web", #""a":null"#)], #"{}"#),
        (
            [("web", #""a":{"b":{"c":1}}"#), ("crm", #""a":null"#), ("web", #""a":{"b":{"d":2}}"#)],
            #"{"a":{"b":{"d":2}}}"#
        ),
    ]

    @Test(arguments: 0..<histories.count) func `what shows depends on the instants, not on the order of arrival`(
        _ number: Int
    ) throws {
        let (history, expected) = Self.histories[number]
        for order in Self.permutations(Array(history.indices)) {
            var world = World()
            for index in order {
                let (dataset, fields) = history[index]
                try world.send(fact(fields, dataset: dataset, at: Int64(index + 1) * 1_000, in: world))
            }
            #expect(try entity(world) == expected, "arrival in the order \(order)")
        }
    }

    @Test(arguments: 0..<200) func `random facts show the same in any order of arrival`(round: Int) throws {
        let seed = TestSeed.next()
        var random = SplitMix64(seed: seed)
        let values = [
            "1", "null", "{}", "[]", #"{"x":1}"#, #"{"x":null}"#, #"{"x":{"y":2}}"#, #"{"x":{}}"#, #"{"y":3}"#,
        ]
        let facts: [(String, String)] = (0..<7).map { _ in
            let value = values[Int(random.next() % UInt64(values.count))]
            let isDeep = random.next() % 2 == 0
            return (["web", "crm"][Int(random.next() % 2)], isDeep ? #""r":{"a":\#(value)}"# : #""r":\#(value)"#)
        }
        var shown: Set<String> = []
        for _ in 0..<4 {
            var world = World()
            for index in facts.indices.shuffled(using: &random) {
                let (dataset, fields) = facts[index]
                try world.send(fact(fields, dataset: dataset, at: Int64(index + 1) * 1_000, in: world))
            }
            shown.insert(try entity(world))
        }
        #expect(shown.count == 1, "seed \(seed): \(facts)")
    }

    private static func permutations(_ items: [Int]) -> [[Int]] {
        guard items.count > 1 else { return [items] }
        return items.flatMap { first in permutations(items.filter { $0 != first }).map { [first] + $0 } }
    }
}
