/// What a file that names an audience's members has to be like, beyond being CSV.
///
/// Messages name columns by their numbers: what stands in the first line may be the first person of a file without a
/// header.
public enum AudienceFile {
    /// The most columns.
    public static let columnsMax = 25
    /// The most bytes: less than 1 GB, which is a gibibyte here.
    public static let bytesMax: Int64 = (1 << 30) - 1

    /// Judges the length of a file.
    ///
    /// - Parameter bytes: How many bytes it has.
    /// - Returns: Why it is too large; nil when it is not.
    public static func fault(ofLength bytes: Int64) -> RowFault? {
        guard bytes > bytesMax else { return nil }
        return RowFault(
            "AUDIENCE_FILE_LENGTH",
            "the file has \(bytes) bytes, and a file of an audience has less than 1 GB (\(bytesMax + 1) bytes); "
                + "leave out columns, or make an audience of each part"
        )
    }

    /// Judges a file's columns.
    ///
    /// - Parameter columns: The columns.
    /// - Returns: All that is wrong with them, in their order.
    public static func faults(of columns: CSVColumns) -> [RowFault] {
        var faults: [RowFault] = []
        if columns.names.count > columnsMax {
            faults.append(
                RowFault(
                    "AUDIENCE_COLUMNS",
                    "the file has \(columns.names.count) columns, and a file of an audience has at most \(columnsMax); "
                        + "leave out the others",
                    cell: columnsMax
                )
            )
        }
        guard columns.areNamed else { return faults }
        var seen: [[UInt8]: Int] = [:]
        for (index, name) in columns.names.enumerated() {
            if let fault = fault(ofName: name, column: index) {
                faults.append(fault)
            } else if let first = seen[Array(name.utf8)] {
                faults.append(
                    nameFault("columns \(first + 1) and \(index + 1) have the same name; rename one of them", index)
                )
            } else {
                seen[Array(name.utf8)] = index
            }
        }
        return faults
    }

    /// Judges the cell that tells who a member is.
    ///
    /// - Parameters:
    ///   - text: The cell.
    ///   - column: Its column, from 0.
    ///   - charactersMax: The most characters of an identity.
    /// - Returns: Why it is nobody's identity; nil when nothing is known against it.
    public static func fault(ofIdentity text: String, column: Int, charactersMax: Int) -> RowFault? {
        if text.unicodeScalars.contains(CSVRecord.mark) {
            return RowFault(CSVRecord.joined.code, CSVRecord.joined.message, cell: column)
        }
        guard !ColumnName.trimmed(text).isEmpty else {
            return RowFault("IDENTITY_MISSING", "column \(column + 1), the identity, is empty", cell: column)
        }
        // A text of n bytes has at most n characters, so short ones need no counting.
        guard text.utf8.count <= charactersMax || text.unicodeScalars.count <= charactersMax else {
            return RowFault(
                "IDENTITY_TOO_LONG",
                "column \(column + 1), the identity, has more than \(charactersMax) characters; "
                    + "a closing quote or a delimiter may be missing",
                cell: column
            )
        }
        guard let reason = CellDamage.reason(text, isIdentity: true) else { return nil }
        return RowFault("CSV_VALUE", "column \(column + 1), the identity, \(reason)", cell: column)
    }

    private static func fault(ofName name: String, column: Int) -> RowFault? {
        guard !ColumnName.likeness(name).isEmpty else {
            return nameFault("column \(column + 1) has no name; name it in the header, or leave the column out", column)
        }
        guard !ColumnName.hasBlanks(name) else {
            return nameFault(
                "the name of column \(column + 1) has a space or an invisible character; write _ instead",
                column
            )
        }
        guard !name.unicodeScalars.contains(where: isDash) else {
            return nameFault("the name of column \(column + 1) has a dash; write _ instead", column)
        }
        return nil
    }

    private static func nameFault(_ message: String, _ column: Int) -> RowFault {
        RowFault("AUDIENCE_COLUMN_NAME", message, cell: column)
    }

    private static func isDash(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .dashPunctuation || scalar == "\u{2212}"
    }
}
