/// The tests that operators and string functions share (PQL 5, 6).
///
/// A null side makes every test false. Against an array a positive test needs one passing element, a negative test
/// needs an element and all of them passing.
enum PQLLogic {
    static func compare(
        _ comparison: PQLComparison,
        _ left: PQLValue,
        _ right: PQLValue,
        _ calendar: PQLCalendar
    ) -> Bool {
        switch (left, right) {
        case (.null, _), (_, .null):
            return false
        case (.array(let left), .array(let right)):
            switch comparison {
            case .equal: return PQLKey(.array(left)) == PQLKey(.array(right))
            case .notEqual: return PQLKey(.array(left)) != PQLKey(.array(right))
            default: return false
            }
        case (.array(let items), let scalar):
            return test(items, isNegative: comparison == .notEqual) { compareItem(comparison, $0, scalar, calendar) }
        case (let scalar, .array(let items)):
            return test(items, isNegative: comparison == .notEqual) { compareItem(comparison, scalar, $0, calendar) }
        default:
            return compareItem(comparison, left, right, calendar)
        }
    }

    /// Compares without a look into arrays.
    private static func compareItem(
        _ comparison: PQLComparison,
        _ left: PQLValue,
        _ right: PQLValue,
        _ calendar: PQLCalendar
    ) -> Bool {
        if left.isNull || right.isNull { return false }
        switch comparison {
        case .equal: return areEqual(left, right, calendar)
        case .notEqual: return !areEqual(left, right, calendar)
        default: return PQLOrder.ofScalars(left, right, calendar)?.satisfies(comparison) ?? false
        }
    }

    /// Equality of two values; a string opposite a time is read as one.
    static func areEqual(_ left: PQLValue, _ right: PQLValue, _ calendar: PQLCalendar) -> Bool {
        switch (left, right) {
        case (.string, .date), (.string, .timestamp), (.date, .string), (.timestamp, .string):
            PQLOrder.ofScalars(left, right, calendar) == .same
        default: PQLKey(left) == PQLKey(right)
        }
    }

    /// Applies a test to a value or, when it is an array, to its elements.
    static func test(_ value: PQLValue, isNegative: Bool, _ passes: (PQLValue) -> Bool) -> Bool {
        switch value {
        case .null: false
        case .array(let items): test(items, isNegative: isNegative, passes)
        default: passes(value)
        }
    }

    private static func test(_ items: PQLArray, isNegative: Bool, _ passes: (PQLValue) -> Bool) -> Bool {
        var isEmpty = true
        for item in items {
            isEmpty = false
            if passes(item) != isNegative { return !isNegative }
        }
        return isNegative && !isEmpty
    }

    /// `x in A` and `x notIn A`; a scalar on the right counts as an array of one.
    static func isMember(
        _ value: PQLValue,
        of list: PQLValue,
        isNegated: Bool,
        _ calendar: PQLCalendar
    ) -> Bool {
        let items: PQLArray
        switch list {
        case .null: return false
        case .array(let array): items = array
        default: items = PQLArray([list])
        }
        return test(value, isNegative: isNegated) { value in
            if value.isNull { return false }
            return items.contains { areEqual(value, $0, calendar) } != isNegated
        }
    }

    static func fits(_ value: PQLValue, pattern: PQLValue) -> Bool {
        guard case .string(let pattern) = pattern else { return false }
        return test(value, isNegative: false) { value in
            guard case .string(let text) = value else { return false }
            return PQLText.fits(text, pattern: pattern)
        }
    }
}
