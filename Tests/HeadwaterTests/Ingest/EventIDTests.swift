import ActivationCore
import Crypto
import Testing
import TextFiles

@testable import headwater

@Suite struct EventIDTests {
    private let directory: TestDirectory

    init() throws {
        directory = try TestDirectory()
    }

    /// The `_id` of each row that is sent, by the row's e-mail address.
    private func ids(_ bytes: [UInt8], _ arguments: [String] = []) throws -> [String: String] {
        let file = try directory.write(bytes, to: "events.csv")
        let mapping = ["--as", "events", "--map", "email=identityMap.Email", "--map", "total=total"]
        let pairs = try ReadFile(file, mapping + arguments).entities.map { entity in
            (
                try #require(entity["identityMap"]?["Email"]?[0]?["id"]?.string),
                try #require(entity["_id"]?.string)
            )
        }
        #expect(Set(pairs.map(\.1)).count == pairs.count)
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    private func ids(_ text: String) throws -> [String: String] { try ids(Array(text.utf8)) }

    @Test func `it is the digest of the file up to the row, without the row's line end`() throws {
        let text = "\u{FEFF}email,total\r\na,1\r\nb,2"
        let digest = SHA256.hash(data: Array("\u{FEFF}email,total\r\na,1".utf8)).hexadecimal

        #expect(try ids(text)["a"] == String(digest.prefix(32)))
    }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func `a file that grows keeps what it had`(end: String) throws {
        let short = try ids("email,total\(end)a,1\(end)b,2")
        let ended = try ids("email,total\(end)a,1\(end)b,2\(end)")
        let grown = try ids("email,total\(end)a,1\(end)b,2\(end)c,3\(end)")

        #expect(short == ended)
        #expect(grown["a"] == short["a"] && grown["b"] == short["b"] && grown.count == 3)
    }

    @Test func `a row that goes on is another`() throws {
        let cut = try ids("email,total\na,1\nb,12")
        let whole = try ids("email,total\na,1\nb,1200\n")

        #expect(cut["a"] == whole["a"])
        #expect(cut["b"] != whole["b"])
    }

    @Test func `rows keep theirs when the quote before them is closed later`() throws {
        let open = try ids("email,total\na,1\nb,\"no end\nc,3\nd,4\n")
        let closed = try ids("email,total\na,1\nb,\"no end\nc,3\nd,4\n\"\ne,5\n")

        #expect(open["a"] == closed["a"])
        #expect(open.keys.sorted() == ["a", "c", "d"] && closed.keys.sorted() == ["a", "b", "e"])
        #expect(Set(open.values).intersection(closed.values) == [try #require(open["a"])])
    }

    @Test func `files that differ before a row share nothing from there on`() throws {
        let first = try ids("email,total\na,1\nb,2\nc,3\n")
        let other = try ids("email,total\na,1\nb,20\nc,3\n")

        #expect(first["a"] == other["a"])
        #expect(first["b"] != other["b"] && first["c"] != other["c"])
    }

    @Test func `UTF-16 is cut between units`() throws {
        func bytes(_ text: String) -> [UInt8] { text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] } }
        let text = "\u{FEFF}email,total\na,1"

        let id = try ids(bytes(text + "\nb,2\n"))["a"]

        #expect(id == String(SHA256.hash(data: bytes(text)).hexadecimal.prefix(32)))
    }

    @Test func `profiles get none`() throws {
        let file = try directory.write("email,total\na,1\n", to: "people.csv")

        let read = try ReadFile(file, ["--map", "email=identityMap.Email"])

        #expect(read.entities.map { $0["_id"] } == [nil])
    }
}
