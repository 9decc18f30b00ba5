/// The namespaces messages may use: the standard ones and the organisation's own.
///
/// Symbols match without regard to ASCII case and are stored in their canonical case (BEHAVIOUR 4.3).
public struct NamespaceDirectory: Sendable {
    /// Standard namespaces first, then custom ones in the order given.
    public let all: [IdentityNamespace]
    private let bySymbol: [ByteKey: IdentityNamespace]
    /// By the symbols of namespaces that have one.
    private let patterns: [ByteKey: PQLPattern]
    /// Whether any namespace bounds how many of its identities a profile may have.
    let boundsProfiles: Bool

    /// Creates a directory; of two namespaces with one symbol the first counts.
    ///
    /// - Parameters:
    ///   - custom: The organisation's own namespaces.
    ///   - ignoredValues: Other values that mean nobody than the default ones, by the symbols of standard namespaces.
    ///   - rules: What is demanded of identities, by the symbols of standard namespaces.
    public init(
        custom: [IdentityNamespace] = [],
        ignoredValues: [String: [String]] = [:],
        rules: [String: IdentityRules] = [:]
    ) {
        let standard = NamespaceDirectory.standard.map { namespace in
            var namespace = namespace
            namespace.ignoredValues = ignoredValues[namespace.symbol] ?? namespace.ignoredValues
            namespace.rules = rules[namespace.symbol] ?? namespace.rules
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
        let compiled = all.compactMap { namespace in
            namespace.rules.pattern.flatMap { try? IdentityRules.compiled($0) }.map { (ByteKey(namespace.symbol), $0) }
        }
        patterns = Dictionary(compiled) { first, _ in first }
        boundsProfiles = all.contains { $0.rules.profileMax != nil }
    }

    /// Whether a value is one that its namespace's pattern takes.
    func takes(_ value: String, in namespace: IdentityNamespace) -> Bool {
        guard !patterns.isEmpty, let pattern = patterns[ByteKey(namespace.symbol)] else { return true }
        var cost = 0
        return pattern.matches(.string(value), cost: &cost)
    }

    /// The namespace with this symbol in any case, or nil.
    public func namespace(symbol: some StringProtocol) -> IdentityNamespace? {
        let symbol = String(symbol)
        return bySymbol[ByteKey(symbol)] ?? bySymbol[ByteKey(symbol.asciiLowercased)]
    }

    /// The namespaces every organisation has (BEHAVIOUR 4.3).
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
