import ActivationCore
import ActivationEngine
import Foundation
import Testing

@testable import SQLiteStorage
@testable import TestSupport

/// The history in the database: what its pages cost, and that it and the configuration never part.
struct HistoryTests {
    private static let scope = StorageConformance.scope

    private static func change(_ number: Int) -> ConfigurationChange {
        ConfigurationChange(
            changedAt: Timestamp(milliseconds: Int64(number)),
            author: ConfigurationChange.Author(name: "ana", way: .console),
            action: .create,
            kind: "flow",
            id: "\(number)",
            name: "flow \(number)",
            difference: Array(String(repeating: "d", count: 900).utf8)
        )
    }

    private static func object(_ number: Int) -> ControlObject {
        ControlObject(
            kind: "flow",
            id: "\(number)",
            etag: "1",
            createdAt: Timestamp(milliseconds: 1),
            updatedAt: Timestamp(milliseconds: 1),
            body: Array("{}".utf8)
        )
    }

    @Test func `a page is read by an index in its order, and nothing is sorted`() throws {
        let directory = try TemporaryDirectory()
        try Data().write(to: URL(fileURLWithPath: directory.path("plan.db")))
        let connection = try Connection(path: directory.path("plan.db"), vfs: nil)
        try Migration.perform(on: connection, from: 0) { _ in }
        let object = ConfigurationChange.Object(id: "1")
        for (kind, author) in [(nil, nil), ("flow", nil), (nil, "ana"), ("flow", "ana")] as [(String?, String?)] {
            for about in [nil, object, ConfigurationChange.Object(kind: "flow", id: "1")] {
                for actions in [ConfigurationChange.Action.changes, [.view], nil] {
                    let request = ConfigurationChangesRequest(
                        scope: Self.scope,
                        kind: kind,
                        author: author,
                        actions: actions,
                        before: 7,
                        limit: 3
                    )
                    let query = ReaderDatabase.query(request, about: about)
                    let plan = try connection.prepare("EXPLAIN QUERY PLAN " + query)
                    var steps: [String] = []
                    while try plan.next() { steps.append(try plan.text(3)) }
                    #expect(
                        steps.count == 1 && steps.allSatisfy { $0.hasPrefix("SEARCH configuration_change") },
                        "\(steps)"
                    )
                }
            }
        }
    }

    /// Makes objects, each with its entry in the history, until the file system kills the process.
    static func work(in path: String, killedBefore operation: Int) async throws {
        let vfs = RecordingVFS(name: "kill")
        var options = SQLiteStorageOptions()
        options.vfs = vfs.name
        options.logBytesMax = 64 << 10
        let storage = try SQLiteStorage.open(directory: path + "/store", options: options)
        let acknowledgements = try FileHandle(forWritingTo: URL(fileURLWithPath: path + "/acknowledged"))
        vfs.killProcess(before: operation)
        for number in 0..<100_000 {
            try await storage.apply([.insert(object(number))], history: [change(number)], scope: scope)
            acknowledgements.write(Data("c".utf8))
        }
    }

    @Test func `after a kill every object has its entry and every entry its object`() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<6 {
            let directory = try TemporaryDirectory()
            let path = directory.path
            try Data().write(to: URL(fileURLWithPath: path + "/acknowledged"))
            let operation = Int.random(in: 50...1_000, using: &random)

            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, operation = operation as Int] in
                try await HistoryTests.work(in: path, killedBefore: operation)
            }

            let acknowledged = try Data(contentsOf: URL(fileURLWithPath: path + "/acknowledged")).count
            let storage = try SQLiteStorage.open(directory: path + "/store")
            let objects = try await storage.objects(kind: "flow", scope: Self.scope).map(\.id)
            let request = ConfigurationChangesRequest(scope: Self.scope, limit: 100_000)
            let entries = try await storage.history(request).map(\.id)
            #expect(Set(entries) == Set(objects), "killed before \(operation), seed \(seed)")
            // The one in flight at the kill may be there, as a whole.
            #expect([acknowledged, acknowledged + 1].contains(objects.count))
            try await storage.close()
        }
    }
}
