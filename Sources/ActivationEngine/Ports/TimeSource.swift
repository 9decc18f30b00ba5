public import ActivationCore

/// The wall clock; the rules get its values as input (I6).
public protocol TimeSource: Sendable {
    /// The current instant.
    func now() -> Timestamp
}

/// Where new ids come from; the rules get them as input (I6).
public protocol IDSource: Sendable {
    /// An id that nobody has.
    func next() -> UUIDBytes
}

/// Random UUIDs, version 4.
public struct RandomIDSource: IDSource {
    /// Creates a source.
    public init() {}

    /// 122 random bits.
    public func next() -> UUIDBytes {
        UUIDBytes(
            high: UInt64.random(in: .min ... .max) & 0xFFFF_FFFF_FFFF_0FFF | 0x4000,
            low: UInt64.random(in: .min ... .max) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        )
    }
}
