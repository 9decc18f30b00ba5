/// Which of the hosts that AWS has for a service in a region.
public enum EndpointVariant: String, Sendable, Hashable, CaseIterable {
    /// The usual one.
    case standard
    /// With cryptography that the United States have validated, in the regions that they have and in GovCloud.
    case fips
    /// Reached by IPv6 as well.
    case dualStack = "dualstack"
    /// Both.
    case fipsDualStack = "fips-dualstack"

    /// Whether its cryptography is validated.
    public var isFIPS: Bool { self == .fips || self == .fipsDualStack }
    var isDualStack: Bool { self == .dualStack || self == .fipsDualStack }
}
