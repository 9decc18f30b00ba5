/// Column names as messages show them.
public enum ColumnName {
    /// A name in quotes; characters that nobody sees are written as `\u{A0}`.
    ///
    /// - Parameter name: The name, of which no more than 80 characters are shown.
    /// - Returns: The quoted name.
    public static func shown(_ name: String) -> String {
        var text = "\""
        for scalar in name.unicodeScalars.prefix(80) {
            if scalar != " " && (scalar.properties.isWhitespace || isInvisible(scalar)) {
                text += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text + (name.unicodeScalars.count > 80 ? "…\"" : "\"")
    }

    /// A text without blanks and invisible characters around it.
    public static func trimmed(_ text: String) -> String {
        func isKept(_ scalar: Unicode.Scalar) -> Bool { !scalar.properties.isWhitespace && !isInvisible(scalar) }
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: isKept), let last = scalars.lastIndex(where: isKept) else {
            return ""
        }
        return String(scalars[first...last])
    }

    /// A text without any blanks and invisible characters, in lower case: what two names share that look alike.
    public static func likeness(_ text: String) -> String {
        var visible = String.UnicodeScalarView()
        for scalar in text.unicodeScalars where !scalar.properties.isWhitespace && !isInvisible(scalar) {
            visible.append(scalar)
        }
        return String(visible).lowercased()
    }

    /// Whether a text has a blank or an invisible character at its beginning or end, or is nothing else.
    public static func hasBlanksAround(_ text: String) -> Bool { text.utf8.count != trimmed(text).utf8.count }

    /// Whether a text has a blank or an invisible character anywhere.
    static func hasBlanks(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0.properties.isWhitespace || isInvisible($0) }
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .format || scalar.properties.generalCategory == .control
    }
}
