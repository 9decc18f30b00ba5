import ActivationCore
import ActivationEngine
import CSQLite
import Foundation
import Testing

@testable import SQLiteStorage
@testable import TestSupport

@Suite struct DurabilityTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func open(_ name: String = "store", vfs: RecordingVFS? = nil) throws -> SQLiteStorage {
        var options = SQLiteStorageOptions()
        options.vfs = vfs?.name
        return try SQLiteStorage.open(directory: directory.path(name), options: options)
    }

    /// With a log on a disk of its own, of which nothing is performed by itself.
    private func logged(on volume: SimulatedVolume) -> SQLiteStorageOptions {
        var options = SQLiteStorageOptions()
        options.logVolume = volume
        options.commitLog = CommitLogOptions()
        options.idleInterval = .seconds(3_600)
        return options
    }

    private func plan(_ numbers: Range<Int>) -> CommitPlan {
        var plan = CommitPlan(scope: StorageConformance.scope)
        for number in numbers {
            plan.profiles.append(StorageConformance.new(number, value: "value \(number)"))
            plan.outbox.append(StorageConformance.record("record \(number)", of: number))
        }
        plan.counters = [StorageConformance.dataflowID(1): DataflowCounters(triggered: Int64(numbers.count))]
        plan.admission = AdmissionMark(
            instant: Timestamp(milliseconds: Int64(numbers.lowerBound / 10) * BookedHour.length),
            sequence: AdmissionSequence(rawValue: Int64(numbers.lowerBound) << 10)
        )
        plan.memberCounters = [StorageConformance.audienceID(1): MemberCounters(entered: Int64(numbers.count))]
        return plan
    }

    @Test func `the writer syncs its log at every commit, as read back from SQLite`() throws {
        let writer = try WriterDatabase(DataDirectory(path: directory.path("store")), SQLiteStorageOptions())

        #expect(try writer.connection.integer("PRAGMA synchronous") == 2)
        #expect(try writer.connection.text("PRAGMA journal_mode") == "wal")
        #expect(try writer.connection.integer("PRAGMA wal_autocheckpoint") == 0)
        #expect(try writer.connection.integer("PRAGMA fullfsync") == 1)
    }

    @Test func `every commit, settlement and configuration change is synced before it is acknowledged`() async throws {
        let vfs = RecordingVFS(name: "count-syncs")
        let storage = try open(vfs: vfs)

        var syncs = vfs.count(.sync)
        func expectSync(_ what: Comment) {
            #expect(vfs.count(.sync) > syncs, what)
            syncs = vfs.count(.sync)
        }
        for number in 1...5 {
            try await storage.commit(plan(number..<(number + 1)))
            expectSync("commit \(number)")
        }
        let rows = try await StorageConformance.claim(storage)
        #expect(vfs.count(.sync) == syncs, "a claim writes nothing")
        try await StorageConformance.settle(Array(rows.prefix(2)), in: storage)
        expectSync("settlement")
        let parked = OutboxSettlement.Outcome.parked(code: "c", message: "m", at: Timestamp(milliseconds: 1))
        try await StorageConformance.settle([rows[2]], in: storage, as: parked)
        expectSync("parking")
        try await storage.discardOutbox(dataflow: StorageConformance.dataflowID(1))
        expectSync("discarding")
        let time = Timestamp(milliseconds: 1)
        let object = ControlObject(kind: "k", id: "i", etag: "e", createdAt: time, updatedAt: time, body: [])
        try await storage.apply([.insert(object)], scope: StorageConformance.scope)
        expectSync("configuration")
        try await storage.close()
    }

    @Test(arguments: [false, true])
    func `what was acknowledged survives power loss at any point`(_ isLogged: Bool) async throws {
        var random = TestSeed.generator()
        let seed = random
        let vfs = RecordingVFS(name: "power-loss-\(isLogged)")
        let (volume, valueVolume) = (SimulatedVolume(), SimulatedVolume())
        var options = SQLiteStorageOptions()
        options.vfs = vfs.name
        if isLogged {
            (options.logVolume, options.valueVolume) = (volume, valueVolume)
            options.commitLog = CommitLogOptions()
            // Some changes are performed while others come in.
            options.commitLog?.gatheredBytes = 4_000
        }
        // A short log, so that power is lost around checkpoints too.
        options.logBytesMax = 64 << 10
        let storage = try SQLiteStorage.open(directory: directory.path("store"), options: options)

        for number in 0..<60 {
            try await storage.commit(plan((number * 4)..<(number * 4 + 4)))
            if number % 3 == 0 {
                let rows = try await StorageConformance.claim(storage, limit: 5)
                try await StorageConformance.settle(rows, in: storage)
            }
            let books = try await storage.books(dataflow: StorageConformance.dataflowID(1))

            let after = directory.path("after-\(number)")
            try FileManager.default.createDirectory(atPath: after, withIntermediateDirectories: false)
            let disks = [
                ("log", volume.afterPowerLoss(using: &random)), ("values", valueVolume.afterPowerLoss(using: &random)),
            ]
            for (path, bytes) in vfs.filesAfterPowerLoss(using: &random) {
                let name = URL(fileURLWithPath: path).lastPathComponent
                try Data(bytes).write(to: URL(fileURLWithPath: after + "/" + name))
            }
            for (directory, disk) in disks {
                let path = after + "/" + directory
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
                for name in try disk.names() {
                    try Data(disk.bytes(of: name)).write(to: URL(fileURLWithPath: path + "/" + name))
                }
            }
            // The witness is ahead of nothing that was acknowledged, so it never cries wolf.
            try FileManager.default.copyItem(
                atPath: directory.path("store/headwater.witness"),
                toPath: after + "/headwater.witness"
            )
            let survivor = try open("after-\(number)")
            let found = try await survivor.books(dataflow: StorageConformance.dataflowID(1))
            #expect(found.counters == books.counters, "after commit \(number), seed \(seed)")
            #expect(found.pendingRows == books.counters.pending, "after commit \(number), seed \(seed)")
            #expect(try await survivor.profileCount(scope: StorageConformance.scope) == number * 4 + 4)
            let audience = StorageConformance.audienceID(1)
            let hours = try await survivor.memberHours(of: audience, scope: StorageConformance.scope)
            #expect(hours == (try await storage.memberHours(of: audience, scope: StorageConformance.scope)))
            #expect(hours.last?.members == Int64(number * 4 + 4), "after commit \(number), seed \(seed)")
            let profiles = try await survivor.profiles(scope: StorageConformance.scope, after: 0, limit: 1000)
            #expect(profiles.count == number * 4 + 4, "after commit \(number), seed \(seed)")
            let values = Set(profiles.map { String(decoding: $0.value, as: UTF8.self) })
            #expect(values == Set((0..<number * 4 + 4).map { "value \($0)" }), "after commit \(number), seed \(seed)")
            try await survivor.close()
            try FileManager.default.removeItem(atPath: after)
        }
        try await storage.close()
    }

    @Test func `a failed sync is never acknowledged, and nothing is written after it`() async throws {
        let vfs = RecordingVFS(name: "fail-sync")
        let storage = try open(vfs: vfs)
        try await storage.commit(plan(0..<1))

        vfs.fail(.sync, with: SQLITE_IOERR | 4 << 8)
        try await StorageConformance.expectError(.writeLost) { try await storage.commit(plan(1..<2)) }
        vfs.fail(.sync, with: nil)
        let writes = vfs.count(.write)
        try await StorageConformance.expectError(.writeLost) { try await storage.commit(plan(2..<3)) }
        try await StorageConformance.expectError(.writeLost) {
            try await StorageConformance.settle(try await StorageConformance.claim(storage), in: storage)
        }
        #expect(vfs.count(.write) == writes)

        try await storage.close()
        let reopened = try open()
        // The commit that nobody was told of may be there, as a whole.
        let count = try await reopened.profileCount(scope: StorageConformance.scope)
        #expect([1, 2].contains(count))
        try await reopened.commit(plan(count..<3))
        #expect(try await reopened.profileCount(scope: StorageConformance.scope) == 3)
        try await reopened.close()
    }

    @Test func `a log that cannot be made durable is never acknowledged, and nothing is written after it`() async throws
    {
        let volume = SimulatedVolume()
        let options = logged(on: volume)
        let storage = try SQLiteStorage.open(directory: directory.path("store"), options: options)
        try await storage.commit(plan(0..<1))

        volume.failSynchronizations(StorageError(.io, "the disk is gone"))
        try await StorageConformance.expectError(.writeLost) { try await storage.commit(plan(1..<2)) }
        volume.failSynchronizations(nil)
        try await StorageConformance.expectError(.writeLost) { try await storage.commit(plan(2..<3)) }
        try await StorageConformance.expectError(.writeLost) {
            try await StorageConformance.settle(try await StorageConformance.claim(storage), in: storage)
        }
        try await StorageConformance.expectError(.writeLost) {
            try await storage.forgetUploads([UUIDBytes(high: 0, low: 1)], scope: StorageConformance.scope)
        }

        try await storage.close()
        let reopened = try SQLiteStorage.open(directory: directory.path("store"), options: options)
        // The commit that nobody was told of may be there, as a whole.
        let count = try await reopened.profileCount(scope: StorageConformance.scope)
        #expect([1, 2].contains(count))
        try await reopened.commit(plan(count..<3))
        #expect(try await reopened.profileCount(scope: StorageConformance.scope) == 3)
        try await reopened.close()
    }

    @Test func `a log for which there is no room refuses a commit whole and takes the next one that fits`() async throws
    {
        let volume = SimulatedVolume()
        let options = logged(on: volume)
        let storage = try SQLiteStorage.open(directory: directory.path("store"), options: options)
        try await storage.commit(plan(0..<1))
        volume.setFull(true)
        var large = plan(1..<2)
        large.profiles[0].profile.value = [UInt8](repeating: 7, count: 3 << 20)

        try await StorageConformance.expectError(.full) { try await storage.commit(large) }

        #expect(try await storage.profileCount(scope: StorageConformance.scope) == 1)
        try await storage.commit(plan(1..<2))
        volume.setFull(false)
        large = plan(2..<3)
        large.profiles[0].profile.value = [UInt8](repeating: 7, count: 3 << 20)
        try await storage.commit(large)
        #expect(try await storage.profileCount(scope: StorageConformance.scope) == 3)
        #expect(try await StorageConformance.claim(storage).count == 3)
        try await storage.close()
    }

    /// Stages plans until one is refused.
    private func stageUntilFull(_ storage: SQLiteStorage, from first: Int) async throws -> [StagedCommit] {
        var staged: [StagedCommit] = []
        while true {
            let number = first + staged.count
            do throws(StorageError) {
                staged.append(try await storage.stage(plan(number..<number + 1)))
            } catch {
                try StorageConformance.expectEqual(error.code, .full)
                return staged
            }
        }
    }

    @Test(arguments: [false, true])
    func `a log that may not be written over refuses commits until there is room, and loses none`(
        _ isRoomInDatabase: Bool
    ) async throws {
        let volume = SimulatedVolume()
        let vfs = RecordingVFS(name: "no-room-\(isRoomInDatabase)")
        var options = logged(on: volume)
        options.vfs = vfs.name
        let storage = try SQLiteStorage.open(directory: directory.path("store"), options: options)
        try await storage.commit(plan(0..<1))
        guard case .logged(let writer) = storage.writer else { return }
        volume.limit(bytes: 4_000)
        if !isRoomInDatabase { vfs.fail(.write, with: SQLITE_FULL) }
        let waiting = try await stageUntilFull(storage, from: 1)
        #expect(!waiting.isEmpty)

        if !isRoomInDatabase {
            try await StorageConformance.expectError(.full) { try await writer.workWhenIdle() }
            try await StorageConformance.expectError(.full) { try await storage.commit(plan(5_000..<5_001)) }
            volume.limit(bytes: nil)
            vfs.fail(.write, with: nil)
        }
        try await writer.workWhenIdle()
        for commit in waiting { try await commit.durable() }
        volume.limit(bytes: nil)
        try await storage.commit(plan(5_000..<5_001))
        #expect(try await storage.profileCount(scope: StorageConformance.scope) == waiting.count + 2)
        try await storage.close()
    }

    @Test(arguments: [SQLITE_FULL, SQLITE_IOERR | 3 << 8])
    func `a failed write leaves nothing behind and the storage usable`(_ code: Int32) async throws {
        let vfs = RecordingVFS(name: "fail-write-\(code)")
        let storage = try open("store-\(code)", vfs: vfs)
        try await storage.commit(plan(0..<1))

        vfs.fail(.write, with: code)
        let expected: StorageError.Code = code == SQLITE_FULL ? .full : .io
        try await StorageConformance.expectError(expected) { try await storage.commit(plan(1..<2)) }
        let rows = try await StorageConformance.claim(storage)
        try await StorageConformance.expectError(expected) { try await StorageConformance.settle(rows, in: storage) }
        #expect(rows.count == 1)
        #expect(try await storage.profileCount(scope: StorageConformance.scope) == 1)
        vfs.fail(.write, with: nil)

        try await storage.commit(plan(1..<2))
        try await StorageConformance.settle(rows, in: storage)
        let books = try await storage.books(dataflow: StorageConformance.dataflowID(1))
        #expect(books.counters == DataflowCounters(triggered: 2, delivered: 1))
        #expect(books.pendingRows == 1)
        try await storage.close()
    }

    @Test func `finding out whether the disk takes writes really writes, and leaves nothing`() async throws {
        let vfs = RecordingVFS(name: "check-writable")
        let storage = try open(vfs: vfs)
        try await storage.commit(plan(0..<1))
        let syncs = vfs.count(.sync)
        let writes = vfs.count(.write)

        try await storage.checkWritable()

        #expect(vfs.count(.sync) > syncs)
        #expect(vfs.count(.write) > writes + 16)
        vfs.fail(.write, with: SQLITE_FULL)
        for _ in 0..<3 { try await StorageConformance.expectError(.full) { try await storage.checkWritable() } }
        try await StorageConformance.expectError(.full) { try await storage.commit(plan(1..<2)) }
        vfs.fail(.write, with: nil)
        try await storage.checkWritable()
        try await storage.commit(plan(1..<2))
        vfs.fail(.sync, with: SQLITE_IOERR | 4 << 8)
        try await StorageConformance.expectError(.writeLost) { try await storage.checkWritable() }
        vfs.fail(.sync, with: nil)
        try await StorageConformance.expectError(.writeLost) { try await storage.checkWritable() }
        try await storage.close()
        let reopened = try open()
        #expect(try await reopened.profileCount(scope: StorageConformance.scope) == 2)
        try await reopened.checkWritable()
        try await reopened.close()
        let connection = try Connection(path: directory.path("store/headwater.db"), vfs: nil)
        #expect(try connection.integer("SELECT count(*) FROM probe") == 0)
    }

    @Test func `a full database refuses a plan whole and takes the next one that fits`() async throws {
        var options = SQLiteStorageOptions()
        options.pageCountMax = 120
        let storage = try SQLiteStorage.open(directory: directory.path("store"), options: options)
        var stored = 0
        var failure: StorageError?
        while failure == nil && stored < 10_000 {
            do {
                try await storage.commit(plan(stored..<(stored + 20)))
                stored += 20
            } catch {
                failure = error
            }
        }

        #expect(failure?.code == .full)
        #expect(stored > 20)
        try await StorageConformance.expectError(.full) { try await storage.checkWritable() }
        #expect(try await storage.profileCount(scope: StorageConformance.scope) == stored)
        let rows = try await StorageConformance.claim(storage, limit: 10_000)
        #expect(rows.count == stored)
        try await StorageConformance.settle(rows, in: storage)
        try await storage.checkWritable()
        try await storage.commit(plan(stored..<(stored + 20)))
        try await storage.close()

        let reopened = try SQLiteStorage.open(directory: directory.path("store"), options: options)
        #expect(try await reopened.profileCount(scope: StorageConformance.scope) == stored + 20)
        let books = try await reopened.books(dataflow: StorageConformance.dataflowID(1))
        #expect(books.counters.delivered == Int64(stored))
        #expect(books.pendingRows == 20)
        try await reopened.close()
    }
}
