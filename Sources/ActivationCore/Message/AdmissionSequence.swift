/// The number of an admitted message: rises in the order of admission, whatever the clock does (BEHAVIOUR 4.6).
///
/// The low ``nodeBits`` bits are the node's number, 0 while there is one node; the rest counts.
public struct AdmissionSequence: Hashable, Comparable, Sendable {
    /// Bits of the node's number.
    public static let nodeBits: Int64 = 10

    /// The number itself; stored with every fact.
    public var rawValue: Int64

    /// Wraps a stored number.
    public init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// What stands for the number of a fact from before there were any: the profile's revision at that write.
    ///
    /// A store takes the highest of these into its mark when it is migrated, so later messages get higher numbers.
    public init(earlierRevision revision: UInt32) {
        rawValue = Int64(revision) << Self.nodeBits
    }

    /// Whether it can have been given out: none is negative, and none comes near the end of the numbers.
    public var isPlausible: Bool { 0...Int64.max / 2 ~= rawValue }

    /// Before every message.
    public static let zero = AdmissionSequence(rawValue: 0)

    /// The next number that this node gives out: larger than this one, whichever node gave that.
    public func next(node: Int64 = 0) -> AdmissionSequence {
        AdmissionSequence(rawValue: ((rawValue >> Self.nodeBits) + 1) << Self.nodeBits | node)
    }

    /// The order of admission.
    public static func < (left: AdmissionSequence, right: AdmissionSequence) -> Bool {
        left.rawValue < right.rawValue
    }
}
