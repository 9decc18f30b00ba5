/// A person as Headwater holds them: identities, attributes with provenance, memberships.
public enum Profile {
    /// A profile's stable id; the default partition key, printed as a lower-case UUID (RULINGS 18).
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
        /// gives the same ids (RULINGS 43).
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

/// A profile as a storage keeps it; the value's format is ``ProfileValue``'s.
public struct StoredProfile: Sendable {
    /// The storage's own handle, positive; 0 = not stored yet.
    public var row: Int64
    /// The id.
    public var id: Profile.ID
    /// Starts at 1 and grows by one with every change of the profile.
    public var revision: Int64
    /// The encoded profile.
    public var value: [UInt8]
    /// The earliest instant at which the profile changes with no new data; nil = never.
    public var due: Timestamp?

    /// Creates a stored profile.
    public init(row: Int64, id: Profile.ID, revision: Int64, value: [UInt8], due: Timestamp? = nil) {
        self.row = row
        self.id = id
        self.revision = revision
        self.value = value
        self.due = due
    }
}

/// The isolation unit of every stored object: one organisation's sandbox (SPEC 1.1, RULINGS 29).
public struct Scope: Hashable, Sendable {
    /// The number under which the storage keeps the sandbox; first part of every key.
    public var rawValue: Int64

    /// Wraps a stored number.
    public init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// The sandbox that exists from the first start, `prod`.
    public static let production = Scope(rawValue: 1)
}
