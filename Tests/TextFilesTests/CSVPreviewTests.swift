import TestSupport
import Testing

@testable import TextFiles

@Suite struct CSVPreviewTests {
    private let file = TestFile()

    private static func head(_ text: String, isWhole: Bool) -> InputFile {
        InputFile(head: Array(text.utf8), isWhole: isWhole, name: "f.csv")
    }

    @Test func `the beginning of a file shows layout, rows and refusals`() throws {
        try file.write(TableShape.utf8("id;name\r\na1;x\r\n;\r\na2\r\na3;y\r\n"))

        let preview = try CSVPreview(of: file.open())

        #expect(preview.layout.columns.names == ["id", "name"] && preview.layout.delimiter.name == "semicolon")
        #expect(preview.rows.map(\.cells) == [["a1", "x"], ["a3", "y"]])
        #expect(preview.refusals.map(\.place.line) == [4] && preview.refusals.map(\.code) == ["CSV_WIDTH"])
        #expect(preview.emptyRows == 1 && preview.isWhole)
    }

    @Test func `it looks at so many rows and bytes, and says when there is more`() throws {
        try file.write(TableShape.utf8("id\n" + String(repeating: "a\n", count: 500)))
        let many = try CSVPreview(of: file.open())
        let few = try CSVPreview(of: file.open(), rowsMax: 7)
        try file.write(
            TableShape.utf8("id\n" + String(repeating: String(repeating: "x", count: 9_999) + "\n", count: 50))
        )
        let long = try CSVPreview(of: file.open())

        #expect(many.rows.count == CSVPreview.rowsMax && !many.isWhole)
        #expect(few.rows.count == 7 && !few.isWhole)
        #expect(long.rows.count == 7 && !long.isWhole)
    }

    @Test func `a row that is cut in what is in memory is no row, and the last row of a whole file is one`() throws {
        let text = "id,name\na1,x\na2,\"be"

        let cut = try CSVPreview(of: Self.head(text, isWhole: false))
        let whole = try CSVPreview(of: Self.head(text, isWhole: true))

        #expect(cut.rows.map(\.cells) == [["a1", "x"]] && cut.refusals.isEmpty && !cut.isWhole)
        #expect(whole.refusals.map(\.code) == ["CSV_QUOTE"] && whole.isWhole)
    }

    @Test(arguments: ["", "id", "id,na", "id,\"na\nme", "id,name\r"])
    func `a header that is cut is none`(text: String) throws {
        let failure = #expect(throws: InputFailure.self) { try CSVPreview(of: Self.head(text, isWhole: false)) }

        #expect(failure?.code == .header)
    }

    @Test func `what a cut shows, the whole file has`() throws {
        var random = TestSeed.generator()
        for shape in TableShape.all where shape.encoding != "utf-16" {
            guard case .table = shape.outcome else { continue }
            try file.write(shape.bytes)
            let whole = try CSVPreview(of: file.open(), options: InputOptions(shape))
            for _ in 0..<40 {
                let cut = Int.random(in: 0...shape.bytes.count, using: &random)
                let head = InputFile(head: Array(shape.bytes[..<cut]), isWhole: false, name: "f.csv")
                do throws(InputFailure) {
                    let preview = try CSVPreview(of: head, options: InputOptions(shape))
                    #expect(preview.layout == whole.layout, "\(shape), \(cut)")
                    #expect(whole.rows.starts(with: preview.rows), "\(shape), \(cut)")
                    #expect(whole.refusals.starts(with: preview.refusals), "\(shape), \(cut)")
                    #expect(preview.emptyRows <= whole.emptyRows && !preview.isWhole, "\(shape), \(cut)")
                } catch {
                    #expect(error.code == .header || error.code == .delimiter, "\(shape), \(cut)")
                }
            }
        }
    }

    @Test func `blank lines are passed over within bounds, before the header and behind it`() throws {
        let blank = String(repeating: "\n", count: 70_000)
        try file.write(TableShape.utf8(blank + "id\na\n"))
        #expect(throws: InputFailure.self) { try CSVPreview(of: file.open()) }

        try file.write(TableShape.utf8("id\na\n" + blank + "b\n"))
        let preview = try CSVPreview(of: file.open())
        #expect(preview.rows.map(\.cells) == [["a"]] && !preview.isWhole)
        var reader = try CSVReader(try file.open())
        reader.blankBytesMax = 1_000
        var (rows, pauses) = (0, 0)
        while true {
            if try reader.next() != nil { rows += 1 } else if reader.isAtEnd { break } else { pauses += 1 }
        }
        #expect(rows == 2 && pauses > 60)
    }
}
