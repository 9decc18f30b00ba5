import Kinesis
import Testing

@testable import KinesisLocal

@Suite struct WireTests {
    private func hex(_ text: String) -> [UInt8] {
        let digits = Array(text.filter { $0 != " " })
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }

    @Test func `JSON is written compactly with blobs and times in the service's form`() {
        let value: WireValue = [
            "a\"\n": [1, -2, true, .null, .double(0.5)], "b": .bytes([0xFB, 0xFF, 1]),
            "t": .timestamp(milliseconds: 1_560_944_718_083),
        ]

        let text = String(decoding: KinesisWire.json.encode(value), as: UTF8.self)

        #expect(text == #"{"a\"\u000a":[1,-2,true,null,0.5],"b":"+/8B","t":1560944718.083}"#)
    }

    @Test func `JSON is read with every escape and number`() throws {
        let text = #" {"s":"\"\\\/\b\f\n\r\t\u00fc\ud83d\ude00é","n":[0,-0.5,1e3,9223372036854775807,1E-2,2e0]} "#

        let value = try KinesisWire.json.decode(Array(text.utf8))

        #expect(value["s"] == "\"\\/\u{8}\u{C}\n\r\t\u{FC}\u{1F600}\u{E9}")
        #expect(
            value["n"]
                == [0, .double(-0.5), .double(1000), .integer(.max), .double(0.01), .double(2)]
        )
    }

    @Test(arguments: [
        "", " ", "{", "[", "{}x", "[1,]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "{\"a\":1,\"a\":2}", "01", "-", "1.", ".5",
        "1e", "+1", "1e999", "nul", "truex", "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
        "\"\\udc00\"", "\"\n\"", "'a'", "NaN", "// x", "\u{FEFF}{}",
    ])
    func `what is not JSON is refused with its place`(text: String) {
        let error = #expect(throws: WireError.self) { try KinesisWire.json.decode(Array(text.utf8)) }
        #expect((error?.offset ?? -1) >= 0 && (error?.offset ?? -1) <= text.utf8.count)
    }

    @Test func `text that is not UTF-8 is refused`() {
        #expect(throws: WireError.self) { try KinesisWire.json.decode([0x22, 0xC0, 0xAF, 0x22]) }
        #expect(throws: WireError.self) { try KinesisWire.json.decode([0x22, 0xFF, 0x22]) }
        #expect(throws: WireError.self) { try KinesisWire.cbor.decode([0x61, 0xFF]) }
        #expect(throws: WireError.self) { try KinesisWire.cbor.decode([0x7F, 0x61, 0xC3, 0x61, 0x41, 0xFF]) }
    }

    @Test func `depth and size are bounded`() {
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(throws: WireError.self) { try KinesisWire.json.decode(deep) }
        #expect(throws: WireError.self) { try KinesisWire.cbor.decode([UInt8](repeating: 0x81, count: 1_000_000)) }
        #expect(throws: WireError.self) { try KinesisWire.cbor.decode([UInt8](repeating: 0xC1, count: 1_000_000)) }
        #expect(throws: WireError.self) {
            try KinesisWire.json.decode(Array(("[" + String(repeating: "0,", count: 300_000) + "0]").utf8))
        }
        #expect(throws: WireError.self) {
            try KinesisWire.json.decode([UInt8](repeating: 0x20, count: WireLimits.documentBytesMax + 1))
        }
        // A length that no memory could hold.
        #expect(throws: WireError.self) { try KinesisWire.cbor.decode([0x5B] + [UInt8](repeating: 0xFF, count: 8)) }
        #expect(throws: WireError.self) { try KinesisWire.cbor.decode([0x9B] + [UInt8](repeating: 0xFF, count: 8)) }
    }

    /// Examples of RFC 8949, appendix A.
    @Test(
        arguments: [
            ("00", 0), ("17", 23), ("1818", 24), ("1903e8", 1000), ("1a000f4240", 1_000_000),
            ("1b000000e8d4a51000", 1_000_000_000_000), ("20", -1), ("3903e7", -1000), ("f4", false), ("f5", true),
            ("f6", .null), ("f7", .null), ("f90000", .double(0)), ("f93c00", .double(1)),
            ("fb3ff199999999999a", .double(1.1)),
            ("f93e00", .double(1.5)), ("f97bff", .double(65504)), ("fa47c35000", .double(100_000)),
            ("fa7f7fffff", .double(3.4028234663852886e+38)), ("f90001", .double(5.960464477539063e-8)),
            ("f90400", .double(0.00006103515625)), ("f9c400", .double(-4)), ("40", .bytes([])),
            ("4401020304", .bytes([1, 2, 3, 4])), ("60", ""), ("6449455446", "IETF"), ("62c3bc", "\u{FC}"),
            ("83010203", [1, 2, 3]), ("a26161016162820203", ["a": 1, "b": [2, 3]]),
            ("5f42010243030405ff", .bytes([1, 2, 3, 4, 5])),
            ("7f657374726561646d696e67ff", "streaming"), ("9fff", []), ("9f018202039f0405ffff", [1, [2, 3], [4, 5]]),
            ("bf61610161629f0203ffff", ["a": 1, "b": [2, 3]]),
            ("c11a514b67b0", .timestamp(milliseconds: 1_363_896_240)),
            ("c1fb41d452d9ec200000", .timestamp(milliseconds: 1_363_896_240_500)),
        ] as [(String, WireValue)]
    )
    func `CBOR is read as its standard has it`(text: String, value: WireValue) throws {
        #expect(try KinesisWire.cbor.decode(hex(text)) == value)
    }

    @Test(arguments: [
        "", "18", "1c", "1f", "3f", "df", "ff", "f8ff", "f97e00", "f97c00", "1bffffffffffffffff", "3bffffffffffffffff",
        "61", "5f", "5f01ff", "5f5f4101ffff", "9f", "9f01", "8201", "a1", "a10101", "a261610161 6101", "bf6161ff", "c0",
        "c1",
        "c16161", "c249010000000000000000", "0000", "fc",
    ])
    func `what is not the service's CBOR is refused`(text: String) {
        #expect(throws: WireError.self) { try KinesisWire.cbor.decode(hex(text)) }
    }

    @Test func `what is written is read back the same`() throws {
        var generator = TestSeed.generator()
        func value(_ depth: Int) -> WireValue {
            switch Int.random(in: 0...(depth > 0 ? 7 : 5), using: &generator) {
            case 0: return .null
            case 1: return .bool(.random(using: &generator))
            case 2:
                let shift = Int64.random(in: 0...63, using: &generator)
                return .integer(Int64.random(in: .min ... .max, using: &generator) >> shift)
            case 3: return .double(Double.random(in: -1e9...1e9, using: &generator))
            case 4:
                return .string(
                    String((0..<4).map { _ in "aü\"\u{0}\\\u{1F600}".randomElement(using: &generator) ?? "a" })
                )
            case 5: return .bytes((0..<300).map { _ in UInt8.random(in: 0...255, using: &generator) })
            case 6: return .array((0..<3).map { _ in value(depth - 1) })
            default: return .map((0..<3).map { ("m\($0)", value(depth - 1)) })
            }
        }
        /// JSON shows a blob as text.
        func asJSON(_ value: WireValue) -> WireValue {
            switch value {
            case .bytes(let bytes): .string(Base64.encode(bytes))
            case .array(let items): .array(items.map(asJSON))
            case .map(let members): .map(members.map { ($0.0, asJSON($0.1)) })
            default: value
            }
        }
        for _ in 0..<2000 {
            let value = value(4)
            #expect(try KinesisWire.cbor.decode(KinesisWire.cbor.encode(value)) == value)
            #expect(try KinesisWire.json.decode(KinesisWire.json.encode(value)) == asJSON(value))
        }
    }

    @Test(arguments: KinesisWire.allCases)
    func `random bytes never bring a reader down`(wire: KinesisWire) {
        var generator = TestSeed.generator()
        let seed = wire.encode([
            "Records": [["Data": .bytes([1, 2, 3]), "n": [1, .double(0.5), .null, true]]], "s": "x",
        ])
        for _ in 0..<30_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if let value = try? wire.decode(bytes) {
                #expect((try? wire.decode(wire.encode(value))) != nil)
            }
        }
    }

    @Test func `base64 of every length comes back`() {
        var generator = TestSeed.generator()
        for length in 0...200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let text = Base64.encode(bytes)
            #expect(text.utf8.count == Base64.encodedCount(length))
            #expect(Base64.decode(text) == bytes)
        }
        // RFC 4648 section 10.
        for (text, encoded) in [("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("", "")] {
            #expect(Base64.encode(Array(text.utf8)) == encoded)
        }
        for text in ["Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zm 9", "Zg==Zg==", "Zm-_", "Zm9v\n", "ü==="] {
            #expect(Base64.decode(text) == nil, "\(text)")
        }
    }
}
