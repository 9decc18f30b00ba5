import ActivationCore
import Testing

struct CronRuleTests {
    private static func instant(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    @Test(
        arguments: [
            // The documented examples.
            ("0 0 13 * * ?", "2026-03-10T12:59:59Z", "2026-03-10T13:00:00Z"),
            ("0 0 13 * * ?", "2026-03-10T13:00:00Z", "2026-03-11T13:00:00Z"),
            ("0 30 9 * * ? 2027", "2026-03-10T12:00:00Z", "2027-01-01T09:30:00Z"),
            ("0 * 18 * * ?", "2026-03-10T18:58:30Z", "2026-03-10T18:59:00Z"),
            ("0 * 18 * * ?", "2026-03-10T18:59:00Z", "2026-03-11T18:00:00Z"),
            ("0 0/10 17 * * ?", "2026-03-10T17:10:00Z", "2026-03-10T17:20:00Z"),
            ("0 13,38 5 ? 6 WED", "2026-03-10T00:00:00Z", "2026-06-03T05:13:00Z"),
            ("0 30 12 ? * 4#3", "2026-03-10T00:00:00Z", "2026-03-18T12:30:00Z"),
            ("0 30 12 ? * 6L", "2026-03-10T00:00:00Z", "2026-03-27T12:30:00Z"),
            ("0 45 11 ? * MON-THU", "2026-03-12T11:45:00Z", "2026-03-16T11:45:00Z"),
            // Days of the month.
            ("0 0 1 L * ?", "2026-02-01T00:00:00Z", "2026-02-28T01:00:00Z"),
            ("0 0 1 L 2 ?", "2026-03-01T00:00:00Z", "2027-02-28T01:00:00Z"),
            ("0 0 1 L 2 ?", "2027-03-01T00:00:00Z", "2028-02-29T01:00:00Z"),
            ("0 0 1 29 2 ?", "2026-03-01T00:00:00Z", "2028-02-29T01:00:00Z"),
            ("0 0 1 29 FEB ?", "2096-03-01T00:00:00Z", nil),
            ("0 0 1 31 * ?", "2026-04-01T00:00:00Z", "2026-05-31T01:00:00Z"),
            ("0 0 1 30 2 ?", "2026-01-01T00:00:00Z", nil),
            ("0 0 1 LW * ?", "2026-05-01T00:00:00Z", "2026-05-29T01:00:00Z"),
            ("0 0 1 18W * ?", "2026-04-01T00:00:00Z", "2026-04-17T01:00:00Z"),
            ("0 0 1 18W 10 ?", "2026-04-01T00:00:00Z", "2026-10-19T01:00:00Z"),
            ("0 0 1 1W 8 ?", "2026-07-01T00:00:00Z", "2026-08-03T01:00:00Z"),
            ("0 0 1 31W 5 ?", "2026-05-01T00:00:00Z", "2026-05-29T01:00:00Z"),
            ("0 0 1 31w 4,5 ?", "2026-04-01T00:00:00Z", "2026-05-29T01:00:00Z"),
            // Days of the week.
            ("0 0 1 ? * L", "2026-03-10T00:00:00Z", "2026-03-14T01:00:00Z"),
            ("0 0 1 ? * 1#5", "2026-04-01T00:00:00Z", "2026-05-31T01:00:00Z"),
            ("0 0 1 ? * FRI-MON", "2026-03-10T12:00:00Z", "2026-03-13T01:00:00Z"),
            ("0 0 1 ? * sun", "2026-03-10T12:00:00Z", "2026-03-15T01:00:00Z"),
            ("0 0 1 ? * 2/3", "2026-03-10T12:00:00Z", "2026-03-12T01:00:00Z"),
            // The rest.
            ("*/20 59 23 31 12 ?", "2026-12-31T23:59:20.001Z", "2026-12-31T23:59:40Z"),
            ("*/20 59 23 31 12 ?", "2026-12-31T23:59:59.999Z", "2027-12-31T23:59:00Z"),
            ("0 0 22-2 * * *", "2026-03-10T02:00:00Z", "2026-03-10T22:00:00Z"),
            ("0 0 1 * JAN-MAR ? 2026/2", "2026-03-31T02:00:00Z", "2028-01-01T01:00:00Z"),
            ("59 59 23 31 12 ? 2099", "2026-01-01T00:00:00Z", "2099-12-31T23:59:59Z"),
            ("0 0 0 1 1 ? 1970", "1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00Z"),
        ] as [(String, String, String?)]
    )
    func `the next instant of a rule`(text: String, after: String, next: String?) throws {
        let rule = try CronRule(parsing: text)

        #expect(rule.next(after: try CronRuleTests.instant(after))?.rfc3339 == next)
    }

    @Test(arguments: [
        "", "0 0 1 * *", "0 0 1 * * ? 2026 x", "60 0 1 * * ?", "0 -1 1 * * ?", "0 0 24 * * ?", "0 0 1 0 * ?",
        "0 0 1 32 * ?", "0 0 1 * 13 ?", "0 0 1 ? * 8", "0 0 1 ? * FUN", "0 0 1 * * ? 1969", "0 0 1 * * ? 2100",
        "0 0 1 1 * 1", "0 0 1 ? * ?", "0 0/0 1 * * ?", "0 0/x 1 * * ?", "0 1, 1 * * ?", "0 1- 1 * * ?", "0 0 1 ? * 1#6",
        "0 0 1 ? * 1#", "0 0 1 ? * #1", "0 0 1 W * ?", "0 0 1 32W * ?", "0 0 1 L-3 * ?", "0 0 1 1L * ?", "a b c d e f",
        "0 0 1 * * ? \u{0}", "99999999999999999999 0 1 * * ?", "0 ٣ 1 * * ?",
    ])
    func `a text that is no rule is refused`(text: String) {
        #expect(throws: CronError.self) { try CronRule(parsing: text) }
    }

    @Test func `rules that have two instants on a day are told from the others`() throws {
        #expect(try CronRule(parsing: "0 0 1 * * ?").isAtMostDaily)
        #expect(try CronRule(parsing: "7 5 3 L * ? 2030").isAtMostDaily)
        for text in ["* 0 1 * * ?", "0 0,1 1 * * ?", "0 0 */6 * * ?"] {
            #expect(try !CronRule(parsing: text).isAtMostDaily)
        }
    }

    @Test func `the last instant is the one that next gives from just before it`() throws {
        let seed = TestSeed.next()
        var random = SplitMix64(seed: seed)
        func pick(_ words: [String]) -> String { words[Int.random(in: 0..<words.count, using: &random)] }

        for _ in 0..<300 {
            let day = pick([
                "* * ?", "L * ?", "LW * ?", "15W * ?", "? * 6L", "? * 3#2", "? * MON-FRI", "1,29-31 * ?", "29 2 ?",
            ])
            let text =
                "\(pick(["0", "*/7", "59"])) \(pick(["0", "*", "3-50/9"])) \(pick(["0", "23", "*/5", "1,13"])) \(day)"
            let rule = try CronRule(parsing: text)
            let now = Timestamp(milliseconds: Int64.random(in: 1_700_000_000_000...2_000_000_000_000, using: &random))
            let next = try #require(rule.next(after: now), "seed \(seed): \(text)")

            #expect(next > now)
            #expect(rule.last(through: next, after: now) == next, "seed \(seed): \(text) after \(now)")
            let before = Timestamp(milliseconds: next.milliseconds - 1)
            #expect(rule.last(through: before, after: now) == nil, "seed \(seed): \(text) after \(now)")
            let last = try #require(rule.last(through: now, after: Timestamp(milliseconds: 1_000_000_000_000)))
            #expect(last <= now)
            #expect(rule.next(after: last).map { $0 > now } == true, "seed \(seed): \(text) after \(now)")
        }
    }
}
