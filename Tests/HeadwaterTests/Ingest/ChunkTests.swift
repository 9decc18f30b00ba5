import ActivationCore
import Crypto
import Testing

@testable import TextFiles
@testable import headwater

@Suite struct ChunkTests {
    private let directory: TestDirectory

    init() throws {
        directory = try TestDirectory()
    }

    private func lines(of file: String) throws -> [IngestChunk] {
        try Self.chunks(LineChunks(LineReader(InputFile(path: file))))
    }

    @Test func `a chunk has at most a thousand lines and ends where they end`() throws {
        let text = (1...2_500).map { "{\"n\":\($0)}\n" }.joined()
        let file = try directory.write(text, to: "lines")

        let chunks = try lines(of: file)

        #expect(chunks.map(\.lines.count) == [1_000, 1_000, 500])
        #expect(chunks.map(\.mark.line) == [1_000, 2_000, 2_500])
        #expect(chunks.last?.mark.offset == Int64(text.utf8.count))
        #expect(String(decoding: chunks.flatMap(\.body), as: UTF8.self) == text)
        #expect(chunks.last?.mark.digest == Self.digest(text))
    }

    @Test func `a chunk has at most a mebibyte`() throws {
        let line = String(repeating: "x", count: 300_000) + "\n"
        let file = try directory.write(String(repeating: line, count: 5), to: "lines")

        let chunks = try lines(of: file)

        #expect(chunks.map(\.lines) == [[1, 2, 3], [4, 5]])
    }

    @Test func `blank lines are skipped and lines keep their numbers`() throws {
        let file = try directory.write("a\n\n  \r\nb\r\nc", to: "lines")

        let chunks = try lines(of: file)

        #expect(chunks.map(\.lines) == [[1, 4, 5]])
        #expect(chunks.map { String(decoding: $0.body, as: UTF8.self) } == ["a\nb\r\nc\n"])
    }

    @Test func `a line without end is refused in bounded memory and the next one is read`() throws {
        let file = try directory.write(String(repeating: "x", count: 5 << 20) + "\nnext\n", to: "lines")

        let chunks = try lines(of: file)

        #expect(chunks.flatMap(\.refusals).map(\.line) == [1])
        #expect(chunks.flatMap(\.lines) == [2])
    }

    private static func digest(_ text: String) -> String { SHA256.hash(data: Array(text.utf8)).hexadecimal }

    private static func chunks(_ source: consuming some ChunkSource & ~Copyable) throws -> [IngestChunk] {
        var all: [IngestChunk] = []
        while let chunk = try source.next() { all.append(chunk) }
        return all
    }

    @Test func `rows of a CSV file carry the line on which they begin`() throws {
        let file = try directory.write("a@x,\"two\nlines\"\n\nb@x,one\nc@x\n", to: "rows.csv")
        let mapping = try RowMapping(
            [try ColumnMapping(parsing: "1=identityMap.Email"), try ColumnMapping(parsing: "2=note")],
            columns: CSVColumns(["1", "2"], areNamed: false)
        )

        let reader = try CSVReader(InputFile(path: file), options: InputOptions(delimiter: .comma, hasHeader: false))

        let chunks = try Self.chunks(CSVChunks(reader, mapping: mapping, identifiesEvents: true))

        #expect(chunks.map(\.lines) == [[1, 4]])
        #expect(chunks.flatMap(\.refusals).map(\.line) == [5])
        let id = Self.digest("a@x,\"two\nlines\"\n\nb@x,one").prefix(32)
        #expect(String(decoding: chunks.flatMap(\.body), as: UTF8.self).contains("\"_id\":\"\(id)\""))
    }
}
