/// Computed attributes.
extension PublishedExample {
    private static let lastWeek = "xEvent[(timestamp occurs < 7 days before now)"
    private static let sales = #"\#(lastWeek) and kind="sale" and group = "dry goods"]"#
    private static let loads = #"\#(lastWeek) and kind="load"].groupBy(item)"#
    /// Two sales, the first of which leaves the week on the 8th and the second on the 9th, and others beside.
    private static let soldTwice = events(
        ("01T08:00", #""kind": "sale", "group": "dry goods", "shop": {"order": {"total": 2.5}}"#),
        ("01T09:00", #""kind": "sale", "group": "fruit", "shop": {"order": {"total": 99}}"#),
        ("02T08:00", #""kind": "sale", "group": "dry goods", "shop": {"order": {"total": 4}}"#)
    )
    /// Two items were loaded once on the 1st, the first once more on the 2nd.
    private static let loadedTwice = events(
        ("01T08:00", #""kind": "load", "item": "a", "shop": {"order": {"total": 60}}"#),
        ("01T09:00", #""kind": "load", "item": "b", "shop": {"order": {"total": 30}}"#),
        ("02T08:00", #""kind": "load", "item": "a", "shop": {"order": {"total": 50}}"#)
    )

    /// What is made of the loads: of the first two, of all, without the first, and of the last alone.
    private static func ofLoads(
        _ text: String,
        _ two: String,
        _ all: String,
        _ later: String,
        _ last: String
    ) -> PublishedExample {
        PublishedExample(
            "\(loads).map((K, G) => mapEntry(K, \(text)))",
            plan: "window, 7 days",
            batch: isMap,
            changing: loadedTwice,
            ("2026-03-02T08:00Z", two, all),
            ("2026-03-08T08:00Z", all, later),
            ("2026-03-08T09:00Z", later, last),
            ("2026-03-09T08:00Z", last, "[]")
        )
    }

    static let computed: [PublishedExample] =
        on(
            "computed-attributes/expressions",
            [
                .init(
                    #"\#(lastWeek) and kind="load" and form = "image"].count()"#,
                    batch: longWindow,
                    changing: events(
                        ("01T08:00", #""kind": "load", "form": "image""#),
                        ("01T09:00", #""kind": "load""#)
                    ),
                    ("2026-03-01T08:00Z", "0", "1"),
                    ("2026-03-08T08:00Z", "1", "0")
                ),
                .init(
                    "\(sales).sum(shop.order.total)",
                    batch: longWindow,
                    changing: soldTwice,
                    ("2026-03-01T08:00Z", "0", "2.5"),
                    ("2026-03-02T08:00Z", "2.5", "6.5"),
                    ("2026-03-08T08:00Z", "6.5", "4"),
                    ("2026-03-09T08:00Z", "4", "0")
                ),
                .init(
                    "\(sales).count()",
                    batch: longWindow,
                    changing: soldTwice,
                    ("2026-03-01T08:00Z", "0", "1"),
                    ("2026-03-02T08:00Z", "1", "2"),
                    ("2026-03-08T08:00Z", "2", "1"),
                    ("2026-03-09T08:00Z", "1", "0")
                ),
                .init("ca1 / ca2", (#""ca1": 5, "ca2": 2"#, "2.5"), (#""ca1": 5"#, "null")),
                .init("ca1 > 100", (#""ca1": 100.5"#, "true"), (#""ca1": 100"#, "false")),
                .init(
                    #"chain(xEvent, timestamp, [A: WHAT(kind = "sale") WHEN(< 7 days before now)])"#,
                    batch: longWindow,
                    changing: soldTwice,
                    ("2026-03-01T08:00Z", "false", "true"),
                    ("2026-03-09T08:00Z", "true", "false")
                ),
                .init(
                    "\(sales).min(shop.order.total)",
                    batch: longWindow,
                    changing: soldTwice,
                    ("2026-03-01T08:00Z", "null", "2.5"),
                    ("2026-03-08T08:00Z", "2.5", "4"),
                    ("2026-03-09T08:00Z", "4", "null")
                ),
                .init(
                    "\(sales).max(shop.order.total)",
                    batch: longWindow,
                    changing: soldTwice,
                    ("2026-03-02T08:00Z", "2.5", "4"),
                    ("2026-03-09T08:00Z", "4", "null")
                ),
                ofLoads("G.count()", #"{"a":1,"b":1}"#, #"{"a":2,"b":1}"#, #"{"b":1,"a":1}"#, #"{"a":1}"#),
                ofLoads(
                    "G.sum(shop.order.total)",
                    #"{"a":60,"b":30}"#,
                    #"{"a":110,"b":30}"#,
                    #"{"b":30,"a":50}"#,
                    #"{"a":50}"#
                ),
                .init("ca2 / ca1", (#""ca1": 2, "ca2": 5"#, "2.5"), (#""ca1": 0, "ca2": 5"#, "null")),
                ofLoads(
                    "G.min(shop.order.total)",
                    #"{"a":60,"b":30}"#,
                    #"{"a":50,"b":30}"#,
                    #"{"b":30,"a":50}"#,
                    #"{"a":50}"#
                ),
                ofLoads(
                    "G.max(shop.order.total)",
                    #"{"a":60,"b":30}"#,
                    #"{"a":60,"b":30}"#,
                    #"{"b":30,"a":50}"#,
                    #"{"a":50}"#
                ),
                .init(
                    #"if(someone.title = "Dr", 60, 65)"#,
                    (#""someone": {"title": "Dr"}"#, "60"),
                    (#""someone": {"title": "Ms"}"#, "65")
                ),
                .init(
                    "someone.birthYear >= 1999",
                    (#""someone": {"birthYear": 1999}"#, "true"),
                    (#""someone": {"birthYear": 1998}"#, "false")
                ),
                .init(
                    #"if(home.country in ["FR","BE","NL"], "near", "far")"#,
                    (#""home": {"country": "NL"}"#, #""near""#),
                    (#""home": {"country": "SE"}"#, #""far""#)
                ),
                ofLoads(
                    "G.sum(shop.order.total) > 100",
                    #"{"a":false,"b":false}"#,
                    #"{"a":true,"b":false}"#,
                    #"{"b":false,"a":false}"#,
                    #"{"a":false}"#
                ),
                ofLoads(
                    "G.average(shop.order.total) > 100",
                    #"{"a":false,"b":false}"#,
                    #"{"a":false,"b":false}"#,
                    #"{"b":false,"a":false}"#,
                    #"{"a":false}"#
                ),
                ofLoads(
                    #"{"count": G.count(), "sum": G.sum(shop.order.total)}"#,
                    #"{"a":{"count":1,"sum":60},"b":{"count":1,"sum":30}}"#,
                    #"{"a":{"count":2,"sum":110},"b":{"count":1,"sum":30}}"#,
                    #"{"b":{"count":1,"sum":30},"a":{"count":1,"sum":50}}"#,
                    #"{"a":{"count":1,"sum":50}}"#
                ),
            ]
        )
        + on(
            "computed-attributes/api",
            [
                .init(
                    """
                    xEvent[(shop.checkouts.value > 0.0 or shop.buys.value > 1.0 or shop.order.total >= 10.0) and \
                    (timestamp occurs <= 7 days before now)].sum(shop.order.total)
                    """,
                    batch: longWindow,
                    changing: events(
                        ("01T08:00", #""shop": {"checkouts": {"value": 1}, "order": {"total": 2.5}}"#),
                        ("01T09:00", #""shop": {"buys": {"value": 1}, "order": {"total": 9}}"#),
                        ("02T08:00", #""shop": {"order": {"total": 10}}"#)
                    ),
                    ("2026-03-01T08:00Z", "0", "2.5"),
                    ("2026-03-02T08:00Z", "2.5", "12.5"),
                    ("2026-03-08T08:00:00.001Z", "12.5", "10"),
                    ("2026-03-09T08:00:00.001Z", "10", "0")
                ),
                .init(
                    "someone.birthDate.getMonth() = currentMonth()",
                    changing: #""someone": {"birthDate": "1988-02-29"}"#,
                    ("2026-02-01", "false", "true"),
                    ("2026-03-01", "true", "false")
                ),
                .init(
                    "_shop.sums.spent/_shop.sums.buys",
                    (#""_shop": {"sums": {"spent": 5, "buys": 2}}"#, "2.5"),
                    (#""_shop": {"sums": {"spent": 5}}"#, "null")
                ),
            ]
        )
}
