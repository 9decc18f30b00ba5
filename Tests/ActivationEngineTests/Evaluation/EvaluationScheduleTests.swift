import TestSupport
import Testing

@testable import ActivationCore
@testable import ActivationEngine

/// Who has been evaluated when, whatever comes and goes: the schedule against a plain account of every step.
@Suite struct EvaluationScheduleTests {
    private static let now = Timestamp(milliseconds: 1)

    /// Profiles by row, and for each whom it was evaluated for since they began.
    private struct Account {
        var rows: Set<Int64> = []
        var nextRow: Int64 = 1
        /// Rows there were when the audience or pass began and that it has not seen.
        var unseen: [UUIDBytes: Set<Int64>] = [:]
        /// Rows it has seen.
        var seen: [UUIDBytes: [Int64]] = [:]

        mutating func add() {
            rows.insert(nextRow)
            nextRow += 1
        }

        mutating func begin(_ id: UUIDBytes) {
            unseen[id] = rows
            seen[id] = []
        }

        /// What somebody who is done has missed, and what was evaluated twice for it.
        func faults(of id: UUIDBytes) -> (missed: Set<Int64>, repeated: Int) {
            let seen = seen[id] ?? []
            return ((unseen[id] ?? []).intersection(rows).subtracting(seen), seen.count - Set(seen).count)
        }
    }

    private static func profiles(_ rows: Set<Int64>, after row: Int64, limit: Int) -> [ProfileRow] {
        rows.filter { $0 > row }.sorted().prefix(limit).map { row in
            ProfileRow(row: row, id: Profile.ID(uuid: UUIDBytes(high: 0, low: UInt64(row))))
        }
    }

    @Test(arguments: 0..<100) func `everybody sees every profile that stays, once`(run: Int) throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededGenerator(seed: seed)
        var schedule = EvaluationSchedule()
        var account = Account()
        var definitions: [Audience.ID: AudienceVersion] = [:]
        var expirations: String?
        let visit = UUIDBytes(high: 3, low: 0)
        var gone: [String] = []
        func turn(of dataset: String) -> UUIDBytes { UUIDBytes(high: 5, low: UInt64(dataset.utf8.count)) }
        var ended = 0
        for _ in 0..<Int.random(in: 0...40, using: &random) { account.add() }
        for step in 0..<400 {
            // New and changed audiences, deleted ones, passes, ended passes, profiles that come and go.
            switch Int.random(in: 0..<12, using: &random) {
            case 0:
                let id = Audience.ID(uuid: UUIDBytes(high: 1, low: UInt64.random(in: 0..<6, using: &random)))
                // Another definition, or another calendar of the same one.
                if let version = definitions[id], Bool.random(using: &random) {
                    definitions[id]?.calendar = version.calendar == nil ? "Test/Zone \(step)" : nil
                } else {
                    definitions[id] = AudienceVersion(updatedAt: Timestamp(milliseconds: Int64(step)))
                }
            case 1: definitions = definitions.filter { _ in Int.random(in: 0..<6, using: &random) > 0 }
            case 2:
                guard let audience = definitions.keys.min(by: { $0.uuid < $1.uuid }) else { break }
                let id = EvaluationPass.ID(uuid: UUIDBytes(high: 2, low: UInt64(step)))
                schedule.passes[id] = EvaluationPass(id: id, audiences: [audience], createdAt: Self.now)
            case 3:
                let id = schedule.passes.keys.min { $0.uuid < $1.uuid }
                if let id { schedule.passes[id]?.end(.cancelled, at: schedule.position, now: Self.now) }
            case 4, 5: account.add()
            case 7: expirations = [nil, "1", "2"].randomElement(using: &random) ?? nil
            case 6: account.rows = account.rows.filter { _ in Int.random(in: 0..<9, using: &random) > 0 }
            case 8: if gone.count < 3 { gone.append(String(repeating: "d", count: gone.count + 1)) }
            case 9: if Int.random(in: 0..<8, using: &random) == 0 { gone = [] }
            default: break
            }
            let before = schedule
            if schedule.awaitsJoin(definitions, expirations: expirations, ended: gone) {
                schedule.join(
                    definitions,
                    expirations: expirations,
                    ended: gone,
                    total: account.rows.count,
                    now: Self.now
                )
                for dataset in gone where before.removals[dataset] == nil { account.begin(turn(of: dataset)) }
                if before.expiry?.version != expirations { account.begin(visit) }
                for share in schedule.shares.values where before.shares[share.audience]?.version != share.version {
                    account.begin(share.audience.uuid)
                }
                for pass in schedule.passes.values where before.passes[pass.id]?.state != pass.state {
                    if pass.state == .processing { account.begin(pass.id.uuid) }
                }
                #expect(!schedule.awaitsJoin(definitions, expirations: expirations, ended: gone), "seed \(seed)")
            }
            #expect(schedule.expiry?.version == expirations, "seed \(seed)")
            #expect(schedule.removals.keys.sorted() == gone, "seed \(seed)")
            #expect(Set(schedule.shares.keys) == Set(definitions.keys), "seed \(seed)")
            guard schedule.isActive else { continue }

            let limit = Int.random(in: 1...12, using: &random)
            let read = Self.profiles(account.rows, after: schedule.position.row, limit: limit)
            let (profiles, next) = schedule.step(read, limit: limit)
            let active = schedule
            for profile in profiles {
                for share in schedule.shares.values where share.start != nil {
                    account.seen[share.audience.uuid]?.append(profile.row)
                }
                for pass in schedule.passes.values where pass.start != nil {
                    account.seen[pass.id.uuid]?.append(profile.row)
                }
                if schedule.expiry?.start != nil { account.seen[visit]?.append(profile.row) }
                for removal in schedule.removals.values where removal.start != nil {
                    account.seen[turn(of: removal.dataset)]?.append(profile.row)
                }
            }
            schedule.advance(to: next, EvaluationCounts(of: []), now: Self.now)

            for share in active.shares.values where share.start != nil {
                guard let now = schedule.shares[share.audience], now.start == nil else { continue }
                let faults = account.faults(of: share.audience.uuid)
                #expect(faults.missed.isEmpty && faults.repeated == 0, "seed \(seed) step \(step)")
                #expect(now.total == account.seen[share.audience.uuid]?.count, "seed \(seed)")
                ended += 1
            }
            for pass in active.passes.values where pass.start != nil {
                guard let now = schedule.passes[pass.id], now.state == .succeeded else { continue }
                let faults = account.faults(of: pass.id.uuid)
                #expect(faults.missed.isEmpty && faults.repeated == 0, "seed \(seed) step \(step)")
                #expect(now.processed == account.seen[pass.id.uuid]?.count, "seed \(seed)")
                ended += 1
            }
            if active.expiry?.start != nil, let now = schedule.expiry, now.start == nil {
                let faults = account.faults(of: visit)
                #expect(faults.missed.isEmpty && faults.repeated == 0, "seed \(seed) step \(step)")
                ended += 1
            }
            for removal in active.removals.values where removal.start != nil {
                guard let now = schedule.removals[removal.dataset], now.isDone else { continue }
                let faults = account.faults(of: turn(of: removal.dataset))
                #expect(faults.missed.isEmpty && faults.repeated == 0, "seed \(seed) step \(step)")
                #expect(now.processed == account.seen[turn(of: removal.dataset)]?.count, "seed \(seed)")
                ended += 1
            }
            schedule.forgetPasses(keeping: 5)
            #expect(schedule.passes.values.count { $0.state.isEnd } <= 5, "seed \(seed)")
        }
        // Nobody goes round for ever.
        var steps = 0
        while schedule.isActive {
            let read = Self.profiles(account.rows, after: schedule.position.row, limit: 4)
            schedule.advance(to: schedule.step(read, limit: 4).1, EvaluationCounts(of: []), now: Self.now)
            steps += 1
            try #require(steps < 2 * account.rows.count + 50, "seed \(seed)")
        }
        #expect(ended > 0, "seed \(seed)")
    }
}
