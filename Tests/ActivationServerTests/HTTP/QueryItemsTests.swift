import Testing

@testable import ActivationServer

struct QueryItemsTests {
    @Test func `names and values are decoded, and = stays in values`() throws {
        let query = try QueryItems(
            parsing: "property=id%3D%3Da%20b&property=x==1&flag&orderby=+name&sort=%2Bname&a=b=c"
        )

        #expect(query.values("property") == ["id==a b", "x==1"])
        #expect(query["orderby"] == " name")
        #expect(query["sort"] == "+name")
        #expect(query["a"] == "b=c")
        #expect(query["flag"] == "")
        #expect(query["none"] == nil)
    }

    @Test func `truth values are read in any case, and nothing else is one`() throws {
        for (text, expected) in [("true", true), ("True", true), ("TRUE", true), ("False", false), ("FALSE", false)] {
            #expect(try QueryItems(parsing: "a=\(text)").bool("a") == expected)
        }
        #expect(try !QueryItems(parsing: "").bool("a"))
        for text in ["", "1", "yes", "truth", "+true", "f"] {
            #expect(throws: APIError.self) { try QueryItems(parsing: "a=\(text)").bool("a") }
        }
    }

    @Test func `of items with one name the first counts`() throws {
        #expect(try QueryItems(parsing: "limit=1&limit=2").integer("limit", in: 0...9) == 1)
    }

    @Test func `a query that is written again reads the same`() throws {
        let text = "property=name%3D%3Da%2Bb%20c&x=%26&flag="

        #expect(try QueryItems(parsing: text).text == text)
    }

    @Test(arguments: ["a=%", "a=%4", "a=%zz", "a=%ff", "%f=1"])
    func `broken escapes are refused`(text: String) {
        #expect(throws: APIError.self) { try QueryItems(parsing: text) }
    }

    @Test func `what is encoded decodes to itself`() {
        let text = "a b/ü&=+%~_-.\u{0}😀"

        #expect(text.percentEncoded().percentDecoded() == text)
        #expect(text.percentEncoded().utf8.allSatisfy { $0 != 0x20 && $0 != 0x26 && $0 < 0x80 })
    }
}
