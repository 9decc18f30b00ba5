import ActivationCore
import Testing

struct JSONNumberTests {
    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("42", 42), ("9223372036854775807", .max), ("-9223372036854775808", .min),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("1.0", nil), ("1e2", nil), ("", nil),
            ("-", nil),
            ("99999999999999999999", nil), ("a", nil),
        ] as [(String, Int64?)]
    )
    func `an integer is read when it fits`(text: String, value: Int64?) {
        #expect(JSONNumber.int64(text.utf8) == value)
    }

    @Test(
        arguments: [
            ("0.1", 0.1), ("1e22", 1e22), ("1e23", 1e23), ("9007199254740993", 9_007_199_254_740_992), ("1.5e3", 1500),
            ("123456789012345678901234567890", 123456789012345678901234567890.0), ("4.9e-324", .leastNonzeroMagnitude),
            ("1e-400", 0),
            ("1.7976931348623157e308", .greatestFiniteMagnitude), ("0.000000000000000000000000000001", 1e-30),
            ("0e999999999999", 0), ("1e309", nil),
            ("-1e400", nil),
            ("1e99999999999999999999", nil), ("", nil), ("-", nil), ("1.", nil), (".5", nil), ("01", nil), ("1e", nil),
            ("inf", nil), ("nan", nil), ("0x10", nil), (" 1", nil), ("1 ", nil), ("+1", nil),
        ] as [(String, Double?)]
    )
    func `a double is the nearest one, within a double's range`(text: String, value: Double?) {
        #expect(JSONNumber.double(text.utf8) == value)
    }

    @Test func `minus zero keeps its sign`() {
        #expect(JSONNumber.double("-0".utf8)?.sign == .minus)
        #expect(JSONNumber.double("-0.0".utf8)?.sign == .minus)
    }

    @Test func `doubles are read as the standard library reads them`() {
        var random = TestSeed.generator()
        for _ in 0..<20_000 {
            let whole = random.next() >> UInt64.random(in: 0..<64, using: &random)
            let fraction = random.next() >> UInt64.random(in: 0..<64, using: &random)
            let text = "\(random.oneIn(2) ? "-" : "")\(whole).\(fraction)e\(Int.random(in: -330...310, using: &random))"

            let expected = Double(text).flatMap { $0.isFinite ? $0 : nil }

            #expect(JSONNumber.double(text.utf8) == expected, "\(text)")
        }
    }
}
