import ActivationCore
import ActivationEngine
import Foundation
import Testing

@testable import SQLiteStorage
@testable import TestSupport

/// Ends real processes in the middle of their work, by SIGKILL and by a limit on the size of files.
@Suite struct CrashTests {
    private static let dataflow = StorageConformance.dataflowID(1)

    /// Commits plans of ten profiles and ten records, claims and settles, and acknowledges each step in a file, until
    /// the file system kills the process.
    static func work(in path: String, killedBefore operation: Int, isLogged: Bool) async throws {
        let vfs = RecordingVFS(name: "kill")
        var options = SQLiteStorageOptions()
        options.vfs = vfs.name
        if isLogged {
            options.commitLog = CommitLogOptions()
            options.commitLog?.gatheredBytes = 40_000
        }
        options.logBytesMax = 128 << 10
        let storage = try SQLiteStorage.open(directory: path + "/store", options: options)
        let acknowledgements = try FileHandle(forWritingTo: URL(fileURLWithPath: path + "/acknowledged"))
        vfs.killProcess(before: operation)
        for round in 0..<10_000 {
            var plan = CommitPlan(scope: StorageConformance.scope)
            for number in (round * 10)..<(round * 10 + 10) {
                plan.profiles.append(StorageConformance.new(number, value: String(repeating: "v", count: 700)))
                plan.outbox.append(StorageConformance.record("\(number)", of: number))
            }
            plan.counters = [dataflow: DataflowCounters(triggered: 10)]
            // Every other commit begins an hour.
            plan.admission = AdmissionMark(
                instant: Timestamp(milliseconds: Int64(round / 2) * BookedHour.length),
                sequence: AdmissionSequence(rawValue: Int64(round) << 10)
            )
            plan.memberCounters = [StorageConformance.audienceID(1): MemberCounters(entered: 12, exited: 2)]
            try await storage.commit(plan)
            acknowledgements.write(Data("c".utf8))
            let rows = try await StorageConformance.claim(storage, limit: 7, perProfile: 1)
            try await StorageConformance.settle(rows, in: storage)
            acknowledgements.write(Data("s".utf8))
        }
    }

    @Test func `what a killed process acknowledged is there, and nothing is there by half`() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<12 {
            let directory = try TemporaryDirectory()
            let path = directory.path
            try Data().write(to: URL(fileURLWithPath: path + "/acknowledged"))
            let operation = Int.random(in: 50...2_000, using: &random)
            let isLogged = Bool.random(using: &random)

            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, operation = operation as Int, isLogged = isLogged as Bool] in
                try await CrashTests.work(in: path, killedBefore: operation, isLogged: isLogged)
            }

            let written = try Data(contentsOf: URL(fileURLWithPath: path + "/acknowledged"))
            let commits = written.count { $0 == UInt8(ascii: "c") }
            let settlements = written.count { $0 == UInt8(ascii: "s") }
            let storage = try SQLiteStorage.open(directory: path + "/store")
            let profiles = try await storage.profileCount(scope: StorageConformance.scope)
            let books = try await storage.books(dataflow: Self.dataflow)
            let rows = try await StorageConformance.claim(storage, limit: 100_000)
            // The change in flight at the kill may be there, as a whole.
            #expect([commits * 10, commits * 10 + 10].contains(profiles), "killed before \(operation), seed \(seed)")
            #expect(books.counters.triggered == Int64(profiles))
            #expect([settlements * 7, settlements * 7 + 7].contains(Int(books.counters.delivered)))
            #expect(books.counters.pending == books.pendingRows)
            #expect(rows.count == Int(books.pendingRows))
            let audience = StorageConformance.audienceID(1)
            let hours = try await storage.memberHours(of: audience, scope: StorageConformance.scope)
            #expect(try await storage.memberCount(of: audience, scope: StorageConformance.scope) == profiles)
            #expect(hours.map { $0.counters.entered }.reduce(0, +) == Int64(profiles / 10 * 12))
            #expect(hours.count == (profiles / 10 + 1) / 2 && hours.last.map { $0.members == profiles } ?? true)
            let expected = (Int(books.counters.delivered)..<profiles).map { "\($0)" }
            #expect(StorageConformance.payloads(rows) == expected)
            try await storage.close()
        }
    }

    /// Commits under a limit on the size of files until it is reached, then goes on without one.
    static func fillDisk(in path: String) async throws {
        var limit = rlimit()
        try #require(getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
        let unlimited = limit.rlim_cur
        let storage = try SQLiteStorage.open(directory: path + "/store")
        limit.rlim_cur = 1 << 20
        try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
        var stored = 0
        func plan() -> CommitPlan {
            var plan = CommitPlan(scope: StorageConformance.scope)
            plan.profiles = (stored..<(stored + 20)).map {
                StorageConformance.new($0, value: String(repeating: "v", count: 1_000))
            }
            return plan
        }
        var failure: StorageError?
        while failure == nil && stored < 100_000 {
            do throws(StorageError) {
                try await storage.commit(plan())
                stored += 20
            } catch {
                failure = error
            }
        }
        #expect(failure?.code == .full, "\(String(describing: failure))")
        #expect(try await storage.profileCount(scope: StorageConformance.scope) == stored)

        limit.rlim_cur = unlimited
        try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
        try await storage.commit(plan())
        stored += 20
        #expect(try await storage.profileCount(scope: StorageConformance.scope) == stored)
        try await storage.close()
        try Data("\(stored)".utf8).write(to: URL(fileURLWithPath: path + "/stored"))
    }

    @Test func `a full disk refuses a plan whole, and the next one succeeds when there is room`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path

        await #expect(processExitsWith: .success) { [path = path as String] in
            try await CrashTests.fillDisk(in: path)
        }

        let stored = try String(contentsOf: URL(fileURLWithPath: path + "/stored"), encoding: .utf8)
        let storage = try SQLiteStorage.open(directory: path + "/store")
        #expect(try await storage.profileCount(scope: StorageConformance.scope) == Int(stored))
        try await storage.close()
    }
}
