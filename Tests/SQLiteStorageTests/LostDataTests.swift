import ActivationCore
import ActivationEngine
import Foundation
import Testing

@testable import SQLiteStorage
@testable import TestSupport

/// What was acknowledged and is not there any more is missed when the directory is opened.
@Suite struct LostDataTests {
    private let directory: TemporaryDirectory
    private let options: SQLiteStorageOptions

    init() throws {
        directory = try TemporaryDirectory()
        var options = SQLiteStorageOptions()
        // What is committed stays in the log.
        options.idleInterval = .seconds(100_000)
        self.options = options
    }

    /// The directory of a process that was killed after some commits, the first ones checkpointed.
    private func killed(_ name: String, checkpointed: Int = 0, logged: Int = 5) async throws -> String {
        let path = directory.path(name + "-running")
        var storage = try SQLiteStorage.open(directory: path, options: options)
        try await commit(0..<checkpointed, to: storage)
        if checkpointed > 0 {
            try await storage.close()
            storage = try SQLiteStorage.open(directory: path, options: options)
        }
        try await commit(checkpointed..<(checkpointed + logged), to: storage)
        let copy = directory.path(name)
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        try await storage.close()
        return copy
    }

    private func commit(_ numbers: Range<Int>, to storage: SQLiteStorage) async throws {
        for number in numbers {
            try await StorageConformance.commit(to: storage) {
                $0.profiles = [StorageConformance.new(number, value: String(repeating: "v", count: 3_000))]
            }
        }
    }

    private func openError(_ path: String) async throws -> StorageError? {
        do throws(StorageError) {
            try await SQLiteStorage.open(directory: path, options: options).close()
            return nil
        } catch {
            return error
        }
    }

    private func profiles(in path: String) async throws -> Int {
        let storage = try SQLiteStorage.open(directory: path, options: options)
        let count = try await storage.profileCount(scope: StorageConformance.scope)
        try await storage.close()
        return count
    }

    private func bytes(_ path: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path))
    }

    private func write(_ bytes: Data, to path: String) throws {
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    // MARK: The database file

    @Test(arguments: ["headwater.db-wal", "headwater.witness", "token.key", "data.key", "admin.json"], [true, false])
    func `a directory in use without its database is refused and left as it is`(
        _ trace: String,
        _ isEmpty: Bool
    ) async throws {
        let path = directory.path("store")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try write(Data("something".utf8), to: path + "/" + trace)
        if isEmpty { try write(Data(), to: path + "/headwater.db") }
        let before = try FileManager.default.contentsOfDirectory(atPath: path).sorted()

        let error = try #require(try await openError(path))

        #expect(error.code == .corrupt)
        #expect(error.message.contains(trace))
        #expect(error.message.contains("restore the database from a backup, or move these files away"))
        let after = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        #expect(after.filter { $0 != "lock" } == before)
        #expect(try bytes(path + "/" + trace) == Data("something".utf8))
    }

    @Test func `a database that was deleted beside its log is not taken for a first start`() async throws {
        let path = try await killed("store", checkpointed: 2, logged: 3)
        let log = try bytes(path + "/headwater.db-wal")
        try FileManager.default.removeItem(atPath: path + "/headwater.db")

        #expect(try await openError(path)?.code == .corrupt)

        #expect(try bytes(path + "/headwater.db-wal") == log)
    }

    @Test func `a first start that was interrupted before anything was stored goes on`() async throws {
        let path = directory.path("store")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try write(Data(), to: path + "/headwater.db")
        try write(Data("123\n".utf8), to: path + "/lock")

        #expect(try await profiles(in: path) == 0)
    }

    @Test func `a database cut anywhere is an error or whole, never a trap`() async throws {
        let path = try await killed("store", checkpointed: 30, logged: 0)
        try? FileManager.default.removeItem(atPath: path + "/headwater.db-wal")
        let database = try bytes(path + "/headwater.db")
        let sizes = [1, 15, 16, 99, 100, 101, 511, 512, 4095, 4096, 4097, 8192, 20_000, database.count - 4096]

        for size in sizes + [database.count - 1] {
            let copy = directory.path("cut-\(size)")
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            try write(database.prefix(size), to: copy + "/headwater.db")
            #expect(try await openError(copy)?.code == .corrupt, "cut to \(size) bytes")
        }
    }

    @Test func `an older copy of the database is refused beside a newer witness`() async throws {
        let path = try await killed("store", checkpointed: 4, logged: 0)
        let older = try bytes(path + "/headwater.db")
        let storage = try SQLiteStorage.open(directory: path, options: options)
        try await commit(4..<6, to: storage)
        try await storage.close()
        try write(older, to: path + "/headwater.db")

        let error = try #require(try await openError(path))

        #expect(error.code == .corrupt)
        #expect(error.message.contains("ends 2 transactions before what was acknowledged"))
        #expect(error.message.contains("an older copy was put back"))
    }

    // MARK: The log

    @Test func `what is in the log is found after the process was killed`() async throws {
        let path = try await killed("store", checkpointed: 2, logged: 3)

        #expect(try await profiles(in: path) == 5)
        #expect(try await profiles(in: path) == 5)
    }

    @Test func `a lost log is noticed, and its loss can be accepted`() async throws {
        let path = try await killed("store", checkpointed: 2, logged: 3)
        try FileManager.default.removeItem(atPath: path + "/headwater.db-wal")

        let error = try #require(try await openError(path))

        #expect(error.code == .corrupt)
        #expect(error.message.contains("ends 3 transactions before what was acknowledged"))
        #expect(error.message.contains("run headwater restore-finish --data \(path) to accept the loss"))
        let mark = RestorationMark(in: path)
        #expect(!mark.isSet)
        try mark.acceptRestored()
        // The store is to know of it before anything is decided.
        #expect(mark.isSet)
        #expect(try await profiles(in: path) == 2)
        try mark.clear()
        #expect(!mark.isSet)
        #expect(try await profiles(in: path) == 2)
    }

    @Test func `a log that was cut is noticed, and nothing more of it gets lost`() async throws {
        let path = try await killed("store", checkpointed: 2, logged: 5)
        let log = try bytes(path + "/headwater.db-wal")

        for size in stride(from: 0, to: log.count, by: 1_511) {
            let copy = directory.path("cut-\(size)")
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            try write(log.prefix(size), to: copy + "/headwater.db-wal")

            #expect(try await openError(copy)?.code == .corrupt, "cut to \(size) of \(log.count) bytes")

            #expect(try bytes(copy + "/headwater.db-wal") == log.prefix(size))
            try write(log, to: copy + "/headwater.db-wal")
            #expect(try await profiles(in: copy) == 7)
            try FileManager.default.removeItem(atPath: copy)
        }
    }

    @Test func `a byte flipped in the log is noticed`() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let path = try await killed("store", checkpointed: 2, logged: 5)
        let log = try bytes(path + "/headwater.db-wal")

        for round in 0..<40 {
            var damaged = log
            let position = Int.random(in: 0..<log.count, using: &random)
            damaged[damaged.startIndex + position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            let copy = directory.path("flipped-\(round)")
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            try write(damaged, to: copy + "/headwater.db-wal")
            // The log's header holds a number that SQLite does not need.
            let error = try await openError(copy)
            if error == nil { #expect(try await profiles(in: copy) == 7, "byte \(position), seed \(seed)") }
            #expect(error == nil || error?.code == .corrupt, "byte \(position), seed \(seed)")
            try FileManager.default.removeItem(atPath: copy)
        }
    }

    @Test func `the log is copied once nothing was written for a while`() async throws {
        let path = directory.path("store")
        let writer = try WriterDatabase(DataDirectory(path: path), options)
        var plan = CommitPlan(scope: StorageConformance.scope)
        plan.profiles = [StorageConformance.new(1)]
        try writer.commit(plan)
        try writer.checkpointIfIdle()
        #expect(writer.connection.logPages > 0)

        try writer.checkpointIfIdle()

        #expect(writer.connection.logPages == 0)
        let copy = directory.path("copy")
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: false)
        for name in ["headwater.db", "headwater.witness"] {
            try FileManager.default.copyItem(atPath: path + "/" + name, toPath: copy + "/" + name)
        }
        #expect(try await profiles(in: copy) == 1)
    }

    @Test func `the log of a killed process is copied as soon as there is nothing else to do`() async throws {
        let path = try await killed("store", checkpointed: 2, logged: 3)
        do {
            let writer = try WriterDatabase(DataDirectory(path: path), options)
            try writer.checkpointIfIdle()
            try writer.checkpointIfIdle()
        }
        try FileManager.default.removeItem(atPath: path + "/headwater.db-wal")

        #expect(try await profiles(in: path) == 5)
    }

    // MARK: The witness

    @Test(arguments: ["", "commits", "commits 0000000000000000000x\n", "commits 99999999999999999999\n", "\u{0}\u{0}"])
    func `a witness that cannot be read is said, and may be removed`(_ text: String) async throws {
        let path = try await killed("store")
        try write(Data(text.utf8), to: path + "/headwater.witness")

        let error = try #require(try await openError(path))

        #expect(error.code == .corrupt)
        #expect(error.message.contains("headwater.witness is damaged"))
        try FileManager.default.removeItem(atPath: path + "/headwater.witness")
        #expect(try await profiles(in: path) == 5)
    }

    @Test func `every change counts, and finding out whether the disk takes writes does not`() async throws {
        let path = directory.path("store")
        let storage = try SQLiteStorage.open(directory: path, options: options)
        func witness() throws -> String { String(decoding: try bytes(path + "/headwater.witness"), as: UTF8.self) }
        #expect(try witness() == "commits 00000000000000000000\n")

        try await StorageConformance.commit(to: storage) { plan in
            plan.profiles = [StorageConformance.new(1)]
            plan.outbox = [StorageConformance.record("r", of: 1)]
        }
        try await StorageConformance.settle(try await StorageConformance.claim(storage), in: storage)
        let time = Timestamp(milliseconds: 1)
        let object = ControlObject(kind: "k", id: "i", etag: "e", createdAt: time, updatedAt: time, body: [])
        try await storage.apply([.insert(object)], scope: StorageConformance.otherScope)
        try await storage.checkWritable()

        #expect(try witness() == "commits 00000000000000000003\n")
        try await storage.close()
        #expect(try await profiles(in: path) == 1)
        #expect(try witness() == "commits 00000000000000000003\n")
    }
}
