/// What the text of a JSON number is worth.
public enum JSONNumber {
    /// The integer, or nil when the text has a fraction or an exponent or does not fit.
    public static func int64(_ text: some Collection<UInt8>) -> Int64? {
        text.withContiguousBytes(int64(bytes:))
    }

    /// The nearest double, or nil when the text is no JSON number or the number is beyond a double's range.
    public static func double(_ text: some Collection<UInt8>) -> Double? {
        text.withContiguousBytes(double(bytes:))
    }

    /// Whether a JSON number is so large that no double is near it, which RFC 8259 (6) lets readers refuse.
    static func isBeyondDouble(_ text: ArraySlice<UInt8>) -> Bool {
        // Without an exponent it takes as many digits as the largest double has.
        guard text.count >= digitsOfLargestDouble || text.contains(where: { $0 | 0x20 == UInt8(ascii: "e") }) else {
            return false
        }
        return double(text) == nil
    }

    private static let digitsOfLargestDouble = 309

    /// Whether two texts name the same number exactly, however they spell it: `1`, `1.0` and `10e-1` do.
    public static func isSame(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        if left.elementsEqual(right) { return true }
        guard let left = left.withContiguousBytes({ ExactDecimal($0) }),
            let right = right.withContiguousBytes({ ExactDecimal($0) })
        else { return false }
        return left == right
    }

    static func int64(bytes text: UnsafeBufferPointer<UInt8>) -> Int64? {
        let isNegative = text.first == UInt8(ascii: "-")
        let digits = isNegative ? text.dropFirst() : text[...]
        guard !digits.isEmpty else { return nil }
        var value: Int64 = 0
        for byte in digits {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            // Counting downwards reaches the smallest integer, which has no positive counterpart.
            let (sum, isTooSmall) = product.subtractingReportingOverflow(Int64(digit))
            guard !isTooLarge, !isTooSmall else { return nil }
            value = sum
        }
        guard !isNegative else { return value }
        return value == .min ? nil : -value
    }

    private static func double(bytes text: UnsafeBufferPointer<UInt8>) -> Double? {
        var mantissa: UInt64 = 0
        let parts = NumberParts(text) { digit in
            // Past 2^53 the exact way below is closed anyhow; the bound keeps the sum from overflowing.
            mantissa = mantissa < 1 << 59 ? mantissa * 10 + UInt64(digit) : .max
        }
        guard let parts else { return nil }
        if mantissa <= 1 << 53, let exponent = parts.exponent, abs(exponent) <= 22 {
            // Both operands are doubles exactly, so the one operation rounds correctly.
            let power = powersOfTen[abs(exponent)]
            let magnitude = exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
            return parts.isNegative ? -magnitude : magnitude
        }
        guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else { return nil }
        return value
    }

    /// The powers of ten that are doubles.
    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}

/// A number's one normal form: sign, digits without zeros at either end, power of ten.
private struct ExactDecimal: Equatable {
    private var isNegative = false
    private var digits: [UInt8] = []
    private var exponent = 0

    /// Nil for what is no JSON number, and for an exponent too large to be counted with.
    init?(_ text: UnsafeBufferPointer<UInt8>) {
        var digits: [UInt8] = []
        let parts = NumberParts(text) { digit in
            if digit != 0 || !digits.isEmpty { digits.append(digit) }
        }
        guard let parts else { return nil }
        guard !digits.isEmpty else { return }
        guard var exponent = parts.exponent else { return nil }
        while digits.last == 0 {
            digits.removeLast()
            exponent += 1
        }
        (self.isNegative, self.digits, self.exponent) = (parts.isNegative, digits, exponent)
    }
}

/// What a number's text consists of beside its digits.
private struct NumberParts {
    var isNegative = false
    /// The power of ten of the last digit; nil when the text writes one beyond a thousand million.
    var exponent: Int? = 0

    /// Reads a whole text, handing over the digits of the mantissa from left to right; nil if it is no JSON number.
    @inline(__always)
    init?(_ text: UnsafeBufferPointer<UInt8>, digit: (UInt8) -> Void) {
        var bytes = text.makeIterator()
        var byte = bytes.next()
        func digits(_ take: (UInt8) -> Void) -> Int {
            var count = 0
            while let value = byte.map({ $0 &- UInt8(ascii: "0") }), value < 10 {
                take(value)
                count += 1
                byte = bytes.next()
            }
            return count
        }
        if byte == UInt8(ascii: "-") {
            isNegative = true
            byte = bytes.next()
        }
        let startsWithZero = byte == UInt8(ascii: "0")
        let whole = digits(digit)
        guard whole > 0, whole == 1 || !startsWithZero else { return nil }
        var fraction = 0
        if byte == UInt8(ascii: ".") {
            byte = bytes.next()
            fraction = digits(digit)
            guard fraction > 0 else { return nil }
        }
        var power = 0
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            byte = bytes.next()
            let isDown = byte == UInt8(ascii: "-")
            if isDown || byte == UInt8(ascii: "+") { byte = bytes.next() }
            guard digits({ power = min(power * 10 + Int($0), 10_000_000_000) }) > 0 else { return nil }
            if isDown { power = -power }
        }
        guard byte == nil else { return nil }
        exponent = abs(power) > 1_000_000_000 ? nil : power - fraction
    }
}
