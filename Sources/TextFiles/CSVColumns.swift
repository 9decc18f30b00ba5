/// The columns of a CSV file, and what every row has to be like because of them.
public struct CSVColumns: Equatable, Sendable {
    /// Their names; 1, 2, 3 … without a header.
    public var names: [String]
    /// Whether the names come from the file.
    public var areNamed: Bool

    /// The most columns a file may have.
    public static let countMax = 4_096

    /// Names the columns.
    ///
    /// - Parameters:
    ///   - names: Their names.
    ///   - areNamed: Whether the names come from the file.
    public init(_ names: [String], areNamed: Bool = true) {
        self.names = names
        self.areNamed = areNamed
    }

    /// The name of a column as messages show it.
    ///
    /// - Parameter index: The column, from 0.
    /// - Returns: The name in quotes, or the column's number.
    public func shown(_ index: Int) -> String {
        guard areNamed, names.indices.contains(index) else { return "\(index + 1)" }
        return ColumnName.shown(names[index])
    }

    /// Why a row is none of the file's.
    ///
    /// - Parameters:
    ///   - cells: The row.
    ///   - identities: The columns that tell who somebody is; a byte order mark in one of them is none of its value.
    /// - Returns: What is wrong; nil when nothing is.
    public func fault(of cells: [String], identities: [Int] = []) -> RowFault? {
        if let index = markedCell(cells, identities) {
            return RowFault(CSVRecord.joined.code, CSVRecord.joined.message, cell: index)
        }
        guard cells.count == names.count else { return widthFault(cells.count) }
        if areNamed, zip(cells, names).allSatisfy({ $0.utf8.elementsEqual($1.utf8) }) {
            return RowFault(CSVRecord.joined.code, "the row is the header once more; remove it", cell: 0)
        }
        return nil
    }

    private func widthFault(_ count: Int) -> RowFault {
        let cure =
            count > names.count
            ? "put cells that hold the delimiter in quotes; a delimiter at the line's end makes an empty cell"
            : "a delimiter or a line end inside a cell may be wrong; empty cells need their delimiters"
        return RowFault(
            "CSV_WIDTH",
            "the row has \(count) cells, and the file has \(names.count) columns; \(cure)",
            cell: count > names.count ? names.count : max(count - 1, 0)
        )
    }

    /// The first cell with a byte order mark that no author has written: at the row's beginning, in an identity, or where
    /// the next file's header has made the row too long.
    private func markedCell(_ cells: [String], _ identities: [Int]) -> Int? {
        if cells.first?.unicodeScalars.first == CSVRecord.mark { return 0 }
        let suspects = cells.count == names.count ? identities : Array(cells.indices)
        return suspects.first { index in
            cells.indices.contains(index) && cells[index].unicodeScalars.contains(CSVRecord.mark)
        }
    }
}
