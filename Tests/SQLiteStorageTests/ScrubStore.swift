import Foundation
import Testing

@testable import SQLiteStorage
@testable import TestSupport

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A store whose pages hold a mark in all bytes that nothing uses, as deletions may leave it, and that waits for a scrub.
final class ScrubStore {
    static let mark = "<left behind>"
    let writer: WriterDatabase
    private let directory: String
    private let insert: Statement
    private let delete: Statement
    /// Keys of the entries.
    private(set) var keys: [UInt64] = []
    /// Tables that can be dropped, each with its last page.
    private var reserves: [(table: String, page: Int64)] = []

    /// Makes the store.
    ///
    /// - Parameters:
    ///   - directory: Where it is made.
    ///   - entries: Entries with random keys, so that neighbours lie anywhere.
    ///   - stepPages: Pages of the first steps of a scrub.
    ///   - vfs: The file system, nil = SQLite's own.
    ///   - random: For the keys.
    /// - Throws: What keeps it from being made.
    init(
        _ directory: String,
        entries: Int,
        stepPages: Int,
        vfs: String? = nil,
        _ random: inout SeededGenerator
    ) throws {
        var options = SQLiteStorageOptions()
        options.scrubBytes = stepPages * options.pageBytes
        options.vfs = vfs
        self.directory = directory
        writer = try WriterDatabase(DataDirectory(path: directory), options)
        let connection = writer.connection
        for number in 0..<20 {
            try connection.execute("CREATE TABLE reserve_\(number) (value BLOB)")
            try connection.execute("INSERT INTO reserve_\(number) VALUES (zeroblob(20000))")
            reserves.append(("reserve_\(number)", try connection.integer("PRAGMA page_count")))
        }
        try connection.execute("CREATE TABLE entry (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID")
        insert = try connection.prepare("INSERT INTO entry VALUES (?1, ?2)")
        delete = try connection.prepare("DELETE FROM entry WHERE key = ?1")
        try connection.execute("BEGIN")
        for _ in 0..<entries { try self.insert(random.next(), bytes: Int.random(in: 30...360, using: &random)) }
        try connection.execute("INSERT INTO scrub DEFAULT VALUES")
        try connection.execute("COMMIT")
        try plantMarks()
    }

    private static func bytes(_ key: UInt64) -> [UInt8] { (0..<8).reversed().map { UInt8(key >> ($0 * 8) & 0xff) } }

    func insert(_ key: UInt64, bytes: Int) throws {
        insert.bind(1, Self.bytes(key))
        insert.bind(2, [UInt8](repeating: UInt8(ascii: "v"), count: bytes))
        try insert.run()
        keys.append(key)
    }

    func delete(at index: Int) throws {
        delete.bind(1, Self.bytes(keys.remove(at: index)))
        try delete.run()
    }

    /// Leaves everything that was changed since as it was.
    func rollBack(to keys: [UInt64]) throws {
        try writer.connection.execute("ROLLBACK")
        self.keys = keys
    }

    /// Writes the mark over all bytes that no page uses.
    func plantMarks() throws {
        #expect(try writer.connection.checkpoint(.truncate))
        try Self.plant(Self.mark, in: directory, pageBytes: writer.pageBytes)
        writer.connection.giveUpPages()
    }

    /// Writes a text over all bytes that no page uses, in a store whose log is empty.
    static func plant(_ text: String, in directory: String, pageBytes: Int) throws {
        let text = Array(text.utf8)
        let texts = Array(repeating: text, count: pageBytes / text.count).flatMap(\.self)
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: directory + "/headwater.db"))
        let pages = Array(try file.readToEnd() ?? Data())
        for start in stride(from: 0, to: pages.count, by: pageBytes) {
            let number = Int64(start / pageBytes + 1)
            let page = Array(pages[start..<(start + pageBytes)])
            guard let unused = TreePage.unusedBytes(of: page, number: number) else { continue }
            try file.seek(toOffset: UInt64(start + unused.lowerBound))
            try file.write(contentsOf: texts.prefix(unused.count))
        }
        try file.close()
    }

    // MARK: What is in the files

    /// How often a text stands in any file of a directory, or of one in it.
    static func count(_ text: String, in directory: String) throws -> Int {
        try FileManager.default.subpathsOfDirectory(atPath: directory).reduce(0) { count, name in
            var isDirectory: ObjCBool = false
            let path = directory + "/" + name
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory.boolValue else {
                return count
            }
            return count + places(of: text, in: try Data(contentsOf: URL(fileURLWithPath: path))).count
        }
    }

    static func places(of text: String, in data: Data) -> [Int] {
        let text = Array(text.utf8)
        return data.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return [] }
            var (places, start): ([Int], Int) = ([], 0)
            while start + text.count <= bytes.count,
                let found = memchr(base + start, Int32(text[0]), bytes.count - text.count + 1 - start)
            {
                start = UnsafeRawPointer(found) - base
                let isFound = memcmp(found, text, text.count) == 0
                if isFound { places.append(start) }
                start += isFound ? text.count : 1
            }
            return places
        }
    }

    var marks: Int { get throws { try Self.count(Self.mark, in: directory) } }

    /// Whether the database is whole and has just the entries that it should have.
    func check(_ comment: Comment) throws {
        let connection = try Connection(path: directory + "/headwater.db", vfs: nil)
        #expect(try connection.text("PRAGMA integrity_check") == "ok", comment)
        let rows = try connection.prepare("SELECT key FROM entry ORDER BY key")
        var found: [[UInt8]] = []
        while try rows.next() { found.append(rows.bytes(0)) }
        #expect(found == keys.sorted().map(Self.bytes), comment)
    }

    // MARK: Moves

    private func database() throws -> Data {
        try writer.connection.checkpoint(.passive)
        return try Data(contentsOf: URL(fileURLWithPath: directory + "/headwater.db"))
    }

    private func markedPages(_ database: Data) -> Set<Int64> {
        Set(Self.places(of: Self.mark, in: database).map { Int64($0 / writer.pageBytes + 1) })
    }

    /// Has SQLite move a mark to a page that was looked at already, if no mark is on any.
    ///
    /// Pages before are made free, and a leaf beside a marked one is made to overflow. SQLite then takes a free page for
    /// the three of them, and gives the lowest number to the first, with all its bytes.
    ///
    /// - Parameter page: The page that was looked at last.
    /// - Returns: Whether a mark was moved.
    /// - Throws: When the store cannot be read or written.
    func moveMark(behind page: Int64) throws -> Bool {
        var database = try database()
        let marked = markedPages(database)
        guard marked.allSatisfy({ $0 > page }) else { return false }
        for reserve in reserves.filter({ $0.page <= page }).suffix(3) {
            try writer.connection.execute("DROP TABLE \(reserve.table)")
            reserves.removeAll { $0.page == reserve.page }
        }
        for target in marked.sorted() {
            keys.sort()
            let leaf = database[((Int(target) - 1) * writer.pageBytes)..<(Int(target) * writer.pageBytes)]
            let last = keys.lastIndex { leaf.range(of: Data(Self.bytes($0))) != nil }
            guard let last, last + 3 < keys.count else { continue }
            // Between two entries of the next leaf.
            let (low, high) = (keys[last + 2], keys[last + 3])
            for step in 1..<20 where high - low > 20 {
                try insert(low + (high - low) / 20 * UInt64(step), bytes: 300)
                database = try self.database()
                if markedPages(database).contains(where: { $0 <= page }) { return true }
            }
        }
        return false
    }
}
