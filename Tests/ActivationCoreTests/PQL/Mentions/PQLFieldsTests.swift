import Testing

@testable import ActivationCore

/// Which fields an expression looks at.
struct PQLFieldsTests {
    private static func fields(_ text: String) throws -> [String] {
        try PQLExpression(parsing: text).fields.map { $0.joined(separator: ".") }
    }

    @Test(arguments: [
        ("person.name.first = \"a\" and person.age > 3", ["person.name.first", "person.age"]),
        ("$1.person.age > 3", ["person.age"]),
        ("person.age > person.limit", ["person.age", "person.limit"]),
        ("person.name.first.toLowerCase() = \"a\"", ["person.name.first"]),
        ("if (vip, person.age, person.limit) > 3", ["vip", "person.age", "person.limit"]),
        ("let T = person.age in T > 3", ["person.age"]),
        ("let P = person in P.age > 3", ["person.age"]),
        // Of arrays the fields that are looked at.
        (#"orders[price > limit].count() > 1"#, ["orders.price", "orders.limit"]),
        (#"orders[price > ^limit].shop = "x""#, ["orders.price", "limit", "orders.shop"]),
        (#"orders.count() > 1"#, ["orders"]),
        (#"exists O from orders where O.price > 3"#, ["orders.price"]),
        (#"(select O from orders where O.price > 3).count() > 1"#, ["orders.price"]),
        (#"(select O from orders).count() > 1"#, ["orders"]),
        // Of events too.
        (#"xEvent[kind = "buy"].sum(amount) > 3"#, ["kind", "amount"]),
        (#"xEvent[lines[sku = "K9" and ^kind = "cart"]].count() > 1"#, ["lines.sku", "kind"]),
        (#"xEvent.count() > 1"#, []),
        (
            #"CHAIN(xEvent, timestamp, [A: WHAT(kind = "view"), B: WHAT(kind = "cart") WHEN(<= 24 hours after A) WHERE(B.sku = A.part)])"#,
            ["timestamp", "kind", "sku", "part"]
        ),
        (
            #"xEvent[timestamp occurs < 1 day before now and commerce.order.total > 9].count() > 1"#,
            ["timestamp", "commerce.order.total"]
        ),
        // Wherever a value goes.
        ("(P) => P.person.income > 3", ["person.income"]),
        ("filter(xEvent, (E) => E.person.income > 3).count() > 0", ["person.income"]),
        (#"$1.xEvent.exists(secret = "x")"#, ["secret"]),
        (#""a@b.c".equals(person.email)"#, ["person.email"]),
        (#"["x"].includes(person.income)"#, ["person.income"]),
        ("age.equals(person.income)", ["age", "person.income"]),
        (#"exists E from xEvent[eventType = "buy"] where E.secret = "x""#, ["eventType", "secret"]),
        (#"let O = orders[sku = "x"] in O.secret = "y""#, ["orders.sku", "orders.secret"]),
        (#"CHAIN(xEvent[a = 1], timestamp, [A: WHAT(secret = "x")])"#, ["a", "timestamp", "secret"]),
        (#"(select E from orders where E.sku = "x").secret = "y""#, ["orders.sku", "orders.secret"]),
        (#"head(orders[sku = "x"]).secret = "y""#, ["orders.sku", "orders.secret"]),
        (#"exists(orders[sku = "x"], secret = "y")"#, ["orders.sku", "orders.secret"]),
        ("person.get(\"income\").amount > 3", ["person.income.amount"]),
        ("person.age > 0 and person.get(\"income\") > 3", ["person.age", "person.income"]),
        (
            #"CHAIN(orders, placedAt, [A: WHAT(amount > 0) WHERE(person.email = "x")])"#,
            ["orders.placedAt", "orders.amount", "person.email"]
        ),
        (
            #"CHAIN(xEvent, timestamp, [person: WHAT(k = "a"), B: WHAT(person.email = "x")])"#,
            ["timestamp", "k", "person.email"]
        ),
        (
            #"CHAIN(xEvent, timestamp, [not person: WHAT(k = "a"), B: WHAT(true) WHERE(person.email = "x")])"#,
            ["timestamp", "k", "person.email"]
        ),
        // Where nobody can say, everything is meant.
        ("identityMap.map((V) => V.head().id).count() > 1", ["identityMap", ""]),
        ("addresses.map(city).count() > 1", ["addresses", ""]),
        ("person.values().amount > 3", ["person", ""]),
        ("person.map((K, V) => mapEntry(K, V.amount)).count() > 1", ["person", ""]),
        (#"orders.sku = "x" and orders.includes({"sku": "x", "secret": "y"})"#, ["orders.sku", "orders"]),
        // Identities and memberships are fields like others.
        (#"identityMap["ECID"].count() > 1"#, ["identityMap.ECID"]),
        (#"inSegment("f47ac10b-58cc-4372-a567-0e02b2c3d479")"#, []),
    ])
    func `fields are told`(_ text: String, _ expected: [String]) throws {
        #expect(try Self.fields(text) == expected, "\(text)")
    }

    @Test func `chains in each other cost no more than their length`() throws {
        var text = "xEvent"
        for _ in 0..<12 { text = "xEvent[CHAIN(\(text), timestamp, [A: WHAT(k = 1), B: WHAT(k = 2)])]" }
        #expect(try Self.fields("\(text).count() > 1") == ["timestamp", "k"])
        var timestamp = "timestamp"
        for _ in 0..<20 { timestamp = "CHAIN(xEvent, \(timestamp), [A: WHAT(true), B: WHAT(true), C: WHAT(true)])" }
        #expect(try Self.fields(timestamp) == ["timestamp"])
    }

    @Test func `a path of a profile that the compiler finds is told too, at least by what is below it`() throws {
        let texts = [
            #"known.path = 1 and (new.one > 2 or orders[price > known.path].shop = "x" or new.one < 1)"#,
            #"let T = 5 in xEvent[kind = "buy"].sum(amount) > T and orders[price > ^limit].count() > 1"#,
            #"person.a in ["x"] and not person.b.c like "%x" and phones.filter(kind = "home").count() > person.d"#,
            #"loyalty.since occurs < 3 days before now and consents.marketing.email.val = "y""#,
        ]
        for text in texts {
            let expression = try PQLExpression(parsing: text)
            let now = Timestamp(milliseconds: 1_770_000_000_000)
            let paths = try expression.mentions(known: PathDictionary(), now: now) { _ in nil }.paths.map(\.keys)
            let fields = expression.fields
            for path in paths {
                #expect(
                    fields.contains { $0.starts(with: path) || path.starts(with: $0) },
                    "\(path) of \(text): \(fields)"
                )
            }
        }
    }
}
