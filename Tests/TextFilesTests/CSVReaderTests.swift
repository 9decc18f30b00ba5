import TestSupport
import Testing

@testable import TextFiles

@Suite struct CSVReaderTests {
    private let file = TestFile()

    @Test(arguments: TableShape.all)
    func `a file is read as it was meant, or refused with line, column and cure`(shape: TableShape) throws {
        try file.write(shape.bytes)

        switch shape.outcome {
        case .failure(let code, let words):
            let failure = #expect(throws: InputFailure.self) {
                try ReadTable(file.open(), options: InputOptions(shape))
            }
            #expect(failure?.code.rawValue == code)
            for word in words { #expect(failure?.message.contains(word) == true, "\(failure?.message ?? "")") }
            #expect(failure?.message.contains("--") == false)
        case .table(let columns, let rows, let refused, let empty):
            let read = try ReadTable(file.open(), options: InputOptions(shape))
            #expect(read.layout.columns == CSVColumns(columns, areNamed: shape.hasHeader))
            #expect(read.rows == rows)
            #expect(read.refused == refused)
            #expect(read.empty == empty)
            #expect(refused.isEmpty || read.refusals.contains { $0.message.contains(shape.cure) })
            #expect(read.end.offset == Int64(shape.bytes.count))
        }
    }

    @Test func `a layout is told`() throws {
        func layout(_ bytes: [UInt8], _ options: InputOptions = InputOptions()) throws -> CSVLayout {
            try file.write(bytes)
            return try CSVReader(file.open(), options: options).layout
        }
        let windows = try layout(TableShape.utf8("\u{FEFF}a;b\r\n"))
        let mac = try layout(TableShape.latin("a|b\r\u{F6}|x\r"), InputOptions(encoding: .windows1252))
        let short = try layout(TableShape.utf16("\u{FEFF}a\tb", bigEndian: true))
        let unix = try layout(TableShape.utf8("1,2\n"), InputOptions(hasHeader: false))

        #expect(windows.hasMark && windows.delimiter.name == "semicolon" && windows.lineEnd == .pair)
        #expect(!mac.hasMark && mac.encoding == .windows1252 && mac.lineEnd == .carriageReturn)
        #expect(short.encoding == .utf16BigEndian && short.delimiter == .tab && short.lineEnd == nil)
        #expect(unix.lineEnd == .lineFeed && unix.columns == CSVColumns(["1", "2"], areNamed: false))
    }

    @Test func `what was looked at stays until it is passed`() throws {
        try file.write(TableShape.utf8("id\na\nb\n"))
        var reader = try CSVReader(file.open())

        let (first, again) = (try reader.peek(), try reader.peek())
        let before = reader.offset
        try reader.advance()
        try reader.advance()

        #expect(first == again)
        #expect((before, reader.offset, reader.line) == (3, 5, 2))
        guard case .row(let row)? = try reader.next() else {
            Issue.record("the second row is next")
            return
        }
        #expect(row.cells == ["b"] && row.line == 3)
        #expect(try reader.next() == nil && reader.offset == 7 && reader.line == 3)
    }

    @Test func `a reader goes on where another stopped, if the file is still the same`() throws {
        try file.write(TableShape.utf8("id\na\nb"))
        var reader = try CSVReader(file.open())
        _ = try reader.next()
        let middle = reader.mark
        _ = try reader.next()
        let end = reader.mark
        func change(_ text: String, at mark: TextMark) throws -> TextMark.Change? {
            try file.write(TableShape.utf8(text))
            var reader = try CSVReader(file.open())
            return try reader.resume(at: mark)
        }

        #expect(try change("id\na\nb", at: middle) == nil)
        #expect(try change("id\na\nb\nc\n", at: end) == nil)
        #expect(try change("id\na\nbc\n", at: end) == .lineGoesOn)
        #expect(try change("id\nx\nb", at: end) == .differs)
        #expect(try change("id\na\n", at: end) == .shortened(5))
        #expect(try change("id\na\nb", at: TextMark(offset: 1, line: 0, digest: middle.digest)) == .differs)
    }

    @Test func `a place that is not in the file, or before its rows, is refused`() throws {
        try file.write(TableShape.utf8("id\na\n"))
        var reader = try CSVReader(file.open())

        for offset: Int64 in [-1, 0, 2, 6, .max] {
            let failure = #expect(throws: InputFailure.self) { try reader.skip(to: offset, line: 1) }
            #expect(failure?.code == .unreadable)
        }
    }

    @Test func `a row says where its cells begin`() throws {
        try file.write(TableShape.utf8("a,b,c,d\nx,\"say \"\"hi\"\",\r\n😀\",\"\",ä\n"))

        guard case .row(let row)? = try ReadTable(file.open()).pieces.first?.reading else {
            Issue.record("there is a row")
            return
        }

        let places = (-1...5).map { row.place(of: $0) }
        #expect(places.map(\.line) == [2, 2, 2, 3, 3, 3, 3])
        #expect(places.map(\.column) == [1, 1, 3, 4, 7, 9, 9])
    }

    @Test func `text of one byte a character that is UTF-8 in truth is told`() throws {
        try file.write(TableShape.utf8("id,name\na1,Jörg\na2,x\n"))

        let read = try ReadTable(file.open(), options: InputOptions(encoding: .iso8859_1))

        let doubts = read.pieces.map { if case .row(let row) = $0.reading { row.isEncodingDoubtful } else { false } }
        #expect(doubts == [true, false])
    }

    @Test func `a row of a mebibyte is read, and a longer one costs its line`() throws {
        let (long, longer) = ((1 << 20) - 5, (1 << 20))
        let text =
            "id,b\na1,\(String(repeating: "x", count: long))\na2,\(String(repeating: "y", count: longer))\na3,z\n"
        try file.write(TableShape.utf8(text))

        let read = try ReadTable(file.open())

        #expect(read.rows.map(\.cells[0]) == ["a1", "a3"])
        #expect(read.rows.first?.cells[1].utf8.count == long)
        #expect(read.refusals.map(\.code) == ["ROW_TOO_LONG"])
        #expect(read.end.line == 4)
    }

    @Test func `messages have the words of whoever asks`() throws {
        var words = InputWords(encoding: "X-Encoding", delimiter: "X-Delimiter", gunzip: "send it plain")
        func message(_ bytes: [UInt8]) throws -> String? {
            try file.write(bytes)
            return #expect(throws: InputFailure.self) {
                try CSVReader(file.open(), options: InputOptions(encoding: .utf8, words: words)).layout
            }?.message
        }

        #expect(try message([0x1F, 0x8B, 8])?.hasSuffix("no text; send it plain") == true)
        #expect(try message(TableShape.utf8("a;b,c\n"))?.hasSuffix("say which with X-Delimiter") == true)
        #expect(try message([0xFF, 0xFE, 0x61, 0])?.hasSuffix("leave X-Encoding away") == true)
        #expect(try message([0x61, 0xF6, 0x62, 0x0A])?.contains("give X-Encoding windows-1252") == true)
        words = .fields
        #expect(try message(TableShape.utf8("sep=\na\n"))?.hasSuffix("give delimiter") == true)
    }
}
