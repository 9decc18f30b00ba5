import Testing

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
