import TestSupport

@testable import TextFiles

/// A CSV file read to its end.
struct ReadTable: Equatable {
    /// Something of it, and where the reader stood before it and behind it.
    struct Piece: Equatable {
        var reading: CSVReader.Reading
        var start: Int64
        var end: TextMark
    }

    var layout: CSVLayout
    var pieces: [Piece] = []
    /// Where the first row begins.
    var begin: TextMark
    var end: TextMark

    init(_ file: consuming InputFile, options: InputOptions = InputOptions(), from mark: TextMark? = nil) throws {
        var reader = try CSVReader(file, options: options)
        layout = reader.layout
        begin = reader.mark
        if let mark { try reader.skip(to: mark.offset, line: mark.line) }
        while let reading = try reader.peek() {
            let start = reader.offset
            try reader.advance()
            pieces.append(Piece(reading: reading, start: start, end: reader.mark))
        }
        end = reader.mark
    }

    var rows: [TableShape.Row] {
        pieces.compactMap { if case .row(let row) = $0.reading { TableShape.Row(row.line, row.cells) } else { nil } }
    }

    var refusals: [TextRefusal] {
        pieces.compactMap { if case .refused(let refusal) = $0.reading { refusal } else { nil } }
    }

    /// The refusals as `line:column code`.
    var refused: [String] { refusals.map { "\($0.place.line):\($0.place.column) \($0.code)" } }

    var empty: [Int64] {
        pieces.compactMap { if case .empty(let line) = $0.reading { line } else { nil } }
    }
}

extension InputOptions {
    /// What is said of a shape.
    init(_ shape: TableShape) {
        self.init(
            encoding: shape.encoding.flatMap { TextEncoding.Name(rawValue: $0) },
            delimiter: shape.delimiter.flatMap { CSVDelimiter(parsing: $0) },
            hasHeader: shape.hasHeader
        )
    }
}
