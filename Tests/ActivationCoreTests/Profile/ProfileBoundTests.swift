import Testing

@testable import ActivationCore

/// No profile grows without end, and no record costs more than its size (I8).
@Suite struct ProfileBoundTests {
    private var world = World()

    private func wide(_ name: String, _ person: String, bytes: Int) throws -> Message {
        let value = String(repeating: "x", count: bytes)
        return try world.record(#"{"identityMap":{"Phone":[{"id":"\#(person)"}]},"\#(name)":"\#(value)"}"#)
    }

    @Test mutating func `a record that would make a profile too large is refused and changes nothing`() throws {
        var accepted = 0
        var refused: MessageError?
        for number in 0..<100 where refused == nil {
            let before = (world.paths.count, world.profiles)
            switch try world.decide([wide("field\(number)", "1", bytes: 100_000)]).results[0] {
            case .accepted: accepted += 1
            case .acceptedWithout, .duplicate, .evaluated, .identities: Issue.record("a record is accepted or refused")
            case .refused(let error):
                refused = error
                #expect(world.paths.count == before.0)
                #expect(world.profiles.mapValues(\.value) == before.1.mapValues(\.value))
            }
        }
        #expect(refused?.code == "PROFILE_TOO_LARGE")
        #expect(accepted == Limits.profileBytesMax / 100_000)

        // Smaller ones go on, and so do other profiles.
        #expect(
            try world.decide([wide("small", "1", bytes: 10), wide("field0", "2", bytes: 100_000)]).results == [
                .accepted, .accepted,
            ]
        )
    }

    @Test mutating func `a merge that would make a profile too large is refused and both stay`() throws {
        for person in ["1", "2"] {
            for number in 0..<50 { try world.send(wide("field\(number)", person, bytes: 100_000)) }
        }
        let before = world.profiles.mapValues(\.value)

        let result = try world.decide([world.record(#"{"identityMap":{"Phone":[{"id":"1"},{"id":"2"}]},"a":1}"#)])
            .results[0]

        guard case .refused(let error) = result else {
            Issue.record("two halves became one that is too large")
            return
        }
        #expect(error.code == "PROFILE_TOO_LARGE")
        #expect(world.profiles.mapValues(\.value) == before)
    }

    @Test mutating func `an attribute's name is no place for data`() throws {
        let long = String(repeating: "n", count: Limits.attributeKeyBytesMax)
        func record(_ name: String) throws -> Message {
            try world.record(#"{"identityMap":{"Phone":[{"id":"1"}]},"deep":{"\#(name)":1}}"#)
        }

        let (results, _) = try world.decide([record(long), record(long + "n")])

        #expect(results[0] == .accepted)
        guard case .refused(let error) = results[1] else {
            Issue.record("a name of \(long.utf8.count + 1) bytes was accepted")
            return
        }
        #expect(error.code == "ATTRIBUTE_NAME_TOO_LONG")
    }

    @Test mutating func `values that were replaced do not count`() throws {
        let messages = try (0..<200).map { try wide("field", "1", bytes: 100_000 - $0) }

        #expect(try world.decide(messages).results.allSatisfy { $0 == .accepted })
        #expect(world.profiles.values.first.map { $0.value.count < 110_000 } == true)
    }

    @Test(arguments: ["null", "1"]) func `thousands of leaves above and below each other show what came last`(
        _ value: String
    ) throws {
        var world = World()
        let leaves = (0..<6_000).map { #""l\#($0)":{"x":1}"# }.joined(separator: ",")
        let flat = (0..<6_000).map { #""l\#($0)":\#(value)"# }.joined(separator: ",")
        let head = #"{"identityMap":{"Phone":[{"id":"1"}]},"#

        for round in 0..<4 {
            try world.send(world.record(head + (round % 2 == 0 ? leaves : flat) + "}", dataset: round < 2 ? "a" : "b"))
        }

        let stored = try #require(world.profiles.values.first)
        let snapshot = try ProfileSnapshot(
            stored,
            policy: World.policy,
            at: Timestamp(milliseconds: 0),
            paths: world.paths,
            datasets: world.datasets
        )
        let shown = try JSONDocument(parsing: snapshot.entity).root.members.map(\.key).count
        #expect(shown == (value == "null" ? 1 : 6_001))
    }
}
