/// Literals, logic, comparisons, arithmetic and what fits nowhere else.
extension PublishedExample {
    static let values: [PublishedExample] =
        on(
            "pql/overview",
            [
                .init(
                    "home.region = office.region",
                    (#""home": {"region": "N"}, "office": {"region": "N"}"#, "true"),
                    (#""home": {"region": "N"}, "office": {"region": "S"}"#, "false")
                ),
                .init(
                    "$1.home.region = $1.home.region",
                    (#""home": {"region": "N"}"#, "true"),
                    (#""home": {"town": "Metz"}"#, "false")
                ),
                .init(
                    "(Someone) => Someone.home.region = Someone.office.region",
                    (#""home": {"region": "N"}, "office": {"region": "N"}"#, "true"),
                    (#""home": {"region": "N"}, "office": {}"#, "false")
                ),
                .init(#""soup""#, ("", #""soup""#)),
                .init(#""bread""#, ("", #""bread""#)),
                .init(#""unforgettable""#, ("", #""unforgettable""#)),
                .init("true", ("", "true")),
                .init("false", ("", "false")),
                .init("-77", ("", "-77")),
                .init("0", ("", "0")),
                .init("318", ("", "318")),
                .init("-12.75", ("", "-12.75")),
                .init("2.71", ("", "2.71")),
                .init("0.4142135", ("", "0.4142135")),
                .init("date(2026, 2, 28)", ("", #""2026-02-28""#)),
                .init("[2, 3, 5]", ("", "[2,3,5]")),
                .init(#"["FR", "BE"]"#, ("", #"["FR","BE"]"#)),
                .init(
                    "select X from list where X.item = 1",
                    (#""list": [{"item": 1, "n": 4}, {"item": 2}]"#, #"[{"item":1,"n":4}]"#),
                    (#""list": [{"item": 2}]"#, "[]")
                ),
                .init(
                    "X.timestamp occurs before today",
                    changing: #""X": {"timestamp": "2026-03-09T13:00:00Z"}"#,
                    ("2026-03-10", "false", "true")
                ),
                .init(
                    "X.timestamp occurs last month",
                    changing: #""X": {"timestamp": "2026-02-15T07:00:00Z"}"#,
                    ("2026-03-01", "false", "true"),
                    ("2026-04-01", "true", "false")
                ),
                .init(
                    "X.timestamp occurs <= 3 days before now",
                    changing: #""X": {"timestamp": "2026-03-09T13:00:00Z"}"#,
                    ("2026-03-09T13:00Z", "false", "true"),
                    ("2026-03-12T13:00:00.001Z", "true", "false")
                ),
            ]
        )
        + on(
            "pql/boolean-functions",
            [
                .init(
                    #"home.country = "BE" and someone.birthYear = 1990"#,
                    (#""home": {"country": "BE"}, "someone": {"birthYear": 1990}"#, "true"),
                    (#""home": {"country": "BE"}, "someone": {"birthYear": 1991}"#, "false")
                ),
                .init(
                    #"home.country = "BE" or someone.birthYear = 1990"#,
                    (#""home": {"country": "FR"}, "someone": {"birthYear": 1990}"#, "true"),
                    (#""home": {"country": "FR"}"#, "false")
                ),
                .init(
                    #"not (home.country = "BE")"#,
                    (#""home": {"country": "FR"}"#, "true"),
                    ("", "true"),
                    (#""home": {"country": "BE"}"#, "false")
                ),
                .init(
                    #"!(home.country = "BE")"#,
                    (#""home": {"country": "FR"}"#, "true"),
                    (#""home": {"country": "BE"}"#, "false")
                ),
                .init(
                    #"if (home.country = "BE", 1, 2)"#,
                    (#""home": {"country": "BE"}"#, "1"),
                    (#""home": {"country": "FR"}"#, "2")
                ),
            ]
        )
        + on(
            "pql/comparison-functions",
            [
                .init(
                    #"home.country = "BE""#,
                    (#""home": {"country": "BE"}"#, "true"),
                    (#""home": {"country": "be"}"#, "false")
                ),
                .init(
                    #"home.country != "BE""#,
                    (#""home": {"country": "FR"}"#, "true"),
                    (#""home": {"country": "BE"}"#, "false"),
                    ("", "false")
                ),
                .init(
                    "someone.birthMonth > 4",
                    (#""someone": {"birthMonth": 5}"#, "true"),
                    (#""someone": {"birthMonth": 4}"#, "false")
                ),
                .init(
                    "someone.birthMonth >= 5",
                    (#""someone": {"birthMonth": 5}"#, "true"),
                    (#""someone": {"birthMonth": 4.9}"#, "false")
                ),
                .init(
                    "someone.birthMonth < 4",
                    (#""someone": {"birthMonth": 3}"#, "true"),
                    (#""someone": {"birthMonth": 4}"#, "false")
                ),
                .init(
                    "someone.birthMonth <= 3",
                    (#""someone": {"birthMonth": 3}"#, "true"),
                    (#""someone": {"birthMonth": "3"}"#, "false")
                ),
            ]
        )
        + on(
            "pql/arithmetic-functions",
            [
                .init(
                    "first.price + second.price",
                    (#""first": {"price": 2}, "second": {"price": 3}"#, "5"),
                    (#""first": {"price": 2}"#, "null")
                ),
                .init(
                    "item.stock * item.price",
                    (#""item": {"stock": 3, "price": 1.25}"#, "3.75"),
                    (#""item": {"stock": 3}"#, "null")
                ),
                .init(
                    "first.price - second.price",
                    (#""first": {"price": 2}, "second": {"price": 3}"#, "-1"),
                    (#""second": {"price": 3}"#, "null")
                ),
                .init(
                    "total.price / total.sold",
                    (#""total": {"price": 5, "sold": 2}"#, "2.5"),
                    (#""total": {"price": 5, "sold": 0}"#, "null")
                ),
                .init(
                    "someone.age % 5 = 0",
                    (#""someone": {"age": 35}"#, "true"),
                    (#""someone": {"age": 36}"#, "false")
                ),
            ]
        )
        + on(
            "pql/object-functions",
            [
                .init(
                    "someone.home.isNull()",
                    (#""someone": {"age": 4}"#, "true"),
                    (#""someone": {"home": {"town": "Metz"}}"#, "false")
                ),
                .init(
                    "someone.home.isNotNull()",
                    (#""someone": {"home": {"town": "Metz"}}"#, "true"),
                    (#""someone": {"home": null}"#, "false")
                ),
            ]
        )
        + on(
            "pql/misc-functions",
            [
                .init(
                    #"""
                    let S = (sum X.shop.order.total over X from xEvent where X.shop.order.currency = "EUR") \#
                    in (S > 50 and S < 900)
                    """#,
                    batch: noWindow,
                    (
                        events(
                            ("01T08:00", #""shop": {"order": {"total": 40, "currency": "EUR"}}"#),
                            ("02T08:00", #""shop": {"order": {"total": 20, "currency": "EUR"}}"#),
                            ("03T08:00", #""shop": {"order": {"total": 999, "currency": "SEK"}}"#)
                        ), "true"
                    ),
                    (events(("01T08:00", #""shop": {"order": {"total": 900, "currency": "EUR"}}"#)), "false")
                )
            ]
        )
}
