import ActivationCore
import ActivationEngine
import Foundation
import Testing

@testable import SQLiteStorage
@testable import TestSupport

@Suite struct WriteAheadLogTests {
    private let directory: TemporaryDirectory
    private let storage: SQLiteStorage
    private let logBytesMax = 512 << 10

    init() throws {
        directory = try TemporaryDirectory()
        var options = SQLiteStorageOptions()
        options.logBytesMax = logBytesMax
        storage = try SQLiteStorage.open(directory: directory.path("store"), options: options)
    }

    private var logBytes: Int {
        let path = directory.path("store/headwater.db-wal")
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return attributes?[.size] as? Int ?? 0
    }

    private func commit(_ round: Int) async throws {
        try await StorageConformance.commit(to: storage) { plan in
            plan.profiles = (0..<20).map {
                StorageConformance.new(round * 20 + $0, value: String(repeating: "v", count: 1_000))
            }
        }
    }

    @Test func `the log starts over again and again, so it never grows long`() async throws {
        for round in 0..<200 {
            try await commit(round)
            #expect(logBytes < 2 * logBytesMax)
        }

        let database = try FileManager.default.attributesOfItem(atPath: directory.path("store/headwater.db"))
        #expect(database[.size] as? Int ?? 0 > 3_000_000)
        try await storage.close()
    }

    @Test func `small commits keep the log short, and large ones let it grow`() async throws {
        // The file holds what made the schema, and never gets shorter.
        let longest = max(logBytes, logBytesMax / 2)
        for round in 0..<100 {
            try await StorageConformance.commit(to: storage) { $0.profiles = [StorageConformance.new(round)] }
            #expect(logBytes <= longest)
        }
        for round in 1..<9 {
            try await StorageConformance.commit(to: storage) { plan in
                plan.profiles = (0..<200).map {
                    StorageConformance.new(round * 200 + $0, value: String(repeating: "v", count: 1_000))
                }
            }
        }
        #expect(logBytes > longest)
        try await storage.close()
    }

    @Test func `a reader of an old state delays the log's start over, and nothing is lost`() async throws {
        try await commit(0)
        let reader = try Connection(path: directory.path("store/headwater.db"), vfs: nil)
        try reader.execute("BEGIN")
        let before = try reader.integer("SELECT count(*) FROM profile")

        for round in 1..<40 { try await commit(round) }
        #expect(logBytes > 2 * logBytesMax)
        #expect(try reader.integer("SELECT count(*) FROM profile") == before)
        try reader.execute("COMMIT")
        for round in 40..<80 { try await commit(round) }

        #expect(logBytes <= 2 * logBytesMax)
        #expect(try await storage.profileCount(scope: StorageConformance.scope) == 80 * 20)
        try await storage.close()
    }
}
