import ActivationCore
import ActivationEngine
import Foundation
import Synchronization
import Testing

@testable import SQLiteStorage
@testable import TestSupport

@Suite struct MigrationTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.path("store") }

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// A profile's value as version 1 began it: 32 bytes with the instant of the last change at their end.
    private static func value(updatedAt: Int64, version: UInt8 = 1) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 32)
        bytes[0] = version
        withUnsafeBytes(of: updatedAt.littleEndian) { bytes.replaceSubrange(24..<32, with: $0) }
        return bytes + Array("and more".utf8)
    }

    /// A store of schema 1 with these profiles, by scope.
    private static func makeFirstVersion(
        at path: String,
        _ profiles: [(scope: Int64, revision: Int64, value: [UInt8])]
    ) throws {
        try DataDirectory.makePrivateFile(try DataDirectory(path: path).databasePath)
        let connection = try Connection(path: path + "/headwater.db", vfs: nil)
        _ = try connection.text("PRAGMA journal_mode = WAL")
        try connection.execute(
            """
            BEGIN;
            \(Migration.initial.sql)
            PRAGMA application_id = \(Migration.applicationID);
            PRAGMA user_version = 1;
            """
        )
        let insert = try connection.prepare(
            "INSERT INTO profile (row, scope, id, revision, value) VALUES (?1, ?2, ?3, ?4, ?5)"
        )
        var counts: [Int64: Int64] = [:]
        for (number, profile) in profiles.enumerated() {
            counts[profile.scope, default: 0] += 1
            insert.bind(1, profile.scope << 32 + Int64(number) + 1)
            insert.bind(2, profile.scope)
            insert.bind(3, StorageConformance.profileID(number).uuid)
            insert.bind(4, profile.revision)
            insert.bind(5, profile.value)
            try insert.run()
        }
        for (scope, count) in counts {
            try connection.execute(
                "INSERT INTO scope VALUES (\(scope), \(count), \(scope << 32 + Int64(profiles.count)))"
            )
        }
        let insertRecord = try connection.prepare(
            """
            INSERT INTO outbox (row, profile, merge_policy, revision, reasons, admitted_at, partition_key, payload)
            VALUES (?1, ?2, ?2, 1, 3, 5, x'61', ?3)
            """
        )
        try connection.execute("INSERT INTO dataflow VALUES (1, zeroblob(16), 1, 3, 0, 0, 0, 0, 1)")
        for number: Int64 in 1...2 {
            insertRecord.bind(1, 1 << 44 + number)
            insertRecord.bind(2, StorageConformance.profileID(0).uuid)
            insertRecord.bind(3, Array("record \(number)".utf8))
            try insertRecord.run()
        }
        try connection.execute(
            """
            INSERT INTO dead_letter
            VALUES ((1 << 44) + 3, zeroblob(16), zeroblob(16), 1, 1, 7, x'61', x'62', x'63', x'64', 9);
            COMMIT;
            """
        )
    }

    private let dataflow = Dataflow.ID(uuid: UUIDBytes(high: 0, low: 0))

    private func mark(_ instant: Int64, _ revision: Int64) -> AdmissionMark {
        AdmissionMark(
            instant: Timestamp(milliseconds: instant),
            sequence: AdmissionSequence(rawValue: revision << 10)
        )
    }

    @Test func `a store of the first version gets its marks from its profiles, scope by scope`() async throws {
        try Self.makeFirstVersion(
            at: path,
            [
                (1, 7, Self.value(updatedAt: 1_700_000_000_001)), (1, 3, Self.value(updatedAt: 1_900_000_000_000)),
                (2, 1, Self.value(updatedAt: -20)), (1, 2, [1, 2, 3]),
                (1, 90, Self.value(updatedAt: 2_000, version: 9)), (1, Int64.max, Self.value(updatedAt: 5)), (3, 4, []),
            ]
        )

        let storage = try SQLiteStorage.open(directory: path)

        #expect(try await storage.admission(scope: StorageConformance.scope) == mark(1_900_000_000_000, 7))
        #expect(try await storage.admission(scope: StorageConformance.otherScope) == mark(-20, 1))
        #expect(try await storage.admission(scope: Scope(rawValue: 3)) == nil)
        try await storage.close()
        let again = try SQLiteStorage.open(directory: path)
        #expect(try await again.admission(scope: StorageConformance.scope) == mark(1_900_000_000_000, 7))
        try await again.close()
    }

    @Test func `everything else of a store of the first version is as it was`() async throws {
        let values = (0..<5).map { Self.value(updatedAt: $0) }
        try Self.makeFirstVersion(at: path, values.map { (1, 1, $0) })

        let storage = try SQLiteStorage.open(directory: path)

        let profiles = try await storage.profiles(scope: StorageConformance.scope, after: 0, limit: 10)
        #expect(profiles.map(\.value) == values)
        #expect(profiles.allSatisfy { $0.due == nil })
        let books = try await storage.books(dataflow: dataflow)
        #expect(books.counters == DataflowCounters(triggered: 3, parked: 1))
        #expect(books.pendingRows == 2)
        let rows = try await storage.claim(ClaimRequest(dataflow: dataflow, limit: 9, limitPerProfile: 9))
        #expect(StorageConformance.payloads(rows) == ["record 1", "record 2"])
        #expect(rows.allSatisfy { $0.lane == .live })
        let letters = try await storage.deadLetters(dataflow: dataflow, limit: 9)
        #expect(letters.map(\.record.lane) == [.live])
        #expect(letters.map(\.code) == ["c"])
        try await StorageConformance.commit(to: storage) { plan in
            plan.profiles = [
                StorageConformance.new(100, due: 4), StorageConformance.changed(profiles[0], value: "new"),
            ]
        }
        try await storage.close()
    }

    @Test func `an upgrade tells how far it is`() async throws {
        try Self.makeFirstVersion(at: path, (0..<100_001).map { (1, 1, Self.value(updatedAt: $0)) })
        let sentences = Mutex<[String]>([])
        var options = SQLiteStorageOptions()
        options.reportProgress = { sentence in sentences.withLock { $0.append(sentence) } }

        try await SQLiteStorage.open(directory: path, options: options).close()
        #expect(
            sentences.withLock { $0 } == [
                "bringing the store from schema 1 to 2", "100000 of 100001 profiles read", "the store has schema 2",
            ]
                + (3...Migration.all.count).flatMap {
                    ["bringing the store from schema \($0 - 1) to \($0)", "the store has schema \($0)"]
                }
        )
        let told = sentences.withLock { $0.count }
        try await SQLiteStorage.open(directory: path, options: options).close()
        try await SQLiteStorage.open(directory: directory.path("new"), options: options).close()
        #expect(sentences.withLock { $0.count } == told)
    }

    @Test func `the events of an older store are all there, in the order of time, and told`() async throws {
        try Self.makeFirstVersion(at: path, [(1, 1, Self.value(updatedAt: 1))])
        let connection = try Connection(path: path + "/headwater.db", vfs: nil)
        let insert = try connection.prepare("INSERT INTO event (profile, id, timestamp, body) VALUES (?1, ?2, ?3, ?4)")
        // Rows far apart, more of one profile than of the others, ids against the order of time.
        let rows: [Int64] = [1 << 32 + 1, 1 << 32 + 2, 1 << 32 + 30_000, 2 << 32 + 1]
        try connection.execute("BEGIN")
        for (place, row) in rows.enumerated() {
            for number in 0..<Int64(place == 1 ? 300 : 3) {
                insert.bind(1, row)
                insert.bind(2, Array("e\(1_000 - number)".utf8))
                insert.bind(3, number / 2)
                insert.bind(4, Array("body \(row) \(number)".utf8))
                try insert.run()
                insert.reset()
            }
        }
        try connection.execute("COMMIT")
        let sentences = Mutex<[String]>([])
        var options = SQLiteStorageOptions()
        options.reportProgress = { sentence in sentences.withLock { $0.append(sentence) } }

        let storage = try SQLiteStorage.open(directory: path, options: options)

        var request = EventRequest()
        request.items = rows.map { EventRequest.Item(row: $0, extent: .whole, ids: ["e999", "e1"]) }
        let loaded = try await storage.loadEvents(request)
        #expect(loaded.map { $0.events?.count } == [3, 300, 3, 3])
        #expect(loaded.map(\.known) == Array(repeating: [true, false], count: 4))
        for (place, (row, answer)) in zip(rows, loaded).enumerated() {
            let events = answer.events ?? []
            #expect(events.map(\.timestamp.milliseconds) == events.indices.map { Int64($0 / 2) })
            #expect(events.prefix(3).map(\.id) == ["e1000", "e999", place == 1 ? "e997" : "e998"])
            #expect(events.first.map { StorageConformance.text($0.body) } == "body \(row) 0")
        }
        #expect(sentences.withLock { $0 }.contains("309 events put in the order of time"))
        try await storage.close()
    }

    @Test func `whoever was a member of an older store has entered, in no hour`() async throws {
        try Self.makeFirstVersion(at: path, [(1, 1, Self.value(updatedAt: 1))])
        let connection = try Connection(path: path + "/headwater.db", vfs: nil)
        let insert = try connection.prepare("INSERT INTO audience (scope, id, members) VALUES (1, ?1, ?2)")
        for number: Int64 in 1...2 {
            insert.bind(1, StorageConformance.audienceID(Int(number)).uuid)
            insert.bind(2, number * 100)
            try insert.run()
        }
        let scope = StorageConformance.scope
        let audience = StorageConformance.audienceID(1)

        let storage = try SQLiteStorage.open(directory: path)

        #expect(try await storage.memberCount(of: audience, scope: scope) == 100)
        #expect(try await storage.memberHours(of: audience, scope: scope).isEmpty)
        try await StorageConformance.commit(to: storage) { plan in
            plan.admission = mark(BookedHour.length * 9, 3)
            plan.memberCounters = [audience: MemberCounters(entered: 1, exited: 30)]
        }
        let hour = MemberHour(
            start: Timestamp(milliseconds: BookedHour.length * 9),
            counters: MemberCounters(entered: 1, exited: 30),
            members: 71
        )
        #expect(try await storage.memberHours(of: audience, scope: scope) == [hour])
        #expect(try await storage.memberCounts(scope: scope)[StorageConformance.audienceID(2)] == 200)
        try await storage.close()
    }

    @Test func `an upgrade that fails leaves the store as it was`() async throws {
        try Self.makeFirstVersion(at: path, [(1, 1, Self.value(updatedAt: 1))])
        try Connection(path: path + "/headwater.db", vfs: nil).execute("CREATE TABLE probe (x)")
        func openError() async throws -> StorageError? {
            do throws(StorageError) {
                try await SQLiteStorage.open(directory: path).close()
                return nil
            } catch {
                return error
            }
        }

        #expect(try await openError() != nil)

        let connection = try Connection(path: path + "/headwater.db", vfs: nil)
        #expect(try connection.integer("PRAGMA user_version") == 1)
        #expect(try connection.integer("SELECT count(*) FROM pragma_table_info('scope')") == 3)
        try connection.execute("DROP TABLE probe")
        #expect(try await openError() == nil)
    }

    /// Opens a store on a file system that ends the process before an operation, or after everything was done.
    static func openAndDie(in path: String, before operation: Int) throws {
        let vfs = RecordingVFS(name: "kill-open")
        var options = SQLiteStorageOptions()
        options.vfs = vfs.name
        vfs.killProcess(before: operation)
        _ = try SQLiteStorage.open(directory: path, options: options)
        killThisProcess()
    }

    @Test(arguments: [true, false])
    func `a first start and an upgrade that were killed anywhere go on`(_ isUpgrade: Bool) async throws {
        for operation in 1...10 + (isUpgrade ? 0 : 4) {
            let path = directory.path("killed-\(operation)")
            if isUpgrade { try Self.makeFirstVersion(at: path, [(1, 7, Self.value(updatedAt: 3))]) }

            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, operation = operation as Int] in
                try MigrationTests.openAndDie(in: path, before: operation)
            }

            let storage = try SQLiteStorage.open(directory: path)
            #expect(try await storage.admission(scope: StorageConformance.scope) == (isUpgrade ? mark(3, 7) : nil))
            try await StorageConformance.commit(to: storage) { $0.profiles = [StorageConformance.new(9)] }
            try await storage.close()
        }
    }
}
