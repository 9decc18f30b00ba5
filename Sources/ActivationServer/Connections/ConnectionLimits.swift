/// How many clients, and how many destinations, may be connected at the same time, so that the server's own work always
/// finds descriptors.
public struct ConnectionLimits: Sendable, Equatable {
    /// Connections that are served at a time.
    public var total: Int
    /// Connections from one address, or one /64 of IPv6, that are served at a time.
    public var perAddress: Int
    /// Connections to destinations at a time, of what is not for clients.
    public var destinations: Int

    /// Descriptors below which the server does not start: its own files and destinations need about half of them.
    public static let descriptorsMin = 128
    /// Connections at most, however many descriptors there are; each costs memory as well.
    static let connectionsMax = 4_096
    /// Refused clients that are told so at a time; more are cut off without a word.
    static let refusalsMax = 32
    /// Connections to destinations at most and at least.
    private static let destinationsRange = 8...1_024
    /// What database, listener and event loops take on a small machine; on larger ones it is more, and half is left for it.
    private static let ownFiles = 32

    /// Shares out the descriptors of the process.
    ///
    /// - Parameters:
    ///   - descriptors: How many the process may have open.
    ///   - perAddress: Connections from one address; nil = a quarter of all.
    public init(descriptors: Int, perAddress: Int? = nil) {
        // Three quarters are for clients, the refused ones among them; the rest is for our own work.
        total = max(1, min(ConnectionLimits.connectionsMax, descriptors / 4 * 3 - ConnectionLimits.refusalsMax))
        self.perAddress = min(total, perAddress ?? max(1, total / 4))
        let own = descriptors - descriptors / 4 * 3
        let range = ConnectionLimits.destinationsRange
        destinations = max(range.lowerBound, min(range.upperBound, own / 2, own - ConnectionLimits.ownFiles))
    }
}
