import Testing

@testable import ActivationCore

/// What makes two parts of expressions the same leaf.
@Suite struct EventLeafKeyTests {
    /// Thoughts, each in spellings that mean the same.
    static let thoughts: [[String]] = [
        [
            #"xEvent[kind = "buy"]"#, #"xEvent.filter(kind = "buy")"#, #"xEvent.filter((E) => E.kind = "buy")"#,
            #"select E from xEvent where E.kind = "buy""#, #"exists E from xEvent where E.kind = "buy""#,
            #"exists E from xEvent : "buy" = E.kind"#, #"xEvent.exists(kind = "buy")"#,
            #"exists(xEvent, kind = "buy")"#,
            #"CHAIN(xEvent, timestamp, [A: WHAT(kind = "buy")])"#,
            #"CHAIN(xEvent[kind = "buy"], timestamp, [A: WHAT(true) COUNT(1)])"#,
            #"CHAIN(xEvent, timestamp, [A: WHAT(true) WHERE(A.kind = "buy")])"#,
            #"(P) => exists E from P.xEvent where E.kind = "buy""#, #"$1.xEvent[kind = "buy"].count() > 0"#,
            #"xEvent[this.kind = "buy"].count() != 0"#, #"0 < count(xEvent[kind = "buy"])"#,
            #"(count E over E from xEvent where E.kind = "buy") >= 1"#, #"xEvent[`kind` = "buy"].filter(true)"#,
            #"not forall E from xEvent where not (E.kind = "buy")"#, #"not xEvent.forall(not (kind = "buy"))"#,
            #"not (xEvent[kind = "buy"].count() = 0)"#, #"let K = 1 in xEvent.exists(kind = "buy")"#,
        ],
        [
            #"sum E.amount over E from xEvent where E.kind = "buy""#, #"xEvent[kind = "buy"].sum(amount)"#,
            #"sum(xEvent[kind = "buy"], amount)"#, #"xEvent.filter(kind = "buy").sum((E) => E.amount)"#,
            #"(xEvent[kind = "buy"].sum(amount)) * 2"#, #"xEvent[kind = "buy"].sum(this.amount) > 3"#,
        ],
        [#"xEvent[kind = "buy"].amount.sum()"#, #"(select E from xEvent where E.kind = "buy").amount.sum()"#],
        [
            #"xEvent[kind = "buy" and amount > 5].count()"#, #"xEvent[amount > 5][kind = "buy"].count()"#,
            #"xEvent[amount > 5 and (kind = "buy" and 5 < amount)].count()"#,
            #"count E over E from xEvent[kind = "buy"] where E.amount > 5"#,
            #"xEvent[not (not (amount > 5) or not (kind = "buy"))].count() + 1"#,
        ],
        [
            #"exists E from xEvent where E.kind = "cart", L from E.lines where L.qty > 1"#,
            #"xEvent[kind = "cart" and lines.exists(qty > 1)]"#,
            #"xEvent[kind = "cart" and (exists L from lines where L.qty > 1)]"#,
            #"xEvent.exists((E) => E.kind = "cart" and E.lines.exists((L) => L.qty > 1))"#,
        ],
        [
            #"xEvent[timestamp occurs < 24 hours before now and kind = "buy"].count() > 2"#,
            #"xEvent[kind = "buy"][timestamp occurs < 24 hour before now].count() >= 3"#,
            #"not (xEvent[kind = "buy"][timestamp occurs < 24 hour before now].count() <= 2)"#,
            #"CHAIN(xEvent, timestamp, [A: WHAT(kind = "buy") WHEN(< 24 hours before now) COUNT(3)])"#,
            #"let N = now in CHAIN(xEvent[kind = "buy"], timestamp, [A: WHAT(true) WHEN(< 24 hours before N) COUNT(> 2)])"#,
            #"exists X from orders where xEvent[kind = "buy" and timestamp occurs < 24 hours before now].count() > 2"#,
        ],
        [
            #"xEvent[timestamp occurs after today]"#, #"exists E from xEvent where E.timestamp occurs from today"#,
            #"CHAIN(xEvent, timestamp, [A: WHAT(true) WHEN(from today)])"#,
        ],
        [#"xEvent[lines[qty > min]].count()"#, #"xEvent.filter((E) => E.lines[qty > min]).count()"#],
        [
            #"xEvent[lines[qty > ^min]].count()"#,
            #"xEvent.filter((E) => E.lines.filter((L) => L.qty > E.min)).count()"#,
        ],
        [#"xEvent.lines[qty > 1].qty.max()"#, #"xEvent.lines.filter((X) => X.qty > 1).qty.max()"#],
        ["xEvent.lines.count()", "count(xEvent.lines)"],
        [#"xEvent.sum(data["amount"])"#, #"xEvent.sum(data.get("amount"))"#],
        ["xEvent.max(amount)"], ["xEvent.min(amount)"], ["xEvent.average(amount)"], ["xEvent.sum(amount)"],
        ["xEvent.count()", "xEvent", "exists E from xEvent", "xEvent.exists()"],
        ["xEvent[timestamp occurs today].sum(amount)"], ["xEvent[timestamp occurs this day].sum(amount)"],
        ["xEvent[timestamp occurs < 24 hours before now].sum(amount)"],
        ["xEvent[timestamp occurs < 1 day before now].sum(amount)"],
        ["xEvent[timestamp occurs <= 24 hours before now].sum(amount)"],
        [#"xEvent[kind = "buy" or amount > 5].count()"#, #"xEvent[amount > 5 or kind = "buy"].count()"#],
        [#"xEvent[kind = "Buy"].count()"#], [#"xEvent[kind != "buy"].count()"#],
        [#"xEvent[timestamp occurs after date(2026, 3, 1)].count()"#],
        [#"xEvent[amount > 5].count()"#], [#"xEvent[amount > 5.0].count()"#],
        [#"sum L.qty over E from xEvent where E.kind = "cart", L from E.lines where L.qty > 1"#],
    ]

    @Test(arguments: thoughts) func `spellings of one thought are one leaf`(_ spellings: [String]) throws {
        let keys = try spellings.map { try EventExpression($0).keys }

        for (spelling, found) in zip(spellings, keys) {
            #expect(found == keys[0], "\(spelling)")
            #expect(found.count == 1, "\(spelling)")
        }
    }

    @Test func `different thoughts are different leaves`() throws {
        let keys = try Self.thoughts.map { try EventExpression($0[0]).keys[0] }

        #expect(Set(keys).count == keys.count)
    }

    @Test(arguments: [
        #"xEvent[kind = ^city].count()"#, #"xEvent[lines[sku = ^^.city]].count()"#,
        #"let K = city in xEvent[kind = K].count()"#, #"xEvent[inSegment("s")].count()"#,
        #"xEvent[timestamp occurs < 1 day before now or kind = "buy"].count()"#,
        #"xEvent[not (timestamp occurs < 1 day before now)].count()"#,
        #"xEvent[timestamp occurs != 1 day before now].count()"#, #"xEvent[at occurs < 1 day before now].count()"#,
        #"xEvent[timestamp.getMonth() = currentMonth()].count()"#, #"xEvent.head().amount > 5"#,
        #"xEvent.topN(amount, 1).head().kind = "buy""#, #"xEvent.groupBy(kind).get("buy").count() > 1"#,
        #"xEvent[kind = "a" and xEvent.head().kind = "b"].count()"#,
        #"xEvent[timestamp occurs before ^renewal].count()"#,
        #"CHAIN(xEvent, timestamp, [A: WHAT(kind = "view"), B: WHAT(kind = "buy")])"#,
        #"CHAIN(xEvent, at, [A: WHAT(kind = "view")])"#, #"xEvent.kind.distinct().count() > 1"#,
        #"CHAIN(xEvent, timestamp, [A: WHAT(kind = "view") WHERE(A.sku = sku)])"#,
        #"exists E from xEvent where E.kind = kind"#, "$1.keys().count() > 1",
    ])
    func `what looks at more than one event at a time is no leaf`(_ text: String) throws {
        let expression = try PQLExpression(parsing: text)
        var paths = PathDictionary()
        let program = try PQLProgram(compiling: expression, paths: &paths) { _ in
            Audience.ID(uuid: UUIDBytes(high: 0, low: 1))
        }

        #expect(program.eventLeaves.isEmpty)
        #expect(program.readsEvents)
        #expect(program.plan.kind != .incremental)
    }

    @Test func `a name given around a leaf hides the event's field`() throws {
        let event = try ProfileEvent.of("e", at: 0, #""kind":"buy","other":1"#)
        for text in [
            #"let kind = "x" in xEvent[kind = "buy"].count()"#, "let kind = 1 in xEvent[other = kind].count()",
        ] {
            let expression = try EventExpression(text)
            let now = Timestamp(milliseconds: 1)
            let input = EvaluationInput(attributes: AttributeView(), events: [event], now: now)

            #expect(
                EventExpression.text(of: expression.program.value(input, paths: PathDictionary()))
                    == expression.plainValue(of: [event], at: now)
            )
        }
    }

    @Test(arguments: [
        (#"xEvent[kind = ].count()"#, "syntax"), (#"xEvent[kind = null].count() > 1"#, "nullComparison"),
        (#"xEvent[kind.matches("(")].count() > 1"#, "invalidPattern"),
        (#"xEvent[foo()].count() > 1"#, "unknownFunction"),
        (#"xEvent[^^^a = 1].count() > 1"#, "wrongScope"), (#"xEvent.count(1) > 1"#, "wrongArguments"),
        (#"count E.a + "x" over E from xEvent"#, "wrongArguments"),
        (#"CHAIN(xEvent, timestamp, [A: WHAT(a = 1) COUNT(between 3 and 1)])"#, "wrongArguments"),
    ])
    func `a leaf hides no mistake`(_ text: String, _ code: String) {
        #expect {
            try EventExpression(text)
        } throws: { error in
            (error as? PQLError)?.code.description == code
        }
    }
}
