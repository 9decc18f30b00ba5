/// What programs leave in a cell where a value was lost; as text it would make one person of many.
public enum CellDamage {
    /// Why a text is not what its author meant; nil when nothing is known against it.
    ///
    /// - Parameters:
    ///   - text: The cell.
    ///   - isIdentity: Whether it tells who somebody is.
    /// - Returns: The reason, to be read after the column's name.
    public static func reason(_ text: String, isIdentity: Bool) -> String? {
        // Blanks around an identity make it no better.
        let text = isIdentity ? ColumnName.trimmed(text) : text
        if text.utf8.starts(with: "=\"".utf8) && text.utf8.last == UInt8(ascii: "\"") {
            return "holds a spreadsheet's formula; export values"
        }
        if isSpreadsheetError(text) || isIdentity && seemsSpreadsheetError(text) {
            return "holds a spreadsheet's error; correct the sheet"
        }
        guard isIdentity else { return nil }
        if text.unicodeScalars.contains("\u{FFFD}") {
            return "holds U+FFFD: a character was lost before this file was written"
        }
        if isReshapedNumber(text) {
            return "holds a number that a program has shortened or given a fraction, such as 4.9E+12 or 49151234567.0; "
                + "format the column as text there"
        }
        return nil
    }

    /// In the languages in which workbooks were seen.
    private static let spreadsheetErrors: Set<String> = [
        "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA",
        "#ERROR!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!", "#NV", "#BEZUG!", "#WERT!", "#ZAHL!",
        "#VALEUR!", "#NOM?", "#NOMBRE!", "#¡VALOR!", "#¡REF!", "#¿NOMBRE?", "#¡NUM!", "#¡DIV/0!", "#¡NULO!", "#N/D",
        "#VALOR!", "#NOME?", "#NÚM!", "#NULO!", "#RIF!", "#VALORE!", "#ADR!", "#ARG!", "#LICZBA!", "#NAZWA?",
        "#DZIEL/0!", "#WAARDE!", "#VERW!", "#NAAM?", "#GETAL!", "#DEEL/0!", "#YOK", "#BAŞV!", "#DEĞER!", "#AD?",
        "#SAYI!", "#SAYI/0!", "#Н/Д", "#ЗНАЧ!", "#ССЫЛКА!", "#ИМЯ?", "#ЧИСЛО!", "#ДЕЛ/0!", "#ПУСТО!",
        "#ОЖИДАНИЕ_ДАННЫХ", "#HIÁNYZIK", "#ÉRTÉK!", "#SZÁM!", "#NÉV?", "#HIV!", "#NULLA!", "#ZÉRÓOSZTÓ!",
        "#NENÍ_K_DISPOZICI", "#HODNOTA!", "#ČÍSLO!", "#NÁZEV?", "#ODKAZ!", "#DĚLENÍ_NULOU!", "#NAČÍTÁNÍ_DAT!",
        "#PUUTTUU!", "#ARVO!", "#LUKU!", "#NIMI?", "#VIITTAUS!", "#TYHJÄ!", "#JAKO/0!", "#SAKNAS!", "#VÄRDEFEL!",
        "#OGILTIGT!", "#NAMN?", "#REFERENS!", "#SKÄRNING!", "#DIVISION/0!", "#I/T", "#VÆRDI!", "#NAVN?", "#REFERENCE!",
        "#NUL!", "#VERDI!",
    ]

    /// Whether it is an error that is known, or what a printed sheet shows in a column that is too narrow.
    private static func isSpreadsheetError(_ text: String) -> Bool {
        guard text.utf8.first == UInt8(ascii: "#") else { return false }
        return spreadsheetErrors.contains(text)
            || text.utf8.count >= 3 && text.utf8.allSatisfy { $0 == UInt8(ascii: "#") }
    }

    /// Whether it has the shape of an error in any language: `#…!`, `#…?`, `#…/…`, `#ABC_DEF`, `Err:502`.
    private static func seemsSpreadsheetError(_ text: String) -> Bool {
        if text.utf8.starts(with: "Err:".utf8) {
            let number = text.utf8.dropFirst(4)
            return !number.isEmpty && number.allSatisfy(\.isDigit)
        }
        guard text.utf8.first == UInt8(ascii: "#"), text.utf8.count > 1 else { return false }
        if text.utf8.last == UInt8(ascii: "!") || text.utf8.last == UInt8(ascii: "?") { return true }
        let parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        return isSpreadsheetError(text.uppercased()) || isCapitals(text.dropFirst())
            || parts.count == 2 && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isLetter) }
    }

    /// Whether it is two capitals or more of any script, with `_`, `/`, `!`, `?` and, behind a `/`, digits among them.
    ///
    /// Digits elsewhere make a number of something: `#2PP0JC`.
    private static func isCapitals(_ text: Substring) -> Bool {
        var capitals = 0
        var isDivision = false
        for character in text {
            if character.isUppercase {
                capitals += 1
            } else if character == "/" {
                isDivision = true
            } else if character.isNumber {
                guard isDivision else { return false }
            } else {
                guard ["_", "!", "?"].contains(character) else { return false }
            }
        }
        return capitals > 1
    }

    /// Whether it is `4.91512E+12`, `4.9e12`, `4E-12`, or `49151234567.0`.
    ///
    /// `12E34` is none: numbers of articles look like that, and hexadecimal ones.
    private static func isReshapedNumber(_ text: String) -> Bool {
        var rest = text.utf8[...]
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        let mantissa = rest.prefix { $0.isDigit || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ",") }
        let parts = mantissa.split(omittingEmptySubsequences: false) { !$0.isDigit }
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { return false }
        let hasFraction = parts.count == 2
        var exponent = rest[mantissa.endIndex...]
        guard let letter = exponent.popFirst() else {
            return hasFraction && parts[1].allSatisfy { $0 == UInt8(ascii: "0") }
        }
        guard letter == UInt8(ascii: "E") || letter == UInt8(ascii: "e") else { return false }
        let hasSign = exponent.first == UInt8(ascii: "+") || exponent.first == UInt8(ascii: "-")
        if hasSign { exponent = exponent.dropFirst() }
        return (hasSign || hasFraction) && !exponent.isEmpty && exponent.allSatisfy(\.isDigit)
    }
}
