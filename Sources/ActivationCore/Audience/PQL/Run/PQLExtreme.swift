/// The least or greatest of values in order; values of another kind than the first are passed over.
struct PQLExtreme {
    let wanted: PQLOrder
    let calendar: PQLCalendar
    private(set) var value = PQLValue.null

    /// Creates the extreme of nothing: `less` for the least value, `greater` for the greatest.
    init(_ wanted: PQLOrder, _ calendar: PQLCalendar) {
        self.wanted = wanted
        self.calendar = calendar
    }

    mutating func add(_ candidate: PQLValue) {
        switch candidate {
        case .integer, .double, .string, .date, .timestamp: break
        default: return
        }
        if value.isNull || order(candidate, value) == wanted { value = candidate }
    }

    /// The order of two values of one kind; nil for other ones.
    func order(_ left: PQLValue, _ right: PQLValue) -> PQLOrder? {
        left.isString == right.isString ? PQLOrder.ofScalars(left, right, calendar) : nil
    }
}

extension PQLValue {
    fileprivate var isString: Bool {
        if case .string = self { true } else { false }
    }
}
