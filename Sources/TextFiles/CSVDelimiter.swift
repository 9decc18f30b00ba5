/// What stands between the cells of a CSV text.
public struct CSVDelimiter: Equatable, Sendable {
    /// The character; it is ASCII.
    let unit: UInt16

    /// A comma.
    public static let comma = CSVDelimiter(",")
    /// A tab.
    public static let tab = CSVDelimiter("\t")
    /// What a header is searched for.
    static let candidates = [comma, CSVDelimiter(";"), tab, CSVDelimiter("|")]

    private init(_ character: Unicode.Scalar) {
        unit = UInt16(truncatingIfNeeded: character.value)
    }

    /// Reads one ASCII character, or the word `tab`; nil for anything else, quotes and line ends included.
    public init?(parsing text: String) {
        if text == "tab" || text == "\\t" {
            self = .tab
            return
        }
        guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1, scalar.isASCII,
            !["\"", "\n", "\r", "\0"].contains(scalar)
        else { return nil }
        self.init(scalar)
    }

    /// Its name, in messages and reports.
    public var name: String {
        switch self {
        case .comma: "comma"
        case .tab: "tab"
        case CSVDelimiter(";"): "semicolon"
        case CSVDelimiter("|"): "pipe"
        default: symbol
        }
    }

    /// What `init(parsing:)` reads as it.
    public var symbol: String { self == .tab ? "tab" : Unicode.Scalar(unit).map(String.init) ?? "" }

    /// The candidates that stand outside of quotes in the first line of a text.
    ///
    /// - Parameters:
    ///   - units: The text.
    ///   - isAtEnd: Whether it ends with these units.
    /// - Returns: Nil when the line's end is out of sight.
    static func found(in units: CodeUnits, isAtEnd: Bool) -> [CSVDelimiter]? {
        var seen = Set<UInt16>()
        var isQuoted = false
        let isWhole = (0..<units.count).contains { index in
            let unit = units[index]
            if unit == CodeUnits.quote { isQuoted.toggle() }
            if isQuoted { return false }
            seen.insert(unit)
            return CodeUnits.isLineEnd(unit)
        }
        guard isWhole || isAtEnd || units.count > CSVRecord.unitsMax else { return nil }
        return candidates.filter { seen.contains($0.unit) }
    }

    /// Reads the line `sep=;` with which spreadsheets name the delimiter.
    ///
    /// - Parameter line: The first line without its end.
    /// - Returns: The text after `sep=`; nil when it is another line.
    static func declaration(in line: String) -> String? {
        var text = line[...]
        if text.utf8.count > 2, text.hasPrefix("\""), text.hasSuffix("\"") { text = text.dropFirst().dropLast() }
        guard text.prefix(4).lowercased() == "sep=" else { return nil }
        return String(text.dropFirst(4))
    }
}
