/// Ranking formulas of offers; what they read of an offer is a field like others.
extension PublishedExample {
    private static let page = "offers/ranking/create-ranking-formulas"

    static let formulas = on(
        page,
        [
            .init(
                #"if( offer._id = "offer:1", offer.rank.weight + 5, offer.rank.weight)"#,
                (#""offer": {"_id": "offer:1", "rank": {"weight": 2}}"#, "7"),
                (#""offer": {"_id": "offer:2", "rank": {"weight": 2}}"#, "2")
            ),
            .init(
                #"if( offer._id = "offer:1" and home.town.equals("Ghent", false), 30, offer.rank.weight)"#,
                (#""offer": {"_id": "offer:1", "rank": {"weight": 2}}, "home": {"town": "GHENT"}"#, "30"),
                (#""offer": {"_id": "offer:1", "rank": {"weight": 2}}, "home": {"town": "Metz"}"#, "2")
            ),
            memberFormula(#".get("audience")"#),
            memberFormula(".audience"),
            .init(
                #"if( offer.traits.get("town") = home.town, offer.rank.weight * 2, offer.rank.weight)"#,
                (#""offer": {"traits": {"town": "Metz"}, "rank": {"weight": 2}}, "home": {"town": "Metz"}"#, "4"),
                (#""offer": {"traits": {"town": "Metz"}, "rank": {"weight": 2}}, "home": {"town": "Ghent"}"#, "2")
            ),
            .init(
                "if( offer.traits.town = home.town, offer.rank.weight * 2, offer.rank.weight)",
                (#""offer": {"traits": {"town": "Metz"}, "rank": {"weight": 2}}, "home": {"town": "Metz"}"#, "4"),
                (#""offer": {"rank": {"weight": 2}}, "home": {"town": "Ghent"}"#, "2")
            ),
            .init(
                "if( offer.limit.until occurs <= 24 hours after now, offer.rank.weight * 3, offer.rank.weight)",
                changing: #""offer": {"limit": {"until": "2026-03-10T12:00:00Z"}, "rank": {"weight": 2}}"#,
                ("2026-03-09T12:00Z", "2", "6"),
                ("2026-03-10T12:00:00.001Z", "6", "2")
            ),
            .init(
                #"""
                if ( offer.traits.kind = "bags" and _shop.guess.bags.score > 90, offer.rank.weight + 50,
                    (
                        if ( offer.traits.kind = "cover" and _shop.guess.cover.score > 90, offer.rank.weight + 50, offer.rank.weight )
                    )
                )
                """#,
                (
                    #""offer": {"traits": {"kind": "cover"}, "rank": {"weight": 2}}, "_shop": {"guess": {"cover": {"score": 91}}}"#,
                    "52"
                ),
                (
                    #""offer": {"traits": {"kind": "cover"}, "rank": {"weight": 2}}, "_shop": {"guess": {"bags": {"score": 91}}}"#,
                    "2"
                )
            ),
            .init(
                #"""
                let score = (select One from _shop.scores
                             where One.core.group.equals(offer.traits.kind, false)).head().core.score
                in if(score.isNotNull(), score, offer.rank.weight)
                """#,
                (
                    #""_shop": {"scores": [{"core": {"group": "bags", "score": 7}}, {"core": {"group": "cover", "score": 96.5}}]}, "offer": {"traits": {"kind": "Cover"}, "rank": {"weight": 2}}"#,
                    "96.5"
                ),
                (
                    #""_shop": {"scores": [{"core": {"group": "bags", "score": 7}}]}, "offer": {"traits": {"kind": "cover"}, "rank": {"weight": 2}}"#,
                    "2"
                )
            ),
            .init(
                "if( offer._shop.place.code = _shop.code,shop.income / 1000 + 10000, if( not offer.shop.place.code,_shop.income / 1000, -9999) )",
                (
                    #""offer": {"_shop": {"place": {"code": 7}}}, "_shop": {"code": 7}, "shop": {"income": 2500}"#,
                    "10002.5"
                ),
                (#""offer": {}, "_shop": {"code": 7, "income": 2500}"#, "2.5"),
                (#""offer": {"shop": {"place": {"code": 8}}}, "_shop": {"code": 7, "income": 2500}"#, "-9999")
            ),
            ofEvent(
                "xEvent._shop.road.isNotNull() and xEvent._shop.road.equals(_shop.bestRoad), offer.rank.weight + 10",
                "12"
            ),
            ofEvent(
                #"xEvent._shop.sky.isNotNull() and offer.traits.get("sky")=xEvent._shop.sky, offer.rank.weight + 5"#,
                "7"
            ),
            ofEvent(
                "xEvent._shop.origin.isNotNull() and offer.traits.origin=xEvent._shop.origin, offer.rank.weight * 100",
                "200"
            ),
            ofEvent(
                "xEvent._shop.sky.isNotNull() and offer.traits.sky=xEvent._shop.sky, offer.rank.weight * offer.traits.lift",
                "3"
            ),
        ]
    )

    private static func memberFormula(_ lookUp: String) -> PublishedExample {
        let id = "00000000-0000-0001-0000-000000000001"
        let offer = #""offer": {"traits": {"audience": "\#(id)"}, "rank": {"weight": 2}}"#
        let exit = #"{"status": "exited", "lastQualificationTime": "2026-03-01T00:00:00Z"}"#
        var example = PublishedExample(
            #"if( segmentMembership.get("ups").get(offer.traits\#(lookUp)).status in (["realized","existing"]), offer.rank.weight + 10, offer.rank.weight)"#,
            (#"\#(offer), "segmentMembership": {"ups": {"\#(id)": {"status": "realized"}}}"#, "12"),
            (#"\#(offer), "segmentMembership": {"ups": {"\#(id)": \#(exit)}}"#, "2")
        )
        // An exited entry goes after 30 days.
        example.readsClock = true
        return example
    }

    /// A formula that reads what an event says, for an event that says what it asks for and for another one.
    private static func ofEvent(_ text: String, _ value: String) -> PublishedExample {
        let rest = #"""
            "_shop": {"bestRoad": "app"}, "offer": {"traits": {"sky": "clear", "origin": "blog", "lift": 1.5}, \#
            "rank": {"weight": 2}}
            """#
        return PublishedExample(
            "if (\(text), offer.rank.weight)",
            plan: "scan",
            batch: noWindow,
            (
                "\(rest), \(events(("01T08:00", #""_shop": {"road": "app", "sky": "clear", "origin": "blog"}"#)))",
                value
            ),
            ("\(rest), \(events(("01T08:00", #""_shop": {"road": "mail", "sky": "grey"}"#)))", "2")
        )
    }

    /// Those that read the context of an offer decision, which an audience has not; with the column where they do.
    static let ofOfferDecisions: [(text: String, line: Int, column: Int)] = [
        (
            #"if (@{_xdm.context.more;version=1}.road.isNotNull() and @{_xdm.context.more;version=1}.road.equals(_shop.bestRoad), offer.rank.weight + 1, offer.rank.weight)"#,
            1, 5
        ),
        (
            """
            if (@{_xdm.context.more;version=1}.sky.isNotNull()
            and offer.traits.sky=@{_xdm.context.more;version=1}.sky, offer.rank.weight + 5, offer.rank.weight)
            """,
            1, 5
        ),
        (
            #"if (@{_xdm.context.more;version=1}.sky.isNotNull() and offer.traits.get("sky")=@{_xdm.context.more;version=1}.sky, offer.rank.weight + 2, offer.rank.weight)"#,
            1, 5
        ),
        (
            #"if (@{_xdm.context.more;version=1}.origin.isNotNull() and offer.traits.origin=@{_xdm.context.more;version=1}.origin, offer.rank.weight * 9, offer.rank.weight)"#,
            1, 5
        ),
        (
            #"if (@{_xdm.context.more;version=1}.sky.isNotNull() and offer.traits.sky=@{_xdm.context.more;version=1}.sky, offer.rank.weight * offer.traits.lift, offer.rank.weight)"#,
            1, 5
        ),
        (
            """
            if (offer.traits.sky = "grey"
              and offer.traits.sky=@{_xdm.context.more;version=1}.sky, 1, 2)
            """,
            2, 24
        ),
    ]
}
