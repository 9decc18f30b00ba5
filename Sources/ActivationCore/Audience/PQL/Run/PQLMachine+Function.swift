extension PQLMachine {
    /// Applies a function whose arguments are on the stack, the receiver deepest.
    mutating func apply(_ function: PQLFunction) {
        switch function {
        case .isNull: truth = pop().isNull
        case .isNotNull: truth = !pop().isNull
        case .includes, .intersects, .subsetOf, .supersetOf, .intersection: applySets(function)
        case .distinct: distinct()
        case .head:
            if case .array(let items) = pop() { push(items.first { _ in true } ?? .null) } else { push(.null) }
        case .count: push(PQLMachine.count(of: pop()))
        case .get:
            let key = pop()
            guard case .map(let map) = pop(), case .string(let name) = key else { return push(.null) }
            push(map[name])
        case .keys:
            guard case .map(let map) = pop() else { return push(.null) }
            push(.array(PQLArray(map.entries.map { .string($0.key) })))
        case .values:
            guard case .map(let map) = pop() else { return push(.null) }
            push(.array(PQLArray(map.entries.map(\.value))))
        case .mapEntry:
            let value = pop()
            guard let key = PQLMachine.key(of: pop()) else { return push(.null) }
            push(.map(PQLMap(entry: key, value)))
        case .getMonth, .getDayOfMonth, .getYear:
            let date = calendar.civilDate(of: pop())
            push(date.flatMap { function.datePart?.of($0) } ?? .null)
        case .equals, .notEqualTo, .startsWith, .doesNotStartWith, .endsWith, .doesNotEndWith, .contains,
            .doesNotContain, .matches, .regexGroup, .groupBy, .filter, .map, .topN, .bottomN, .sum, .average, .min,
            .max, .exists, .forall, .currentMonth, .currentDayOfMonth, .currentYear, .inSegment, .date:
            preconditionFailure("\(function) has instructions of its own")
        }
    }

    static func count(of value: PQLValue) -> PQLValue {
        switch value {
        case .null: .integer(0)
        case .array(let items): .integer(Int64(items.count))
        case .map(let map): .integer(Int64(map.count))
        default: .null
        }
    }

    /// A scalar as the key of a map; nil for null, arrays and maps.
    static func key(of value: PQLValue) -> String? {
        switch value {
        case .null, .array, .map: return nil
        case .string(let text): return text
        case .date, .timestamp: return PQLTime.text(of: value)
        case .boolean, .integer, .double:
            var bytes: [UInt8] = []
            value.write(to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    // MARK: Arrays as sets

    private mutating func applySets(_ function: PQLFunction) {
        let argument = pop()
        guard case .array(let left) = pop() else {
            if function == .intersection { push(.null) } else { truth = false }
            return
        }
        spend(left.count)
        if function == .includes {
            truth = !argument.isNull && left.contains { PQLLogic.areEqual($0, argument, calendar) }
            return
        }
        guard case .array(let right) = argument else {
            if function == .intersection { push(.null) } else { truth = false }
            return
        }
        spend(right.count)
        let leftSet = Set(left.map(PQLKey.init))
        let rightSet = Set(right.map(PQLKey.init))
        switch function {
        case .intersects: truth = !leftSet.isDisjoint(with: rightSet)
        case .subsetOf: truth = leftSet.isSubset(of: rightSet)
        case .supersetOf: truth = leftSet.isSuperset(of: rightSet)
        default:
            var seen: Set<PQLKey> = []
            let common = left.filter { item in
                !item.isNull && rightSet.contains(PQLKey(item)) && seen.insert(PQLKey(item)).inserted
            }
            push(.array(PQLArray(common)))
        }
    }

    private mutating func distinct() {
        guard case .array(let items) = pop() else { return push(.null) }
        spend(items.count)
        var seen: Set<PQLKey> = []
        push(.array(PQLArray(items.filter { !$0.isNull && seen.insert(PQLKey($0)).inserted })))
    }
}
