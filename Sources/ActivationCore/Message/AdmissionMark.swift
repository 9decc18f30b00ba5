/// How far admission has come: no later message gets an earlier instant or a lower number (BEHAVIOUR 3.1, 4.6).
public struct AdmissionMark: Hashable, Sendable {
    /// The latest instant given to a message.
    public var instant: Timestamp
    /// The highest number given to a message.
    public var sequence: AdmissionSequence

    /// Creates a mark.
    public init(instant: Timestamp, sequence: AdmissionSequence) {
        self.instant = instant
        self.sequence = sequence
    }

    /// Before every message.
    public static let zero = AdmissionMark(instant: Timestamp(milliseconds: .min), sequence: .zero)
}
