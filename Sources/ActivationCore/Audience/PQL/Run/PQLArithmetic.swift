/// Numbers in, a number or null out (PQL 5, 6).
enum PQLArithmetic {
    static func apply(_ symbol: PQLOperator, _ left: PQLValue, _ right: PQLValue) -> PQLValue {
        switch (left, right) {
        case (.integer(let left), .integer(let right)): apply(symbol, left, right)
        case (.integer(let left), .double(let right)): apply(symbol, Double(left), right)
        case (.double(let left), .integer(let right)): apply(symbol, left, Double(right))
        case (.double(let left), .double(let right)): apply(symbol, left, right)
        default: .null
        }
    }

    /// Whole numbers stay whole until they overflow; division gives a double always.
    private static func apply(_ symbol: PQLOperator, _ left: Int64, _ right: Int64) -> PQLValue {
        let (value, overflows): (Int64, Bool)
        switch symbol {
        case .plus: (value, overflows) = left.addingReportingOverflow(right)
        case .minus: (value, overflows) = left.subtractingReportingOverflow(right)
        case .times: (value, overflows) = left.multipliedReportingOverflow(by: right)
        case .divided: return apply(.divided, Double(left), Double(right))
        case .remainder:
            guard right != 0 else { return .null }
            // The one overflow is that of the smallest number by -1, whose remainder is 0.
            (value, overflows) = (left.remainderReportingOverflow(dividingBy: right).partialValue, false)
        }
        return overflows ? apply(symbol, Double(left), Double(right)) : .integer(value)
    }

    private static func apply(_ symbol: PQLOperator, _ left: Double, _ right: Double) -> PQLValue {
        switch symbol {
        case .plus: PQLValue(finite: left + right)
        case .minus: PQLValue(finite: left - right)
        case .times: PQLValue(finite: left * right)
        case .divided: right == 0 ? .null : PQLValue(finite: left / right)
        case .remainder: right == 0 ? .null : PQLValue(finite: left.truncatingRemainder(dividingBy: right))
        }
    }

    static func negate(_ value: PQLValue) -> PQLValue {
        switch value {
        case .integer(.min): .double(0x1p63)
        case .integer(let value): .integer(-value)
        case .double(let value): .double(-value)
        default: .null
        }
    }
}
