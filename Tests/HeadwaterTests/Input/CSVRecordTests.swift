import TestSupport
import Testing

@testable import headwater

@Suite struct CSVRecordTests {
    private func read(_ text: String, isAtEnd: Bool = true) throws -> CSVRecord? {
        try CSVRecord.read(Array(text.utf8)[...], separator: UInt8(ascii: ","), isAtEnd: isAtEnd)
    }

    @Test func `a line is cut at separators`() throws {
        let record = try read("a,,c\nnext")

        #expect(record == CSVRecord(fields: ["a", "", "c"], length: 5, lineEnds: 1))
    }

    @Test func `a quoted field keeps separators, quotes and line ends`() throws {
        let record = try read("\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\"\r\nrest")

        #expect(record?.fields == ["a,b", "say \"hi\"", "two\r\nlines"])
        #expect(record?.lineEnds == 2)
    }

    @Test func `the last line needs no line end`() throws {
        #expect(try read("a,b")?.fields == ["a", "b"])
        #expect(try read("a,\"b\"")?.fields == ["a", "b"])
        #expect(try read("a,")?.fields == ["a", ""])
    }

    @Test(arguments: ["a,b", "a,\"b", "a,\"b\"", "a,b\r", "\"a\"\""])
    func `a record whose end is out of sight is not read`(text: String) throws {
        #expect(try read(text, isAtEnd: false) == nil)
    }

    @Test(arguments: ["a\"b,c\n", "\"a\"b,c\n", "\"a,b\nc"])
    func `a misplaced or missing quote is refused`(text: String) {
        #expect(throws: CSVRecord.Malformed.self) { try read(text) }
    }

    @Test func `what was written is read back, whatever piece is in sight`() throws {
        let seed = UInt64.random(in: .min ... .max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let characters: [Character] = ["a", "ä", ",", "\"", "\n", "\r", " ", "7"]
        for _ in 0..<2_000 {
            let fields = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                String(
                    (0..<Int.random(in: 0...6, using: &random)).map { _ in
                        characters.randomElement(using: &random) ?? "a"
                    }
                )
            }
            let quoted = fields.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: ",") + "\r\n"
            let bytes = Array((quoted + "next").utf8)
            let cut = Int.random(in: 0..<quoted.utf8.count, using: &random)

            let record = try CSVRecord.read(bytes[...], separator: UInt8(ascii: ","), isAtEnd: false)
            let early = try CSVRecord.read(bytes[..<cut], separator: UInt8(ascii: ","), isAtEnd: false)

            #expect(record?.fields == fields)
            #expect(record?.length == quoted.utf8.count)
            #expect(early == nil || cut == quoted.utf8.count - 1)
        }
    }

    @Test func `any bytes are a record or an error, and a record takes some of them`() {
        let seed = UInt64.random(in: .min ... .max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let alphabet = Array(",,\"\"\n\rab".utf8) + [0x00, 0xFF]
        var records = 0
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            // Errors are one of the two expected outcomes.
            guard let record = try? CSVRecord.read(bytes[...], separator: UInt8(ascii: ","), isAtEnd: true) else {
                continue
            }
            records += 1
            #expect((1...bytes.count).contains(record.length), "\(bytes)")
        }
        #expect(records > 1_000)
    }
}
