import ActivationCore
import ActivationEngine

/// A dataflow's outbox as the storage port has it, reduced to what orders and settles rows.
struct SimulatedOutbox {
    struct Row {
        var profile: Int
        /// 1, 2, 3 … within the profile.
        var sequence: Int
        /// The service will never take it.
        var isPoison = false
        /// The service found fault with it, alone.
        var wasRefused = false
        var isSettled = false
        fileprivate var isParked = false
        fileprivate var isClaimed = false
        fileprivate var isWritten = false
    }

    let dataflow: Dataflow.ID
    private static let policy = MergePolicy.ID(uuid: UUIDBytes(high: 1, low: 2))
    /// Row numbers count from 1.
    private var rows: [Row] = []
    /// The last sequence of each profile.
    private var sequences: [Int: Int] = [:]

    init(dataflow: Dataflow.ID) {
        self.dataflow = dataflow
    }

    var count: Int { rows.count }
    var unsettled: [Row] { rows.filter { !$0.isSettled } }
    var deliveredCount: Int { rows.count { $0.isSettled && !$0.isParked } }
    /// How many rows were parked that the service would have taken.
    var blamedCount: Int { rows.count { $0.isParked && !$0.isPoison } }
    /// The last sequence of each profile that was not parked.
    var lastWritable: [Int: Int] {
        rows.reduce(into: [:]) { last, row in
            if !row.isParked, !row.isPoison { last[row.profile] = row.sequence }
        }
    }
    var hasClaims: Bool { rows.contains(where: \.isClaimed) }
    var lastRow: Int64 { rows.lastIndex { !$0.isSettled }.map { Int64($0 + 1) } ?? 0 }

    mutating func append(_ profile: Int, isPoison: Bool) {
        sequences[profile, default: 0] += 1
        rows.append(Row(profile: profile, sequence: sequences[profile, default: 0], isPoison: isPoison))
    }

    func isPoison(_ number: Int64) -> Bool {
        rows.indices.contains(Int(number) - 1) && rows[Int(number) - 1].isPoison
    }

    /// The service found fault with a row, alone.
    mutating func refuse(_ number: Int64) {
        guard rows.indices.contains(Int(number) - 1) else { return }
        rows[Int(number) - 1].wasRefused = true
    }

    /// Whether the service ever found fault with a profile's row.
    func wasRefused(_ profile: Int, _ sequence: Int) -> Bool {
        rows.contains { $0.profile == profile && $0.sequence == sequence && $0.wasRefused }
    }

    mutating func claim(_ request: ClaimRequest) -> [OutboxRow] {
        var held: Set<Int> = []
        var counts: [Int: Int] = [:]
        for (index, row) in rows.enumerated() where !row.isSettled {
            if let through = request.holdingThrough, Int64(index + 1) <= through { held.insert(row.profile) }
            if row.isClaimed { counts[row.profile, default: 0] += 1 }
        }
        var claimed: [OutboxRow] = []
        for (index, row) in rows.enumerated() where claimed.count < request.limit {
            guard !row.isSettled, !row.isClaimed, !held.contains(row.profile),
                counts[row.profile, default: 0] < request.limitPerProfile
            else { continue }
            counts[row.profile, default: 0] += 1
            rows[index].isClaimed = true
            claimed.append(outboxRow(index))
        }
        return claimed
    }

    private func outboxRow(_ index: Int) -> OutboxRow {
        OutboxRow(
            row: Int64(index + 1),
            dataflow: dataflow,
            profile: Profile.ID(uuid: UUIDBytes(high: 9, low: UInt64(rows[index].profile))),
            mergePolicy: Self.policy,
            revision: Int64(rows[index].sequence),
            reasons: .attribute,
            partitionKey: "p\(rows[index].profile)",
            payload: [UInt8](repeating: 0, count: 40),
            admittedAt: Timestamp(milliseconds: 0)
        )
    }

    mutating func releaseClaims() {
        for index in rows.indices { rows[index].isClaimed = false }
    }

    /// A copy of a row is in the stream.
    mutating func written(_ number: Int64) -> Row? {
        guard rows.indices.contains(Int(number) - 1) else { return nil }
        rows[Int(number) - 1].isWritten = true
        return rows[Int(number) - 1]
    }

    /// Settles a row, and says what is wrong with that.
    mutating func settle(_ settlement: OutboxSettlement) -> [String] {
        guard rows.indices.contains(Int(settlement.row) - 1) else { return ["row \(settlement.row) is unknown"] }
        let row = rows[Int(settlement.row) - 1]
        rows[Int(settlement.row) - 1].isSettled = true
        rows[Int(settlement.row) - 1].isClaimed = false
        if row.isSettled { return ["row \(settlement.row) is settled twice"] }
        if case .delivered = settlement.outcome, !row.isWritten {
            return ["row \(settlement.row) is called delivered and is not in the stream"]
        }
        if case .parked = settlement.outcome {
            rows[Int(settlement.row) - 1].isParked = true
            if !row.wasRefused { return ["row \(settlement.row) is parked and was never refused"] }
        }
        return []
    }
}
