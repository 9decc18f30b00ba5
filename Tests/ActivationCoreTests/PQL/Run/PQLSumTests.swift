import Testing

@testable import ActivationCore

struct PQLSumTests {
    /// The smallest double, which no literal may be.
    private static let tiny = Double.leastNonzeroMagnitude

    /// Sums that Python's math.fsum gives, most of them otherwise when added up one after the other.
    private static let sums: [([Double], Double)] = [
        ([0.1, 0.2, 0.3], 0.6), ([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1], 1), ([1e16, 1, -1e16], 1),
        ([1, 1e100, 1, -1e100], 2), ([1e308, 1e308, -1e308], 1e308), ([1e308, -1e308, 1e308, -1e308], 0),
        ([tiny, tiny], tiny * 2), ([tiny, -tiny], 0),
        ([Double.leastNormalMagnitude, -tiny], Double.leastNormalMagnitude.nextDown),
        ([9007199254740992, 1], 9_007_199_254_740_992), ([9007199254740992, 1, tiny], 9_007_199_254_740_994),
        ([9007199254740994, 1], 9_007_199_254_740_996), ([9007199254740994, 1, -tiny], 9_007_199_254_740_994),
        ([-9007199254740992, -1, -tiny], -9_007_199_254_740_994),
        ([1.7976931348623157e308, 9.9e291], 1.7976931348623157e308),
        ([-0.0], 0), ([1e-300, 1e300, -1e300], 1e-300), ([0.5, 0.25, 1e-20], 0.75),
    ]

    private func sum(_ values: [PQLValue]) -> PQLSum {
        var sum = PQLSum()
        for value in values { sum.add(value) }
        return sum
    }

    @Test(arguments: PQLSumTests.sums)
    func `a sum is the double nearest to the exact sum, in any order`(numbers: [Double], expected: Double) {
        for order in [numbers, numbers.reversed(), numbers.sorted(), numbers.sorted(by: >)] {
            guard case .double(let found) = sum(order.map(PQLValue.double)).total else {
                Issue.record("no double")
                return
            }
            #expect(found == expected)
        }
    }

    @Test func `a sum agrees with Python's fsum`() throws {
        for row in PQLSumExamples.rows.split(separator: "\n") {
            let numbers = row.split { ",=".contains($0) }.compactMap { UInt64($0, radix: 16) }.map(
                Double.init(bitPattern:)
            )
            let expected = try #require(numbers.last)

            guard case .double(let found) = sum(numbers.dropLast().map(PQLValue.double)).total else {
                Issue.record("no double")
                continue
            }
            #expect(found == expected, "\(row)")
        }
    }

    @Test func `a sum agrees with one of fractions`() {
        var random = TestSeed.generator()
        for _ in 0..<2_000 {
            let numbers = (0..<Int.random(in: 1...8, using: &random)).map { _ -> PQLValue in
                switch Int.random(in: 0..<4, using: &random) {
                case 0: return .integer(Int64.random(in: .min ... .max, using: &random))
                case 1: return .double(Double(Int64.random(in: -1_000...1_000, using: &random)) / 64)
                default:
                    // At most 2^70 in steps of 2^-50, so that 128 bits hold the exact sum.
                    let exponent = Int.random(in: -50...17, using: &random)
                    let significand = Int64.random(in: -(1 << 52)...(1 << 52), using: &random)
                    return .double(Double(sign: .plus, exponent: exponent, significand: Double(significand)))
                }
            }
            let exact = numbers.reduce(Int128(0)) { total, number in
                switch number {
                case .integer(let value): total + Int128(value) << 50
                case .double(let value): total + Int128(value * 0x1p50)
                default: total
                }
            }
            let expected = Double(exact) * 0x1p-50

            let sum = sum(numbers.shuffled(using: &random))

            switch sum.total {
            case .double(let found): #expect(found == expected, "\(numbers)")
            case .integer(let found): #expect(Int128(found) << 50 == exact, "\(numbers)")
            default: Issue.record("no sum of \(numbers)")
            }
            if case .double(let average) = sum.average {
                #expect(average == expected / Double(numbers.count))
            } else {
                Issue.record("no average of \(numbers)")
            }
        }
    }

    @Test func `whole numbers stay whole on the way and in the end`() throws {
        let beyond = [PQLValue.integer(.max), .integer(.max), .integer(.min), .integer(.min)]
        guard case .integer(-2) = sum(beyond).total else {
            Issue.record("\(sum(beyond).total)")
            return
        }
        guard case .double(0x1p64) = sum([.integer(.max), .integer(.max), .integer(2)]).total else {
            Issue.record("\(sum([.integer(.max), .integer(.max)]).total)")
            return
        }
        #expect(sum([.double(1.7e308), .double(1.7e308)]).total.isNull)
        #expect(sum([.null, .string("1"), .boolean(true)]).average.isNull)
    }

    @Test(arguments: [
        ("[0.1, 0.2, 0.3].sum() = 0.6", "true"), ("[0.3, 0.2, 0.1].average() = 0.6 / 3", "true"),
        ("{\"a\": 0.1, \"b\": 0.2, \"c\": 0.3}.values().sum() = 0.6", "true"),
        ("(sum X over X from [0.1, 0.2, 0.3]) = 0.6", "true"),
        ("[9223372036854775807, 1, -1].sum()", "9223372036854775807"),
        ("[1, 2].sum()", "3"), ("[1, 2.0].sum() = 3", "true"), ("[].sum()", "0"), ("[].average()", "null"),
    ])
    func `every way to sum is exact`(row: (text: String, result: String)) throws {
        #expect(try PQLFixture.value(row.text) == row.result)
    }
}
