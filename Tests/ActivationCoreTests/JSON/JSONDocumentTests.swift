import ActivationCore
import Testing

struct JSONDocumentTests {
    /// Content as written and as canonical text, both without quotes.
    @Test(arguments: [
        (#"\u0041\u007a"#, "Az"), (#"\/"#, "/"), (#"\u002f"#, "/"), (#"\u0022"#, #"\""#), (#"\u005C"#, #"\\"#),
        (#"\u0008\u000C\u000a\u000D\u0009"#, #"\b\f\n\r\t"#), (#"\b\f\n\r\t\"\\"#, #"\b\f\n\r\t\"\\"#),
        (#"\u0000\u001F\u000b"#, #"\u0000\u001f\u000b"#), (#"\u007f"#, "\u{7f}"), (#"\u0080\u00E9"#, "\u{80}é"),
        (#"\u07ff\u0800\uD7FF\uE000\uffff"#, "\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}"),
        (#"\ud83d\ude00"#, "😀"), (#"\uD800\uDC00\uDBFF\uDFFF"#, "\u{10000}\u{10ffff}"),
        (#"abcdefg\u0068ijklmnopq\nrstuvwxyz"#, #"abcdefghijklmnopq\nrstuvwxyz"#),
    ])
    func `a string has one canonical spelling`(content: String, canonical: String) throws {
        let document = try JSONDocument(parsing: "[\"\(content)\"]")

        #expect(document.text == Array("[\"\(canonical)\"]".utf8))
        #expect(document.nodes[1].kind == (canonical.contains("\\") ? .escapedString : .string))
        #expect(document.root.items.map(\.text) == [ArraySlice(canonical.utf8)])
        #expect(try JSONDocument(parsing: document.text).text == document.text)
    }

    @Test func `the tape lists values in order with their keys and slices`() throws {
        let document = try JSONDocument(parsing: #" { "a" : [ 1 , {"\u0062": "x\ny"} ] , "c" : { } , "d" : -2.50 } "#)

        let text = document.text
        let rows = document.nodes.map { node in
            let key = String(decoding: text[node.keyRange], as: UTF8.self)
            let value = String(decoding: text[node.range], as: UTF8.self)
            return "\(node.kind) \(key)=\(value) next \(node.next) count \(node.count)"
        }
        #expect(
            rows == [
                #"object ={"a":[1,{"b":"x\ny"}],"c":{},"d":-2.50} next 7 count 3"#,
                #"array a=[1,{"b":"x\ny"}] next 5 count 2"#,
                #"integer =1 next 3 count 0"#,
                #"object ={"b":"x\ny"} next 5 count 1"#,
                #"escapedString b=x\ny next 5 count 0"#,
                #"object c={} next 6 count 0"#,
                #"double d=-2.50 next 7 count 0"#,
            ]
        )
    }

    @Test(arguments: [
        ("0", JSONKind.integer), ("-0", .integer), ("9223372036854775807", .integer),
        ("-9223372036854775808", .integer),
        ("9223372036854775808", .double), ("-9223372036854775809", .double), ("12345678901234567890123", .double),
        ("1.0", .double), ("1e0", .double), ("999999999999999999", .integer), ("1000000000000000000", .integer),
    ])
    func `a number is an integer when it is written as one and fits`(text: String, kind: JSONKind) throws {
        #expect(try JSONDocument(parsing: text).root.kind == kind)
    }

    @Test func `a view gives each kind its value and nil for every other`() throws {
        let root = try JSONDocument(
            parsing: #"{"s":"é\"\u0001","i":-7,"d":2.5,"t":true,"f":false,"n":null,"a":[1],"o":{}}"#
        ).root

        #expect(root["s"]?.string == "é\"\u{1}")
        #expect(root["i"]?.int64 == -7)
        #expect(root["i"]?.double == -7)
        #expect(root["d"]?.double == 2.5)
        #expect(root["d"]?.int64 == nil)
        #expect(root["t"]?.bool == true)
        #expect(root["f"]?.bool == false)
        #expect(root["n"]?.isNull == true)
        #expect(root["a"]?.isArray == true)
        #expect(root["o"]?.isObject == true)
        #expect(root["x"] == nil)
        #expect(root["s"]?["x"] == nil)
        #expect(root["a"]?.string == nil)
        #expect(root["s"]?.int64 == nil)
        #expect(root["s"]?.double == nil)
        #expect(root["i"]?.bool == nil)
        #expect(root.members.map(\.key) == ["s", "i", "d", "t", "f", "n", "a", "o"])
        #expect(root["a"]?.items.map(\.int64) == [1])
        #expect(Array(root.items).isEmpty)
        #expect(root["a"].map { Array($0.members).isEmpty } == true)
    }

    @Test func `a member is found by the characters of its key, however they are spelt`() throws {
        let root = try JSONDocument(parsing: #"{"a\u0022b":1,"\n":2,"\u0001":3,"":4,"\\":5}"#).root

        #expect(root["a\"b"]?.int64 == 1)
        #expect(root["\n"]?.int64 == 2)
        #expect(root["\u{1}"]?.int64 == 3)
        #expect(root[""]?.int64 == 4)
        #expect(root["\\"]?.int64 == 5)
        #expect(root["\\n"] == nil)
        #expect(root.members.map(\.key) == ["a\"b", "\n", "\u{1}", "", "\\"])
    }

    @Test(arguments: [
        ("1", "1.0", true), ("1", "10e-1", true), ("0", "-0", true), ("0", "0e99", true), ("100", "1E2", true),
        ("1", "1.0000000000000000000001", false), ("9007199254740993", "9007199254740992.0", false),
        ("0.1", "0.10", true), ("1e400", "10e399", true), ("1e400", "1e401", false), ("-1", "1", false),
        ("1e9999999999999999999", "1e9999999999999999999", true),
        ("1e9999999999999999999", "1e9999999999999999998", false),
        (#""a""#, #""\u0061""#, true), (#""\u00e9""#, "\"e\u{301}\"", false), ("1", #""1""#, false),
        ("null", "false", false),
        ("[1,2]", "[1.0,2]", true), ("[1,2]", "[2,1]", false), ("[1]", "[1,1]", false), ("[]", "{}", false),
        (#"{"a":1,"b":[2]}"#, #"{"b":[2.0],"a":1}"#, true), (#"{"a":1}"#, #"{"a":1,"b":1}"#, false),
        (#"{"a":1,"b":2}"#, #"{"a":2,"b":1}"#, false), (#"{"a":1}"#, #"{"b":1}"#, false), ("true", "true", true),
    ])
    func `values are the same by value`(left: String, right: String, isSame: Bool) throws {
        let views = try (JSONDocument(parsing: left).root, JSONDocument(parsing: right).root)

        #expect(views.0.isSame(as: views.1) == isSame)
        #expect(views.1.isSame(as: views.0) == isSame)
        #expect((JSONValue(views.0) == JSONValue(views.1)) == isSame)
    }

    @Test func `large objects compare whatever their order`() throws {
        let members = (0..<20_000).map { "\"k\($0)\":\($0)" }
        let left = try JSONDocument(parsing: "{" + members.joined(separator: ",") + "}")
        let right = try JSONDocument(parsing: "{" + members.reversed().joined(separator: ",") + "}")

        #expect(left.root.isSame(as: right.root))
        #expect(JSONValue(left.root) == JSONValue(right.root))
    }

    @Test func `any collection of bytes can be parsed`() throws {
        let text = #"{"a":[1,2,3]}"#

        #expect(try JSONDocument(parsing: Array(text.utf8)[...]).text == Array(text.utf8))
        #expect(try JSONDocument(parsing: text.utf8.lazy.map { $0 }).text == Array(text.utf8))
        #expect(try Array(text.utf8).withUnsafeBufferPointer { try JSONDocument(parsing: $0).text } == Array(text.utf8))
    }
}
