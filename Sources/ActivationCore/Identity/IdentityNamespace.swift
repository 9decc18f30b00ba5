/// A set of identity values that mean the same kind of thing, such as `Email`.
public struct IdentityNamespace: Hashable, Sendable {
    /// The identity symbol in its canonical case.
    public var symbol: String
    /// The name shown to people.
    public var name: String
    /// What the values identify.
    public var type: IdentityType
    /// Whether the organisation made it.
    public var isCustom: Bool
    /// What it is for.
    public var description: String
    /// Values that mean nobody, compared without regard to ASCII case and to what nobody sees around them; identities
    /// with them are left out (BEHAVIOUR 4.3).
    public var ignoredValues: [String]
    /// What is demanded of its identities.
    public var rules = IdentityRules()

    /// Creates a namespace.
    public init(
        symbol: String,
        name: String,
        type: IdentityType,
        isCustom: Bool,
        description: String = "",
        ignoredValues: [String] = IdentityNamespace.defaultIgnoredValues
    ) {
        self.symbol = symbol
        self.name = name
        self.type = type
        self.isCustom = isCustom
        self.description = description
        self.ignoredValues = ignoredValues
    }

    /// Whether a value means nobody: nothing of it can be seen, or it is one of ``ignoredValues`` in any case and with
    /// white space, control and format characters around it.
    public func ignores(_ value: String) -> Bool {
        let content = value.visiblePart
        if content.isEmpty { return true }
        return ignoredValues.contains { ignored in
            guard ignored.utf8.count >= content.count else { return false }
            let ignored = ignored.visiblePart
            return ignored.count == content.count
                && ignored.elementsEqual(content) { $0.asciiLowercased == $1.asciiLowercased }
        }
    }

    /// What sources write where there is nobody.
    ///
    /// Adobe skips `null`, `anonymous` and `invalid`; the others are what databases, scripts and devices without an id
    /// leave behind. Values of which nothing can be seen never mean anybody.
    public static let defaultIgnoredValues = [
        "null", "(null)", "\\n", "n/a", "#n/a", "<na>", "undefined", "none", "nan", "anonymous", "invalid",
        "00000000-0000-0000-0000-000000000000",
    ]
}

extension String {
    /// The text with A to Z as a to z and nothing else changed; how symbols are compared and exported.
    var asciiLowercased: String {
        String(unsafeUninitializedCapacity: utf8.count) { target in
            target.initialize(fromContentsOf: utf8.lazy.map(\.asciiLowercased))
        }
    }

    /// The text's bytes without white space, control and format characters (Cc, Cf) at both ends.
    fileprivate var visiblePart: Substring.UTF8View {
        var rest = self[...]
        func isPlain(_ byte: UInt8?) -> Bool { byte.map { 0x21...0x7E ~= $0 } ?? false }
        if isPlain(utf8.first), isPlain(utf8.last) { return rest.utf8 }
        func isUnseen(_ scalar: Unicode.Scalar?) -> Bool {
            guard let properties = scalar?.properties else { return false }
            return properties.isWhitespace || [.control, .format].contains(properties.generalCategory)
        }
        while isUnseen(rest.unicodeScalars.first) { rest.unicodeScalars.removeFirst() }
        while isUnseen(rest.unicodeScalars.last) { rest.unicodeScalars.removeLast() }
        return rest.utf8
    }
}

extension UInt8 {
    /// A to Z as a to z, anything else as it is.
    fileprivate var asciiLowercased: UInt8 { self &- 65 < 26 ? self | 32 : self }
}
