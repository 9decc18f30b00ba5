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

    /// Creates a namespace.
    public init(symbol: String, name: String, type: IdentityType, isCustom: Bool, description: String = "") {
        self.symbol = symbol
        self.name = name
        self.type = type
        self.isCustom = isCustom
        self.description = description
    }
}

/// The namespaces messages may use: the standard ones and the organisation's own.
///
/// Symbols match without regard to ASCII case and are stored in their canonical case (RULINGS 22).
public struct NamespaceDirectory: Sendable {
    /// Standard namespaces first, then custom ones in the order given.
    public let all: [IdentityNamespace]
    private let bySymbol: [String: IdentityNamespace]

    /// Creates a directory; of two namespaces with one symbol the first counts.
    public init(custom: [IdentityNamespace] = []) {
        all = NamespaceDirectory.standard + custom
        var bySymbol = Dictionary(all.map { ($0.symbol.asciiLowercased, $0) }, uniquingKeysWith: { first, _ in first })
        // Messages usually have the canonical spelling; it is found at once.
        for symbol in all.map(\.symbol) { bySymbol[symbol] = bySymbol[symbol.asciiLowercased] }
        self.bySymbol = bySymbol
    }

    /// The namespace with this symbol in any case, or nil.
    public func namespace(symbol: some StringProtocol) -> IdentityNamespace? {
        let symbol = String(symbol)
        return bySymbol[symbol] ?? bySymbol[symbol.asciiLowercased]
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
        String(decoding: utf8.map { $0 &- 65 < 26 ? $0 | 32 : $0 }, as: UTF8.self)
    }
}
