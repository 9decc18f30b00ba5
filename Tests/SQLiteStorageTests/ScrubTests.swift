import ActivationCore
import ActivationEngine
import CSQLite
import Foundation
import Testing

@testable import SQLiteStorage
@testable import TestSupport

/// Nothing of a deleted profile is left in any file (BEHAVIOUR 3.11).
@Suite struct ScrubTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// How often a profile's mark stands in any file of the store.
    private func count(_ mark: String) throws -> Int { try ScrubStore.count(mark, in: directory.path("store")) }

    private func mark(_ number: Int) -> String { "<secret \(number)>" }

    private func text(_ number: Int, _ bytes: ClosedRange<Int>, _ random: inout SeededGenerator) -> String {
        String(repeating: mark(number), count: Int.random(in: bytes, using: &random) / 12 + 1)
    }

    /// A store whose profiles, events, identities and records have been changed many times.
    private func churned(_ random: inout SeededGenerator, isLogged: Bool = false) async throws -> SQLiteStorage {
        var options = SQLiteStorageOptions()
        if isLogged {
            options.commitLog = CommitLogOptions()
            options.commitLog?.gatheredBytes = 60_000
            options.valueFileBytes = 16_384...65_536
            // More than one step of a scrub.
            options.scrubBytes = 65_536
        }
        let storage = try SQLiteStorage.open(directory: directory.path("store"), options: options)
        var known: [Int: StoredProfile] = [:]
        for round in 0..<60 {
            var plan = CommitPlan(scope: StorageConformance.scope)
            for number in Set((0..<12).map { _ in Int.random(in: 1...80, using: &random) }) {
                let value = text(number, number % 9 == 0 ? 3_000...20_000 : 50...900, &random)
                let stored = known[number]
                let write =
                    stored.map { StorageConformance.changed($0, value: value) }
                    ?? StorageConformance.new(number, value: value)
                plan.profiles.append(write)
                plan.identities.append(
                    CommitPlan.IdentityWrite(
                        identity: StorageConformance.email("\(mark(number)) \(round)"),
                        profile: StorageConformance.profileID(number)
                    )
                )
                var event = StorageConformance.event("\(mark(number)) \(round)", of: number, at: Int64(round))
                event.body = Array(text(number, 20...1_500, &random).utf8)
                plan.events.append(event)
                var record = StorageConformance.record(
                    text(number, 50...3_000, &random),
                    of: number,
                    revision: write.profile.revision
                )
                record.partitionKey = mark(number)
                plan.outbox.append(record)
                plan.counters[StorageConformance.dataflowID(1), default: DataflowCounters()].triggered += 1
            }
            plan.admission = AdmissionMark(
                instant: Timestamp(milliseconds: 1_700_000_000_000),
                sequence: AdmissionSequence(rawValue: 1)
            )
            try await storage.commit(plan)
            for write in plan.profiles {
                let number = try #require((1...80).first { StorageConformance.profileID($0) == write.profile.id })
                known[number] = try await StorageConformance.profile(number, in: storage)
            }
            let rows = try await StorageConformance.claim(storage, limit: 12)
            try await storage.settle(
                dataflow: StorageConformance.dataflowID(1),
                rows.map { row in
                    let isParked = random.next() % 3 == 0
                    return OutboxSettlement(
                        row: row.row,
                        outcome: isParked
                            ? .parked(code: "X", message: row.partitionKey, at: Timestamp(milliseconds: 1)) : .delivered
                    )
                }
            )
        }
        return storage
    }

    private func isClean(_ numbers: [Int]) throws -> Bool { try numbers.allSatisfy { try count(mark($0)) == 0 } }

    /// Waits until every deletion's receipt says that it was scrubbed; a test that waits for ever has failed.
    private func waitUntilScrubbed(_ storage: SQLiteStorage, deletions: Int) async throws {
        while true {
            let erasures = try await storage.erasures(scope: StorageConformance.scope, limit: 1_000)
            try #require(erasures.count == deletions)
            if erasures.allSatisfy(\.isScrubbed) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: [false, true])
    func `no file holds anything of a deleted profile, and everything of the others`(_ isLogged: Bool) async throws {
        var random = SeededGenerator(seed: TestSeed.next())
        let storage = try await churned(&random, isLogged: isLogged)
        let gone = [9, 10, 11, 40, 63, 80]
        #expect(try gone.allSatisfy { try count(mark($0)) > 0 })
        let kept = try await StorageConformance.profile(12, in: storage)

        var plan = CommitPlan(scope: StorageConformance.scope)
        for number in gone {
            let profile = try await StorageConformance.profile(number, in: storage)
            plan.deletions.append(
                CommitPlan.ProfileDeletion(
                    profile: profile,
                    survivor: profile.id,
                    deletedAt: Timestamp(milliseconds: 77)
                )
            )
            for round in 0..<60 {
                plan.identities.append(
                    CommitPlan.IdentityWrite(
                        identity: StorageConformance.email("\(mark(number)) \(round)"),
                        profile: nil
                    )
                )
            }
        }
        plan.admission = AdmissionMark(
            instant: Timestamp(milliseconds: 1_700_000_000_000),
            sequence: AdmissionSequence(rawValue: 1)
        )
        try await storage.commit(plan)
        try await waitUntilScrubbed(storage, deletions: gone.count)

        #expect(try isClean(gone))
        #expect(try await StorageConformance.profile(12, in: storage).value == kept.value)
        let letters = try await storage.deadLetters(dataflow: StorageConformance.dataflowID(1), limit: 10_000)
        #expect(letters.allSatisfy { String(decoding: $0.record.payload, as: UTF8.self).hasPrefix($0.message) })
        try await storage.close()
        let connection = try Connection(path: directory.path("store/headwater.db"), vfs: nil)
        #expect(try connection.text("PRAGMA integrity_check") == "ok")
        #expect(try connection.integer("SELECT count(*) FROM scrub") == 0)
        #expect(try isClean(gone))
    }

    /// Makes a store from which a profile was deleted, as the commit leaves it, and which was not scrubbed.
    private func leaveDeletion(of number: Int) async throws {
        var random = SeededGenerator(seed: TestSeed.next())
        let storage = try await churned(&random)
        try await storage.close()
        let connection = try Connection(path: directory.path("store/headwater.db"), vfs: nil)
        try connection.execute(
            """
            PRAGMA secure_delete = ON;
            DELETE FROM event WHERE profile = (SELECT row FROM profile WHERE instr(value, CAST('\(mark(number))' AS BLOB)));
            DELETE FROM identity WHERE instr(value, CAST('\(mark(number))' AS BLOB));
            DELETE FROM outbox WHERE instr(payload, CAST('\(mark(number))' AS BLOB));
            DELETE FROM dead_letter WHERE instr(payload, CAST('\(mark(number))' AS BLOB));
            DELETE FROM profile WHERE instr(value, CAST('\(mark(number))' AS BLOB));
            INSERT INTO scrub (number) VALUES (1);
            INSERT INTO erasure (scope, profile, revision, deleted_at, scrub)
            VALUES (\(StorageConformance.scope.rawValue), zeroblob(16), 1, 77, 1);
            """
        )
        #expect(try connection.checkpoint(.truncate))
        try ScrubStore.plant(mark(number), in: directory.path("store"), pageBytes: 4096)
        #expect(try count(mark(number)) > 0)
    }

    @Test(.timeLimit(.minutes(2)))
    func `a scrub that was interrupted is done after the next start`() async throws {
        try await leaveDeletion(of: 9)

        let storage = try SQLiteStorage.open(directory: directory.path("store"))

        try await waitUntilScrubbed(storage, deletions: 1)
        #expect(try isClean([9]))
        try await storage.close()
    }

    @Test(.timeLimit(.minutes(2)), arguments: [SQLITE_FULL, SQLITE_IOERR | 3 << 8])
    func `a scrub that cannot write is tried again until it can, or the storage is closed`(_ code: Int32) async throws {
        try await leaveDeletion(of: 9)
        let vfs = RecordingVFS(name: "scrub-retry-\(code)")
        var options = SQLiteStorageOptions()
        options.vfs = vfs.name

        for isClosedEarly in [true, false] {
            let storage = try SQLiteStorage.open(directory: directory.path("store"), options: options)
            let writes = vfs.count(.write)
            vfs.fail(.write, with: code)
            while vfs.count(.write) < writes + 2 { try await Task.sleep(for: .milliseconds(20)) }
            if isClosedEarly {
                try await storage.close()
                continue
            }
            #expect(try await storage.erasures(scope: StorageConformance.scope, limit: 10).map(\.isScrubbed) == [false])
            vfs.fail(.write, with: nil)

            try await waitUntilScrubbed(storage, deletions: 1)
            #expect(try isClean([9]))
            try await storage.close()
        }
        let connection = try Connection(path: directory.path("store/headwater.db"), vfs: nil)
        #expect(try connection.text("PRAGMA integrity_check") == "ok")
    }
}
