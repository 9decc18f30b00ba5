/// The 64-bit FNV-1a hash, the same on every machine for good.
struct FNV1a {
    private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func combine(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    /// Takes in a number, its lowest byte first.
    mutating func combine(_ number: Int64) {
        for shift in stride(from: 0, to: 64, by: 8) {
            combine(CollectionOfOne(UInt8(truncatingIfNeeded: number >> Int64(shift))))
        }
    }
}
