/// What kind of thing a namespace's values identify (SPEC 4.3).
public enum IdentityType: String, Sendable, CaseIterable {
    case cookie = "COOKIE"
    case crossDevice = "CROSS_DEVICE"
    case device = "DEVICE"
    case email = "EMAIL"
    case phone = "PHONE"
    case nonPeople = "NON_PEOPLE"
    case partner = "PARTNER"

    /// Whether two identities of one message become one profile; non-people and partner identifiers never link.
    public var linksProfiles: Bool {
        self != .nonPeople && self != .partner
    }

    /// How soon an identity of the type goes when a profile has too many: what changes with a browser or an app first,
    /// what a person keeps last (RULINGS 44).
    var evictionRank: Int {
        switch self {
        case .nonPeople, .partner: 0
        case .cookie: 1
        case .device: 2
        case .crossDevice: 3
        case .email: 4
        case .phone: 5
        }
    }
}

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
    /// Values that mean nobody, compared without regard to ASCII case and to blanks around them; identities with them are left out (RULINGS 45).
    public var ignoredValues: [String]

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

    /// Whether a value means nobody: it is blank, or one of ``ignoredValues`` in any case and with blanks around it.
    public func ignores(_ value: String) -> Bool {
        let content = value.trimmedOfBlanks
        if content.isEmpty { return true }
        return ignoredValues.contains { ignored in
            let ignored = ignored.trimmedOfBlanks
            return ignored.count == content.count
                && ignored.elementsEqual(content) { $0.asciiLowercased == $1.asciiLowercased }
        }
    }

    /// What sources write where there is nobody.
    ///
    /// Adobe skips `null`, `anonymous` and `invalid`; the others are what databases, scripts and devices without an id
    /// leave behind. Empty and blank values never mean anybody.
    public static let defaultIgnoredValues = [
        "null", "undefined", "none", "nan", "anonymous", "invalid", "00000000-0000-0000-0000-000000000000",
    ]
}

/// The namespaces messages may use: the standard ones and the organisation's own.
///
/// Symbols match without regard to ASCII case and are stored in their canonical case (RULINGS 22).
public struct NamespaceDirectory: Sendable {
    /// Standard namespaces first, then custom ones in the order given.
    public let all: [IdentityNamespace]
    private let bySymbol: [ByteKey: IdentityNamespace]

    /// Creates a directory; of two namespaces with one symbol the first counts.
    ///
    /// - Parameters:
    ///   - custom: The organisation's own namespaces.
    ///   - ignoredValues: Other values that mean nobody than the default ones, by the symbols of standard namespaces.
    public init(custom: [IdentityNamespace] = [], ignoredValues: [String: [String]] = [:]) {
        let standard = NamespaceDirectory.standard.map { namespace in
            var namespace = namespace
            namespace.ignoredValues = ignoredValues[namespace.symbol] ?? namespace.ignoredValues
            return namespace
        }
        all = standard + custom
        var bySymbol = Dictionary(
            all.map { (ByteKey($0.symbol.asciiLowercased), $0) },
            uniquingKeysWith: { first, _ in first }
        )
        // Messages usually have the canonical spelling; it is found at once.
        for symbol in all.map(\.symbol) { bySymbol[ByteKey(symbol)] = bySymbol[ByteKey(symbol.asciiLowercased)] }
        self.bySymbol = bySymbol
    }

    /// The namespace with this symbol in any case, or nil.
    public func namespace(symbol: some StringProtocol) -> IdentityNamespace? {
        let symbol = String(symbol)
        return bySymbol[ByteKey(symbol)] ?? bySymbol[ByteKey(symbol.asciiLowercased)]
    }

    /// The namespaces every organisation has (SPEC 4.3).
    public static let standard: [IdentityNamespace] = [
        standard("ECID", "ECID", .cookie),
        standard("Email", "Email", .email),
        standard("Email_LC_SHA256", "Emails (SHA256, lowercased)", .email),
        standard("Phone", "Phone", .phone),
        standard("Phone_E.164", "Phone (E.164)", .phone),
        standard("Phone_SHA256", "Phone (SHA256)", .phone),
        standard("PHONE_SHA256_E.164", "Phone (SHA256_E.164)", .phone),
        standard("IDFA", "Apple IDFA (ID for Apple)", .device),
        standard("GAID", "Google Ad ID (GAID)", .device),
        standard("TNTID", "TNTID", .cookie),
        standard("AdCloud", "AdCloud", .cookie),
        standard("AAID", "Adobe Analytics (Legacy ID)", .cookie),
        standard("WAID", "Windows AID", .device),
        standard("APNS", "Apple Push Notification service", .device),
        standard("FCM", "Firebase Cloud Messaging", .device),
    ]

    private static func standard(_ symbol: String, _ name: String, _ type: IdentityType) -> IdentityNamespace {
        IdentityNamespace(symbol: symbol, name: name, type: type, isCustom: false)
    }
}

extension String {
    /// The text with A to Z as a to z and nothing else changed; how symbols are compared and exported.
    var asciiLowercased: String {
        String(decoding: utf8.map(\.asciiLowercased), as: UTF8.self)
    }

    /// The text's bytes without white space at both ends.
    fileprivate var trimmedOfBlanks: Substring.UTF8View {
        var rest = self[...]
        func isPlain(_ byte: UInt8?) -> Bool { byte.map { 0x21...0x7E ~= $0 } ?? false }
        if isPlain(utf8.first), isPlain(utf8.last) { return rest.utf8 }
        while rest.unicodeScalars.first?.properties.isWhitespace == true { rest.unicodeScalars.removeFirst() }
        while rest.unicodeScalars.last?.properties.isWhitespace == true { rest.unicodeScalars.removeLast() }
        return rest.utf8
    }
}

extension UInt8 {
    /// A to Z as a to z, anything else as it is.
    fileprivate var asciiLowercased: UInt8 { self &- 65 < 26 ? self | 32 : self }
}
