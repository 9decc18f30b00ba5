/// How two values stand to each other.
enum PQLOrder {
    case less, same, greater

    @inline(__always)
    init<Value: Comparable>(_ left: Value, _ right: Value) {
        self = left < right ? .less : left == right ? .same : .greater
    }

    /// Whether a comparison is true of two values in this order.
    @inline(__always)
    func satisfies(_ comparison: PQLComparison) -> Bool {
        switch comparison {
        case .equal: self == .same
        case .notEqual: self != .same
        case .less: self == .less
        case .lessOrEqual: self != .greater
        case .greater: self == .greater
        case .greaterOrEqual: self != .less
        }
    }

    /// Order of two scalars of one kind; nil for kinds that have no order with each other.
    ///
    /// A string opposite a date or an instant is read as one (PQL 4).
    static func ofScalars(_ left: PQLValue, _ right: PQLValue, _ calendar: PQLCalendar) -> PQLOrder? {
        switch (left, right) {
        case (.string(let left), .string(let right)): return ofTexts(left, right)
        case (.date, _), (.timestamp, _), (_, .date), (_, .timestamp):
            guard let left = calendar.instant(of: left), let right = calendar.instant(of: right) else { return nil }
            return PQLOrder(left, right)
        default: return ofNumbers(left, right)
        }
    }

    /// Order of two numbers by value; nil when one is no number.
    static func ofNumbers(_ left: PQLValue, _ right: PQLValue) -> PQLOrder? {
        switch (left, right) {
        case (.integer(let left), .integer(let right)): PQLOrder(left, right)
        case (.double(let left), .double(let right)): PQLOrder(left, right)
        case (.integer(let left), .double(let right)): of(left, right)
        case (.double(let left), .integer(let right)): of(right, left).reversed
        default: nil
        }
    }

    /// Order of a whole number and a finite double, exact where a conversion would round.
    static func of(_ left: Int64, _ right: Double) -> PQLOrder {
        if right >= 0x1p63 { return .less }
        if right < -0x1p63 { return .greater }
        let whole = Int64(right)
        if left != whole { return PQLOrder(left, whole) }
        return PQLOrder(0, right - Double(whole))
    }

    var reversed: PQLOrder {
        switch self {
        case .less: .greater
        case .same: .same
        case .greater: .less
        }
    }

    /// Order of two texts by their UTF-8 bytes, which is the order of their Unicode scalars.
    static func ofTexts(_ left: String, _ right: String) -> PQLOrder {
        var left = left.utf8.makeIterator()
        var right = right.utf8.makeIterator()
        while true {
            switch (left.next(), right.next()) {
            case (nil, nil): return .same
            case (nil, _): return .less
            case (_, nil): return .greater
            case (let first?, let second?): if first != second { return PQLOrder(first, second) }
            }
        }
    }
}
