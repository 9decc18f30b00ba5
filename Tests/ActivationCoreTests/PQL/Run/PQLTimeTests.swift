import Testing

@testable import ActivationCore

struct PQLTimeTests {
    /// Evaluates a test of `t` at an instant.
    private func holds(_ text: String, of t: String, at now: String) throws -> Bool {
        let now = try #require(Timestamp(rfc3339: now))
        var profile = try PQLProfile(fromXDM: JSONDocument(parsing: "{\"t\": \"\(t)\"}"), now: now)
        let program = try PQLProgram(
            compiling: PQLExpression(parsing: text),
            paths: &profile.paths,
            clock: .read,
            audience: { _ in nil }
        )
        return program.qualifies(profile.input, paths: profile.paths)
    }

    @Test(arguments: [
        ("t occurs < 3 hours before now", "2026-03-10T09:00:00Z", "2026-03-10T08:59:59.999Z", false),
        ("t occurs < 3 hours before now", "2026-03-10T09:00:00Z", "2026-03-10T09:00:00.000Z", true),
        ("t occurs < 3 hours before now", "2026-03-10T09:00:00Z", "2026-03-10T11:59:59.999Z", true),
        ("t occurs < 3 hours before now", "2026-03-10T09:00:00Z", "2026-03-10T12:00:00.000Z", false),
        ("t occurs <= 3 hours before now", "2026-03-10T09:00:00Z", "2026-03-10T12:00:00.000Z", true),
        ("t occurs <= 3 hours before now", "2026-03-10T09:00:00Z", "2026-03-10T12:00:00.001Z", false),
        ("t occurs > 3 hours before now", "2026-03-10T09:00:00Z", "2026-03-10T12:00:00.000Z", false),
        ("t occurs > 3 hours before now", "2026-03-10T09:00:00Z", "2026-03-10T12:00:00.001Z", true),
        ("t occurs >= 3 hours before now", "2026-03-10T09:00:00Z", "2026-03-10T12:00:00.000Z", true),
        ("t occurs today", "2026-03-09T13:00:00Z", "2026-03-08T23:59:59.999Z", false),
        ("t occurs today", "2026-03-09T13:00:00Z", "2026-03-09T00:00:00.000Z", true),
        ("t occurs today", "2026-03-09T13:00:00Z", "2026-03-10T00:00:00.000Z", false),
        ("t occurs on yesterday", "2026-03-09T13:00:00Z", "2026-03-10T00:00:00.000Z", true),
        ("t occurs tomorrow", "2026-03-09T13:00:00Z", "2026-03-08T05:00:00.000Z", true),
        ("t occurs last month", "2026-02-15T07:00:00Z", "2026-02-28T23:59:59.999Z", false),
        ("t occurs last month", "2026-02-15T07:00:00Z", "2026-03-01T00:00:00.000Z", true),
        ("t occurs last month", "2026-02-15T07:00:00Z", "2026-04-01T00:00:00.000Z", false),
        ("t occurs < 1 month before now", "2026-01-31T12:00:00Z", "2026-02-28T11:59:59.999Z", true),
        ("t occurs < 1 month before now", "2026-01-31T12:00:00Z", "2026-02-28T12:00:00.000Z", false),
        ("t occurs <= 2 days after now", "2026-03-12T12:00:00Z", "2026-03-10T11:59:59.999Z", false),
        ("t occurs <= 2 days after now", "2026-03-12T12:00:00Z", "2026-03-10T12:00:00.000Z", true),
        ("t occurs <= 2 days after now", "2026-03-12T12:00:00Z", "2026-03-12T12:00:00.000Z", true),
        ("t occurs <= 2 days after now", "2026-03-12T12:00:00Z", "2026-03-12T12:00:00.001Z", false),
        ("t occurs <= 2 days from now", "2026-03-12T12:00:00Z", "2026-03-10T12:00:00.000Z", true),
        ("t occurs > 2 days after now", "2026-03-12T12:00:00Z", "2026-03-10T11:59:59.999Z", true),
        ("t occurs = 3 days before today", "2026-03-07T18:00:00Z", "2026-03-09T23:59:59.999Z", false),
        ("t occurs = 3 days before today", "2026-03-07T18:00:00Z", "2026-03-10T00:00:00.000Z", true),
        ("t occurs 3 days before today", "2026-03-07T18:00:00Z", "2026-03-11T00:00:00.000Z", false),
        ("t occurs != 3 days before today", "2026-03-07T18:00:00Z", "2026-03-11T00:00:00.000Z", true),
        ("not (t occurs < 24 hours before now)", "2026-03-09T13:00:00Z", "2026-03-10T13:00:00.000Z", true),
        ("not (t occurs < 24 hours before now)", "2026-03-09T13:00:00Z", "2026-03-10T12:59:59.999Z", false),
        ("t occurs this week", "2026-03-09T00:00:00Z", "2026-03-15T23:59:59.999Z", true),
        ("t occurs this week", "2026-03-08T23:59:59Z", "2026-03-09T00:00:00.000Z", false),
        ("t occurs after last year", "2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z", true),
        ("t occurs after this day", "2026-03-10T13:00:00Z", "2026-03-10T12:00:00Z", false),
        ("t occurs after today", "2026-03-10T13:00:00Z", "2026-03-10T12:00:00Z", true),
        ("t occurs from now", "2026-03-10T13:00:00Z", "2026-03-10T12:00:00Z", true),
        ("t occurs next decade", "2030-01-01T00:00:00Z", "2026-03-10T12:00:00Z", true),
        ("t occurs this millennium", "2000-01-01T00:00:00Z", "2026-03-10T12:00:00Z", true),
        ("t occurs between last week and yesterday", "2026-03-09T23:59:59Z", "2026-03-10T12:00:00Z", true),
        (
            "t occurs between \"2026-03-01\" and \"2026-03-02T08:00:00Z\"", "2026-03-02T08:00:00Z",
            "2026-03-10T12:00:00Z", true
        ),
        ("t occurs on \"2026-03-02\"", "2026-03-02T23:59:59.999Z", "2026-03-10T12:00:00Z", true),
        ("t occurs > 9223372036854775807 millennia before now", "2026-03-02T00:00:00Z", "2026-03-10T12:00:00Z", false),
        ("t occurs < 9223372036854775807 weeks before now", "2026-03-02T00:00:00Z", "2026-03-10T12:00:00Z", true),
    ])
    func `a time test holds exactly between its instants`(
        row: (text: String, t: String, now: String, result: Bool)
    ) throws {
        #expect(try holds(row.text, of: row.t, at: row.now) == row.result)
    }

    @Test func `times that stand still are accepted in an audience`() {
        #expect(PQLFixture.error("xEvent[timestamp occurs after date(2026, 1, 1)].count() > 2") == nil)
        #expect(
            PQLFixture.error("CHAIN(xEvent, timestamp, [A: WHAT(k = 1), B: WHAT(k = 2) WHEN(< 1 day after A)])") == nil
        )
    }

    @Test(arguments: [
        ("2026-03-02T09:15Z", true), ("2026-03-02T09:15:00Z", true), ("2026-03-02T09:15:00.000Z", true),
        ("2026-03-02T09:15:00,000Z", true), ("2026-03-02t09:15z", true), ("2026-03-02T10:15+01:00", true),
        ("2026-03-02T10:15+0100", true), ("2026-03-02T10:15+01", true), ("2026-03-02T10:15:00+01", true),
        ("2026-03-02T07:45-01:30", true), ("2026-03-02T09:15:00.0009999Z", true), ("20260302T091500Z", true),
        ("20260302T0915Z", true), ("20260302T101500.000+0100", true), ("2026-03-02T09:15:00.001Z", false),
        ("2026-03-02T09:15", false), ("2026-03-02T09:15:00", false), ("2026-03-02 09:15:00Z", false),
        ("2026-03-02T09Z", false), ("2026-03-02T09:15:Z", false), ("2026-03-02T09:15.5Z", false),
        ("2026-02-30T09:15Z", false),
        ("2026-03-02T09:15+1", false), ("2026-03-02T09:15+01:", false), ("2026-03-02T09:15:00Z ", false),
        ("2026-03-02T0915Z", false), ("20260302T09:15Z", false), ("2026-0302T0915Z", false),
        ("2026-W10-1T09:15Z", false),
    ])
    func `an instant is read in the forms of ISO 8601`(text: String, isIt: Bool) throws {
        #expect(try holds("t occurs on \"2026-03-02T09:15:00Z\"", of: text, at: "2026-03-10T12:00:00Z") == isIt)
        #expect(
            try holds("let T = \"\(text)\" in (t occurs on T)", of: "2026-03-02T09:15:00Z", at: "2026-03-10T12:00:00Z")
                == isIt
        )
        #expect(
            try holds("t.getYear() = 2026", of: text, at: "2026-03-10T12:00:00Z") == (Timestamp(iso8601: text) != nil)
        )
        #expect(
            (try? holds("t occurs on \"\(text)\"", of: "2026-03-02T09:15:00Z", at: "2026-03-10T12:00:00Z"))
                == (Timestamp(iso8601: text) == nil ? nil : isIt)
        )
        if isIt {
            #expect(try holds("t < date(2026, 3, 3) and t > date(2026, 3, 2)", of: text, at: "2026-03-10T12:00:00Z"))
        }
    }

    @Test(arguments: [
        ("t = date(2026, 3, 2)", "2026-03-02", true), ("t = date(2026, 3, 2)", "2026-03-02T00:00Z", true),
        ("t occurs on date(2026, 3, 2)", "2026-03-02", true), ("t occurs on \"2026-03-02\"", "2026-03-02T23:59Z", true),
        ("t occurs before \"2026-03-02\"", "2026-03-01T23:59Z", true), ("t = date(2026, 3, 2)", "20260302", false),
        ("t != date(2026, 3, 2)", "soon", true), ("t < date(2026, 3, 2)", "soon", false),
        ("t occurs != 1 day before \"2026-03-02\"", "soon", false),
        ("t in [date(2026, 3, 2)]", "2026-03-02T00:00Z", true),
        ("t > \"2026-03-02\"", "2026-03-02T00:00Z", true),
    ])
    func `a date alone is a day, and what is no time never fits`(row: (text: String, t: String, result: Bool)) throws {
        #expect(try holds(row.text, of: row.t, at: "2026-03-10T12:00:00Z") == row.result)
    }
}
