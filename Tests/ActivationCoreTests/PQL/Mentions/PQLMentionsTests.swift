import Testing

@testable import ActivationCore

/// What an expression names, and where.
struct PQLMentionsTests {
    private static let now = Timestamp(milliseconds: 1_770_000_000_000)

    private static func mentions(_ text: String) throws -> PQLMentions {
        var known = PathDictionary()
        _ = known.intern(["known", "path"])
        return try PQLExpression(parsing: text).mentions(known: known, now: now) { _ in nil }
    }

    @Test func `paths are told once, with their first place`() throws {
        let paths = try Self.mentions(
            "known.path = 1 and\n  (new.one > 2 or orders[price > known.path].shop = \"x\" or new.one < 1)"
        ).paths

        #expect(paths.map { $0.keys.joined(separator: ".") } == ["known.path", "new.one", "orders"])
        #expect(paths.map(\.isKnown) == [true, false, false])
        #expect(paths.map(\.place.line) == [1, 2, 2])
        #expect(paths.map(\.place.column) == [1, 4, 19])
    }

    @Test func `names of items, of events and of variables are no paths of the profile`() throws {
        let text = #"let T = 5 in xEvent[kind = "buy"].sum(amount) > T and orders[price > ^limit].count() > 1"#

        #expect(try Self.mentions(text).paths.map(\.keys) == [["orders"], ["limit"]])
        #expect(try Self.mentions(text).comparisons.isEmpty)
    }

    @Test(arguments: [
        (#"tier = "Gold""#, [PQLMentions.Literal.text("Gold")], PQLMentions.Question.equality),
        (#""Gold" != tier"#, [.text("Gold")], .difference),
        ("tier > 5", [.number("5")], .order), ("tier in [1.5, true]", [.number("1.5"), .boolean(true)], .equality),
        (#"tier.equals("a", "b")"#, [.text("a"), .text("b")], .equality), (#"tier.contains("a")"#, [.text("a")], .part),
    ])
    func `comparisons with literals are told`(
        text: String,
        literals: [PQLMentions.Literal],
        question: PQLMentions.Question
    ) throws {
        let comparisons = try Self.mentions(text).comparisons

        #expect(comparisons.map(\.keys) == [["tier"]])
        #expect(comparisons.first?.literals == literals && comparisons.first?.question == question)
    }

    @Test(arguments: ["tier = other", "tier.isNull()", "tier", "xEvent[tier = \"x\"].count() > 1"])
    func `other tests are no comparisons with literals`(text: String) throws {
        #expect(try Self.mentions(text).comparisons.isEmpty)
    }

    @Test(arguments: [
        (#"xEvent[kind = "buy" and timestamp occurs < 90 days before now].count() > 2"#, 90, 25),
        ("CHAIN(xEvent, timestamp, [A: WHAT(k = 1) WHEN(<= 30 days before now), B: WHAT(k = 2)])", 30, 27),
        ("xEvent.exists(timestamp occurs >= 60 days before now)", 60, 15),
        ("xEvent[timestamp occurs < 45 days before now].topN(amount, 1).head().k = 1", 45, 8),
    ])
    func `windows are told with how far they look back`(text: String, days: Int64, column: Int) throws {
        let windows = try Self.mentions(text).windows
        let window = try #require(windows.first)

        #expect(windows.count == 1)
        #expect(abs(window.length - days * 86_400_000) <= 1)
        #expect(window.place == PQLMentions.Place(line: 1, column: column))
    }

    @Test(arguments: ["xEvent.count() > 1", "xEvent[timestamp occurs after date(2020, 1, 1)].count() > 1", "a = 1"])
    func `what does not move with the clock is no window`(text: String) throws {
        #expect(try Self.mentions(text).windows.isEmpty)
    }

    @Test func `what cannot be compiled is refused with its place`() {
        #expect(throws: PQLError.self) { try Self.mentions("a = null") }
        #expect(throws: PQLError.self) { try Self.mentions(#"inSegment("nowhere")"#) }
    }
}
