import ActivationCore
import Testing

struct PQLFunctionTests {
    @Test(arguments: [
        ("[1, 2, 3].intersects([3, 4])", "true"), ("[1].intersects([2])", "false"), ("[].subsetOf([])", "true"),
        ("[3, 1, 3].intersection([1, 3])", "[3,1]"), ("[1, null, 1.0, \"1\"].distinct()", "[1,\"1\"]"),
        ("[null, 3, null, 1].intersection([1, null, 3])", "[3,1]"), ("[null].intersection([null])", "[]"),
        ("[1, null].count()", "2"), ("scores.count()", "2"), ("[1, \"x\", 2].sum()", "3"), ("[1, 2].average()", "1.5"),
        ("[2, 1, \"a\"].max()", "2"), ("[\"b\", \"a\", 1].min()", "\"a\""), ("[null, 3].min()", "3"),
        ("orders.max(amount)", "90"), ("orders.map(no)", "[1,2,3]"), ("orders.map((o) => o.no * 2)", "[2,4,6]"),
        ("scores.map((k, v) => mapEntry(v, k))", "{\"4\":\"x\",\"9\":\"y\"}"), ("scores.map(this + 1)", "[5,10]"),
        ("orders.map(mapEntry(shop, amount))", "{\"A\":90,\"B\":15.5}"),
        ("orders.map(if(no > 1, mapEntry(shop, no), mapEntry(\"first\", no)))", "{\"first\":1,\"B\":2,\"A\":3}"),
        ("xEvent.groupBy(lines.sku).map((K, G) => mapEntry(K, G.count()))", "{\"K2\":1,\"K9\":1}"),
        ("orders.groupBy(shop).keys()", "[\"A\",\"B\"]"), ("orders.topN(no, 2).no", "[3,2]"),
        ("orders.topN(promo, 2)", "[]"), ("orders.bottomN(no, -1)", "[]"),
        ("orders.filter((o) => o.no = 2).shop", "[\"B\"]"),
        ("orders.exists(amount > 80)", "true"), ("orders.forall(amount > 80)", "false"),
        ("exists(orders, no = 3)", "true"),
        ("hobbies.exists()", "false"), ("sum O.amount over O from orders where O.shop = \"A\"", "130"),
        ("count E over E from xEvent where E.kind = \"view\"", "2"), ("average O.no over O from orders", "2"),
        ("min O.amount over O from orders", "15.5"), ("max L.qty over E from xEvent, L from E.lines", "2"),
        ("count L over E from xEvent, L from E.lines where L.qty > 0", "2"),
        ("(select E from xEvent where E.kind = \"cart\", L from E.lines where L.qty = 2).sku", "[\"K2\"]"),
        ("forall E from xEvent where E.sku.isNotNull(), L from E.lines where L.qty > 0", "true"),
        ("exists E from xEvent where E.amount = 55 and city = \"Ghent\"", "true"),
        ("(P) => P.city = \"Ghent\" and $1.age = 34", "true"),
        ("(P) => exists E from P.xEvent where E.kind = \"buy\"", "true"),
        ("this.city", "\"Ghent\""), ("$1.xEvent.count()", "4"), ("$1.identityMap.CRM.id", "[\"c-77\"]"),
        ("identityMap.keys()", "[\"Email\",\"CRM\"]"),
        ("segmentMembership.get(\"ups\").values().status", "[\"realized\"]"),
        ("`city` = \"Ghent\"", "true"), ("`xEvent`.count()", "4"), ("$1.count() > 5", "true"),
        ("{\"a\": [1, {b: true}]}", "{\"a\":[1,{\"b\":true}]}"), ("orders.head().lines.isNull()", "true"),
        ("born.getYear()", "1991"), ("born.getDayOfMonth()", "7"), ("loyalty.since.getMonth()", "2"),
        ("mail.regexGroup(\"(\\w+)@(\\w+)\")", "\"Ivy\""), ("mail.regexGroup(\"\\w+@\")", "\"Ivy@\""),
        ("mail.regexGroup(\"(x)?Ivy\", 1)", "null"), ("mail.regexGroup(\"Ivy\", 7)", "null"),
        ("mail.matches(\"^Rosa\\.Ivy@[a-z.]+$\")", "true"), ("mail.matches(city)", "false"),
        ("\"é\".matches(\"^.$\")", "true"),
        ("currentYear() = 2026 and currentDayOfMonth() = 10", "true"), ("now.getMonth()", "3"),
    ])
    func `a function gives its documented result`(row: (text: String, result: String)) throws {
        #expect(try PQLFixture.value(row.text) == row.result)
    }

    @Test func `a pattern that backtracks without end matches nothing instead of running on`() throws {
        let text = "{\"a\": \"\(String(repeating: "a", count: 40))!\"}"
        var profile = try PQLProfile(fromXDM: JSONDocument(parsing: text), now: Timestamp(milliseconds: 0))
        let program = try PQLProgram(
            compiling: PQLExpression(parsing: "a.matches(\"^(a+)+$\")"),
            paths: &profile.paths,
            audience: { _ in nil }
        )

        let before = PQLStatistics.patternLimitHits
        #expect(!program.qualifies(profile.input, paths: profile.paths))
        #expect(PQLStatistics.patternLimitHits > before)
    }
}
