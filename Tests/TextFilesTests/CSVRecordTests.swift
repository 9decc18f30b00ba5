import TestSupport
import Testing

@testable import TextFiles

@Suite struct CSVRecordTests {
    private func read(
        _ text: String,
        acceptsCarriageReturn: Bool = true,
        isAtEnd: Bool = true
    ) throws -> CSVRecord? {
        try CSVRecord.read(
            CodeUnits(text),
            delimiter: .comma,
            acceptsCarriageReturn: acceptsCarriageReturn,
            isAtEnd: isAtEnd
        )
    }

    @Test func `a line is cut at separators`() throws {
        let record = try read("a,,c\nnext")

        #expect(record?.texts == ["a", "", "c"])
        #expect(record?.cells.map(\.start) == [0, 2, 3])
        #expect(record?.length == 5)
        #expect(record?.lineEnds == 1)
    }

    @Test func `a quoted field keeps separators, quotes and line ends`() throws {
        let record = try read("\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\"\r\nrest")

        #expect(record?.texts == ["a,b", "say \"hi\"", "two\r\nlines"])
        #expect(record?.lineEnds == 2)
    }

    @Test func `the last line needs no line end`() throws {
        #expect(try read("a,b")?.texts == ["a", "b"])
        #expect(try read("a,\"b\"")?.texts == ["a", "b"])
        #expect(try read("a,")?.texts == ["a", ""])
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
        var random = TestSeed.generator()
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
            let acceptsCarriageReturn = Bool.random(using: &random)
            func read(_ bytes: ArraySlice<UInt8>) throws -> CSVRecord? {
                try CSVRecord.read(
                    CodeUnits(bytes),
                    delimiter: .comma,
                    acceptsCarriageReturn: acceptsCarriageReturn,
                    isAtEnd: false
                )
            }

            let record = try read(bytes[...])
            let early = try read(bytes[..<cut])

            #expect(record?.texts == fields)
            #expect(record?.length == quoted.utf8.count)
            #expect(early == nil || cut == quoted.utf8.count - 1)
        }
    }

    @Test(arguments: [
        ("a\"b,c\nnext", 1, CSVRecord.Resumption.lineAfter(1)), ("\"a\"b,c\nnext", 3, .lineAfter(3)),
        ("x,\"a\ny,\"b\",z\n", 2, .lineAfter(2)), ("x,\"a\ny,z\n", 2, .lineAfter(2)),
        ("\"two\nlines\",a\"b\nnext", 13, .lineAfter(13)),
    ])
    func `a broken cell ends with the line on which it begins`(
        text: String,
        index: Int,
        resumption: CSVRecord.Resumption
    ) {
        let error = #expect(throws: CSVRecord.Malformed.self) { try read(text) }

        #expect(error?.code == "CSV_QUOTE")
        #expect(error?.index == index)
        #expect(error?.resumption == resumption)
    }

    @Test(arguments: [(1, "1 line further on"), (3, "3 lines further on")])
    func `a cell that is closed on another line is told by the line on which it begins`(lines: Int, place: String) {
        let text = "x,\"" + String(repeating: "a\n", count: lines) + "y,\"b\",z\n"

        let error = #expect(throws: CSVRecord.Malformed.self) { try read(text) }

        #expect(error?.index == 2)
        #expect(error?.message.contains(place) == true)
    }

    @Test(arguments: [
        ("a,b\rc\nnext", 3, CSVRecord.Resumption.after(6)), ("a\rb,\"c\nd\"\r\nnext", 1, .after(11)),
        ("a,\"b\"\rc,d\nnext", 5, .after(10)), ("\"a\nb\"\r\rc", 5, .after(8)), ("a\rb\rc\"d\n", 1, .lineAfter(5)),
    ])
    func `where lines end in a line feed, a carriage return in a cell refuses its row`(
        text: String,
        index: Int,
        resumption: CSVRecord.Resumption
    ) {
        let error = #expect(throws: CSVRecord.Malformed.self) { try read(text, acceptsCarriageReturn: false) }

        #expect(error?.code == "CSV_LINE_END")
        #expect(error?.index == index)
        #expect(error?.resumption == resumption)
        #expect(error?.message.contains("in quotes") == true)
    }

    @Test func `where lines end in a line feed, half of a pair ends the file, and quotes hold what they hold`() throws {
        #expect(try read("a,b\r", acceptsCarriageReturn: false)?.texts == ["a", "b"])
        #expect(try read("a,b\r", acceptsCarriageReturn: false)?.lineEnds == 0)
        #expect(try read("a,b\r", acceptsCarriageReturn: false, isAtEnd: false) == nil)
        #expect(try read("a,\"b\rc\"\r\nd", acceptsCarriageReturn: false)?.texts == ["a", "b\rc"])
        #expect(try read("a,\"b\rc\"\r\nd", acceptsCarriageReturn: false)?.lineEnds == 1)
    }

    @Test(arguments: ["a,b\rc", "a,b\r", "a,b\r\nc", "a,b\nc"])
    func `a line ends as on any system`(text: String) throws {
        let record = try read(text)

        #expect(record?.texts == ["a", "b"])
        #expect(record?.lineEnds == 1)
    }

    @Test func `line ends inside quotes are counted whatever they are`() throws {
        #expect(try read("\"a\rb\nc\r\nd\"\r\n")?.lineEnds == 4)
    }

    @Test(arguments: [false, true])
    func `a record has a longest length, wherever its end may be`(isQuoted: Bool) throws {
        let quote = isQuoted ? "\"" : ""
        let text = "x,\(quote)" + String(repeating: "y", count: CSVRecord.unitsMax)

        for end in ["", "\(quote)\n", "\(quote)\nnext"] {
            let error = #expect(throws: CSVRecord.Malformed.self) { try read(text + end, isAtEnd: end.isEmpty) }
            #expect(error?.code == "ROW_TOO_LONG")
            #expect(error?.resumption == .lineAfter(isQuoted ? 2 : CSVRecord.unitsMax))
        }
    }
}

extension CodeUnits {
    /// A text in UTF-8.
    init(_ text: String) {
        self.init(Array(text.utf8)[...])
    }

    /// Bytes that are said to be UTF-8.
    init(_ bytes: ArraySlice<UInt8>) {
        self.init(bytes: bytes, encoding: .utf8)
    }
}
