import ActivationCore
import Testing

struct StreamingEligibilityTests {
    private static let buy = #"WHAT(kind = "buy")"#

    private static func judged(_ text: String) throws -> StreamingEligibility {
        StreamingEligibility(of: try PQLExpression(parsing: text)) { $0 == "streaming events" }
    }

    @Test(arguments: [
        #"home.country = "BE""#,
        #"born.getMonth() = currentMonth() and renewal occurs last month"#,
        "CHAIN(xEvent, timestamp, [A: \(buy) WHEN(today)])",
        "CHAIN(xEvent, timestamp, [A: \(buy) WHEN(<= 24 hours before now)])",
        "CHAIN(xEvent, timestamp, [A: \(buy) WHEN(< 1 day before now) COUNT(5)])",
        "CHAIN(xEvent, timestamp, [A: \(buy) WHEN(this hour)])",
        #"vip and CHAIN(xEvent, timestamp, [A: \#(buy) WHEN(today), not B: \#(buy) WHEN(today)])"#,
        #"CHAIN(xEvent, timestamp, [A: WHAT(kind = "buy" and timestamp occurs <= 3600 seconds before now)])"#,
        #"xEvent[kind = "buy" and timestamp occurs < 1440 minutes before now].count() > 2"#,
        "xEvent[timestamp occurs today].filter(kind = 1).sum(amount) > 9",
        "exists E from xEvent where E.timestamp occurs today and E.kind = 1",
        "xEvent.exists((E) => E.timestamp occurs today)",
        "(P) => exists E from P.xEvent where E.timestamp occurs today",
        "xEvent[(timestamp occurs today) or (kind = 1 and timestamp occurs this minute)].count() = 1",
        #"inSegment("streaming events") and inSegment("batch")"#,
        #"inSegment("batch") and CHAIN(xEvent, timestamp, [A: \#(buy) WHEN(today)])"#,
        #"segmentMembership.get("ups").get("x").status = "realized""#,
        "orders.groupBy(shop).count() > 1",
    ])
    func `profile attributes and bounded events are evaluated as data arrives`(text: String) throws {
        let verdict = try StreamingEligibilityTests.judged(text)

        #expect(verdict.obstacle == nil)
        for mode in EvaluationMode.allCases { #expect(verdict.allows(mode)) }
    }

    @Test(arguments: [
        ("CHAIN(xEvent, timestamp, [A: \(buy)])", "no time window", 1),
        ("vip and CHAIN(xEvent, timestamp, [A: \(buy) WHEN(< 8 days before now)])", "not one of the last 24 hours", 9),
        ("CHAIN(xEvent, timestamp, [A: \(buy) WHEN(<= 25 hours before now)])", "not one of", 1),
        ("CHAIN(xEvent, timestamp, [A: \(buy) WHEN(> 2 hours before now)])", "not one of", 1),
        ("CHAIN(xEvent, timestamp, [A: \(buy) WHEN(yesterday)])", "not one of", 1),
        ("CHAIN(xEvent, timestamp, [A: \(buy) WHEN(this month)])", "not one of", 1),
        ("CHAIN(xEvent, timestamp, [A: \(buy) WHEN(today), B: \(buy)])", "no time window", 1),
        ("xEvent.count() > 2", "no time window", 1),
        ("$1.xEvent[kind = 1].count() > 2", "no time window", 1),
        ("`xEvent`.kind = 1", "no time window", 1),
        ("xEvent[timestamp occurs today or kind = 1].count() > 2", "no time window", 1),
        ("exists E from xEvent where E.at occurs today", "no time window", 15),
        ("sum E.n over E from xEvent", "no time window", 21),
        ("count(xEvent) > 1", "no time window", 1),
        ("let E = xEvent in (E.count() > 1)", "no time window", 9),
        ("orders[no in ^xs].count() = xEvent.count()", "no time window", 29),
        (
            "CHAIN(xEvent, timestamp, [A: \(buy) WHEN(today)]) and CHAIN(xEvent, timestamp, [A: \(buy) WHEN(today)])",
            "no strict order", 67
        ),
        ("not CHAIN(xEvent, timestamp, [A: \(buy) WHEN(today)])", "negated", 5),
        ("CHAIN(xEvent, timestamp, [not A: \(buy) WHEN(today)])", "negated", 1),
        ("vip and !(xEvent[timestamp occurs today].count() > 1)", "negated", 11),
        (
            #"inSegment("streaming events") and CHAIN(xEvent, timestamp, [A: \#(buy) WHEN(today)])"#,
            "inSegment names an audience that reads events", 1
        ),
        (#"segmentMembership.get("aam").get("x").status = "realized""#, "Audience Manager", 1),
        (#"vip or segmentMembership.aam.x.status = "realized""#, "Audience Manager", 8),
        (#"{"k": 1}"#, "a map or an object", 1),
        ("orders.groupBy(shop).map((K, G) => mapEntry(K, G.count() > 1))", "a map or an object", 1),
        ("$1.isNotNull()", "no time window", 1),
        ("this.xEvent.count() > 1", "no time window", 1),
        ("list[no in ^xEvent.no].count() > 1", "no time window", 12),
    ])
    func `an obstacle is named with its place`(text: String, reason: String, column: Int) throws {
        let verdict = try StreamingEligibilityTests.judged(text)

        let obstacle = try #require(verdict.obstacle)
        #expect(obstacle.reason.contains(reason))
        #expect(obstacle.line == 1)
        #expect(obstacle.column == column)
        #expect(verdict.allows(.batch))
        #expect(!verdict.allows(.continuous))
        #expect(!verdict.allows(.synchronous))
    }

    /// HEADWATER_SEED repeats a run; it is printed.
    @Test func `whatever reads events is found to`() throws {
        let seed = TestSeed.next()
        var random = SplitMix64(seed: seed)
        var corpus = PQLCorpus()
        var paths = PathDictionary()
        var found = 0

        for round in 0..<3_000 {
            let text = corpus.expression(&random)
            guard let expression = try? PQLExpression(parsing: text) else { continue }
            let verdict = StreamingEligibility(of: expression) { _ in false }
            let program = try? PQLProgram(
                compiling: expression,
                paths: &paths,
                clock: .read,
                audience: { _ in Audience.ID(uuid: UUIDBytes(high: 1, low: 1)) }
            )
            guard let program, program.readsEvents else { continue }
            found += 1
            guard verdict.readsEvents else {
                Issue.record("seed \(seed), round \(round): \(text)")
                return
            }
        }
        #expect(found > 100)
    }

    /// The worked cases of Adobe's page on streaming, and those of its older page that no longer qualify.
    @Test func `the published cases are judged as their pages say`() throws {
        func isStreaming(_ page: String) throws -> [Bool] {
            try PublishedExample.usable.filter { $0.page == page }.map {
                try StreamingEligibilityTests.judged($0.text).allows(.continuous)
            }
        }

        #expect(try isStreaming("methods/streaming-segmentation").allSatisfy { $0 })
        #expect(
            try isStreaming("ui/edge-segmentation")
                == [false, true, false, false, false, false, false, true, true, false, false, false, true, false]
        )
        #expect(try isStreaming("methods/edge-segmentation") == [false, false])
    }
}
