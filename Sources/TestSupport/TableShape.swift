/// A CSV file as some program writes it, and what becomes of it whoever reads it.
public struct TableShape: Sendable, CustomStringConvertible {
    /// A row and the line on which it begins.
    public struct Row: Equatable, Sendable {
        /// The line, from 1.
        public var line: Int64
        /// The texts of its cells.
        public var cells: [String]

        /// Names a row.
        public init(_ line: Int64, _ cells: [String]) {
            self.line = line
            self.cells = cells
        }
    }

    /// What becomes of the file.
    public enum Outcome: Sendable {
        /// These are its columns and rows; these lines are refused, as `line:column CODE`; these have empty cells only.
        case table([String], [Row], refused: [String], empty: [Int64])
        /// Nothing of it is read: the code, and words of the message.
        case failure(String, [String])
    }

    /// What the file is.
    public var name: String
    /// Its bytes.
    public var bytes: [UInt8]
    /// The encoding that is said.
    public var encoding: String?
    /// The delimiter that is said.
    public var delimiter: String?
    /// Whether it is said to have a header.
    public var hasHeader: Bool
    /// What becomes of it.
    public var outcome: Outcome
    /// Words that some refusal has.
    public var cure: String
    /// What the second column holds where it is sent; by default text.
    public var kind: String
    /// Lines that cannot be sent as people whom the first column names, in the way of `refused`.
    public var unsent: [String]
    /// What is sent of the second column, when that is not its text.
    public var sent: [String]?

    /// The description.
    public var description: String { name }

    /// A file that is read as a table.
    public init(
        _ name: String,
        _ bytes: [UInt8],
        encoding: String? = nil,
        delimiter: String? = nil,
        hasHeader: Bool = true,
        columns: [String],
        rows: [(Int64, [String])],
        refused: [String] = [],
        empty: [Int64] = [],
        cure: String = "",
        kind: String = "text",
        unsent: [String] = [],
        sent: [String]? = nil
    ) {
        self.name = name
        self.bytes = bytes
        self.encoding = encoding
        self.delimiter = delimiter
        self.hasHeader = hasHeader
        outcome = .table(columns, rows.map { Row($0.0, $0.1) }, refused: refused, empty: empty)
        self.cure = cure
        self.kind = kind
        self.unsent = unsent
        self.sent = sent
    }

    /// A file that is refused.
    public init(
        _ name: String,
        _ bytes: [UInt8],
        encoding: String? = nil,
        delimiter: String? = nil,
        hasHeader: Bool = true,
        failure code: String,
        _ words: [String]
    ) {
        self.init(name, bytes, encoding: encoding, delimiter: delimiter, hasHeader: hasHeader, columns: [], rows: [])
        outcome = .failure(code, words)
    }

    /// A text in UTF-8.
    public static func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// A text of one byte a character.
    public static func latin(_ text: String) -> [UInt8] {
        text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }

    /// A text in UTF-16.
    public static func utf16(_ text: String, bigEndian: Bool = false) -> [UInt8] {
        text.utf16.flatMap { unit in
            let pair = [UInt8(truncatingIfNeeded: unit), UInt8(truncatingIfNeeded: unit >> 8)]
            return bigEndian ? pair.reversed() : pair
        }
    }

    /// Every file there is.
    public static let all = delimiters + encodings + headers + values + damages
}
