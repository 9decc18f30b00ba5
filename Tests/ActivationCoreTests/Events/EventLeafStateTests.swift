import Testing

@testable import ActivationCore

/// What states hold, how large they get, and what becomes of bytes that are none.
@Suite struct EventLeafStateTests {
    private static let start: Int64 = 1_772_668_800_000
    private static let now = Timestamp(milliseconds: start)

    private func leaf(_ text: String) throws -> EventLeaf {
        try #require(EventExpression(text).program.eventLeaves.first)
    }

    private func amounts(_ amounts: [String], apart: Int64 = 1_000) throws -> [ProfileEvent] {
        try amounts.enumerated().map { index, amount in
            try ProfileEvent.of("e\(index)", at: Self.start + Int64(index) * apart, #""amount":\#(amount)"#)
        }
    }

    private func state(of leaf: EventLeaf, _ events: [ProfileEvent]) -> EventLeafState {
        var state = leaf.empty(at: Self.now)
        for event in events { leaf.add(event, to: &state, at: max(event.timestamp, Self.now)) }
        return state
    }

    @Test func `a threshold keeps the newest events only`() throws {
        let leaf = try leaf("xEvent[timestamp occurs < 30 days before now].count() > 3")
        let state = state(of: leaf, try amounts((0..<500).map(String.init)))

        guard case .newest(let newest) = state.kind else { return #expect(Bool(false), "another kind") }
        #expect(newest.entries.map(\.timestamp) == (496..<500).reversed().map { Self.start + $0 * 1_000 })
        #expect(state.encoded.count < 60)
    }

    @Test func `whatever value an event has, its state can be packed`() throws {
        let values = [
            "1", "1.5", #""text""#, "true", "null", #"{"a":1}"#, "[1,[2]]", #"["x",true]"#, #""2026-03-05T00:00:00Z""#,
        ]
        for text in [
            "xEvent.max(amount)", "xEvent.min(amount)", "xEvent.amount.max()", "xEvent.max(date(2026, 3, 5))",
            "xEvent.min(timestamp)", "xEvent.max(kind.isNull())",
            "xEvent[timestamp occurs < 1 day before now].max(amount)",
        ] {
            guard let leaf = try EventExpression(text).program.eventLeaves.first else { continue }
            for first in values {
                for second in values {
                    let state = state(of: leaf, try amounts([first, second]))
                    #expect(try EventLeafState(decoding: state.encoded, of: leaf).encoded == state.encoded)
                }
            }
        }
    }

    @Test func `a threshold that is too large is a count`() throws {
        for text in ["> 63", ">= 64"] {
            #expect(try leaf("xEvent[timestamp occurs today].count() \(text)").measure == .atLeast(64))
        }
        for text in ["> 64", ">= 65", "= 3", ">= 0", "> 9223372036854775807"] {
            #expect(try leaf("xEvent[timestamp occurs today].count() \(text)").measure == .count)
        }
        #expect(try leaf("xEvent.count() > 3").measure == .count)
    }

    @Test(arguments: ["sum", "average"]) func `a sum does not grow with the events`(_ aggregate: String) throws {
        let leaf = try leaf("xEvent.\(aggregate)(amount)")
        let numbers = (0..<2_000).map { "\($0 % 90 + 1).\($0 % 97)" }
        let few = state(of: leaf, try amounts(Array(numbers.prefix(20)))).encoded.count
        let many = state(of: leaf, try amounts(numbers)).encoded.count

        #expect(many <= few + 8)
        #expect(many < 64)
    }

    @Test func `a sum is what it would be without what was taken out`() throws {
        let leaf = try leaf("xEvent.sum(amount)")
        let events = try amounts(["1", "1e300", "0.1", "-1e300", "9007199254740993", "1e-300"])
        var state = state(of: leaf, events)
        for index in [1, 3, 5, 2] { leaf.remove(events[index], from: &state, at: Self.now, isOldest: false) }

        let reading = try #require(leaf.reading(of: state, at: Self.now))
        #expect(EventExpression.text(of: reading.value) == "integer 9007199254740994")
    }

    @Test func `candidates for an extreme are few`() throws {
        let leaf = try leaf("xEvent[timestamp occurs < 30 days before now].max(amount)")
        let sinking = state(of: leaf, try amounts((0..<500).map { String(500 - $0) }))
        let rising = state(of: leaf, try amounts((0..<500).map(String.init)))

        guard case .extremes(let many) = sinking.kind, case .extremes(let one) = rising.kind else {
            return #expect(Bool(false), "another kind")
        }
        #expect(many.candidates.count == Limits.eventCandidatesMax)
        #expect(one.candidates.count == 1)
        #expect(sinking.encoded.count < Limits.eventCandidatesMax * 12 + 40)
    }

    @Test func `sinking values are read again once in so many evictions`() throws {
        let leaf = try leaf("xEvent.max(amount)")
        var events = try amounts((0..<200).map { String(200 - $0) })
        var state = state(of: leaf, events)
        var reads = 0
        while !events.isEmpty {
            let event = events.removeFirst()
            leaf.remove(event, from: &state, at: Self.now, isOldest: true)
            if !leaf.ranges(of: state, at: Self.now).isEmpty { reads += 1 }
            let value = leaf.update(&state, at: Self.now, with: events)?.value
            #expect(EventExpression.text(of: value ?? .null) == (events.isEmpty ? "null" : "integer \(events.count)"))
        }
        #expect(reads <= 200 / Limits.eventCandidatesMax + 1)
    }

    @Test func `an extreme that is taken out uncovers what it outdid`() throws {
        let leaf = try leaf("xEvent.max(amount)")
        let events = try amounts(["5", "9", "1"])
        var state = state(of: leaf, events)
        leaf.remove(events[1], from: &state, at: Self.now, isOldest: false)

        #expect(leaf.ranges(of: state, at: Self.now) == [.everything])
        let reading = leaf.update(&state, at: Self.now, with: [events[0], events[2]])
        #expect(EventExpression.text(of: reading?.value ?? .null) == "integer 5")
    }

    @Test func `a late event does not outdo who stays longer`() throws {
        // Sinking values, of which the last ones are left out; the best of all comes late and leaves before them.
        let leaf = try leaf("xEvent[timestamp occurs < 1 day before now].max(amount)")
        var events = try amounts((0..<40).map { String(100 - $0) }, apart: 60_000)
        var state = state(of: leaf, events)
        let late = try ProfileEvent.of("late", at: Self.start + 1, #""amount":200"#)
        leaf.add(late, to: &state, at: Timestamp(milliseconds: Self.start + 12 * 3_600_000))
        events.insert(late, at: 1)

        // All candidates have left, those that were left out have not.
        let evening = Timestamp(milliseconds: Self.start + 86_400_000 + 35 * 60_000)
        let first = try #require(leaf.ranges(of: state, at: evening).first)
        let reading = leaf.update(&state, at: evening, with: events.filter { $0.timestamp >= first.from })
        #expect(EventExpression.text(of: reading?.value ?? .null) == "integer 64")
    }

    @Test func `a later event that leaves earlier outdoes nobody`() throws {
        let leaf = try leaf("xEvent[timestamp occurs < 1 month before now].max(amount)")
        // Both months end on 28 February, at the time of day of the event.
        let events = [
            try ProfileEvent.of("one", at: instant("2026-01-30T12:00:00Z"), #""amount":5"#),
            try ProfileEvent.of("two", at: instant("2026-01-31T11:00:00Z"), #""amount":9"#),
        ]
        var state = leaf.empty(at: events[0].timestamp)
        for event in events { leaf.add(event, to: &state, at: event.timestamp) }

        let reading = leaf.reading(of: state, at: Timestamp(milliseconds: try instant("2026-02-28T11:30:00Z")))
        #expect(EventExpression.text(of: reading?.value ?? .null) == "integer 5")
    }

    private func instant(_ text: String) throws -> Int64 {
        try #require(Timestamp(rfc3339: text)).milliseconds
    }

    @Test func `a good event outdoes those that were left out`() throws {
        let leaf = try leaf("xEvent[timestamp occurs < 1 day before now].max(amount)")
        let sinking = try amounts((0..<40).map { String(100 - $0) })
        let good = try ProfileEvent.of("good", at: Self.start + 60_000, #""amount":90"#)
        let state = state(of: leaf, sinking + [good])

        guard case .extremes(let extremes) = state.kind else { return #expect(Bool(false), "another kind") }
        #expect(extremes.candidates.count == 11)
        #expect(extremes.leftOut.exit == .min)
    }

    @Test func `an event that leaves is asked for alone`() throws {
        let leaf = try leaf("xEvent[timestamp occurs < 24 hours before now].sum(amount)")
        let events = try amounts((0..<100).map(String.init), apart: 60_000)
        var state = leaf.empty(at: Self.now)
        for event in events { leaf.add(event, to: &state, at: event.timestamp) }
        let day: Int64 = 86_400_000
        let first = leaf.reading(of: state, at: Timestamp(milliseconds: Self.start + 99 * 60_000))
        #expect(first?.changesAt == Timestamp(milliseconds: Self.start + day))

        // When the third one leaves, the first three are wanted, and the fourth, which is next.
        let later = Timestamp(milliseconds: Self.start + 2 * 60_000 + day)
        let ranges = leaf.ranges(of: state, at: later)
        let exits = try #require(ranges.last)
        #expect(exits.through == events[2].timestamp)
        #expect(exits.from > Timestamp(milliseconds: Self.start - day))
        #expect(exits.includesNext)
        let reading = leaf.update(&state, at: later, with: Array(events[0...3]))
        #expect(EventExpression.text(of: reading?.value ?? .null) == "integer \((3..<100).reduce(0, +))")
        #expect(reading?.changesAt == Timestamp(milliseconds: events[3].timestamp.milliseconds + day))
    }

    @Test func `an event that enters by the clock is counted once, and none beside it twice`() throws {
        for text in ["count() > 2", "sum(amount)", "max(amount)"] {
            let expression = try EventExpression("xEvent[timestamp occurs < 1 day before now].\(text)")
            let leaf = try #require(expression.program.eventLeaves.first)
            let hour: Int64 = 3_600_000
            let events = [
                try ProfileEvent.of("one", at: Self.start + 1, #""amount":1"#),
                try ProfileEvent.of("two", at: Self.start + hour, #""amount":2"#),
            ]
            var state = leaf.empty(at: Self.now)
            for event in events { leaf.add(event, to: &state, at: Timestamp(milliseconds: Self.start + 1)) }

            let entry = Timestamp(milliseconds: Self.start + hour)
            #expect(!leaf.ranges(of: state, at: entry).isEmpty)
            let reading = try #require(leaf.update(&state, at: entry, with: events))
            var said = EventReadings()
            said[leaf] = reading
            #expect(expression.value(from: said, at: entry) == expression.plainValue(of: events, at: entry))
        }
    }

    @Test func `an event outside of the window is taken out without its body`() throws {
        let leaf = try leaf("xEvent[timestamp occurs < 24 hours before now].max(amount)")
        let before = Timestamp(milliseconds: Self.start - 86_400_000)

        #expect(!leaf.needsBody(ofRemovedAt: before, at: Self.now))
        #expect(leaf.needsBody(ofRemovedAt: Timestamp(milliseconds: before.milliseconds + 1), at: Self.now))
    }

    @Test(arguments: [
        ["1", #""a""#], [#""a""#, "1"], ["5", "5.0"], ["0.0", "-0.0"], [#""\#(String(repeating: "x", count: 257))""#],
    ])
    func `an extreme that no candidate can stand for is read each time`(_ values: [String]) throws {
        for text in ["xEvent.max(amount)", "xEvent.min(amount)"] {
            let expression = try EventExpression(text)
            let leaf = try #require(expression.program.eventLeaves.first)
            let events = try amounts(values)
            var state = state(of: leaf, events)

            #expect(leaf.ranges(of: state, at: Self.now) == [.everything])
            let reading = leaf.update(&state, at: Self.now, with: events)
            #expect(
                EventExpression.text(of: reading?.value ?? .null) == expression.plainValue(of: events, at: Self.now)
            )
            #expect(leaf.ranges(of: state, at: Self.now) == [.everything])
        }
    }

    // MARK: Bytes

    private static let texts = [
        "xEvent.count() > 1", "xEvent.sum(amount)", "xEvent[timestamp occurs < 2 days before now].average(amount)",
        "xEvent[timestamp occurs < 2 days before now].count() > 5", "xEvent[timestamp occurs this week].max(amount)",
        "xEvent.min(name)",
    ]

    private func states(_ random: inout SplitMix64) throws -> [(EventLeaf, EventLeafState, [ProfileEvent])] {
        try Self.texts.map { text in
            let leaf = try leaf(text)
            let events = try (0..<30).map { index in
                let number = random.oneIn(2) ? "\(Int.random(in: -9...9, using: &random))" : "1e\(index * 20 - 300)"
                return try ProfileEvent.of(
                    "e\(index)",
                    at: Self.start + Int64(index) * 3_600_000,
                    #""amount":\#(number),"name":"n\#(30 - index)""#
                )
            }
            return (leaf, state(of: leaf, events), events)
        }
    }

    @Test func `bytes that were cut or lengthened are refused`() throws {
        var random = TestSeed.generator()
        for (leaf, state, _) in try states(&random) {
            let bytes = state.encoded
            #expect(try EventLeafState(decoding: bytes, of: leaf).encoded == bytes)
            for count in 0..<bytes.count {
                #expect(throws: EventStateError.self) {
                    try EventLeafState(decoding: Array(bytes.prefix(count)), of: leaf)
                }
            }
            #expect(throws: EventStateError.self) { try EventLeafState(decoding: bytes + [0], of: leaf) }
            #expect(throws: EventStateError.unknownVersion(2)) {
                try EventLeafState(decoding: [2] + bytes.dropFirst(), of: leaf)
            }
        }
    }

    @Test func `a state of another kind of leaf is refused`() throws {
        let sum = state(of: try leaf("xEvent.sum(amount)"), try amounts(["1"]))

        #expect(throws: EventStateError.self) {
            try EventLeafState(decoding: sum.encoded, of: try leaf("xEvent.max(amount)"))
        }
    }

    @Test func `damaged bytes never trap`() throws {
        var random = TestSeed.generator()
        for _ in 0..<40 {
            for (leaf, state, events) in try states(&random) {
                var bytes = state.encoded
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    bytes[Int.random(in: 1..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                guard var state = try? EventLeafState(decoding: bytes, of: leaf) else { continue }
                let later = Timestamp(milliseconds: Self.start + Int64.random(in: 0...(5 * 86_400_000), using: &random))
                _ = leaf.ranges(of: state, at: later)
                leaf.update(&state, at: later, with: events)
                leaf.add(events[0], to: &state, at: later)
                leaf.remove(events[1], from: &state, at: later, isOldest: false)
                _ = leaf.reading(of: state, at: later)
                _ = state.encoded
            }
        }
    }
}
