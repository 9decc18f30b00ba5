extension PQLLexer {
    /// Reads an operator or bracket.
    mutating func symbol() throws(PQLError) -> PQLSymbol {
        let (first, second) = (current, following)
        let two = String(decoding: [first, second].compactMap(\.self), as: UTF8.self)
        switch two {
        case "==": throw mistake("found \"==\"; equality is written with one \"=\"")
        case "<>": throw mistake("found \"<>\"; inequality is written \"!=\"")
        case "&&": throw mistake("found \"&&\"; write \"and\"")
        case "||": throw mistake("found \"||\"; write \"or\"")
        default: break
        }
        if let symbol = PQLSymbol(rawValue: two) {
            advance(by: two.utf8.count)
            return symbol
        }
        if let first, first < 0x80, let symbol = PQLSymbol(rawValue: String(Unicode.Scalar(first))) {
            advance(by: 1)
            return symbol
        }
        guard let scalar = currentScalar else { throw mistake("found nothing; expected a value") }
        switch scalar {
        case "'", "\u{2018}", "\u{2019}", "\u{201C}", "\u{201D}", "\u{201E}", "\u{00AB}", "\u{00BB}":
            throw mistake("found \(scalar); texts are written between straight double quotes, as in \"gold\"")
        case "\u{00A0}":
            throw mistake("found a no-break space (U+00A0); expected an ordinary blank")
        case "\0"..."\u{1F}", "\u{7F}"..."\u{9F}":
            throw mistake("found the control character U+\(String(scalar.value, radix: 16, uppercase: true))")
        default:
            throw mistake("found \"\(scalar)\", which no part of the language begins with")
        }
    }

    private func mistake(_ message: String) -> PQLError {
        source.error(.syntax, at: offset, message)
    }
}
