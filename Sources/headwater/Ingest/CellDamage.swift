/// What programs leave in a cell where a value was lost; as text it would make one person of many.
enum CellDamage {
    /// Why a text is not what its author meant; nil when nothing is known against it.
    ///
    /// - Parameters:
    ///   - text: The cell.
    ///   - isIdentity: Whether it tells who somebody is.
    /// - Returns: The reason, to be read after the column's name.
    static func reason(_ text: String, isIdentity: Bool) -> String? {
        if text.utf8.starts(with: "=\"".utf8) && text.utf8.last == UInt8(ascii: "\"") {
            return "holds a spreadsheet's formula; export values"
        }
        if text.utf8.first == UInt8(ascii: "#"), spreadsheetErrors.contains(text) || isTooNarrow(text) {
            return "holds a spreadsheet's error; correct the sheet"
        }
        guard isIdentity else { return nil }
        if text.unicodeScalars.contains("\u{FFFD}") {
            return "holds U+FFFD: a character was lost before this file was written"
        }
        if isShortenedNumber(text) {
            return "holds a number that a spreadsheet has shortened, such as 4.9E+12; format the column as text there"
        }
        return nil
    }

    /// In the languages in which workbooks were seen.
    private static let spreadsheetErrors: Set<String> = [
        "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#NV", "#BEZUG!",
        "#WERT!", "#ZAHL!", "#VALEUR!", "#NOM?", "#NOMBRE!", "#¡VALOR!", "#¡REF!", "#¿NOMBRE?", "#¡NUM!", "#¡DIV/0!",
    ]

    /// Whether it is what a printed sheet shows in a column that is too narrow.
    private static func isTooNarrow(_ text: String) -> Bool {
        text.utf8.count >= 3 && text.utf8.allSatisfy { $0 == UInt8(ascii: "#") }
    }

    /// Whether it is `4.91512E+12`: one digit, a fraction, an exponent.
    private static func isShortenedNumber(_ text: String) -> Bool {
        func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        let parts = text.utf8.split(separator: UInt8(ascii: "E"), omittingEmptySubsequences: false)
        guard parts.count == 2, let first = parts[0].first, isDigit(first),
            parts[1].first == UInt8(ascii: "+"), parts[1].count > 1, parts[1].dropFirst().allSatisfy(isDigit)
        else { return false }
        let rest = parts[0].dropFirst()
        guard let point = rest.first else { return true }
        return (point == UInt8(ascii: ".") || point == UInt8(ascii: ",")) && rest.count > 1
            && rest.dropFirst().allSatisfy(isDigit)
    }
}
