/// A value as a member of sets: equal numbers are equal whatever their type, strings by bytes, arrays as multisets.
struct PQLKey: Hashable {
    let value: PQLValue

    init(_ value: PQLValue) {
        self.value = value
    }

    static func == (left: PQLKey, right: PQLKey) -> Bool {
        switch (left.value, right.value) {
        case (.null, .null): true
        case (.boolean(let left), .boolean(let right)): left == right
        case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
        case (.date, .date), (.date, .timestamp), (.timestamp, .date), (.timestamp, .timestamp):
            PQLTime.instant(of: left.value) == PQLTime.instant(of: right.value)
        case (.array(let left), .array(let right)): areEqual(left, right)
        case (.map(let left), .map(let right)): areEqual(left, right)
        default: PQLOrder.ofNumbers(left.value, right.value) == .same
        }
    }

    /// Arrays are equal when they hold the same values equally often.
    private static func areEqual(_ left: PQLArray, _ right: PQLArray) -> Bool {
        guard left.count == right.count else { return false }
        var counts: [PQLKey: Int] = [:]
        for value in left { counts[PQLKey(value), default: 0] += 1 }
        for value in right {
            guard let count = counts[PQLKey(value)], count > 0 else { return false }
            counts[PQLKey(value)] = count - 1
        }
        return true
    }

    private static func areEqual(_ left: PQLMap, _ right: PQLMap) -> Bool {
        guard left.count == right.count else { return false }
        var values: [PQLKey: PQLValue] = [:]
        for entry in left.entries { values[PQLKey(.string(entry.key))] = entry.value }
        for entry in right.entries {
            guard let value = values[PQLKey(.string(entry.key))], PQLKey(value) == PQLKey(entry.value) else {
                return false
            }
        }
        return true
    }

    func hash(into hasher: inout Hasher) {
        switch value {
        case .null: hasher.combine(0)
        case .boolean(let value): hasher.combine(value)
        // Equal numbers of either type become the same double.
        case .integer(let value): hasher.combine(Double(value))
        case .double(let value): hasher.combine(value)
        case .string(let value): for byte in value.utf8 { hasher.combine(byte) }
        case .date, .timestamp: hasher.combine(PQLTime.instant(of: value))
        case .array(let array): hasher.combine(array.count)
        case .map(let map): hasher.combine(map.count)
        }
    }
}
