import ActivationCore
import ActivationEngine
import Testing

@testable import SQLiteStorage
@testable import TestSupport

/// A relay's life in random order against a plain list of what waits: records come, are claimed, settled and released,
/// profiles merge, holds begin and end.
@Suite struct ClaimHoldTests {
    private struct Waiting {
        var name: Int
        var profile: Int
        var row: Int64?
        var isClaimed = false
        /// Under which profile it was handed out.
        var claimedAs: Int?
    }

    /// What the outbox holds, and what is known of its order.
    private struct Model {
        var waiting: [Waiting] = []
        var holdsThrough: Int?
        var limitPerProfile: Int

        /// The names that a claim must give, by the rules alone.
        func expected(limit: Int, bytesMax: Int, size: (Int) -> Int) -> [Int] {
            var claimed: [Int: Int] = [:]
            var blocked: Set<Int> = []
            for entry in waiting {
                if let holdsThrough, entry.name <= holdsThrough { blocked.insert(entry.profile) }
                guard entry.isClaimed else { continue }
                claimed[entry.profile, default: 0] += 1
                if entry.claimedAs != entry.profile { blocked.insert(entry.profile) }
            }
            var names: [Int] = []
            var bytes = 0
            for entry in waiting where !entry.isClaimed && !blocked.contains(entry.profile) {
                guard names.count < limit else { break }
                guard claimed[entry.profile, default: 0] < limitPerProfile else { continue }
                bytes += size(entry.name)
                if !names.isEmpty && bytes > bytesMax { break }
                claimed[entry.profile, default: 0] += 1
                names.append(entry.name)
            }
            return names
        }
    }

    private static func size(_ name: Int) -> Int { "\(name)".utf8.count + name % 7 }

    private static func payload(_ name: Int) -> String { "\(name)" + String(repeating: ".", count: name % 7) }

    @Test(arguments: 0..<6)
    func `claims hold, bound and order as the rules say`(_ run: Int) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("run \(run): seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let directory = try TemporaryDirectory()
        let storage = try SQLiteStorage.open(directory: directory.path("store"))
        let dataflow = StorageConformance.dataflowID(1)
        var model = Model(limitPerProfile: Int.random(in: 1...3, using: &random))
        var profiles = Array(0..<8)
        var profileLast = 7
        var nameLast = 0
        var holdRow: Int64 = 0
        try await StorageConformance.commit(to: storage) { plan in
            plan.profiles = profiles.map { StorageConformance.new($0) }
        }

        for step in 0..<600 {
            let place: Comment = "step \(step), seed \(seed)"
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<6:
                var records: [OutboxRow] = []
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    nameLast += 1
                    let profile = profiles[Int.random(in: 0..<profiles.count, using: &random)]
                    records.append(StorageConformance.record(Self.payload(nameLast), of: profile))
                    model.waiting.append(Waiting(name: nameLast, profile: profile))
                }
                try await StorageConformance.append(records, to: storage)
            case 6..<13:
                let limit = Int.random(in: 1...8, using: &random)
                let bytesMax = Bool.random(using: &random) ? Int.max : Int.random(in: 0...30, using: &random)
                let expected = model.expected(limit: limit, bytesMax: bytesMax, size: Self.size)
                let rows = try await StorageConformance.claim(
                    storage,
                    limit: limit,
                    perProfile: model.limitPerProfile,
                    bytesMax: bytesMax,
                    holdingThrough: model.holdsThrough == nil ? nil : holdRow
                )
                #expect(StorageConformance.payloads(rows) == expected.map(Self.payload), place)
                for (name, row) in zip(expected, rows) {
                    guard let index = model.waiting.firstIndex(where: { $0.name == name }) else { continue }
                    model.waiting[index].row = row.row
                    model.waiting[index].isClaimed = true
                    model.waiting[index].claimedAs = model.waiting[index].profile
                }
            case 13..<16:
                // Late reports of rows that were released come too.
                let leaving = model.waiting.filter { $0.row != nil }.shuffled(using: &random).prefix(4)
                try await storage.settle(
                    dataflow: dataflow,
                    leaving.compactMap(\.row).map { OutboxSettlement(row: $0, outcome: .delivered) }
                )
                model.waiting.removeAll { entry in leaving.contains { $0.name == entry.name } }
            case 16:
                try await storage.releaseClaims(dataflow: dataflow)
                for index in model.waiting.indices {
                    model.waiting[index].isClaimed = false
                    model.waiting[index].claimedAs = nil
                }
            case 17:
                let pair = profiles.shuffled(using: &random).prefix(2)
                guard let survivor = pair.first, let absorbed = pair.last else { break }
                try await StorageConformance.merge(absorbed, into: survivor, in: storage, record: false)
                for index in model.waiting.indices where model.waiting[index].profile == absorbed {
                    model.waiting[index].profile = survivor
                }
                profileLast += 1
                let fresh = profileLast
                profiles = profiles.map { $0 == absorbed ? fresh : $0 }
                try await StorageConformance.commit(to: storage) { $0.profiles = [StorageConformance.new(fresh)] }
            case 18:
                holdRow = try await storage.lastRow(dataflow: dataflow)
                model.holdsThrough = nameLast
            default:
                model.holdsThrough = nil
            }
        }
        try await storage.close()
    }

    @Test func `however many rows held profiles have, others are found behind them`() async throws {
        let directory = try TemporaryDirectory()
        let storage = try SQLiteStorage.open(directory: directory.path("store"))
        try await StorageConformance.append([StorageConformance.record("held", of: 1)], to: storage)
        let hold = try await storage.lastRow(dataflow: StorageConformance.dataflowID(1))
        let rows = 2 * WriterDatabase.scannedRowsMax + 10
        try await StorageConformance.append(
            (0..<rows).map { StorageConformance.record("\($0)", of: 1) } + [StorageConformance.record("free", of: 2)],
            to: storage
        )

        let free = try await StorageConformance.claim(storage, holdingThrough: hold)

        #expect(StorageConformance.payloads(free) == ["free"])
        #expect(try await StorageConformance.claim(storage, holdingThrough: hold).isEmpty)
        #expect(StorageConformance.payloads(try await StorageConformance.claim(storage, limit: 2)) == ["held", "0"])
        try await storage.close()
    }
}
