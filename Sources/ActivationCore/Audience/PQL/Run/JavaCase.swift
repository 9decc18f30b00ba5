/// Upper and lower case as Java's `Character` has them: one character for one.
///
/// Texts are equal without regard to case where their characters are after ``folded(_:)``, which is Java's
/// `equalsIgnoreCase`. So `Σ`, `σ` and `ς` are the same, the Kelvin sign and `k`, `İ`, `ı` and `i`, but not `ß` and `ss`.
enum JavaCase {
    /// The character of which some are written in upper case.
    static func upper(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        if scalar.isASCII { return ("a"..."z").contains(scalar) ? shifted(scalar, by: -32) : scalar }
        let properties = scalar.properties
        // Where the upper case takes several characters, the title case may be the one that Unicode maps to.
        return single(properties.uppercaseMapping) ?? single(properties.titlecaseMapping) ?? scalar
    }

    /// The character in lower case.
    static func lower(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        if scalar.isASCII { return ("A"..."Z").contains(scalar) ? shifted(scalar, by: 32) : scalar }
        // The only one whose lower case takes two characters.
        if scalar == "\u{130}" { return "i" }
        return single(scalar.properties.lowercaseMapping) ?? scalar
    }

    /// What all cases of a character have in common.
    static func folded(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        lower(upper(scalar))
    }

    /// The other case of a letter of ASCII.
    static func otherASCII(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        switch scalar {
        case "a"..."z": shifted(scalar, by: -32)
        case "A"..."Z": shifted(scalar, by: 32)
        default: nil
        }
    }

    /// A text with all its characters folded.
    static func folded(_ text: String) -> String {
        var folded = ""
        folded.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars { folded.unicodeScalars.append(self.folded(scalar)) }
        return folded
    }

    /// A character that another one folds to or that is written otherwise in upper case.
    struct Cased {
        var scalar: Unicode.Scalar
        var upper: Unicode.Scalar
        var folded: Unicode.Scalar
    }

    /// All characters with another case; worked out when a pattern first asks for it.
    static let cased: [Cased] = {
        // No script beyond has case.
        (0...0x1FFFF).compactMap { value in
            guard let scalar = Unicode.Scalar(UInt32(value)) else { return nil }
            let upper = upper(scalar)
            let folded = lower(upper)
            return upper == scalar && folded == scalar ? nil : Cased(scalar: scalar, upper: upper, folded: folded)
        }
    }()

    private static let sources: [Unicode.Scalar: [Unicode.Scalar]] = Dictionary(grouping: cased, by: \.folded)
        .mapValues { $0.map(\.scalar) }

    /// The characters that fold to another one.
    static func foldingTo(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] { sources[scalar] ?? [] }

    private static func single(_ mapping: String) -> Unicode.Scalar? {
        let scalars = mapping.unicodeScalars
        guard let first = scalars.first, scalars.count == 1 else { return nil }
        return first
    }

    private static func shifted(_ scalar: Unicode.Scalar, by distance: Int8) -> Unicode.Scalar {
        Unicode.Scalar(UInt8(truncatingIfNeeded: Int(scalar.value) + Int(distance)))
    }
}
