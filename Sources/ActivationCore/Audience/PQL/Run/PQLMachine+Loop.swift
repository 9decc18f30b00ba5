extension PQLMachine {
    /// Runs a loop over the value on the stack and leaves its result.
    mutating func run(_ loop: PQLLoop) {
        switch loop.kind {
        case .filter: filter(loop)
        case .map: map(loop)
        case .groupBy: groupBy(loop)
        case .topN, .bottomN: ranked(loop)
        case .sum, .average: sum(loop)
        case .min, .max: extreme(loop)
        case .exists, .forall: quantify(loop)
        case .each:
            guard let items = items(of: pop()) else { return }
            for item in items {
                runBody(loop, item)
                if isExhausted { return }
            }
        }
    }

    /// The items a loop walks over: a map counts as an array of one; nil for null and scalars.
    private func items(of value: PQLValue) -> PQLArray? {
        switch value {
        case .array(let items): items
        case .map: PQLArray([value])
        default: nil
        }
    }

    private mutating func runBody(_ loop: PQLLoop, _ item: PQLValue) {
        slots[loop.slot] = item
        run(loop.body)
    }

    /// The value of the body for an item.
    private mutating func bodyValue(_ loop: PQLLoop, _ item: PQLValue) -> PQLValue {
        runBody(loop, item)
        return pop()
    }

    // MARK: Arrays out

    private mutating func filter(_ loop: PQLLoop) {
        guard let items = items(of: pop()) else { return push(.null) }
        var kept: [PQLValue] = []
        for item in items {
            runBody(loop, item)
            if isExhausted { break }
            if truth { kept.append(item) }
        }
        push(.array(PQLArray(kept)))
    }

    private mutating func map(_ loop: PQLLoop) {
        var results: [PQLValue] = []
        switch pop() {
        case .array(let items):
            // Only a map has keys, so a lambda of two parameters sees null as the key here.
            if let keySlot = loop.keySlot { slots[keySlot] = .null }
            for item in items {
                results.append(bodyValue(loop, item))
                if isExhausted { break }
            }
        case .map(let map):
            for entry in map.entries {
                if let keySlot = loop.keySlot { slots[keySlot] = .string(entry.key) }
                results.append(bodyValue(loop, entry.value))
                if isExhausted { break }
            }
        default: return push(.null)
        }
        push(PQLMachine.gathered(results))
    }

    /// Results of a map: a map when all are entries, of which the last one of a key counts; else an array.
    private static func gathered(_ results: [PQLValue]) -> PQLValue {
        var entries: [(key: String, value: PQLValue)] = []
        var places: [PQLKey: Int] = [:]
        for result in results {
            guard case .map(let map) = result, map.isEntry, let entry = map.entries.first else {
                return .array(PQLArray(results))
            }
            let key = PQLKey(.string(entry.key))
            if let place = places[key] {
                entries[place].value = entry.value
            } else {
                places[key] = entries.count
                entries.append(entry)
            }
        }
        return results.isEmpty ? .array(PQLArray([])) : .map(PQLMap(entries))
    }

    private mutating func groupBy(_ loop: PQLLoop) {
        guard let items = items(of: pop()) else { return push(.null) }
        var groups: [(key: String, items: [PQLValue])] = []
        var places: [PQLKey: Int] = [:]
        for item in items {
            let value = bodyValue(loop, item)
            if isExhausted { break }
            var keys: [String] = []
            if case .array(let parts) = value {
                spend(parts.count)
                var seen: Set<PQLKey> = []
                for part in parts {
                    guard let key = PQLMachine.key(of: part), seen.insert(PQLKey(.string(key))).inserted else {
                        continue
                    }
                    keys.append(key)
                }
            } else if let key = PQLMachine.key(of: value) {
                keys = [key]
            }
            for key in keys {
                if let place = places[PQLKey(.string(key))] {
                    groups[place].items.append(item)
                } else {
                    places[PQLKey(.string(key))] = groups.count
                    groups.append((key, [item]))
                }
            }
        }
        push(.map(PQLMap(groups.map { ($0.key, .array(PQLArray($0.items))) })))
    }

    private mutating func ranked(_ loop: PQLLoop) {
        let count = pop()
        guard let items = items(of: pop()), case .integer(let wanted) = count else { return push(.null) }
        var keyed: [(key: PQLValue, position: Int, item: PQLValue)] = []
        for (position, item) in items.enumerated() {
            let key = bodyValue(loop, item)
            if isExhausted { break }
            switch key {
            case .integer, .double: keyed.append((key, position, item))
            default: continue
            }
        }
        let first = loop.kind == .topN ? PQLOrder.greater : .less
        keyed.sort { left, right in
            let order = PQLOrder.ofNumbers(left.key, right.key) ?? .same
            return order == .same ? left.position < right.position : order == first
        }
        push(.array(PQLArray(keyed.prefix(Int(clamping: max(0, wanted))).map(\.item))))
    }

    // MARK: One value out

    private mutating func sum(_ loop: PQLLoop) {
        let value = pop()
        guard let items = items(of: value) else {
            return push(loop.kind == .sum && value.isNull ? .integer(0) : .null)
        }
        var sum = PQLSum()
        for item in items {
            sum.add(bodyValue(loop, item))
            if isExhausted { break }
        }
        push(loop.kind == .sum ? sum.total : sum.average)
    }

    private mutating func extreme(_ loop: PQLLoop) {
        guard let items = items(of: pop()) else { return push(.null) }
        var extreme = PQLExtreme(loop.kind == .min ? .less : .greater, calendar)
        for item in items {
            let value = bodyValue(loop, item)
            if isExhausted { break }
            extreme.add(value)
        }
        push(extreme.value)
    }

    private mutating func quantify(_ loop: PQLLoop) {
        let value = pop()
        let decisive = loop.kind == .exists
        guard let items = items(of: value) else {
            truth = !decisive && value.isNull
            return
        }
        for item in items {
            runBody(loop, item)
            if isExhausted || truth == decisive { return }
        }
        truth = !decisive
    }
}
