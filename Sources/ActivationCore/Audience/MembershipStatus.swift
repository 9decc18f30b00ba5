/// Whether a profile belongs to an audience (BEHAVIOUR 3.5: two states).
public enum MembershipStatus: UInt8, Sendable {
    case realized = 1
    case exited = 2

    /// The word of the exported JSON.
    public var text: String {
        switch self {
        case .realized: "realized"
        case .exited: "exited"
        }
    }
}
