import ActivationCore
import Testing

/// The profile, events and audiences that the language's worked examples are about.
enum PQLFixture {
    static let gold = Audience.ID(uuid: UUIDBytes(high: 1, low: 1))
    static let none = Audience.ID(uuid: UUIDBytes(high: 2, low: 2))

    static let text = """
        {"_id": "p1", "loyalty": {"tier": "gold", "points": 1250, "rate": 0.15, "since": "2024-02-29T00:00:00Z", \
        "note": null}, "city": "Ghent", "mail": "Rosa.Ivy@post.example",
         "age": 34, "tags": ["red", "teal", "red"], "hobbies": [], "vip": true,
         "orders": [{"no": 1, "shop": "A", "amount": 40, "at": "2026-03-09T11:00:00Z"},
          {"no": 2, "shop": "B", "amount": 15.5, "promo": "X5"}, {"no": 3, "shop": "A", "amount": 90}],
         "identityMap": {"Email": [{"id": "rosa@post.example", "primary": true}], "CRM": [{"id": "c-77"}]},
         "renewal": "2026-03-12T12:00:00Z", "born": "1991-03-07", "scores": {"x": 4, "y": 9},
         "segmentMembership": {"ups": {"\(gold.uuid)": {"status": "realized"}}},
         "xEvent": [{"kind": "cart", "timestamp": "2026-03-10T09:00:00Z", "sku": "K2",
           "lines": [{"sku": "K2", "qty": 2}, {"sku": "K9", "qty": 1}]},
          {"kind": "view", "timestamp": "2026-03-01T08:00:00Z", "sku": "K1"},
          {"kind": "view", "timestamp": "2026-03-09T13:00:00Z", "sku": "K2"},
          {"kind": "buy", "timestamp": "2026-03-10T11:00:00Z", "sku": "K2", "amount": 55}]}
        """

    static func profile() throws -> PQLProfile {
        let now = try #require(Timestamp(rfc3339: "2026-03-10T12:00:00Z"))
        return try PQLProfile(fromXDM: JSONDocument(parsing: text), now: now)
    }

    static func audience(_ name: String) -> Audience.ID? {
        switch name {
        case "s-gold": gold
        case "s-none": none
        default: nil
        }
    }

    /// The value of an expression over the profile as JSON text.
    static func value(_ text: String) throws -> String {
        var profile = try profile()
        let program = try PQLProgram(
            compiling: PQLExpression(parsing: text),
            paths: &profile.paths,
            clock: .read,
            audience: audience
        )
        var bytes: [UInt8] = []
        program.value(profile.input, paths: profile.paths).write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func qualifies(_ text: String) throws -> Bool {
        var profile = try profile()
        let program = try PQLProgram(
            compiling: PQLExpression(parsing: text),
            paths: &profile.paths,
            clock: .read,
            audience: audience
        )
        return program.qualifies(profile.input, paths: profile.paths)
    }

    /// The error of an expression, as `code line:column message`; nil when there is none.
    static func error(_ text: String) -> PQLError? {
        do throws(PQLError) {
            var paths = PathDictionary()
            _ = try PQLProgram(compiling: PQLExpression(parsing: text), paths: &paths, audience: audience)
            return nil
        } catch {
            return error
        }
    }
}

struct PQLExampleTests {
    @Test(arguments: examples)
    func `a worked example has its result`(example: (text: String, result: String)) throws {
        #expect(try PQLFixture.value(example.text) == example.result)
    }

    @Test(arguments: examples)
    func `a worked example prints to a text with the same tree`(example: (text: String, result: String)) throws {
        let expression = try PQLExpression(parsing: example.text)

        let printed = try PQLExpression(parsing: expression.description)

        #expect(printed == expression)
        #expect(printed.description == expression.description)
    }
}
