/// The exact sum of numbers, rounded once at the end, so that their order does not matter.
///
/// Whole numbers stay whole; with a double among them the sum is a double. Doubles are added up as one long whole
/// number of the smallest double there is, which no intermediate sum can leave.
///
/// A number that was added can be taken out again; what is left is as if it had never been there.
struct PQLSum {
    /// How many whole numbers and how many doubles are in it.
    var integerCount: Int64 = 0
    var doubleCount: Int64 = 0
    var integers: Int128 = 0
    /// Digits of 32 bits and a sign each, the least first, not carried; empty = no doubles.
    var digits: [Int64] = []
    /// Numbers that changed the digits since they were carried.
    private var changes = 0

    /// Enough for the bits from 2^-1074 up to 2^1024, and for carries beyond.
    static let digitCount = 70
    /// The smallest double is 2 to the power of minus this.
    private static let fractionBits = 1_074
    /// Numbers after which carries are made, long before a digit could overflow.
    private static let carryInterval = 1 << 29

    /// How many numbers are in it.
    var count: Int64 { integerCount + doubleCount }

    /// Adds a finite number; leaves out what is none.
    mutating func add(_ value: PQLValue) {
        switch value {
        case .integer(let value):
            integers += Int128(value)
            integerCount += 1
        case .double(let value):
            add(value)
            doubleCount += 1
        default: return
        }
    }

    /// Takes out a number that was added.
    mutating func remove(_ value: PQLValue) {
        switch value {
        case .integer(let value):
            integers -= Int128(value)
            integerCount -= 1
        case .double(let value):
            add(-value)
            doubleCount -= 1
            if doubleCount == 0 { digits = [] }
        default: return
        }
    }

    /// The sum: whole when all numbers are and 64 bits hold it; null when it is beyond the range of a double.
    var total: PQLValue {
        if digits.isEmpty, let whole = Int64(exactly: integers) { return .integer(whole) }
        return PQLValue(finite: rounded)
    }

    /// The sum divided by the count; null when there is none.
    var average: PQLValue {
        count == 0 ? .null : PQLValue(finite: rounded / Double(count))
    }

    private mutating func add(_ value: Double) {
        guard value.isFinite else { return }
        if digits.isEmpty { digits = [Int64](repeating: 0, count: Self.digitCount) }
        // A subnormal lacks the leading bit and has the exponent of the smallest normal number.
        let isNormal = value.exponentBitPattern > 0
        let significand = value.significandBitPattern | (isNormal ? 1 << 52 : 0)
        let shift = isNormal ? Int(value.exponentBitPattern) - 1 : 0
        add(significand, shiftedBy: shift, isNegative: value.sign == .minus)
        changes += 1
        if changes == Self.carryInterval { carry() }
    }

    /// Adds a whole number of smallest doubles times a power of two.
    private mutating func add(_ magnitude: UInt64, shiftedBy shift: Int, isNegative: Bool) {
        var rest = UInt128(magnitude) << UInt128(shift % 32)
        var index = shift / 32
        while rest > 0 {
            let digit = Int64(rest & 0xFFFF_FFFF)
            digits[index] += isNegative ? -digit : digit
            rest >>= 32
            index += 1
        }
    }

    /// Brings every digit but the last between 0 and 2^32.
    mutating func carry() {
        changes = 0
        for index in digits.indices.dropLast() {
            digits[index + 1] += digits[index] >> 32
            digits[index] &= 0xFFFF_FFFF
        }
    }

    /// The double nearest to the sum, the even one of two; infinite when none is near.
    private var rounded: Double {
        guard !digits.isEmpty else { return Double(integers) }
        var sum = self
        let whole = integers.magnitude
        for (half, shift) in [(UInt64(truncatingIfNeeded: whole), 0), (UInt64(whole >> 64), 64)] {
            sum.add(half, shiftedBy: Self.fractionBits + shift, isNegative: integers < 0)
        }
        let (isNegative, magnitudes) = sum.magnitude
        sum.digits = magnitudes
        return isNegative ? -sum.nearest : sum.nearest
    }

    /// The sign of the doubles' sum and its digits, which are carried and not negative.
    var magnitude: (isNegative: Bool, digits: [Int64]) {
        var sum = self
        sum.carry()
        let isNegative = (sum.digits.last ?? 0) < 0
        if isNegative {
            sum.digits = sum.digits.map { -$0 }
            sum.carry()
        }
        return (isNegative, sum.digits)
    }

    /// ``rounded`` of digits that are carried and not negative.
    private var nearest: Double {
        guard let last = digits.lastIndex(where: { $0 != 0 }) else { return 0 }
        // The last three digits hold the 53 bits of a double, the bit after them and more.
        var top: UInt128 = 0
        for index in stride(from: last, through: max(0, last - 2), by: -1) { top = top << 32 | UInt128(digits[index]) }
        let lowest = max(0, last - 2)
        let surplus = max(0, 128 - top.leadingZeroBitCount - 53)
        var significand = UInt64(top >> UInt128(surplus))
        if surplus > 0 {
            let rest = top & (1 << UInt128(surplus) - 1)
            let half: UInt128 = 1 << UInt128(surplus - 1)
            let isAboveHalf = rest > half || (rest == half && digits[..<lowest].contains { $0 != 0 })
            if isAboveHalf || (rest == half && significand & 1 == 1) { significand += 1 }
        }
        return Double(
            sign: .plus,
            exponent: lowest * 32 + surplus - Self.fractionBits,
            significand: Double(significand)
        )
    }
}
