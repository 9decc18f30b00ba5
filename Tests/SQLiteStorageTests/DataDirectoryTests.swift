import ActivationCore
import ActivationEngine
import Foundation
import Testing

@testable import SQLiteStorage
@testable import TestSupport

@Suite struct DataDirectoryTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func permissions(of path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private func openError(_ path: String) -> StorageError? {
        do throws(StorageError) {
            _ = try SQLiteStorage.open(directory: path)
            return nil
        } catch {
            return error
        }
    }

    @Test func `the directory and its files are for their owner only`() async throws {
        let path = directory.path("store")

        let storage = try SQLiteStorage.open(directory: path)
        try await StorageConformance.commit(to: storage) { $0.profiles = [StorageConformance.new(1)] }

        #expect(try permissions(of: path) == 0o700)
        for file in try FileManager.default.contentsOfDirectory(atPath: path) {
            #expect(try permissions(of: path + "/" + file) == 0o600, "\(file)")
        }
        try await storage.close()
    }

    @Test func `a directory in use is refused with its name and the other process`() async throws {
        let path = directory.path("store")
        let storage = try SQLiteStorage.open(directory: path)

        let error = openError(path)

        #expect(error?.code == .locked)
        #expect(error?.message.contains(path) == true)
        #expect(error?.message.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
        try await storage.close()
        let again = try SQLiteStorage.open(directory: path)
        try await again.close()
    }

    @Test func `a closed storage says so, and closing again does nothing`() async throws {
        let storage = try SQLiteStorage.open(directory: directory.path("store"))
        try await storage.close()

        try await storage.close()

        try await StorageConformance.expectError(.closed) {
            try await StorageConformance.commit(to: storage) { $0.profiles = [StorageConformance.new(1)] }
        }
        try await StorageConformance.expectError(.closed) {
            _ = try await storage.dictionaries(scope: StorageConformance.scope)
        }
    }

    @Test func `a storage that is let go without closing gives its directory back`() async throws {
        let path = directory.path("store")
        func use() async throws {
            let storage = try SQLiteStorage.open(directory: path)
            try await StorageConformance.commit(to: storage) { $0.profiles = [StorageConformance.new(1)] }
        }
        try await use()

        let storage = try SQLiteStorage.open(directory: path)

        #expect(try await storage.profileCount(scope: StorageConformance.scope) == 1)
        try await storage.close()
    }

    @Test func `a closed storage leaves one file with everything`() async throws {
        let path = directory.path("store")
        let storage = try SQLiteStorage.open(directory: path)
        try await StorageConformance.commit(to: storage) { $0.profiles = [StorageConformance.new(1)] }

        try await storage.close()

        let files = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        #expect(files == [".gitignore", "headwater.db", "headwater.lifesign", "headwater.witness", "lock"])
    }

    @Test func `a path that is a file, or has no parent, is refused`() throws {
        let file = directory.path("file")
        try Data().write(to: URL(fileURLWithPath: file))

        #expect(openError(file)?.code == .io)
        #expect(openError(directory.path("missing/store"))?.code == .io)
    }

    @Test func `a directory with other files is refused and left as it is`() throws {
        let path = directory.path("purchases")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try Data("1 2 3".utf8).write(to: URL(fileURLWithPath: path + "/purchases.txt"))
        try FileManager.default.createDirectory(atPath: path + "/cdnow", withIntermediateDirectories: false)

        let error = openError(path)

        #expect(error?.code == .notAStore)
        #expect(error?.message.contains("cdnow and 1 more") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path).sorted() == ["cdnow", "purchases.txt"])
    }

    @Test(arguments: [[], ["lost+found"], ["lock"], ["lock", ".gitignore"], ["lock", "headwater.db"]])
    func `a directory that is empty or that a failed first start left behind is taken`(files: [String]) async throws {
        let path = directory.path("store")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        for file in files { try Data().write(to: URL(fileURLWithPath: path + "/" + file)) }

        try await SQLiteStorage.open(directory: path).close()

        #expect(FileManager.default.fileExists(atPath: path + "/headwater.db"))
    }

    @Test func `other files may come to a store`() async throws {
        let path = directory.path("store")
        try await SQLiteStorage.open(directory: path).close()
        try Data().write(to: URL(fileURLWithPath: path + "/notes.txt"))

        try await SQLiteStorage.open(directory: path).close()
    }

    @Test func `who needs a store makes none`() async throws {
        var options = SQLiteStorageOptions()
        options.makesStore = false
        let empty = directory.path("empty")
        try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: false)
        let store = directory.path("store")
        try await SQLiteStorage.open(directory: store).close()

        for path in [empty, directory.path("none")] {
            do throws(StorageError) {
                _ = try SQLiteStorage.open(directory: path, options: options)
                Issue.record("\(path) was opened")
            } catch {
                #expect(error.code == .notAStore)
                #expect(error.message.contains(path))
            }
        }

        #expect(try FileManager.default.contentsOfDirectory(atPath: empty).isEmpty)
        #expect(!FileManager.default.fileExists(atPath: directory.path("none")))
        try await SQLiteStorage.open(directory: store, options: options).close()
    }

    @Test func `an empty name is no directory`() {
        #expect(openError("")?.code == .notAStore)
    }

    @Test func `a file that is not a database is called damaged and left alone`() throws {
        let path = directory.path("store")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let bytes = Data(repeating: 0x41, count: 10_000)
        try bytes.write(to: URL(fileURLWithPath: path + "/headwater.db"))

        #expect(openError(path)?.code == .corrupt)

        #expect(try Data(contentsOf: URL(fileURLWithPath: path + "/headwater.db")) == bytes)
    }

    @Test func `a damaged page is reported as damage`() async throws {
        let path = directory.path("store")
        let storage = try SQLiteStorage.open(directory: path)
        try await StorageConformance.commit(to: storage) { plan in
            plan.profiles = (1...500).map { StorageConformance.new($0, value: String(repeating: "v", count: 500)) }
        }
        try await storage.close()
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path + "/headwater.db"))
        let size = try file.seekToEnd()
        // Behind what every table begins with, which is read when the store is opened.
        for page in stride(from: UInt64(64 * 4096), to: size, by: 4096) {
            try file.seek(toOffset: page)
            file.write(Data(repeating: 0xff, count: 512))
        }
        try file.close()

        let damaged = try SQLiteStorage.open(directory: path)

        try await StorageConformance.expectError(.corrupt) {
            _ = try await damaged.profiles(scope: StorageConformance.scope, after: 0, limit: 1_000)
        }
        try await damaged.close()
    }

    @Test func `a schema of a newer program and another program's database are refused`() async throws {
        let newer = directory.path("newer")
        let foreign = directory.path("foreign")
        for (path, sql) in [
            (newer, "PRAGMA user_version = \(Migration.all.count + 1)"), (foreign, "PRAGMA application_id = 7"),
        ] {
            try await SQLiteStorage.open(directory: path).close()
            let connection = try Connection(path: path + "/headwater.db", vfs: nil)
            try connection.execute(sql)
        }

        #expect(openError(newer)?.code == .corrupt)
        #expect(openError(newer)?.message.contains("newer program") == true)
        #expect(openError(foreign)?.code == .corrupt)
        #expect(openError(foreign)?.message.contains("another program") == true)
    }

    @Test func `migrations are numbered without gaps and recorded`() async throws {
        let path = directory.path("store")
        try await SQLiteStorage.open(directory: path).close()

        let connection = try Connection(path: path + "/headwater.db", vfs: nil)

        #expect(Migration.all.map(\.number) == Array(1...Int64(Migration.all.count)))
        #expect(try connection.integer("PRAGMA user_version") == Int64(Migration.all.count))
        #expect(try connection.integer("PRAGMA application_id") == Migration.applicationID)
        #expect(try connection.text("PRAGMA integrity_check") == "ok")
    }

    @Test func `a backup of a storage in use can be opened, and never replaces a file`() async throws {
        let storage = try SQLiteStorage.open(directory: directory.path("store"))
        try await StorageConformance.commit(to: storage) { plan in
            plan.profiles = (1...100).map { StorageConformance.new($0) }
            plan.outbox = [StorageConformance.record("r", of: 1)]
        }
        let copy = directory.path("copy")
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: false)

        try await storage.backup(to: copy + "/headwater.db")
        try await StorageConformance.expectError(.io) { try await storage.backup(to: copy + "/headwater.db") }
        try await StorageConformance.expectError(.io) { try await storage.backup(to: copy + "/missing/file") }

        #expect(try permissions(of: copy + "/headwater.db") == 0o600)
        try await StorageConformance.commit(to: storage) { $0.profiles = [StorageConformance.new(101)] }
        let restored = try SQLiteStorage.open(directory: copy)
        #expect(try await restored.profileCount(scope: StorageConformance.scope) == 100)
        #expect(try await StorageConformance.claim(restored).count == 1)
        try await restored.close()
        try await storage.close()
    }

    @Test func `messages hold neither profile data nor statements nor names of tables`() async throws {
        let storage = try SQLiteStorage.open(directory: directory.path("store"))
        try await StorageConformance.commit(to: storage) { plan in
            plan.profiles = [StorageConformance.new(1, value: "secret value")]
            plan.events = [StorageConformance.event("secret event", of: 1, at: 1)]
        }
        var plans = [CommitPlan](repeating: CommitPlan(scope: StorageConformance.scope), count: 3)
        plans[0].events = [StorageConformance.event("secret event", of: 1, at: 2)]
        plans[1].profiles = [StorageConformance.new(1, value: "secret value")]
        plans[2].identities = [
            CommitPlan.IdentityWrite(
                identity: StorageConformance.email("secret identity"),
                profile: StorageConformance.profileID(9)
            )
        ]
        var errors: [StorageError] = []
        for plan in plans {
            do throws(StorageError) {
                try await storage.commit(plan)
            } catch {
                errors.append(error)
            }
        }

        #expect(errors.count == 3)
        for error in errors {
            #expect(error.code == .conflict)
            for word in ["secret", "INSERT", "SELECT", "UNIQUE", "event.", "PRIMARY"] {
                #expect(!error.description.contains(word), "\(error)")
            }
        }
        #expect(errors[0].message.hasPrefix("the store has something else than was expected"))
        try await storage.close()
    }

    @Test func `errors of SQLite are told by number only`() throws {
        try makeParent()
        let connection = try Connection(path: directory.path("store/headwater.db"), vfs: nil)
        for sql in ["SELECT secret FROM nothing", "CREATE TABLE x (y CHECK (y > 1)); INSERT INTO x VALUES (0)"] {
            do throws(StorageError) {
                try connection.execute(sql)
                Issue.record("\(sql) succeeded")
            } catch {
                for word in ["secret", "nothing", "CHECK", "SELECT"] { #expect(!error.message.contains(word)) }
                #expect(error.message.contains("(SQLite "))
            }
        }
    }

    private func makeParent() throws {
        _ = try DataDirectory(path: directory.path("store"))
    }
}
