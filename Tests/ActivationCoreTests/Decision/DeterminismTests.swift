import Testing

@testable import ActivationCore

/// The same history gives the same truth (BEHAVIOUR 4.6, 4.7).
@Suite struct DeterminismTests {
    private func record(_ identities: String, _ fields: String, in world: World, dataset: String = "crm") throws
        -> Message
    {
        try world.record(#"{"identityMap":{\#(identities)},\#(fields)}"#, dataset: dataset)
    }

    @Test func `of two profiles made in one millisecond the one admitted first survives`() throws {
        for swapped in [false, true] {
            var world = World()
            let people = [#""Phone":[{"id":"1"}]"#, #""Phone":[{"id":"2"}]"#]
            let first = swapped ? people[1] : people[0]
            let second = swapped ? people[0] : people[1]
            try world.send(record(first, #""a":1"#, in: world), record(second, #""a":2"#, in: world))
            let older = try #require(world.profiles.keys.min { $0.uuid < $1.uuid })

            try world.send(record(#""Phone":[{"id":"1"},{"id":"2"}]"#, #""b":1"#, in: world))

            #expect(world.profiles.keys.map(\.uuid) == [older.uuid])
            // Of two facts of one millisecond the one admitted last counts, whoever had it.
            let stored = try #require(world.profiles.values.first)
            let snapshot = try ProfileSnapshot(
                stored,
                policy: World.policy,
                at: Timestamp(milliseconds: 0),
                paths: world.paths,
                datasets: world.datasets
            )
            #expect(try JSONDocument(parsing: snapshot.entity).root["a"]?.int64 == 2)
        }
    }

    @Test func `ids sort by admission and carry the instant`() {
        var sequence = AdmissionSequence.zero
        var ids: [Profile.ID] = []
        for step in 0..<2_000 {
            sequence = sequence.next()
            ids.append(
                Profile.ID(
                    admittedAt: Timestamp(milliseconds: 1_772_000_000_000 + Int64(step / 500)),
                    sequence: sequence
                )
            )
        }

        #expect(Set(ids).count == ids.count)
        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0.uuid < $1.uuid })
        #expect(ids[0].uuid.description.dropFirst(14).first == "7")
        #expect(ids.allSatisfy { $0.uuid.high >> 16 >= 1_772_000_000_000 })
    }

    @Test func `a number is larger than every earlier one, whichever node gave that`() {
        let other = AdmissionSequence.zero.next(node: 7).next(node: 1_023)

        #expect(other < other.next())
        #expect(other < other.next(node: 3))
        #expect(AdmissionSequence(earlierRevision: .max) < AdmissionSequence(earlierRevision: .max).next())
    }

    @Test func `with the clock behind, later messages still count`() throws {
        var world = World()
        try world.send(record(#""Phone":[{"id":"1"}]"#, #""a":1"#, in: world))
        world.now.milliseconds -= 2_000
        let mark = world.admission

        // The pipeline never hands out an earlier instant; equal ones are decided by the number.
        let inputs = [
            Input(cause: .message(try record(#""Phone":[{"id":"1"}]"#, #""a":2"#, in: world)), now: mark.instant)
        ]
        _ = try world.decide(inputs)

        let stored = try #require(world.profiles.values.first)
        let snapshot = try ProfileSnapshot(
            stored,
            policy: World.policy,
            at: Timestamp(milliseconds: 0),
            paths: world.paths,
            datasets: world.datasets
        )
        #expect(try JSONDocument(parsing: snapshot.entity).root["a"]?.int64 == 2)
        #expect(world.admission.sequence > mark.sequence)
    }

    @Test func `a refused message leaves no path, no dataset and no number behind`() throws {
        var world = World()
        try world.send(record(#""Phone":[{"id":"1"}]"#, #""a":1"#, in: world))
        var index = 0
        while world.paths.count < Limits.attributePathsMax - 2 {
            _ = world.paths.intern(["filler\(index)"])
            index += 1
        }
        let (paths, admission) = (world.paths.count, world.admission)
        let many = (0..<5).map { #""new\#($0)":\#($0)"# }.joined(separator: ",")

        let (results, _) = try world.decide([
            record(#""Phone":[{"id":"1"}]"#, many, in: world, dataset: "unheard"),
            record(#""Phone":[{"id":"1"}]"#, #""one":1,"two":2"#, in: world),
        ])

        guard case .refused(let error) = results[0] else { throw Unexpected() }
        #expect(error.code == "ATTRIBUTE_PATHS_EXHAUSTED")
        #expect(results[1] == .accepted)
        #expect(world.paths.count == paths + 2)
        #expect(world.datasets.names == ["crm"])
        #expect(world.admission.sequence == admission.sequence.next())
    }

    @Test func `an audience that asks for one that reads all memberships becomes realized`() throws {
        var world = World()
        try world.audience("A", #"inSegment("R") and a = 1"#)
        try world.audience("R", #""realized" in segmentMembership.get("ups").values().status"#)
        try world.audience("P", "a = 1")

        try world.send(record(#""Phone":[{"id":"1"}]"#, #""a":1"#, in: world))

        #expect(world.members.values.sorted() == [1, 1, 1])
    }

    @Test func `a reader of memberships sees what a later reader became`() throws {
        var world = World()
        // Defined first, so it is evaluated before the one it reads.
        let first = try world.audience("R1", "b = 1")
        let plain = try world.audience("P", "a = 1")
        let second = try world.audience(
            "R2",
            #"segmentMembership.get("ups").get("\#(plain.uuid)").status = "realized""#
        )
        world.definition.audiences[0].rule = .expression(
            try PQLExpression(parsing: #"segmentMembership.get("ups").get("\#(second.uuid)").status = "realized""#)
        )
        world.dataflow([first])

        #expect(
            try world.send(record(#""Phone":[{"id":"1"}]"#, #""a":1"#, in: world)).map(\.reasons) == [
                [.membership, .identity]
            ]
        )
        #expect(world.members == [first: 1, plain: 1, second: 1])
        #expect(
            try world.send(record(#""Phone":[{"id":"1"}]"#, #""a":2"#, in: world)).map(\.reasons) == [[.membership]]
        )
        #expect(world.members == [first: 0, plain: 0, second: 0])
    }

    @Test func `readers that contradict each other come to an end`() throws {
        var world = World()
        let one = try world.audience("one", "a = 1")
        let other = try world.audience(
            "other",
            #"segmentMembership.get("ups").get("\#(one.uuid)").status = "realized""#
        )
        world.definition.audiences[0].rule = .expression(
            try PQLExpression(parsing: #"not (segmentMembership.get("ups").get("\#(other.uuid)").status = "realized")"#)
        )

        try world.send(record(#""Phone":[{"id":"1"}]"#, #""a":1"#, in: world))

        #expect(world.profiles.count == 1)
    }

    @Test func `who reads the standing in an audience that is gone is evaluated without it`() throws {
        var world = World()
        let gone = try world.audience("gone", "a = 1")
        let reader = try world.audience("R", #"segmentMembership.get("ups").get("\#(gone.uuid)").status = "realized""#)
        try world.send(record(#""Phone":[{"id":"1"}]"#, #""a":1"#, in: world))
        #expect(world.members[reader] == 1)
        world.definition.audiences.removeFirst()

        try world.send(record(#""Phone":[{"id":"1"}]"#, #""c":1"#, in: world))

        #expect(world.members[reader] == 0)
    }

    @Test func `dictionary numbers are kept apart by bytes`() throws {
        var datasets = DatasetDictionary()

        #expect(datasets.intern("caf\u{e9}") == 1)
        #expect(datasets.intern("cafe\u{301}") == 2)
        #expect(datasets.names.map { $0.utf8.count } == [5, 6])
    }

    @Test func `events whose ids only look alike are two`() throws {
        var world = World()
        func event(_ id: String) throws -> Message {
            try world.event(
                #"{"identityMap":{"Phone":[{"id":"1"}]},"_id":"\#(id)","timestamp":"2026-01-01T00:00:00Z"}"#
            )
        }

        let (results, _) = try world.decide([event("caf\u{e9}"), event("cafe\u{301}"), event("caf\u{e9}")])

        #expect(results == [.accepted, .accepted, .duplicate])
    }

    @Test func `audiences are asked for by the bytes of their names`() throws {
        var world = World()
        try world.audience("caf\u{e9}", "a = 1")
        try world.audience("cafe\u{301}", "a = 2")
        try world.audience("asks", "inSegment(\"cafe\u{301}\")")

        try world.send(record(#""Phone":[{"id":"1"}]"#, #""a":2"#, in: world))

        #expect(world.members[world.definition.audiences[2].id] == 1)
        #expect(world.members[world.definition.audiences[0].id] == nil)
    }
}

private struct Unexpected: Error {}
