import ActivationCore
import ActivationEngine
import Foundation
import StorageCommon
import TestSupport
import Testing

@testable import SQLiteStorage

/// Nothing in the history can be changed, removed or moved without being found, with its place (docs/decisions/0051).
struct HistoryChainTests {
    private static let scope = Scope.production

    private static func change(_ number: Int, at: Int64) -> ConfigurationChange {
        ConfigurationChange(
            changedAt: Timestamp(milliseconds: at),
            author: ConfigurationChange.Author(
                name: "ana \(number)",
                way: .console,
                requestID: "r\(number)",
                sender: "192.0.2.\(number)"
            ),
            action: ConfigurationChange.Action.allCases[number % ConfigurationChange.Action.allCases.count],
            outcome: ConfigurationChange.Outcome.allCases[number % 3],
            kind: "flow",
            id: "id \(number)",
            name: "name \(number)",
            difference: Array("{\"number\":\(number)}".utf8)
        )
    }

    /// A store with so many entries, written some at a time; the path of its database.
    private static func store(_ count: Int, in directory: TemporaryDirectory) async throws -> String {
        let path = directory.path("store")
        let storage = try SQLiteStorage.open(directory: path)
        var number = 0
        while number < count {
            let part = min(count - number, 1 + number % 4)
            let history = (0..<part).map { change(number + $0, at: 1_000 + Int64(number + $0)) }
            try await storage.apply([], history: history, scope: scope)
            number += part
        }
        try await storage.close()
        return path
    }

    private static func finding(_ path: String) throws -> StoreFinding {
        try StoreSnapshot(database: path + "/headwater.db").historyFinding()
    }

    private static let columns = [
        "scope", "changed_at", "author", "way", "request", "action", "kind", "object", "name", "difference", "digest",
        "outcome", "sender",
    ]

    @Test func `what was written is found whole`() async throws {
        let directory = try TemporaryDirectory()
        let path = try await Self.store(40, in: directory)
        let finding = try Self.finding(path)
        #expect(finding.severity == .fine)
        #expect(finding.found == "40 entries, unbroken to entry 40")
    }

    @Test func `an empty history is whole`() async throws {
        let directory = try TemporaryDirectory()
        #expect(try Self.finding(try await Self.store(0, in: directory)).severity == .fine)
    }

    @Test func `every byte of every column counts, and the place is told`() async throws {
        let directory = try TemporaryDirectory()
        let path = try await Self.store(12, in: directory)
        var random = SeededGenerator(seed: TestSeed.next())
        for column in Self.columns {
            for sequence in [1, 6, 12] {
                let connection = try Connection(path: path + "/headwater.db", vfs: nil)
                let row = try connection.prepare(
                    "SELECT \(column), typeof(\(column)) FROM configuration_change WHERE sequence = \(sequence)"
                )
                #expect(try row.next())
                let isNumber = try row.text(1) == "integer"
                let (number, bytes) = (isNumber ? row.integer(0) : 0, isNumber ? [] : row.bytes(0))
                row.reset()
                var changed = bytes
                if !isNumber {
                    let place = Int.random(in: bytes.indices, using: &random)
                    changed[place] ^= UInt8.random(in: 1...255, using: &random)
                }
                func put(_ number: Int64, _ bytes: [UInt8]) throws {
                    let update = try connection.prepare(
                        "UPDATE configuration_change SET \(column) = ?1 WHERE sequence = \(sequence)"
                    )
                    if isNumber { update.bind(1, number) } else { update.bind(1, bytes) }
                    try update.run()
                }
                try put(number ^ (1 << Int64.random(in: 0..<40, using: &random)), changed)
                let finding = try Self.finding(path)
                #expect(finding.severity == .fault, "\(column) of \(sequence)")
                // Another digest is noticed at the entry itself.
                #expect(finding.found.contains("entry \(sequence) "), "\(column) of \(sequence): \(finding.found)")
                try put(number, bytes)
                #expect(try Self.finding(path).severity == .fine)
            }
        }
    }

    @Test(arguments: [
        ("DELETE FROM configuration_change WHERE sequence = 5", "entries 5 to 5 are missing"),
        ("DELETE FROM configuration_change WHERE sequence <= 3", "entries 1 to 3 are missing"),
        ("DELETE FROM configuration_change WHERE sequence >= 11", "entries 11 to 12 are missing"),
        ("DELETE FROM configuration_change", "entries 1 to 12 are missing"),
        (
            """
            UPDATE configuration_change SET sequence = 100 WHERE sequence = 4;
            UPDATE configuration_change SET sequence = 4 WHERE sequence = 7;
            UPDATE configuration_change SET sequence = 7 WHERE sequence = 100
            """, "entry 4 is not as it was written"
        ),
        (
            """
            INSERT INTO configuration_change SELECT 13, scope, changed_at, author, way, request, action, kind, object, name,
            difference, digest, outcome, sender FROM configuration_change WHERE sequence = 12
            """, "entry 13 is not as it was written"
        ),
        (
            """
            UPDATE configuration_change SET outcome = sender, sender = outcome WHERE sequence = 7
            """, "entry 7 is not as it was written"
        ),
        (
            "UPDATE configuration_change SET outcome = x'', sender = x'' WHERE sequence = 8",
            "entry 8 is not as it was written"
        ),
        ("UPDATE history_chain SET head_sequence = 14, head_digest = x'00'", "entries 13 to 14 are missing"),
        ("UPDATE history_chain SET head_digest = x'00'", "where the chain ends"),
        ("UPDATE history_chain SET head_sequence = 5", "where the chain ends"),
        ("UPDATE history_chain SET base_sequence = 9223372036854775807, base_digest = x'00'", "entry 1 is not"),
        ("UPDATE history_chain SET base_digest = x'00'", "entry 1 is not as it was written"),
        (
            """
            UPDATE history_chain SET base_sequence = 9, base_digest = (SELECT digest FROM configuration_change WHERE sequence = 9);
            DELETE FROM configuration_change WHERE sequence <= 9
            """, "entries up to 9 are missing"
        ),
        (
            """
            UPDATE history_chain SET base_sequence = 9, base_changed_at = 1, base_seal = base_digest,
            base_digest = (SELECT digest FROM configuration_change WHERE sequence = 9);
            DELETE FROM configuration_change WHERE sequence <= 9
            """, "entries up to 9 are missing"
        ),
        (
            """
            UPDATE history_chain SET base_digest = (SELECT digest FROM configuration_change WHERE sequence = 9);
            DELETE FROM configuration_change WHERE sequence <= 9
            """, "entries up to 0 are missing"
        ),
        (
            """
            UPDATE history_chain SET head_sequence = 8, head_digest = (SELECT digest FROM configuration_change WHERE sequence = 8);
            DELETE FROM configuration_change WHERE sequence > 8
            """, "entries 9 to 12 are missing"
        ),
        (
            """
            UPDATE history_chain SET base_sequence = head_sequence, base_digest = head_digest;
            DELETE FROM configuration_change
            """, "entries up to 12 are missing"
        ),
        (
            """
            UPDATE history_chain SET head_sequence = 0, head_digest = base_digest;
            DELETE FROM configuration_change
            """, "entries 1 to 12 are missing"
        ),
        ("UPDATE history_chain SET head_sequence = '12x'", "where the chain ends"),
        ("DELETE FROM sqlite_sequence WHERE name = 'configuration_change'", "SQLite gave none after 0"),
        ("DELETE FROM history_chain", "the row that tells where the chain ends is missing"),
    ])
    func `what is taken out, moved or put in is found`(_ sql: String, _ found: String) async throws {
        let directory = try TemporaryDirectory()
        let path = try await Self.store(12, in: directory)
        try Connection(path: path + "/headwater.db", vfs: nil).execute(sql)
        let finding = try Self.finding(path)
        #expect(finding.severity == .fault)
        #expect(finding.found.contains(found), "\(finding.found)")
    }

    @Test func `a value of another type that has the same bytes is found`() async throws {
        let directory = try TemporaryDirectory()
        let path = try await Self.store(12, in: directory)
        let connection = try Connection(path: path + "/headwater.db", vfs: nil)
        for column in Self.columns {
            let isNumber = ["scope", "changed_at"].contains(column)
            for other in isNumber
                ? ["\(column) || 'x'", "\(column) || '.7x'", "\(column) + 0.5"] : ["CAST(\(column) AS TEXT)"]
            {
                try connection.execute(
                    """
                    CREATE TEMP TABLE kept AS SELECT \(column) AS value FROM configuration_change WHERE sequence = 7;
                    UPDATE configuration_change SET \(column) = \(other) WHERE sequence = 7
                    """
                )
                #expect(try Self.finding(path).found == "entry 7 is not as it was written", "\(column): \(other)")
                try connection.execute(
                    """
                    UPDATE configuration_change SET \(column) = (SELECT value FROM kept) WHERE sequence = 7;
                    DROP TABLE kept
                    """
                )
                #expect(try Self.finding(path).severity == .fine, "\(column)")
            }
        }
    }

    @Test func `entries whose time is over go, and the rest stays a chain`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("store")
        let storage = try SQLiteStorage.open(directory: path)
        let day: Int64 = 86_400_000
        for number in 0..<200 {
            try await storage.apply([], history: [Self.change(number, at: Int64(number) * 3 * day)], scope: Self.scope)
        }
        try await storage.close()
        let finding = try Self.finding(path)
        #expect(finding.severity == .fine, "\(finding.found)")
        #expect(finding.found.hasSuffix("unbroken to entry 200") && !finding.found.hasPrefix("200 "))

        // Where some have gone already, more do not go without notice.
        let connection = try Connection(path: path + "/headwater.db", vfs: nil)
        try connection.execute(
            """
            UPDATE history_chain SET base_sequence = 190,
            base_digest = (SELECT digest FROM configuration_change WHERE sequence = 190);
            DELETE FROM configuration_change WHERE sequence <= 190
            """
        )
        #expect(try Self.finding(path).found.contains("entries up to 190 are missing"))
        // Also with a digest made for it: their time was not over.
        let row = try connection.prepare("SELECT base_digest FROM history_chain")
        #expect(try row.next())
        let base = HistoryChain.Base(sequence: 190, digest: row.bytes(0), changedAt: 189 * 3 * day)
        row.reset()
        let update = try connection.prepare("UPDATE history_chain SET base_changed_at = ?1, base_seal = ?2")
        update.bind(1, base.changedAt)
        update.bind(2, base.seal)
        try update.run()
        #expect(try Self.finding(path).found.contains("entries up to 190 are missing"))
    }

    @Test func `a store whose entries had gone before that was noted is whole after its upgrade`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("store")
        let storage = try SQLiteStorage.open(directory: path)
        let day: Int64 = 86_400_000
        for number in [0, 1, 400, 401] {
            try await storage.apply([], history: [Self.change(number, at: Int64(number) * day)], scope: Self.scope)
        }
        try await storage.close()
        let connection = try Connection(path: path + "/headwater.db", vfs: nil)
        try connection.execute(
            """
            DROP TABLE commit_log;
            DROP TABLE profile_place;
            DROP TABLE delivery_run;
            DROP TABLE delivery_block;
            DROP TABLE heir;
            DROP TABLE value_file;
            ALTER TABLE history_chain DROP COLUMN base_changed_at;
            ALTER TABLE history_chain DROP COLUMN base_seal;
            DROP INDEX configuration_change_made;
            DROP INDEX configuration_change_author;
            DROP INDEX configuration_change_actor;
            DROP INDEX configuration_change_action;
            CREATE INDEX configuration_change_author ON configuration_change (scope, author);
            ALTER TABLE configuration_change DROP COLUMN outcome;
            ALTER TABLE configuration_change DROP COLUMN sender;
            """
        )
        // As they were chained before there were outcomes.
        let entries = try connection.prepare(
            """
            SELECT sequence, scope, changed_at, author, way, request, action, kind, object, name, difference
            FROM configuration_change ORDER BY sequence
            """
        )
        let chain = try connection.prepare("SELECT base_digest FROM history_chain WHERE base_sequence = 2")
        #expect(try chain.next())
        var digest = chain.bytes(0)
        chain.reset()
        while try entries.next() {
            let entry = HistoryChain.Entry(withoutOutcome: entries)
            digest = HistoryChain.digest(of: entry, after: digest)
            let update = try connection.prepare("UPDATE configuration_change SET digest = ?2 WHERE sequence = ?1")
            update.bind(1, entry.sequence)
            update.bind(2, digest)
            try update.run()
        }
        let head = try connection.prepare("UPDATE history_chain SET head_digest = ?1")
        head.bind(1, digest)
        try head.run()
        try Migration.perform(on: connection, from: 14) { _ in }
        #expect(try Self.finding(path).found == "2 entries, unbroken to entry 4")
    }

    @Test func `a store of before is chained when it is upgraded, also where entries had gone`() async throws {
        let directory = try TemporaryDirectory()
        try Data().write(to: URL(fileURLWithPath: directory.path("old.db")))
        let connection = try Connection(path: directory.path("old.db"), vfs: nil)
        for step in Migration.all where step.number < 14 {
            try connection.execute(step.sql)
            try step.fill(connection) { _ in }
        }
        for number in 1...9 {
            try connection.execute(
                """
                INSERT INTO configuration_change (scope, changed_at, author, way, request, action, kind, object, name, difference)
                VALUES (1, \(number), x'61', x'617069', x'', x'757064617465', x'666c6f77', x'31', x'32', x'7b7d')
                """
            )
        }
        try connection.execute("DELETE FROM configuration_change WHERE sequence IN (1, 2, 5)")
        try connection.execute("PRAGMA application_id = \(Migration.applicationID)")
        try Migration.perform(on: connection, from: 13) { _ in }
        let finding = try StoreSnapshot(database: directory.path("old.db")).historyFinding()
        #expect(finding.found == "6 entries, unbroken to entry 9")
    }

    @Test func `entries of before there were outcomes stay as they were written, and others go on after them`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let path = directory.path("store")
        try await SQLiteStorage.open(directory: path).close()
        let connection = try Connection(path: path + "/headwater.db", vfs: nil)
        var digest = HistoryChain.beginning
        for number in 1...3 {
            let texts = ["ana", "api", "", "update", "flow", "\(number)", "name", "{}"].map { Array($0.utf8) }
            var entry = HistoryChain.Entry(Self.change(1, at: 1), sequence: Int64(number), scope: Self.scope)
            entry.texts = texts
            digest = HistoryChain.digest(of: entry, after: digest)
            let insert = try connection.prepare(
                """
                INSERT INTO configuration_change (sequence, scope, changed_at, author, way, request, action, kind, object, name,
                difference, digest) VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                """
            )
            insert.bind(1, Int64(number))
            insert.bind(2, Self.scope.rawValue)
            for (index, text) in texts.enumerated() { insert.bind(Int32(index + 3), text) }
            insert.bind(11, digest)
            try insert.run()
        }
        let end = try connection.prepare("UPDATE history_chain SET head_sequence = 3, head_digest = ?1")
        end.bind(1, digest)
        try end.run()
        #expect(try Self.finding(path).found == "3 entries, unbroken to entry 3")

        let storage = try SQLiteStorage.open(directory: path)
        try await storage.apply([], history: [Self.change(4, at: 4)], scope: Self.scope)
        let all = try await storage.history(ConfigurationChangesRequest(scope: Self.scope, actions: nil, limit: 9))
        #expect(all.map(\.outcome) == [Self.change(4, at: 4).outcome, .allowed, .allowed, .allowed])
        #expect(all.map(\.author.sender) == ["192.0.2.4", nil, nil, nil])
        try await storage.close()
        #expect(try Self.finding(path).found == "4 entries, unbroken to entry 4")
        try connection.execute("UPDATE configuration_change SET outcome = x'64656e696564' WHERE sequence = 2")
        #expect(try Self.finding(path).found == "entry 2 is not as it was written")
    }
}
