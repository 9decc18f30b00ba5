/// A person as Headwater holds them: identities, attributes with provenance, memberships.
public enum Profile {
    /// A profile's stable id; the default partition key, printed as a lower-case UUID (BEHAVIOUR 3.16).
    public struct ID: Hashable, Sendable {
        /// The UUID.
        public var uuid: UUIDBytes

        /// Wraps a UUID.
        public init(uuid: UUIDBytes) {
            self.uuid = uuid
        }

        /// The id of a profile that a message makes: a UUIDv7 (RFC 9562) of its instant and its admission number.
        ///
        /// The number takes the 64 bits that others fill at random, so ids sort by admission, and the same history
        /// gives the same ids (BEHAVIOUR 4.7).
        public init(admittedAt instant: Timestamp, sequence: AdmissionSequence) {
            let milliseconds = UInt64(clamping: instant.milliseconds) & 0xFFFF_FFFF_FFFF
            let number = UInt64(bitPattern: sequence.rawValue)
            uuid = UUIDBytes(
                high: milliseconds << 16 | 0x7000 | number >> 52,
                low: 0x8000_0000_0000_0000 | (number & 0xF_FFFF_FFFF_FFFF) << 10
            )
        }
    }
}
