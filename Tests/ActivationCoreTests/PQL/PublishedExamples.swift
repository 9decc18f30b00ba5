import Testing

/// The constructs of every example expression on Adobe's pages, form by form and operand by operand, under names and values
/// of our own; the pages are those of the documentation's repository.
enum PublishedExamples {
    struct Example: Sendable, CustomTestStringConvertible {
        var page: String
        var text: String

        var testDescription: String { "\(page): \(text)" }
    }

    /// Those that an audience can be.
    static let usable: [Example] = pages.flatMap { page, texts in texts.map { Example(page: page, text: $0) } }

    /// Those that read the context of an offer decision, which an audience has not.
    static let ofOfferDecisions: [Example] = [
        #"if (@{_xdm.context.more;version=1}.road.isNotNull() and @{_xdm.context.more;version=1}.road.equals(_shop.bestRoad), offer.rank.weight + 1, offer.rank.weight)"#,
        #"if (@{_xdm.context.more;version=1}.sky.isNotNull() and offer.traits.get("sky")=@{_xdm.context.more;version=1}.sky, offer.rank.weight + 2, offer.rank.weight)"#,
        #"if (@{_xdm.context.more;version=1}.origin.isNotNull() and offer.traits.origin=@{_xdm.context.more;version=1}.origin, offer.rank.weight * 9, offer.rank.weight)"#,
        #"if (@{_xdm.context.more;version=1}.sky.isNotNull() and offer.traits.sky=@{_xdm.context.more;version=1}.sky, offer.rank.weight * offer.traits.lift, offer.rank.weight)"#,
    ].map { Example(page: "offers/ranking/create-ranking-formulas", text: $0) }

    private static let pages: [(String, [String])] = [
        (
            "pql/overview",
            [
                "home.region = office.region",
                "$1.home.region = $1.home.region",
                "(Someone) => Someone.home.region = Someone.office.region",
                #""soup""#, #""bread""#, #""unforgettable""#, "true", "false", "-77", "0", "318", "-12.75", "2.71",
                "0.4142135", "date(2026, 2, 28)", "[2, 3, 5]", #"["FR", "BE"]"#,
                "select X from list where X.item = 1",
                "X.timestamp occurs before today", "X.timestamp occurs last month",
                "X.timestamp occurs <= 3 days before now",
            ]
        ),
        (
            "pql/boolean-functions",
            [
                #"home.country = "BE" and someone.birthYear = 1990"#,
                #"home.country = "BE" or someone.birthYear = 1990"#,
                #"not (home.country = "BE")"#,
                #"!(home.country = "BE")"#,
                #"if (home.country = "BE", 1, 2)"#,
            ]
        ),
        (
            "pql/comparison-functions",
            [
                #"home.country = "BE""#, #"home.country != "BE""#, "someone.birthMonth > 4",
                "someone.birthMonth >= 5", "someone.birthMonth < 4", "someone.birthMonth <= 3",
            ]
        ),
        (
            "pql/arithmetic-functions",
            [
                "first.price + second.price", "item.stock * item.price", "first.price - second.price",
                "total.price / total.sold", "someone.age % 5 = 0",
            ]
        ),
        (
            "pql/array-functions",
            [
                "someone.birthMonth in [1, 4, 7]", "someone.birthMonth notIn [1, 4, 7]",
                #"someone.hues.intersects(["teal", "ochre", "grey"])"#,
                #"one.hues.intersection(other.hues) = ["teal", "ochre", "grey"]"#,
                "someone.dreamTowns.subsetOf(someone.seenTowns)",
                #"someone.meals.supersetOf(["soup", "bread"])"#, #"someone.hues.includes("teal")"#,
                "someone.orders.shop.distinct().count() > 1", "orders.groupBy(shop)",
                "someone.filter(age >= 18)", "numbers.map(square)", "orders.topN(price, 5)",
                "orders.bottomN(price, 5)", "orders.topN(price, 5).head()",
            ]
        ),
        (
            "pql/aggregation-functions",
            [
                "orders.count()", "orders.sum(order.price)", "orders.average(order.price)",
                "orders.min(order.price)", "orders.max(order.price)",
            ]
        ),
        (
            "pql/string-functions",
            [
                #"town like "%en%""#, #"someone.name.startsWith("Ann")"#, #"someone.name.doesNotStartWith("Ann")"#,
                #"someone.mail.endsWith(".example")"#, #"someone.mail.doesNotEndWith(".example")"#,
                #"someone.mail.contains("77@po")"#, #"someone.mail.doesNotContain("77@po")"#,
                #"someone.name.equals("Rosa")"#, #"someone.name.notEqualTo("Rosa")"#,
                #"someone.name.matches("(?i)^Rosa")"#, #"mail.regexGroup("@(\w+)", 1)"#,
            ]
        ),
        (
            "pql/datetime-functions",
            [
                "someone.birthMonth = currentMonth()", "someone.birthdate.getMonth() = 4",
                "item.soldYear = currentYear()", "someone.birthday.getYear() in [1988, 1989, 1990, 1991, 1992]",
                "someone.birthDay = currentDayOfMonth()", "item.sale.getDayOfMonth() <= 10",
                "item.soldOn occurs last week",
                "item.soldOn occurs between date(2024, 3, 9) and date(2025, 6, 2)",
                "timestamp occurs on date(2025,12,31)", "item.soldOn occurs = 3 hours before now",
                "someone.birthday occurs = 3 days before today",
            ]
        ),
        (
            "pql/filter-functions",
            [
                #"xEvent[lines[code="K1"]]"#,
                #"xEvent[lines[code="K1" or ^^.someone.title="Dr"]]"#,
            ]
        ),
        (
            "pql/logical-quantifiers",
            [
                #"exists E from xEvent where (E.shop.line.price > 40), I from E.lines where I.code = "K1""#,
                #"forall E from xEvent where (E.shop.line.price > 40), I from E.lines where I.code = "K1""#,
            ]
        ),
        (
            "pql/map-functions",
            [#"identityMap.get("rosa@post.example")"#, "identityMap.keys()", "identityMap.values()"]
        ),
        ("pql/object-functions", ["someone.home.isNull()", "someone.home.isNotNull()"]),
        (
            "pql/misc-functions",
            [
                #"let S = (sum X.shop.order.total over X from xEvent where X.shop.order.currency = "EUR") in (S > 50 and S < 900)"#
            ]
        ),
        (
            "methods/streaming-segmentation",
            [
                #"""
                inSegment("s-gold") and \#

                CHAIN(xEvent, timestamp, [C0: WHAT(kind.equals("shop.checkout", false)) \#

                WHEN(<= 24 hours before now)])
                """#,
                #"inSegment("s-gold") and inSegment("s-none")"#,
                #"CHAIN(xEvent, timestamp, [C0: WHAT(kind.equals("shop.checkout", false)) WHEN(today)])"#,
                #"home.country.equals("BE", false)"#,
                #"office.country.equals("BE", false) and CHAIN(xEvent, timestamp, [C0: WHAT(kind.equals("shop.checkout", false)) WHEN(today)])"#,
                #"office.country.equals("BE", false) and CHAIN(xEvent, timestamp, [C0: WHAT(kind.equals("mail.clicked", false)) WHEN(today), C1: WHAT(kind.equals("shop.checkout", false)) WHEN(today)])"#,
                #"inSegment("s-gold") and  CHAIN(xEvent, timestamp, [C0: WHAT(kind.equals("shop.checkout", false))  WHEN(<= 24 hours before now)])"#,
                #"home.country = "BE""#,
            ]
        ),
        (
            "methods/edge-segmentation",
            [
                "select hit from xEvent where hit._shop.web.first.isFront = false",
                "select hit from xEvent where hit._shop.web.first.isFront = true",
            ]
        ),
        (
            "ui/edge-segmentation",
            [
                #"chain(xEvent, timestamp, [A: WHAT(kind = "cart")])"#,
                #"home.country = "BE""#,
                #"home.country = "BE" and chain(xEvent, timestamp, [A: WHAT(kind = "front")])"#,
                #"not(chain(xEvent, timestamp, [A: WHAT(kind = "front")]))"#,
                #"chain(xEvent, timestamp, [X: WHAT(kind = "front") WHEN(< 8 days before now)])"#,
                #"home.country = "BE" and chain(xEvent, timestamp, [X: WHAT(kind = "front") WHEN(< 8 days before now)])"#,
                #"home.country = "BE" and not(chain(xEvent, timestamp, [X: WHAT(kind = "front") WHEN(< 8 days before now)]))"#,
                #"chain(xEvent, timestamp, [A: WHAT(kind = "front") WHEN(< 24 hours before now) COUNT(5) ] )"#,
                #"home.country = "BE" and chain(xEvent, timestamp, [A: WHAT(kind = "front") WHEN(< 24 hours before now) COUNT(5) ] )"#,
                #"not(chain(xEvent, timestamp, [A: WHAT(kind = "front") WHEN(< 24 hours before now) COUNT(5) ] ))"#,
                #"chain(xEvent, timestamp, [X: WHAT(kind = "front") WHEN(< 24 hours before now)]) and chain(xEvent, timestamp, [X: WHAT(kind = "pay") WHEN(< 24 hours before now)])"#,
                #"home.country = "BE" and chain(xEvent, timestamp, [X: WHAT(kind = "front") WHEN(< 24 hours before now)]) and chain(xEvent, timestamp, [X: WHAT(kind = "pay") WHEN(< 24 hours before now)])"#,
                #"home.country = "BE" and inSegment("s-gold")"#,
                #"chain(xEvent, timestamp, [A: WHAT(kind = "cart") WHERE(outside.values().exists(word="on"))])"#,
            ]
        ),
        (
            "validation",
            [
                "Region.equals(\(codes(48)))",
                #"not(Region.equals("VA", "VB", "VC", "VD", "VE", "VF" ))"#,
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
                #"plan.equals("guest") AND zone.equals("north")"#,
                #"chain(xEvent, timestamp, [ A: WHAT(kind = "in"), B: WHAT(kind = "find"), C: WHAT(kind = "view"), D: WHAT(kind = "cart"), E: WHAT(kind = "pay"), F: WHAT(kind = "buy") ])"#,
                #"chain(xEvent, timestamp, [ A: WHAT(kind = "view"), B: WHAT(kind = "cart"), C: WHAT(kind = "buy") ])"#,
            ]
        ),
        (
            "api and tutorials",
            [
                "xEvent.figures.shop.abandons.value > 0", #"office.country = "BE""#, #"office.country = "FR""#,
                "office.region = home.region",
            ]
        ),
        (
            "computed-attributes/expressions",
            [
                #"\#(lastWeek) and kind="load" and form = "image"].count()"#,
                #"\#(lastWeek) and kind="sale" and group = "dry goods"].sum(shop.order.total)"#,
                #"\#(lastWeek) and kind="sale" and group = "dry goods"].count()"#,
                "ca1 / ca2", "ca1 > 100",
                #"chain(xEvent, timestamp, [A: WHAT(kind = "sale") WHEN(< 7 days before now)])"#,
                #"\#(lastWeek) and kind="sale" and group = "dry goods"].min(shop.order.total)"#,
                #"\#(lastWeek) and kind="sale" and group = "dry goods"].max(shop.order.total)"#,
                #"\#(lastWeek) and kind="load"].groupBy(item).map((K, G) => mapEntry(K, G.count()))"#,
                #"\#(lastWeek) and kind="load"].groupBy(item).map((K, G) => mapEntry(K, G.sum(shop.order.total)))"#,
                "ca2 / ca1",
                #"\#(lastWeek) and kind="load"].groupBy(item).map((K, G) => mapEntry(K, G.min(shop.order.total)))"#,
                #"\#(lastWeek) and kind="load"].groupBy(item).map((K, G) => mapEntry(K, G.max(shop.order.total)))"#,
                #"if(someone.title = "Dr", 60, 65)"#, "someone.birthYear >= 1999",
                #"if(home.country in ["FR","BE","NL"], "near", "far")"#,
                #"\#(lastWeek) and kind="load"].groupBy(item).map((K, G) => mapEntry(K, G.sum(shop.order.total) > 100))"#,
                #"\#(lastWeek) and kind="load"].groupBy(item).map((K, G) => mapEntry(K, G.average(shop.order.total) > 100))"#,
                #"\#(lastWeek) and kind="load"].groupBy(item).map((K, G) => mapEntry(K, {"count": G.count(), "sum": G.sum(shop.order.total)}))"#,
            ]
        ),
        (
            "computed-attributes/api",
            [
                "xEvent[(shop.checkouts.value > 0.0 or shop.buys.value > 1.0 or shop.order.total >= 10.0) and (timestamp occurs <= 7 days before now)].sum(shop.order.total)",
                "someone.birthDate.getMonth() = currentMonth()",
                "_shop.sums.spent/_shop.sums.buys",
            ]
        ),
        (
            "offers/ranking/create-ranking-formulas",
            [
                #"if( offer._id = "offer:1", offer.rank.weight + 5, offer.rank.weight)"#,
                #"if( offer._id = "offer:1" and home.town.equals("Ghent", false), 30, offer.rank.weight)"#,
                #"if( segmentMembership.get("ups").get(offer.traits.get("audience")).status in (["realized","existing"]), offer.rank.weight + 10, offer.rank.weight)"#,
                #"if( offer.traits.get("town") = home.town, offer.rank.weight * 2, offer.rank.weight)"#,
                "if( offer.limit.until occurs <= 24 hours after now, offer.rank.weight * 3, offer.rank.weight)",
                "if (xEvent._shop.road.isNotNull() and xEvent._shop.road.equals(_shop.bestRoad), offer.rank.weight + 10, offer.rank.weight)",
                #"if (xEvent._shop.sky.isNotNull() and offer.traits.get("sky")=xEvent._shop.sky, offer.rank.weight + 5, offer.rank.weight)"#,
                "if (xEvent._shop.origin.isNotNull() and offer.traits.origin=xEvent._shop.origin, offer.rank.weight * 100, offer.rank.weight)",
                "if (xEvent._shop.sky.isNotNull() and offer.traits.sky=xEvent._shop.sky, offer.rank.weight * offer.traits.lift, offer.rank.weight)",
            ]
        ),
    ]

    private static let lastWeek = "xEvent[(timestamp occurs < 7 days before now)"

    private static func codes(_ count: Int) -> String {
        (0..<count).map { "\"R\($0)\"" }.joined(separator: ", ")
    }
}
