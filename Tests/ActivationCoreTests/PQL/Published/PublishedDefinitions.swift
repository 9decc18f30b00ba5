/// Audiences from the pages on ways of evaluation, on validation and on the API.
extension PublishedExample {
    private static let french = #""home": {"country": "FR"}"#
    private static let belgian = #""home": {"country": "BE"}"#
    /// A profile that is in an audience, by its name.
    private static let isGold = #""segmentMembership": {"ups": {"s-gold": {"status": "realized"}}}"#
    private static let wasGold = #""segmentMembership": {"ups": {"s-gold": {"status": "exited"}}}"#

    static let definitions: [PublishedExample] =
        on(
            "methods/streaming-segmentation",
            [
                .init(
                    #"""
                    inSegment("s-gold") and \#

                    CHAIN(xEvent, timestamp, [C0: WHAT(kind.equals("shop.checkout", false)) \#

                    WHEN(<= 24 hours before now)])
                    """#,
                    changing: "\(isGold), \(events("09T13:00", kinds: "Shop.Checkout"))",
                    ("2026-03-09T13:00Z", "false", "true"),
                    ("2026-03-10T13:00:00.001Z", "true", "false")
                ),
                .init(
                    #"inSegment("s-gold") and inSegment("s-none")"#,
                    (
                        #""segmentMembership": {"ups": {"s-gold": {"status": "realized"}, "s-none": {"status": "realized"}}}"#,
                        "true"
                    ),
                    (isGold, "false")
                ),
                .init(
                    #"CHAIN(xEvent, timestamp, [C0: WHAT(kind.equals("shop.checkout", false)) WHEN(today)])"#,
                    changing: events("09T13:00", kinds: "shop.checkout"),
                    ("2026-03-09", "false", "true"),
                    ("2026-03-10", "true", "false")
                ),
                .init(#"home.country.equals("BE", false)"#, (#""home": {"country": "be"}"#, "true"), (french, "false")),
                .init(
                    #"office.country.equals("BE", false) and CHAIN(xEvent, timestamp, [C0: WHAT(kind.equals("shop.checkout", false)) WHEN(today)])"#,
                    changing: #""office": {"country": "be"}, \#(events("09T13:00", kinds: "shop.checkout"))"#,
                    ("2026-03-09", "false", "true"),
                    ("2026-03-10", "true", "false")
                ),
                .init(
                    #"office.country.equals("BE", false) and CHAIN(xEvent, timestamp, [C0: WHAT(kind.equals("mail.clicked", false)) WHEN(today), C1: WHAT(kind.equals("shop.checkout", false)) WHEN(today)])"#,
                    plan: "window, today",
                    changing: """
                        "office": {"country": "BE"}, \
                        \(events(("09T13:00", #""kind": "mail.clicked""#), ("09T14:00", #""kind": "shop.checkout""#)))
                        """,
                    ("2026-03-09", "false", "true"),
                    ("2026-03-10", "true", "false")
                ),
                .init(
                    #"inSegment("s-gold") and  CHAIN(xEvent, timestamp, [C0: WHAT(kind.equals("shop.checkout", false))  WHEN(<= 24 hours before now)])"#,
                    changing: "\(isGold), \(events("09T13:00", kinds: "shop.checkout"))",
                    ("2026-03-09T13:00Z", "false", "true"),
                    ("2026-03-10T13:00:00.001Z", "true", "false")
                ),
                .init(#"home.country = "BE""#, (belgian, "true"), (french, "false")),
            ]
        )
        + on(
            "methods/edge-segmentation",
            [
                .init(
                    "select hit from xEvent where hit._shop.web.first.isFront = false",
                    batch: noWindow,
                    (
                        events(("01T08:00", #""_shop": {"web": {"first": {"isFront": false}}}"#)),
                        #"[{"timestamp":"2026-03-01T08:00:00Z","_shop":{"web":{"first":{"isFront":false}}}}]"#
                    ),
                    (events(("01T08:00", #""_shop": {"web": {"first": {}}}"#)), "[]")
                ),
                .init(
                    "select hit from xEvent where hit._shop.web.first.isFront = true",
                    batch: noWindow,
                    (
                        events(("01T08:00", #""_shop": {"web": {"first": {"isFront": true}}}"#)),
                        #"[{"timestamp":"2026-03-01T08:00:00Z","_shop":{"web":{"first":{"isFront":true}}}}]"#
                    ),
                    (events(("01T08:00", #""_shop": {"web": {"first": {"isFront": "true"}}}"#)), "[]")
                ),
            ]
        )
        + on("ui/edge-segmentation", edge)
        + on("validation", validation)
        + on(
            "api and tutorials",
            [
                .init(
                    "xEvent.figures.shop.abandons.value > 0",
                    plan: "scan",
                    batch: noWindow,
                    (
                        events(
                            ("01T08:00", #""figures": {"shop": {"abandons": {"value": 0}}}"#),
                            ("02T08:00", #""figures": {"shop": {"abandons": {"value": 1}}}"#)
                        ), "true"
                    ),
                    (events(("01T08:00", #""figures": {"shop": {"abandons": {"value": 0}}}"#)), "false")
                ),
                .init(
                    #"office.country = "BE""#,
                    (#""office": {"country": "BE"}"#, "true"),
                    (#""office": {"country": "FR"}"#, "false")
                ),
                .init(
                    #"office.country = "FR""#,
                    (#""office": {"country": "FR"}"#, "true"),
                    (#""office": {"country": "BE"}"#, "false")
                ),
                .init(
                    "office.region = home.region",
                    (#""office": {"region": "N"}, "home": {"region": "N"}"#, "true"),
                    (#""office": {"region": "N"}, "home": {"region": "n"}"#, "false")
                ),
            ]
        )

    private static let edge: [PublishedExample] = [
        .init(
            #"chain(xEvent, timestamp, [A: WHAT(kind = "cart")])"#,
            batch: noWindow,
            (events("01T08:00", kinds: "view", "cart"), "true"),
            (events("01T08:00", kinds: "view"), "false")
        ),
        .init(#"home.country = "BE""#, (belgian, "true"), (french, "false")),
        .init(
            #"home.country = "BE" and chain(xEvent, timestamp, [A: WHAT(kind = "front")])"#,
            batch: noWindow,
            ("\(belgian), \(events("01T08:00", kinds: "front"))", "true"),
            ("\(french), \(events("01T08:00", kinds: "front"))", "false"),
            (belgian, "false")
        ),
        .init(
            #"not(chain(xEvent, timestamp, [A: WHAT(kind = "front")]))"#,
            batch: noWindow,
            (events("01T08:00", kinds: "view"), "true"),
            ("", "true"),
            (events("01T08:00", kinds: "front"), "false")
        ),
        .init(
            #"chain(xEvent, timestamp, [X: WHAT(kind = "front") WHEN(< 8 days before now)])"#,
            batch: longWindow,
            changing: events("01T08:00", kinds: "front"),
            ("2026-03-01T08:00Z", "false", "true"),
            ("2026-03-09T08:00Z", "true", "false")
        ),
        .init(
            #"home.country = "BE" and chain(xEvent, timestamp, [X: WHAT(kind = "front") WHEN(< 8 days before now)])"#,
            batch: longWindow,
            changing: "\(belgian), \(events("01T08:00", kinds: "front"))",
            ("2026-03-01T08:00Z", "false", "true"),
            ("2026-03-09T08:00Z", "true", "false")
        ),
        .init(
            #"home.country = "BE" and not(chain(xEvent, timestamp, [X: WHAT(kind = "front") WHEN(< 8 days before now)]))"#,
            batch: longWindow,
            changing: "\(belgian), \(events("01T08:00", kinds: "front"))",
            ("2026-03-01T08:00Z", "true", "false"),
            ("2026-03-09T08:00Z", "false", "true")
        ),
        .init(
            #"chain(xEvent, timestamp, [A: WHAT(kind = "front") WHEN(< 24 hours before now) COUNT(5) ] )"#,
            changing: fiveFronts,
            ("2026-03-09T05:00Z", "false", "true"),
            ("2026-03-10T01:00Z", "true", "false")
        ),
        .init(
            #"home.country = "BE" and chain(xEvent, timestamp, [A: WHAT(kind = "front") WHEN(< 24 hours before now) COUNT(5) ] )"#,
            changing: "\(belgian), \(fiveFronts)",
            ("2026-03-09T05:00Z", "false", "true"),
            ("2026-03-10T01:00Z", "true", "false")
        ),
        .init(
            #"not(chain(xEvent, timestamp, [A: WHAT(kind = "front") WHEN(< 24 hours before now) COUNT(5) ] ))"#,
            batch: isNegated,
            changing: fiveFronts,
            ("2026-03-09T05:00Z", "true", "false"),
            ("2026-03-10T01:00Z", "false", "true")
        ),
        .init(
            #"chain(xEvent, timestamp, [X: WHAT(kind = "front") WHEN(< 24 hours before now)]) and chain(xEvent, timestamp, [X: WHAT(kind = "pay") WHEN(< 24 hours before now)])"#,
            batch: noOrder,
            changing: frontAndPay,
            ("2026-03-09T04:00Z", "false", "true"),
            ("2026-03-10T03:00Z", "true", "false")
        ),
        .init(
            #"home.country = "BE" and chain(xEvent, timestamp, [X: WHAT(kind = "front") WHEN(< 24 hours before now)]) and chain(xEvent, timestamp, [X: WHAT(kind = "pay") WHEN(< 24 hours before now)])"#,
            batch: noOrder,
            changing: "\(belgian), \(frontAndPay)",
            ("2026-03-09T04:00Z", "false", "true"),
            ("2026-03-10T03:00Z", "true", "false")
        ),
        .init(
            #"home.country = "BE" and inSegment("s-gold")"#,
            ("\(belgian), \(isGold)", "true"),
            ("\(belgian), \(wasGold)", "false"),
            (belgian, "false")
        ),
        .init(
            #"chain(xEvent, timestamp, [A: WHAT(kind = "cart") WHERE(outside.values().exists(word="on"))])"#,
            plan: "scan",
            batch: noWindow,
            (#""outside": {"a": {"word": "off"}, "b": {"word": "on"}}, \#(events("01T08:00", kinds: "cart"))"#, "true"),
            (#""outside": {"a": {"word": "off"}}, \#(events("01T08:00", kinds: "cart"))"#, "false"),
            (#""outside": {"b": {"word": "on"}}, \#(events("01T08:00", kinds: "view"))"#, "false")
        ),
    ]

    private static let fiveFronts = events(
        ("09T01:00", #""kind": "front""#),
        ("09T02:00", #""kind": "front""#),
        ("09T03:00", #""kind": "front""#),
        ("09T04:00", #""kind": "front""#),
        ("09T05:00", #""kind": "front""#)
    )
    private static let frontAndPay = events(("09T03:00", #""kind": "pay""#), ("09T04:00", #""kind": "front""#))

    private static let validation: [PublishedExample] = [
        .init(
            "Region.equals(\((0..<48).map { "\"R\($0)\"" }.joined(separator: ", ")))",
            (#""Region": "R47""#, "true"),
            (#""Region": "R48""#, "false")
        ),
        .init(
            #"not(Region.equals("VA", "VB", "VC", "VD", "VE", "VF" ))"#,
            (#""Region": "VG""#, "true"),
            ("", "true"),
            (#""Region": "VF""#, "false")
        ),
        .init(
            #"""
            NOT(
                plan.equals("one") OR
                plan.equals("two") OR
                plan.equals("three") OR
                plan.equals("four")
            ) AND NOT (
                zone.equals("n-e") OR
                zone.equals("n-w") OR
                zone.equals("s-e") OR
                zone.equals("s-w")
            )
            """#,
            (#""plan": "five", "zone": "n""#, "true"),
            (#""plan": "five", "zone": "s-w""#, "false"),
            (#""plan": "four", "zone": "n""#, "false")
        ),
        .init(
            #"plan.equals("guest") AND zone.equals("north")"#,
            (#""plan": "guest", "zone": "north""#, "true"),
            (#""plan": "guest", "zone": "south""#, "false")
        ),
        .init(
            #"chain(xEvent, timestamp, [ A: WHAT(kind = "in"), B: WHAT(kind = "find"), C: WHAT(kind = "view"), D: WHAT(kind = "cart"), E: WHAT(kind = "pay"), F: WHAT(kind = "buy") ])"#,
            plan: "scan",
            batch: noWindow,
            (visit("in", "find", "view", "cart", "view", "pay", "buy"), "true"),
            (visit("in", "find", "view", "pay", "cart", "buy"), "false")
        ),
        .init(
            #"chain(xEvent, timestamp, [ A: WHAT(kind = "view"), B: WHAT(kind = "cart"), C: WHAT(kind = "buy") ])"#,
            plan: "scan",
            batch: noWindow,
            (visit("view", "in", "cart", "buy"), "true"),
            (visit("cart", "view", "buy"), "false")
        ),
    ]

    /// Events of these kinds, an hour after each other.
    private static func visit(_ kinds: String...) -> String {
        let items = kinds.enumerated().map { index, kind in
            "{\"timestamp\": \"2026-03-01T1\(index):00:00Z\", \"kind\": \"\(kind)\"}"
        }
        return "\"xEvent\": [\(items.joined(separator: ", "))]"
    }
}
