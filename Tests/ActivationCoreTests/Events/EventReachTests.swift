import Testing

@testable import ActivationCore

/// How far back expressions look that read events themselves, and what their plan says.
@Suite struct EventReachTests {
    static let plans: [(String, EvaluationPlan.Kind, String?, String?)] = [
        (#"city = "Ghent""#, .incremental, nil, nil),
        (#"xEvent[kind = "buy" and timestamp occurs < 7 days before now].count() > 3"#, .incremental, nil, nil),
        (#"xEvent.sum(amount) > 3 and city = "Ghent""#, .incremental, nil, nil),
        (#"xEvent[kind = "buy"]"#, .incremental, nil, nil),
        ("xEvent.head().amount > 5", .scan, nil, "xEvent.head().amount"),
        (
            #"CHAIN(xEvent, timestamp, [A: WHAT(kind = "view") WHEN(< 24 hours before now), B: WHAT(kind = "buy")])"#,
            .window, "24 hours",
            #"CHAIN(xEvent, timestamp, [A: WHAT(kind = "view") WHEN(< 24 hour before now), B: WHAT(kind = "buy")])"#
        ),
        (
            #"chain(xEvent, timestamp, [A: WHAT(kind = "view"), B: WHAT(kind = "buy") WHEN(< 24 hours before now)])"#,
            .scan, nil,
            #"CHAIN(xEvent, timestamp, [A: WHAT(kind = "view"), B: WHAT(kind = "buy") WHEN(< 24 hour before now)])"#
        ),
        ("xEvent[timestamp occurs < 1 week before now].topN(amount, 1).head().amount > 3", .window, "1 week", nil),
        (#"xEvent[kind = ^city][timestamp occurs today].count() > 1"#, .window, "today", nil),
        (#"xEvent[kind = ^city and timestamp occurs last month]"#, .window, "last month", nil),
        (
            #"exists E from xEvent where E.kind = city and E.timestamp occurs <= 2 days before now"#, .window, "2 days",
            nil
        ),
        (#"forall E from xEvent where not (E.timestamp occurs this week) or E.kind = city"#, .window, "this week", nil),
        (#"xEvent.forall(not (timestamp occurs this year) or kind = ^city)"#, .window, "this year", nil),
        (#"forall E from xEvent where E.timestamp occurs this week and E.kind = city"#, .scan, nil, nil),
        (
            #"sum E.amount over E from xEvent where E.kind = city and E.timestamp occurs yesterday"#, .window,
            "yesterday", nil
        ),
        (#"xEvent.sum(amount * ^rate) > 3"#, .scan, nil, "xEvent.sum(amount * ^rate)"),
        (
            #"xEvent[kind = ^a and timestamp occurs today].count() > 1 or xEvent[kind = ^b and timestamp occurs this year].count() > 1"#,
            .window, "this year", "xEvent[kind = ^b and timestamp occurs on this year].count()"
        ),
        (
            #"xEvent[kind = ^a and timestamp occurs today].count() > 1 or xEvent[kind = ^b]"#, .scan, nil,
            "xEvent[kind = ^b]"
        ),
        (#"xEvent[kind = ^a and timestamp occurs > 1 day before now]"#, .scan, nil, nil),
        (#"xEvent[kind = ^a and timestamp occurs after date(2026, 3, 1)]"#, .window, "after date(2026, 3, 1)", nil),
        (
            #"xEvent[kind = ^a and timestamp occurs today and timestamp occurs < 9 days before now]"#, .window, "today",
            nil
        ),
        (
            #"CHAIN(xEvent, timestamp, [not N: WHAT(kind = "a"), A: WHAT(kind = "b") WHEN(today), B: WHAT(kind = "c")])"#,
            .scan, nil, nil
        ),
        (
            #"CHAIN(xEvent, timestamp, [not N: WHAT(kind = "a") WHEN(this week), A: WHAT(true) WHEN(today), not B: WHAT(kind = "c")])"#,
            .window, "this week", nil
        ),
        (#"CHAIN(xEvent, timestamp, [A: WHAT(true) WHEN(today) COUNT(<= 3), B: WHAT(kind = "c")])"#, .scan, nil, nil),
        (
            #"CHAIN(xEvent[timestamp occurs this year], timestamp, [A: WHAT(true) COUNT(<= 3), B: WHAT(kind = "c")])"#,
            .window, "this year", nil
        ),
        (#"CHAIN(xEvent, at, [A: WHAT(timestamp occurs today), B: WHAT(kind = "c")])"#, .scan, nil, nil),
        (#"let E = xEvent[timestamp occurs today] in E.head().kind = "a""#, .window, "today", nil),
        ("$1.keys().count() > 3", .scan, nil, nil),
    ]

    @Test(arguments: plans)
    func `a plan says what an evaluation reads`(
        _ text: String,
        _ kind: EvaluationPlan.Kind,
        _ span: String?,
        _ cause: String?
    ) throws {
        let program = try EventExpression(text).program

        #expect(program.plan.kind == kind)
        #expect(program.plan.span == span)
        if let cause { #expect(program.plan.cause?.text == cause) }
        #expect((program.plan.cause == nil) == (kind == .incremental))
        #expect((program.eventReach == nil) == (kind == .incremental))
    }

    @Test func `a plan says where its cause stands`() throws {
        let plan = try EventExpression("city = \"Ghent\"\n  and xEvent.head().amount > 5").program.plan

        #expect(plan.cause?.line == 2)
        #expect(plan.cause?.column == 7)
    }

    /// Events before the reach can be left out, and the clock still wakes in time.
    @Test(arguments: 0..<4) func `events out of reach do not matter`(round: Int) throws {
        let seed = TestSeed.next()
        var random = SplitMix64(seed: seed)
        let programs = try Self.plans.filter { $0.1 == .window }.map { try EventExpression($0.0) }
        // 2026-03-05
        let start: Int64 = 1_772_668_800_000
        let span: Int64 = 40 * 86_400_000
        let events = try (0..<40).map { index in
            let kind = ["a", "b", "c", "view", "buy"].randomElement(using: &random) ?? ""
            return try ProfileEvent.of(
                "e\(index)",
                at: start + Int64.random(in: -span...span, using: &random),
                #""kind":"\#(kind)","amount":\#(Int.random(in: 0...5, using: &random))"#
            )
        }.sorted { $0.comesBefore($1) }

        for _ in 0..<10 {
            let now = Timestamp(milliseconds: start + Int64.random(in: -span...span, using: &random))
            for expression in programs {
                let first = expression.program.eventReach?.firstTimestamp(at: now)
                let near = events.filter { $0.timestamp >= first ?? $0.timestamp }
                let all = EvaluationInput(attributes: AttributeView(), events: events, now: now)
                let some = EvaluationInput(attributes: AttributeView(), events: near, now: now)
                let expected = expression.plain.evaluate(all, paths: PathDictionary())

                let found = expression.program.evaluate(some, paths: PathDictionary())

                #expect(found.qualifies == expected.qualifies, "\(expression.text) at \(now.rfc3339), seed \(seed)")
                #expect(found.changesAt == expected.changesAt, "\(expression.text) at \(now.rfc3339), seed \(seed)")
            }
        }
    }
}
