import ActivationCore
import Testing

/// RFC 8259, production by production.
struct JSONGrammarTests {
    /// Text and its canonical form.
    @Test(arguments: [
        ("null", "null"), ("true", "true"), ("false", "false"), (" \t\r\n0 \t\r\n", "0"),
        ("-0", "-0"), ("-1", "-1"), ("10", "10"), ("0.5", "0.5"), ("1.50", "1.50"), ("-0.0", "-0.0"),
        ("1e5", "1e5"), ("1E5", "1E5"), ("1e+05", "1e+05"), ("1.25e-3", "1.25e-3"), ("0e0", "0e0"), ("1e999", "1e999"),
        ("\"\"", "\"\""), ("\"a\"", "\"a\""), ("\"\u{7f}\"", "\"\u{7f}\""), ("\"\u{2028}\"", "\"\u{2028}\""),
        ("\"\u{10ffff}\"", "\"\u{10ffff}\""), ("\"\u{feff}\"", "\"\u{feff}\""),
        ("[]", "[]"), ("[ ]", "[]"), ("[1]", "[1]"), ("[ 1 , 2 ]", "[1,2]"), ("[[],[[]]]", "[[],[[]]]"),
        ("{}", "{}"), ("{ }", "{}"), ("{ \"a\" : 1 , \"b\" : { } }", "{\"a\":1,\"b\":{}}"), ("{\"\":0}", "{\"\":0}"),
        ("[null,true,false,\"x\",-1.5,{}]", "[null,true,false,\"x\",-1.5,{}]"),
    ])
    func `a text of the grammar is read and made compact`(text: String, canonical: String) throws {
        let document = try JSONDocument(parsing: text)

        #expect(String(decoding: document.text, as: UTF8.self) == canonical)
    }

    /// Text and the byte that is refused.
    @Test(arguments: [
        ("", 0), (" ", 1), ("\n\n", 2), ("nul", 3), ("nulL", 3), ("True", 0), ("truefalse", 4), ("null null", 5),
        ("+1", 0), (".5", 0), ("1.", 2), ("1.e5", 2), ("1e", 2), ("1e+", 3), ("-", 1), ("-a", 1), ("01", 1), ("-01", 2),
        ("00", 1), ("1 2", 2), ("0x10", 1), ("NaN", 0), ("Infinity", 0), ("-Infinity", 1), ("1_000", 1),
        ("\"", 1), ("\"abc", 4), ("\"abcdefghijkl", 13), ("'a'", 0), ("\"\\", 2), ("\"\\x\"", 2), ("\"\\u\"", 3),
        ("\"\\u12\"", 5), ("\"\\u12g4\"", 5), ("\"\\U0041\"", 2), ("\"\n\"", 1), ("\"abcdefgh\t\"", 9),
        ("\"\u{0}\"", 1),
        ("[", 1), ("[1", 2), ("[1,", 3), ("[1,]", 3), ("[,1]", 1), ("[1 2]", 3), ("[1:2]", 2), ("]", 0), ("[}", 1),
        ("[1}", 2), ("[]]", 2), ("{", 1), ("{\"a\"", 4), ("{\"a\":", 5), ("{\"a\":1", 6), ("{\"a\":1,", 7),
        ("{\"a\":1,}", 7), ("{,}", 1), ("{\"a\" 1}", 5), ("{\"a\":}", 5), ("{1:2}", 1), ("{a:1}", 1), ("{]", 1),
        ("{\"a\":1]", 6), ("}", 0), ("{\"a\":1}}", 7), ("{\"a\":1 \"b\":2}", 7), ("{\"a\",1}", 4), ("{\"a\"::1}", 5),
        ("\u{feff}1", 0), ("1\u{a0}", 1), ("\u{c}1", 0), ("\u{b}", 0), ("/**/1", 0), ("1//", 1), ("[1,/**/2]", 3),
    ])
    func `a text outside the grammar is refused at its first wrong byte`(text: String, offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONDocument(parsing: text) }

        #expect(error?.offset == offset)
    }

    @Test(arguments: [
        ("{\"a\":1,\"a\":2}", 7), ("{\"a\":1,\"\\u0061\":2}", 7), ("[{\"b\":{\"x\":1},\"c\":0,\"b\":2}]", 20),
        ("{\"\":1,\"\":2}", 6), ("{\"\\n\":1,\"\\u000a\":2}", 8),
    ])
    func `a key that occurs twice in one object is refused where it repeats`(text: String, offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONDocument(parsing: text) }

        #expect(error?.offset == offset)
        #expect(error?.found == "a key that this object has already")
    }

    @Test func `the same key may occur in objects inside each other and side by side`() throws {
        _ = try JSONDocument(parsing: "{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":1}]}")
    }

    @Test func `keys that differ only by canonical equivalence are different keys`() throws {
        let document = try JSONDocument(parsing: "{\"\u{e9}\":1,\"e\u{301}\":2}")

        #expect(document.root["\u{e9}"]?.int64 == 1)
        #expect(document.root["e\u{301}"]?.int64 == 2)
    }

    @Test(arguments: [15, 16, 17, 33, 5000])
    func `a repeated key is found in objects of any size, wherever it stands`(members: Int) throws {
        let keys = (0..<members).map { "\"k\($0)\":{\"k\($0)\":0}" }
        for repeated in [0, members / 2, members - 1] {
            let prefix = "{" + keys.joined(separator: ",") + ","

            let error = #expect(throws: JSONError.self) { try JSONDocument(parsing: prefix + "\"k\(repeated)\":1}") }

            #expect(error?.offset == prefix.utf8.count)
        }
        #expect(try JSONDocument(parsing: "{" + keys.joined(separator: ",") + "}").root.node.count == members)
    }

    /// Bytes inside a string and the first one refused, counted from the opening quote.
    @Test(
        arguments: [
            ([0x80], 1), ([0xbf], 1), ([0xc0, 0x80], 1), ([0xc1, 0xbf], 1), ([0xc2], 2), ([0xc2, 0x41], 2),
            ([0xc2, 0xc2], 2), ([0xe0, 0x9f, 0xbf], 2), ([0xe0, 0xa0], 3), ([0xed, 0xa0, 0x80], 2),
            ([0xed, 0xbf, 0xbf], 2),
            ([0xe2, 0x82], 3), ([0xe2, 0x28, 0xa1], 2), ([0xf0, 0x8f, 0xbf, 0xbf], 2), ([0xf4, 0x90, 0x80, 0x80], 2),
            ([0xf0, 0x9f, 0x98], 4), ([0xf0, 0x9f, 0x41, 0x41], 3), ([0xf5, 0x80, 0x80, 0x80], 1), ([0xfe], 1),
            ([0xff], 1),
        ] as [([UInt8], Int)]
    )
    func `bytes that are not UTF-8 are refused`(content: [UInt8], offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONDocument(parsing: [0x22] + content + [0x22]) }

        #expect(error?.offset == offset)
    }

    @Test(arguments: [
        ("\"\\ud800\"", 1), ("\"\\udbffx\"", 1), ("\"\\udc00\"", 1), ("\"a\\udfff\"", 2), ("\"\\ud800\\n\"", 1),
        ("\"\\ud800\\u0041\"", 7), ("\"\\ud800\\ud800\"", 7), ("\"\\ud800\\u\"", 9), ("\"\\ud83d", 1),
        ("\"\\ud83d\\", 1),
    ])
    func `a surrogate without its partner is refused`(text: String, offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONDocument(parsing: text) }

        #expect(error?.offset == offset)
    }

    @Test func `nesting is accepted up to its bound and refused at the bracket beyond`() throws {
        let arrays = String(repeating: "[", count: Limits.jsonDepthMax)
        let objects = String(repeating: "{\"a\":", count: 3)

        _ = try JSONDocument(parsing: arrays + String(repeating: "]", count: Limits.jsonDepthMax))
        let error = #expect(throws: JSONError.self) { try JSONDocument(parsing: arrays + "[") }
        #expect(error?.offset == Limits.jsonDepthMax)
        _ = try JSONDocument(parsing: "1", depthMax: 0)
        _ = try JSONDocument(parsing: objects + "1}}}", depthMax: 3)
        #expect(throws: JSONError(offset: 10, found: "'{'", expected: "at most 2 levels of nesting")) {
            try JSONDocument(parsing: objects + "1}}}", depthMax: 2)
        }
        #expect(throws: JSONError.self) {
            try JSONDocument(parsing: String(repeating: "[", count: 1_000_000), depthMax: .max)
        }
    }

    @Test func `an error names what was found by its class and never echoes content`() {
        let error = #expect(throws: JSONError.self) { try JSONDocument(parsing: "{\"email\":secret}") }

        #expect(error == JSONError(offset: 9, found: "a letter", expected: "a value"))
        #expect(error.map { "\($0)" } == "not JSON at byte 9: found a letter, expected a value")
    }

    @Test func `every prefix of a text is refused at its end`() throws {
        let text = Array("{\"a\":[1.5e+3,\"x\\u00e9\\ud83d\\ude00é😀\",true,null],\"b\":{}}".utf8)
        for length in 0..<text.count {
            let prefix = text.prefix(length)

            let error = #expect(throws: JSONError.self) { try JSONDocument(parsing: prefix) }

            // The two halves of a pair belong together: a text that ends between them is refused at the first.
            let pairStart = 21
            let isInPair = (pairStart + 6...pairStart + 7).contains(length)
            #expect(error?.offset == (isInPair ? pairStart : length), "\(length)")
        }
    }
}
