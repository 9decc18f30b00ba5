/// What kind of thing a namespace's values identify (BEHAVIOUR 4.3).
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
    /// what a person keeps last (BEHAVIOUR 4.3).
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
