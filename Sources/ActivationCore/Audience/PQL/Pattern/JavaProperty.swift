/// The names that may stand in `\p{…}`, as Java reads them.
enum JavaProperty {
    /// The characters with a property; nil when Java has none of that name.
    static func set(named name: String, _ flags: JavaPattern.Flags) -> JavaCharacterSet? {
        if let equal = name.firstIndex(of: "=") {
            let value = String(name[name.index(after: equal)...])
            switch name[..<equal].lowercased() {
            case "sc", "script": return script(value)
            case "blk", "block": return block(value)
            case "gc", "general_category": return category(value, flags) ?? special(value, flags)
            default: return nil
            }
        }
        if name.hasPrefix("In") { return block(String(name.dropFirst(2))) }
        if name.hasPrefix("Is") {
            let short = String(name.dropFirst(2))
            return unicode(short, flags) ?? posix(short, flags) ?? category(short, flags) ?? special(short, flags)
                ?? script(short)
        }
        if flags.hasUnicodeClasses, let set = posix(name, flags) { return set }
        return category(name, flags) ?? special(name, flags)
    }

    private static func block(_ name: String) -> JavaCharacterSet? {
        JavaBlocks.range(named: name).map { .ranges([$0]) }
    }

    private static func script(_ name: String) -> JavaCharacterSet? {
        let upper = name.uppercased()
        let name = name.filter { $0 != "_" }
        guard (scriptsOfWords[name.uppercased()] ?? name.uppercased()) == upper, !name.isEmpty,
            name.utf8.allSatisfy({ UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 & 0xDF }),
            PQLPattern.knowsProperty("sc:" + name)
        else { return nil }
        return .property("sc:" + name)
    }

    /// The scripts whose names Java writes with underscores, and only so, by their names without.
    private static let scriptsOfWords = Dictionary(
        uniqueKeysWithValues: [
            "CANADIAN_ABORIGINAL", "OLD_ITALIC", "TAI_LE", "LINEAR_B", "NEW_TAI_LUE", "SYLOTI_NAGRI", "OLD_PERSIAN",
            "PHAGS_PA", "OL_CHIKI", "KAYAH_LI", "TAI_THAM", "TAI_VIET", "EGYPTIAN_HIEROGLYPHS", "MEETEI_MAYEK",
            "IMPERIAL_ARAMAIC", "OLD_SOUTH_ARABIAN", "INSCRIPTIONAL_PARTHIAN", "INSCRIPTIONAL_PAHLAVI", "OLD_TURKIC",
            "MEROITIC_HIEROGLYPHS", "MEROITIC_CURSIVE", "SORA_SOMPENG", "CAUCASIAN_ALBANIAN", "BASSA_VAH",
            "PAHAWH_HMONG", "LINEAR_A", "MENDE_KIKAKUI", "OLD_NORTH_ARABIAN", "PAU_CIN_HAU", "OLD_PERMIC",
            "PSALTER_PAHLAVI", "WARANG_CITI", "ANATOLIAN_HIEROGLYPHS", "OLD_HUNGARIAN", "MASARAM_GONDI",
            "ZANABAZAR_SQUARE", "HANIFI_ROHINGYA", "OLD_SOGDIAN", "GUNJALA_GONDI", "NYIAKENG_PUACHUE_HMONG",
            "DIVES_AKURU", "KHITAN_SMALL_SCRIPT",
        ].map { (name: String) in (name.filter { $0 != "_" }, name) }
    )

    /// Letters of any case.
    private static let casedLetters = JavaCharacterSet(anyOf: "Lu", "Ll", "Lt")
    private static let casedCharacters = JavaCharacterSet(anyOf: "Lowercase", "Uppercase", "Lt")

    private static let categories: Set<String> = [
        "Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Me", "Mc", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Co",
        "Cs",
        "Pd", "Ps", "Pe", "Pc", "Po", "Sm", "Sc", "Sk", "So", "Pi", "Pf", "L", "M", "N", "Z", "C", "P", "S",
    ]

    private static func category(_ name: String, _ flags: JavaPattern.Flags) -> JavaCharacterSet? {
        switch name {
        case "Lu", "Ll", "Lt": flags.ignoresCase ? casedLetters : .property(name)
        case "LC": casedLetters
        case "LD": JavaCharacterSet(anyOf: "L", "Nd")
        default: categories.contains(name) ? .property(name) : nil
        }
    }

    /// Names of ranges and of the predicates of Java's `Character`.
    private static func special(_ name: String, _ flags: JavaPattern.Flags) -> JavaCharacterSet? {
        switch name {
        case "L1": return JavaCharacterSet(0...0xFF)
        case "all": return .all
        case "ASCII": return JavaCharacterSet(0...0x7F)
        case "Alnum": return JavaCharacterSet(0x30...0x39, 0x41...0x5A, 0x61...0x7A)
        case "Alpha": return JavaCharacterSet(0x41...0x5A, 0x61...0x7A)
        case "Blank": return JavaCharacterSet(0x9...0x9, 0x20...0x20)
        case "Cntrl": return JavaCharacterSet(0...0x1F, 0x7F...0x7F)
        case "Digit": return JavaCharacterSet(0x30...0x39)
        case "Graph": return JavaCharacterSet(0x21...0x7E)
        case "Lower": return flags.ignoresCase ? special("Alpha", flags) : JavaCharacterSet(0x61...0x7A)
        case "Print": return JavaCharacterSet(0x20...0x7E)
        case "Punct": return JavaCharacterSet(0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E)
        case "Space": return .blanks(isUnicode: false)
        case "Upper": return flags.ignoresCase ? special("Alpha", flags) : JavaCharacterSet(0x41...0x5A)
        case "XDigit": return JavaCharacterSet(0x30...0x39, 0x41...0x46, 0x61...0x66)
        default: return name.hasPrefix("java") ? predicate(String(name.dropFirst(4)), flags) : nil
        }
    }

    private static func predicate(_ name: String, _ flags: JavaPattern.Flags) -> JavaCharacterSet? {
        let ignorable = JavaCharacterSet(0...8, 0xE...0x1B, 0x7F...0x9F).union(.property("Cf"))
        switch name {
        case "LowerCase": return flags.ignoresCase ? casedCharacters : .property("Lowercase")
        case "UpperCase": return flags.ignoresCase ? casedCharacters : .property("Uppercase")
        case "TitleCase": return flags.ignoresCase ? casedCharacters : .property("Lt")
        case "Alphabetic": return .property("Alphabetic")
        case "Ideographic": return .property("Ideographic")
        case "Digit": return .property("Nd")
        case "Defined": return .complement(.property("Cn"))
        case "Letter": return .property("L")
        case "LetterOrDigit": return JavaCharacterSet(anyOf: "L", "Nd")
        case "JavaIdentifierStart": return JavaCharacterSet(anyOf: "L", "Nl", "Sc", "Pc")
        case "JavaIdentifierPart":
            return JavaCharacterSet(anyOf: "L", "Nl", "Sc", "Pc", "Nd", "Mc", "Mn").union(ignorable)
        case "IdentifierIgnorable": return ignorable
        case "SpaceChar": return .property("Z")
        case "Whitespace":
            let breaking = JavaCharacterSet(0xA0...0xA0, 0x2007...0x2007, 0x202F...0x202F).negated
            return JavaCharacterSet(0x9...0xD, 0x1C...0x1F).union(.intersection([.property("Z"), breaking]))
        case "ISOControl": return .property("Cc")
        case "Mirrored": return mirrored
        default: return nil
        }
    }

    /// Worked out when a pattern first asks for it; PCRE2's own property leaves out what has no mirror image.
    private static let mirrored = JavaCharacterSet.ranges(
        (0...0x1FFFF).compactMap { Unicode.Scalar(UInt32($0)) }.filter(\.properties.isBidiMirrored)
            .map { $0.value...$0.value }
    )

    /// The POSIX classes, for all scripts.
    private static func posix(_ name: String, _ flags: JavaPattern.Flags) -> JavaCharacterSet? {
        switch name.uppercased() {
        case "ALPHA": .property("Alphabetic")
        case "LOWER": flags.ignoresCase ? casedCharacters : .property("Lowercase")
        case "UPPER": flags.ignoresCase ? casedCharacters : .property("Uppercase")
        case "SPACE": .blanks(isUnicode: true)
        case "PUNCT": .property("P")
        case "XDIGIT": hexadecimalDigits
        case "ALNUM": JavaCharacterSet(anyOf: "Alphabetic", "Nd")
        case "CNTRL": .property("Cc")
        case "DIGIT": .property("Nd")
        case "BLANK": .property("Zs").union(JavaCharacterSet(0x9...0x9))
        case "GRAPH": JavaCharacterSet(anyOf: "Z", "Cc", "Cs", "Cn").negated
        case "PRINT": JavaCharacterSet(anyOf: "Zl", "Zp", "Cc", "Cs", "Cn").negated
        default: nil
        }
    }

    private static func unicode(_ name: String, _ flags: JavaPattern.Flags) -> JavaCharacterSet? {
        switch name.uppercased() {
        case "ALPHABETIC": .property("Alphabetic")
        case "ASSIGNED": .complement(.property("Cn"))
        case "CONTROL": .property("Cc")
        case "HEXDIGIT", "HEX_DIGIT": hexadecimalDigits
        case "IDEOGRAPHIC": .property("Ideographic")
        case "JOINCONTROL", "JOIN_CONTROL": JavaCharacterSet(0x200C...0x200D)
        case "LETTER": .property("L")
        case "LOWERCASE": flags.ignoresCase ? casedCharacters : .property("Lowercase")
        case "UPPERCASE": flags.ignoresCase ? casedCharacters : .property("Uppercase")
        case "TITLECASE": flags.ignoresCase ? casedCharacters : .property("Lt")
        case "NONCHARACTERCODEPOINT", "NONCHARACTER_CODE_POINT":
            .ranges((0...0x10).map { ($0 << 16 | 0xFFFE)...($0 << 16 | 0xFFFF) } + [0xFDD0...0xFDEF])
        case "PUNCTUATION": .property("P")
        case "WHITESPACE", "WHITE_SPACE": .blanks(isUnicode: true)
        case "WORD": .wordCharacters(isUnicode: true)
        default: nil
        }
    }

    private static let hexadecimalDigits = JavaCharacterSet.property("Nd").union(
        JavaCharacterSet(0x41...0x46, 0x61...0x66, 0xFF21...0xFF26, 0xFF41...0xFF46)
    )
}
