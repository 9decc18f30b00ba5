import Testing

@testable import ActivationCore

/// The examples of PQL 15: when a test of one time becomes true, and when false again.
struct ClockExampleTests {
    static let examples: [(text: String, t: String, becomesTrue: String?, becomesFalse: String?)] = [
        ("t occurs < 3 hours before now", "2026-03-10T09:00Z", "2026-03-10T09:00Z", "2026-03-10T12:00Z"),
        ("t occurs <= 3 hours before now", "2026-03-10T09:00Z", "2026-03-10T09:00Z", "2026-03-10T12:00:00.001Z"),
        ("t occurs > 3 hours before now", "2026-03-10T09:00Z", "2026-03-10T12:00:00.001Z", nil),
        ("t occurs today", "2026-03-09T13:00Z", "2026-03-09", "2026-03-10"),
        ("t occurs last month", "2026-02-15T07:00Z", "2026-03-01", "2026-04-01"),
        ("t occurs < 1 month before now", "2026-01-31T12:00Z", "2026-01-31T12:00Z", "2026-02-28T12:00Z"),
        ("t occurs <= 2 days after now", "2026-03-12T12:00Z", "2026-03-10T12:00Z", "2026-03-12T12:00:00.001Z"),
        ("t occurs = 3 days before today", "2026-03-07T18:00Z", "2026-03-10", "2026-03-11"),
        ("not (t occurs < 24 hours before now)", "2026-03-09T13:00Z", "2026-03-10T13:00Z", nil),
    ]

    @Test(arguments: examples)
    func `a test changes at exactly its instants and tells them beforehand`(
        row: (text: String, t: String, becomesTrue: String?, becomesFalse: String?)
    ) throws {
        let fixture = try ClockFixture(row.text, of: "{\"t\": \"\(row.t)\"}")
        let start = try #require(row.becomesTrue)
        let first = try ClockFixture.instant(start)

        #expect(!fixture.outcome(at: first.later(by: -1)).qualifies)
        #expect(fixture.outcome(at: first.later(by: -1)).changesAt == first)
        #expect(fixture.outcome(at: first).qualifies)
        let end = try row.becomesFalse.map(ClockFixture.instant)
        #expect(fixture.outcome(at: first).changesAt == end)
        guard let end else { return }
        #expect(fixture.outcome(at: end.later(by: -1)).qualifies)
        #expect(fixture.outcome(at: end.later(by: -1)).changesAt == end)
        #expect(!fixture.outcome(at: end).qualifies)
        #expect(fixture.outcome(at: end).changesAt == nil)
    }
}
