import Testing

@testable import ActivationCore

/// A key in brackets is another spelling of `get` (PQL 6).
struct PQLKeyStepTests {
    /// What a value is read from, and a key.
    private static let places: [(String, String)] = [
        ("loyalty", "tier"), ("loyalty", "none"), ("orders", "shop"), ("tags", "red"), ("city", "a"), ("nothing", "a"),
        ("xEvent", "sku"), (#"xEvent[kind = "cart"]"#, "lines"), ("identityMap", "CRM"),
        (#"identityMap.get("CRM")"#, "id"), ("segmentMembership", "ups"), ("$1", "city"), ("$1", "orders"),
        ("orders.groupBy(shop)", "A"), ("orders.head()", "shop"),
    ]

    @Test(arguments: places) func `both spellings are one`(place: String, key: String) throws {
        let brackets = #"\#(place)["\#(key)"]"#
        let get = #"\#(place).get("\#(key)")"#

        #expect(try PQLFixture.value(brackets) == PQLFixture.value(get))
        #expect(try PQLFixture.value("if(\(brackets), 1, 2)") == PQLFixture.value("if(\(get), 1, 2)"))
        #expect(try PQLFixture.value("\(brackets).count()") == PQLFixture.value("\(get).count()"))
    }

    @Test func `of an array there is no value at a key, where a path goes through it`() throws {
        #expect(try PQLFixture.value("orders.shop.count()") == "3")
        #expect(try PQLFixture.value(#"orders["shop"]"#) == "null")
        #expect(try PQLFixture.value(#"$1["orders"].shop.count()"#) == "3")
        #expect(try PQLFixture.value(#"identityMap["CRM"].id"#) == #"["c-77"]"#)
        #expect(try PQLFixture.value(#"xEvent["sku"].count()"#) == "0")
        #expect(try !PQLFixture.qualifies(#"xEvent["sku"]"#))
    }
}
