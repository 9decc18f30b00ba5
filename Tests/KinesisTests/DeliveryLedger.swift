import ActivationCore
import ActivationEngine

/// Every row of an outbox, which rows a reader has to see before it, and what the stream holds.
///
/// Rows of one person are seen in their order. A row that came in before two people became one stays behind those of its own
/// person only; what comes after that stays behind the rows of both.
struct DeliveryLedger {
    private struct Row {
        var profile: Profile.ID
        /// The last rows of its person when it came in.
        var predecessors: [Int64]
        var successors: [Int64] = []
        /// The service will never take it.
        var isPoison: Bool
        /// The service found fault with it, alone.
        var wasRefused = false
        var isClaimed = false
        var isSettled = false
        var isParked = false
        /// The aggregate that it was taken out of, to go by itself.
        var divided: [Int64] = []
        /// The latest sink of which a copy reached the stream, and which of all copies the last one was.
        var landed: (sink: Int, copy: Int)?
    }

    private var rows: [Int64: Row] = [:]
    /// The last rows of every person.
    private var last: [Profile.ID: [Int64]] = [:]
    /// How many copies the stream holds.
    private(set) var copies = 0
    private(set) var unsettledCount = 0
    private var unsettledPoisonCount = 0

    // MARK: Rows in

    /// Learns what waits in the outbox after a change: which rows are new, and whose the others are now.
    mutating func see(_ waiting: [OutboxRow], isPoison: () -> Bool) {
        for row in waiting {
            guard let known = rows[row.row], known.profile != row.profile else { continue }
            join(known.profile, to: row.profile)
        }
        for row in waiting where rows[row.row] == nil {
            let predecessors = last[row.profile] ?? []
            for predecessor in predecessors { rows[predecessor]?.successors.append(row.row) }
            let added = Row(profile: row.profile, predecessors: predecessors, isPoison: isPoison())
            rows[row.row] = added
            unsettledCount += 1
            if added.isPoison { unsettledPoisonCount += 1 }
            last[row.profile] = [row.row]
        }
    }

    private mutating func join(_ absorbed: Profile.ID, to survivor: Profile.ID) {
        for row in rows.keys where rows[row]?.profile == absorbed { rows[row]?.profile = survivor }
        last[survivor, default: []] += last.removeValue(forKey: absorbed) ?? []
    }

    var count: Int { rows.count }
    var deliveredCount: Int { rows.values.count { $0.isSettled && !$0.isParked } }
    /// How many rows were parked that the service would have taken.
    var blamedCount: Int { rows.values.count { $0.isParked && !$0.isPoison } }
    /// How many rows came behind the rows of two people who had become one.
    var joinedCount: Int { rows.values.count { $0.predecessors.count > 1 } }
    /// Whether nothing is left that the service would take.
    var hasOnlyPoison: Bool { unsettledCount == unsettledPoisonCount }
    var hasClaims: Bool { rows.values.contains(where: \.isClaimed) }

    func isPoison(_ row: Int64) -> Bool { rows[row]?.isPoison ?? false }

    // MARK: The way of a row

    mutating func claimed(_ row: Int64) { rows[row]?.isClaimed = true }

    mutating func released() {
        for row in rows.keys { rows[row]?.isClaimed = false }
    }

    /// The service found fault with a row, alone.
    mutating func refused(_ row: Int64) { rows[row]?.wasRefused = true }

    /// The service found fault with an aggregate, whose rows go one by one from now on.
    mutating func divided(_ group: [Int64]) {
        for number in group { rows[number]?.divided = group }
    }

    /// A copy of a row reaches the stream, or of several as an aggregate; says what is wrong with that.
    ///
    /// Of one sink the rows of a person come in order, perhaps repeated; only another sink may begin again with older ones, and
    /// nothing of an earlier sink comes after that. What is settled comes no more. An aggregate that comes twice repeats all of its
    /// rows, at once, or one by one if the service found fault with it meanwhile.
    mutating func land(_ group: [Int64], sink: Int) -> [String] {
        group.flatMap { land($0, of: group, sink: sink) }
    }

    private mutating func land(_ number: Int64, of group: [Int64], sink: Int) -> [String] {
        guard let row = rows[number] else { return ["row \(number) of sink \(sink) lands and is unknown"] }
        var violations: [String] = []
        let what = "row \(number) of sink \(sink)"
        if row.isSettled { violations.append("\(what) lands after it was settled") }
        if let before = row.landed, before.sink > sink { violations.append("\(what) lands after sink \(before.sink)") }
        for before in nearest(row.predecessors, \.predecessors) {
            guard let landed = rows[before]?.landed else {
                violations.append("\(what) lands before row \(before)")
                continue
            }
            if landed.sink > sink { violations.append("\(what) lands after row \(before) of sink \(landed.sink)") }
        }
        for after in nearest(row.successors, \.successors) where !group.contains(after) && !row.divided.contains(after)
        {
            guard let landed = rows[after]?.landed, landed.sink >= sink else { continue }
            violations.append("\(what) lands after row \(after) of sink \(landed.sink)")
        }
        copies += 1
        rows[number]?.landed = (sink, copies)
        return violations
    }

    /// A row is settled; says what is wrong with that.
    mutating func settle(_ settlement: OutboxSettlement) -> [String] {
        let number = settlement.row
        guard let row = rows[number] else { return ["row \(number) is settled and unknown"] }
        rows[number]?.isSettled = true
        rows[number]?.isClaimed = false
        if row.isSettled { return ["row \(number) is settled twice"] }
        unsettledCount -= 1
        if row.isPoison { unsettledPoisonCount -= 1 }
        switch settlement.outcome {
        case .delivered:
            return row.landed == nil ? ["row \(number) is called delivered and is not in the stream"] : []
        case .parked:
            rows[number]?.isParked = true
            return row.wasRefused ? [] : ["row \(number) is parked and was never refused"]
        case .recalled:
            return ["row \(number) was called back by nobody"]
        }
    }

    /// What is wrong at the end: the last copies of a person's rows are not in their order.
    func checkEnd() -> [String] {
        rows.keys.sorted().flatMap { number -> [String] in
            guard let row = rows[number], let landed = row.landed else { return [] }
            return nearest(row.successors, \.successors).compactMap { after in
                guard let later = rows[after], !later.isParked, !later.isPoison else { return nil }
                return later.landed.map { $0.copy > landed.copy } == true
                    ? nil : "row \(number) is seen after row \(after) at the end"
            }
        }
    }

    /// The next rows in a direction that the stream holds or has to; those that were refused and are not there are passed over.
    private func nearest(_ start: [Int64], _ next: (Row) -> [Int64]) -> Set<Int64> {
        var found: Set<Int64> = []
        var seen: Set<Int64> = []
        var rest = start
        while let number = rest.popLast() {
            guard seen.insert(number).inserted, let row = rows[number] else { continue }
            if row.landed == nil, row.wasRefused { rest += next(row) } else { found.insert(number) }
        }
        return found
    }
}
