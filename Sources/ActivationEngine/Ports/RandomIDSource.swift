public import ActivationCore

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
