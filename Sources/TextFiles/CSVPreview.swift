/// What the beginning of a CSV file shows, before anything of it is taken.
public struct CSVPreview: Equatable, Sendable {
    /// How the file is written.
    public var layout: CSVLayout
    /// The first rows.
    public var rows: [CSVRow] = []
    /// Rows among them that are not to be taken.
    public var refusals: [TextRefusal] = []
    /// Rows among them with nothing but empty cells.
    public var emptyRows = 0
    /// Whether the file ends with what was looked at.
    public var isWhole = false

    /// Bytes that are looked at; a row that begins in them is read to its end where there is more of the file.
    public static let bytesMax = 64 << 10
    /// Rows that are looked at.
    public static let rowsMax = 100

    /// Reads the beginning of a file.
    ///
    /// Of a file whose first bytes are in memory, a row that does not end in them is left out.
    ///
    /// - Parameters:
    ///   - file: The file, at its beginning.
    ///   - options: What is known of it.
    ///   - rowsMax: Rows that are looked at, refused and empty ones included.
    /// - Throws: When it cannot be read, is no text, contradicts the options, or has no layout that can be told.
    public init(
        of file: consuming InputFile,
        options: InputOptions = InputOptions(),
        rowsMax: Int = CSVPreview.rowsMax
    ) throws(InputFailure) {
        var reader = try CSVReader(file, options: options)
        layout = reader.layout
        reader.blankBytesMax = Int64(CSVPreview.bytesMax)
        var count = 0
        while count < rowsMax, reader.offset < CSVPreview.bytesMax, let reading = try reader.next() {
            count += 1
            switch reading {
            case .row(let row): rows.append(row)
            case .refused(let refusal): refusals.append(refusal)
            case .empty: emptyRows += 1
            }
        }
        isWhole = try reader.peek() == nil && reader.isAtEnd
    }
}
