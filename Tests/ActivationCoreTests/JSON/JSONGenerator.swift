import ActivationCore

/// Random JSON values and random spellings of them.
struct JSONGenerator {
    var random: SplitMix64

    private static let characters: [Unicode.Scalar] = [
        "a", "b", "Z", "0", " ", "/", "\"", "\\", "\n", "\t", "\r", "\u{8}", "\u{c}", "\u{0}", "\u{1}", "\u{1f}",
        "\u{7f}",
        "\u{80}", "é", "ß", "\u{301}", "\u{7ff}", "\u{800}", "東", "\u{d7ff}", "\u{e000}", "\u{feff}", "\u{ffff}", "😀",
        "\u{10000}", "\u{10ffff}", "{", "}", "[", "]", ":", ",", "u",
    ]
    private static let numbers = [
        "0.0", "1.50", "-0.5", "1e3", "1E+3", "2e-7", "-1.25e10", "9223372036854775808", "-9223372036854775809",
        "123456789012345678901234567890", "0.1", "3.14159", "1e-300", "4.9e-324", "1.7976931348623157e308",
    ]

    /// A value of at most this many levels.
    mutating func value(depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 10 : 7), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .integer(Int64.random(in: -1000...1000, using: &random))
        case 3: return .integer(Int64(truncatingIfNeeded: random.next()))
        case 4: return .number(text: Self.numbers.randomElement(using: &random) ?? "0.0")
        case 5, 6: return .string(string())
        case 7: return .array((0..<size()).map { _ in value(depth: depth - 1) })
        default:
            var members = JSONObject()
            for _ in 0..<size() { members[string()] = value(depth: depth - 1) }
            return .object(members)
        }
    }

    mutating func string() -> String {
        var text = ""
        for _ in 0..<size() {
            if random.oneIn(3) {
                text.unicodeScalars.append(Self.characters.randomElement(using: &random) ?? "a")
            } else {
                text += "abc"
            }
        }
        return text
    }

    /// One of the texts of a value: random white space, random spelling of characters.
    mutating func spell(_ value: JSONValue) -> [UInt8] {
        var bytes: [UInt8] = []
        space(&bytes)
        switch value {
        case .string(let text): spell(text, &bytes)
        case .array(let items):
            bytes.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes += spell(item)
            }
            if items.isEmpty { space(&bytes) }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                space(&bytes)
                spell(member.key, &bytes)
                space(&bytes)
                bytes.append(UInt8(ascii: ":"))
                bytes += spell(member.value)
            }
            if members.isEmpty { space(&bytes) }
            bytes.append(UInt8(ascii: "}"))
        default: value.write(to: &bytes)
        }
        space(&bytes)
        return bytes
    }

    private mutating func spell(_ text: String, _ bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            if random.oneIn(4) {
                for unit in String(scalar).utf16 { bytes += hexadecimal(unit) }
            } else if scalar == "/", random.oneIn(2) {
                bytes += "\\/".utf8
            } else {
                JSONWriter.appendContent(String(scalar).utf8, to: &bytes)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func hexadecimal(_ unit: UInt16) -> [UInt8] {
        let digits = String(unit, radix: 16, uppercase: Bool.random(using: &random))
        return Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
    }

    private mutating func space(_ bytes: inout [UInt8]) {
        while random.oneIn(5) { bytes.append(Array(" \n\t\r".utf8).randomElement(using: &random) ?? 0x20) }
    }

    private mutating func size() -> Int {
        random.oneIn(30) ? Int.random(in: 0...40, using: &random) : Int.random(in: 0...5, using: &random)
    }
}
