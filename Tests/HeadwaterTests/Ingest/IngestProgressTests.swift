import Testing

@testable import TextFiles
@testable import headwater

@Suite struct IngestProgressTests {
    private let directory: TestDirectory

    init() throws {
        directory = try TestDirectory()
    }

    @Test func `what was written is read back`() throws {
        let progress = IngestProgress(
            offset: 7,
            line: 2,
            prefixDigest: "ab",
            target: "http://x/v1/events?dataset=d",
            reading: "csv utf-8 comma 1/a=b:text",
            refused: 1
        )

        try progress.write(for: "\(directory.path)/f")

        #expect(try IngestProgress.read(for: "\(directory.path)/f") == progress)
        #expect(try IngestProgress.read(for: "\(directory.path)/other") == nil)
    }

    @Test func `what earlier versions wrote of a wide file is understood`() throws {
        let columns = (1...4_000).map { "\($0)/column\($0)=customer.attributes.attribute\($0):text" }
        let progress = IngestProgress(offset: 1, line: 1, reading: "csv utf-8 comma \(columns.joined(separator: " "))")

        try progress.write(for: "\(directory.path)/f")

        #expect(progress.reading.utf8.count > 65_536)
        #expect(try IngestProgress.read(for: "\(directory.path)/f") == progress)
    }

    @Test func `a reading is known by its digest, or written out as before`() throws {
        func reading(_ mapping: String, hasNames: Bool = true) throws -> InputReading {
            let layout = CSVLayout(
                encoding: .utf8,
                hasMark: false,
                delimiter: .comma,
                columns: CSVColumns(["1", "2"], areNamed: hasNames)
            )
            var reading = InputReading(format: .csv, encoding: .utf8)
            reading.describe(
                layout,
                try RowMapping(
                    [try ColumnMapping(parsing: "1=identityMap.Email"), try ColumnMapping(parsing: mapping)],
                    columns: layout.columns
                )
            )
            return reading
        }
        let known = try reading("2=note")

        #expect(known.digest.utf8.count < 100)
        #expect(known.isNamed(known.digest))
        #expect(known.isNamed("csv utf-8 comma 1/1=identityMap.Email 2/2=note:text"))
        for other in [try reading("2=notes"), try reading("2=note", hasNames: false)] {
            #expect(!known.isNamed(other.digest))
            #expect(!other.isNamed(known.digest))
        }
        #expect(try !reading("2=note", hasNames: false).isNamed("csv utf-8 comma 1/1=identityMap.Email 2/2=note:text"))
    }

    @Test(arguments: [
        "", "{", "[]", "{\"offset\":-1}", "{\"offset\":\"1\"}",
        "{\"offset\":1,\"line\":1,\"prefixDigest\":\"\",\"target\":\"\",\"refused\":-2}",
        "{\"offset\":1,\"line\":1,\"prefixDigest\":\"\",\"target\":\"\",\"reading\":7}",
        "{\"offset\":1,\"line\":9223372036854775807,\"prefixDigest\":\"\",\"target\":\"\"}",
    ])
    func `damage is named and nothing is guessed`(text: String) throws {
        _ = try directory.write(text, to: "f.headwater-progress")

        let failure = #expect(throws: CommandFailure.self) { try IngestProgress.read(for: "\(directory.path)/f") }

        #expect(failure?.code == .noInput)
    }
}
