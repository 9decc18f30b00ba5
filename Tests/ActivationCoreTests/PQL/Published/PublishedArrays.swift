/// Arrays, aggregates, maps, filters and quantifiers.
extension PublishedExample {
    private static let hues = #"["teal", "ochre", "grey"]"#
    private static let orders = #""orders": [{"no": 1, "price": 30}, {"no": 2, "price": 10.5}, {"no": 3, "price": 20}]"#
    private static let nested = #""orders": [{"order": {"price": 30}}, {"order": {"price": 10.5}}, {"order": {}}]"#

    static let arrays: [PublishedExample] =
        on(
            "pql/array-functions",
            [
                .init(
                    "someone.birthMonth in [1, 4, 7]",
                    (#""someone": {"birthMonth": 4}"#, "true"),
                    (#""someone": {"birthMonth": 5}"#, "false")
                ),
                .init(
                    "someone.birthMonth notIn [1, 4, 7]",
                    (#""someone": {"birthMonth": 5}"#, "true"),
                    (#""someone": {"birthMonth": 4}"#, "false"),
                    ("", "false")
                ),
                .init(
                    "someone.hues.intersects(\(hues))",
                    (#""someone": {"hues": ["red", "grey"]}"#, "true"),
                    (#""someone": {"hues": ["red"]}"#, "false")
                ),
                .init(
                    "one.hues.intersection(other.hues) = \(hues)",
                    (
                        #""one": {"hues": ["grey", "ochre", "red", "teal"]}, "other": {"hues": ["teal", "ochre", "grey"]}"#,
                        "true"
                    ),
                    (#""one": {"hues": ["grey", "ochre", "teal"]}, "other": {"hues": ["teal", "grey"]}"#, "false")
                ),
                .init(
                    "someone.dreamTowns.subsetOf(someone.seenTowns)",
                    (#""someone": {"dreamTowns": ["Metz"], "seenTowns": ["Lille", "Metz"]}"#, "true"),
                    (#""someone": {"dreamTowns": ["Metz", "Ghent"], "seenTowns": ["Lille", "Metz"]}"#, "false")
                ),
                .init(
                    #"someone.meals.supersetOf(["soup", "bread"])"#,
                    (#""someone": {"meals": ["bread", "rice", "soup"]}"#, "true"),
                    (#""someone": {"meals": ["bread", "rice"]}"#, "false")
                ),
                .init(
                    #"someone.hues.includes("teal")"#,
                    (#""someone": {"hues": ["red", "teal"]}"#, "true"),
                    (#""someone": {"hues": ["Teal"]}"#, "false")
                ),
                .init(
                    "someone.orders.shop.distinct().count() > 1",
                    (#""someone": {"orders": [{"shop": "A"}, {"shop": "B"}]}"#, "true"),
                    (#""someone": {"orders": [{"shop": "A"}, {"shop": "A"}]}"#, "false")
                ),
                .init(
                    "orders.groupBy(shop)",
                    batch: isMap,
                    (
                        #""orders": [{"shop": "B", "n": 1}, {"shop": "A"}, {"shop": "B", "n": 2}]"#,
                        #"{"B":[{"shop":"B","n":1},{"shop":"B","n":2}],"A":[{"shop":"A"}]}"#
                    ),
                    ("", "null")
                ),
                .init(
                    "someone.filter(age >= 18)",
                    (#""someone": [{"age": 17}, {"age": 18}]"#, #"[{"age":18}]"#),
                    (#""someone": [{"age": 17}]"#, "[]")
                ),
                .init(
                    "numbers.map(square)",
                    (#""numbers": [{"square": 4}, {"square": 9}]"#, "[4,9]"),
                    (#""numbers": []"#, "[]")
                ),
                .init(
                    "orders.topN(price, 5)",
                    (orders, #"[{"no":1,"price":30},{"no":3,"price":20},{"no":2,"price":10.5}]"#),
                    (#""orders": []"#, "[]")
                ),
                .init(
                    "orders.bottomN(price, 5)",
                    (orders, #"[{"no":2,"price":10.5},{"no":3,"price":20},{"no":1,"price":30}]"#),
                    (#""orders": [{"no": 1}]"#, "[]")
                ),
                .init("orders.topN(price, 5).head()", (orders, #"{"no":1,"price":30}"#), ("", "null")),
            ]
        )
        + on(
            "pql/aggregation-functions",
            [
                .init("orders.count()", (orders, "3"), ("", "0")),
                .init("orders.sum(order.price)", (nested, "40.5"), ("", "0")),
                .init("orders.average(order.price)", (nested, "20.25"), ("", "null")),
                .init("orders.min(order.price)", (nested, "10.5"), ("", "null")),
                .init("orders.max(order.price)", (nested, "30"), ("", "null")),
            ]
        )
        + on(
            "pql/map-functions",
            [
                .init(
                    #"identityMap.get("rosa@post.example")"#,
                    (
                        #""identityMap": {"rosa@post.example": [{"id": "r-1"}], "CRM": [{"id": "c"}]}"#,
                        #"[{"id":"r-1"}]"#
                    ),
                    (#""identityMap": {"CRM": [{"id": "rosa@post.example"}]}"#, "null")
                ),
                .init(
                    "identityMap.keys()",
                    (#""identityMap": {"Email": [{"id": "r@x"}], "CRM": [{"id": "c"}]}"#, #"["Email","CRM"]"#),
                    (#""identityMap": {"CRM": [{"id": "c"}]}"#, #"["CRM"]"#)
                ),
                .init(
                    "identityMap.values()",
                    (
                        #""identityMap": {"CRM": [{"id": "c"}, {"id": "d"}], "Email": [{"id": "r@x"}]}"#,
                        #"[[{"id":"c"},{"id":"d"}],[{"id":"r@x"}]]"#
                    ),
                    (#""identityMap": {"CRM": [{"id": "c"}]}"#, #"[[{"id":"c"}]]"#)
                ),
            ]
        )
        + on(
            "pql/filter-functions",
            [
                .init(
                    #"xEvent[lines[code="K1"]]"#,
                    batch: noWindow,
                    (
                        events(
                            ("01T08:00", #""lines": [{"code": "K1"}]"#),
                            ("02T08:00", #""lines": [{"code": "K2"}]"#)
                        ),
                        #"[{"timestamp":"2026-03-01T08:00:00Z","lines":[{"code":"K1"}]}]"#
                    ),
                    (events(("02T08:00", #""lines": [{"code": "K2"}]"#)), "[]")
                ),
                .init(
                    #"xEvent[lines[code="K1" or ^^.someone.title="Dr"]]"#,
                    plan: "scan",
                    batch: noWindow,
                    (
                        #""someone": {"title": "Dr"}, \#(events(("01T08:00", #""lines": [{"code": "K2"}]"#)))"#,
                        #"[{"timestamp":"2026-03-01T08:00:00Z","lines":[{"code":"K2"}]}]"#
                    ),
                    (#""someone": {"title": "Ms"}, \#(events(("01T08:00", #""lines": [{"code": "K2"}]"#)))"#, "[]")
                ),
            ]
        )
        + on(
            "pql/logical-quantifiers",
            [
                .init(
                    #"exists E from xEvent where (E.shop.line.price > 40), I from E.lines where I.code = "K1""#,
                    batch: noWindow,
                    (events(("01T08:00", #""shop": {"line": {"price": 41}}, "lines": [{"code": "K1"}]"#)), "true"),
                    (
                        events(
                            ("01T08:00", #""shop": {"line": {"price": 40}}, "lines": [{"code": "K1"}]"#),
                            ("02T08:00", #""shop": {"line": {"price": 41}}, "lines": [{"code": "K2"}]"#)
                        ), "false"
                    )
                ),
                .init(
                    #"forall E from xEvent where (E.shop.line.price > 40), I from E.lines where I.code = "K1""#,
                    batch: noWindow,
                    (events(("01T08:00", #""shop": {"line": {"price": 41}}, "lines": [{"code": "K1"}]"#)), "true"),
                    (
                        events(
                            ("01T08:00", #""shop": {"line": {"price": 41}}, "lines": [{"code": "K1"}]"#),
                            ("02T08:00", #""shop": {"line": {"price": 42}}, "lines": [{"code": "K2"}]"#)
                        ), "false"
                    )
                ),
            ]
        )
}
