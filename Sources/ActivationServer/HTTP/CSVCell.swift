/// A cell of a CSV file that people open in programs that show tables.
///
/// It works on scalars and bytes: a mark over a quote or a sign makes another character of it, and those programs do not know that.
enum CSVCell {
    /// Such programs take a text with this beginning for a formula; full-width signs too.
    private static let signs = Set("=+-@\t\r\n\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".unicodeScalars)

    /// A text that no program takes for a formula: with an apostrophe before it where it could.
    static func plain(_ text: String) -> String {
        isFormula(text) ? "'\(text)" : text
    }

    /// The text that ``plain(_:)`` was given.
    static func text(ofPlain plain: String) -> String {
        let rest = String(plain.unicodeScalars.dropFirst())
        return plain.unicodeScalars.first == "'" && isFormula(rest) ? rest : plain
    }

    /// A text between quotes, its own doubled.
    static func quoted(_ text: String) -> String {
        var bytes = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            bytes.append(byte)
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
        }
        bytes.append(UInt8(ascii: "\""))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The text that ``quoted(_:)`` was given.
    static func text(ofQuoted quoted: String) -> String {
        var bytes: [UInt8] = []
        var isSecond = false
        for byte in quoted.utf8.dropFirst().dropLast() {
            isSecond = byte == UInt8(ascii: "\"") && !isSecond
            if byte != UInt8(ascii: "\"") || isSecond { bytes.append(byte) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A text as a cell: plain, and quoted where it must be.
    static func of(_ text: String) -> String {
        let text = plain(text)
        return text.utf8.contains { ",\"\r\n".utf8.contains($0) } ? quoted(text) : text
    }

    private static func isFormula(_ text: String) -> Bool {
        text.unicodeScalars.first.map(signs.contains) ?? false
    }
}
