/// Where a partition key lies among the hash keys of a stream (KINESIS 1.5).
///
/// MD5 (RFC 1321) of the key's UTF-8 is a big-endian number of 128 bits. It is written out here because every record's key is
/// hashed and fits one or two blocks: no context, no allocation.
package enum HashKey {
    /// The first 64 bits of a partition key's hash.
    ///
    /// The other half tells nothing for the pace of a shard: one key in 2^64 would be taken for its neighbour's.
    static func prefix(_ partitionKey: String) -> UInt64 {
        var key = partitionKey
        return key.withUTF8 { UInt64(truncatingIfNeeded: hash(UnsafeRawBufferPointer($0)) >> 64) }
    }

    /// The whole hash.
    package static func hash(_ key: UnsafeRawBufferPointer) -> UInt128 {
        var state = State()
        var offset = 0
        while key.count - offset >= 64 {
            state.mix(UnsafeRawBufferPointer(rebasing: key[offset..<offset + 64]))
            offset += 64
        }
        withUnsafeTemporaryAllocation(byteCount: 128, alignment: 4) { tail in
            let left = key.count - offset
            let blocks = left < 56 ? 1 : 2
            tail.initializeMemory(as: UInt8.self, repeating: 0)
            tail.copyBytes(from: key[offset...])
            tail[left] = 0x80
            tail.storeBytes(of: (UInt64(key.count) * 8).littleEndian, toByteOffset: blocks * 64 - 8, as: UInt64.self)
            for block in 0..<blocks {
                state.mix(UnsafeRawBufferPointer(rebasing: tail[block * 64..<block * 64 + 64]))
            }
        }
        return state.digest
    }

    /// The whole hash.
    package static func hash(_ key: String) -> UInt128 {
        Array(key.utf8).withUnsafeBytes { hash($0) }
    }

    private struct State {
        var a: UInt32 = 0x6745_2301
        var b: UInt32 = 0xEFCD_AB89
        var c: UInt32 = 0x98BA_DCFE
        var d: UInt32 = 0x1032_5476

        var digest: UInt128 {
            UInt128(a.byteSwapped) << 96 | UInt128(b.byteSwapped) << 64 | UInt128(c.byteSwapped) << 32
                | UInt128(d.byteSwapped)
        }

        mutating func mix(_ block: UnsafeRawBufferPointer) {
            var (a, b, c, d) = (self.a, self.b, self.c, self.d)
            sines.withUnsafeBufferPointer { sines in
                // Four steps at a time: the shifts repeat, and the words change places without moving.
                for step in stride(from: 0, to: 16, by: 4) {
                    turn(&a, b, (b & c) | (~b & d), word(block, step), sines[step], 7)
                    turn(&d, a, (a & b) | (~a & c), word(block, step + 1), sines[step + 1], 12)
                    turn(&c, d, (d & a) | (~d & b), word(block, step + 2), sines[step + 2], 17)
                    turn(&b, c, (c & d) | (~c & a), word(block, step + 3), sines[step + 3], 22)
                }
                for step in stride(from: 16, to: 32, by: 4) {
                    turn(&a, b, (d & b) | (~d & c), word(block, 5 * step + 1), sines[step], 5)
                    turn(&d, a, (c & a) | (~c & b), word(block, 5 * step + 6), sines[step + 1], 9)
                    turn(&c, d, (b & d) | (~b & a), word(block, 5 * step + 11), sines[step + 2], 14)
                    turn(&b, c, (a & c) | (~a & d), word(block, 5 * step + 16), sines[step + 3], 20)
                }
                for step in stride(from: 32, to: 48, by: 4) {
                    turn(&a, b, b ^ c ^ d, word(block, 3 * step + 5), sines[step], 4)
                    turn(&d, a, a ^ b ^ c, word(block, 3 * step + 8), sines[step + 1], 11)
                    turn(&c, d, d ^ a ^ b, word(block, 3 * step + 11), sines[step + 2], 16)
                    turn(&b, c, c ^ d ^ a, word(block, 3 * step + 14), sines[step + 3], 23)
                }
                for step in stride(from: 48, to: 64, by: 4) {
                    turn(&a, b, c ^ (b | ~d), word(block, 7 * step), sines[step], 6)
                    turn(&d, a, b ^ (a | ~c), word(block, 7 * step + 7), sines[step + 1], 10)
                    turn(&c, d, a ^ (d | ~b), word(block, 7 * step + 14), sines[step + 2], 15)
                    turn(&b, c, d ^ (c | ~a), word(block, 7 * step + 21), sines[step + 3], 21)
                }
            }
            self.a &+= a
            self.b &+= b
            self.c &+= c
            self.d &+= d
        }
    }

    /// One of a block's sixteen words.
    @inline(__always)
    private static func word(_ block: UnsafeRawBufferPointer, _ index: Int) -> UInt32 {
        UInt32(littleEndian: block.loadUnaligned(fromByteOffset: (index & 15) * 4, as: UInt32.self))
    }

    @inline(__always)
    private static func turn(
        _ target: inout UInt32,
        _ next: UInt32,
        _ mixed: UInt32,
        _ word: UInt32,
        _ sine: UInt32,
        _ shift: UInt32
    ) {
        let sum = target &+ mixed &+ word &+ sine
        target = next &+ (sum &<< shift | sum &>> (32 - shift))
    }

    /// floor(2^32 * abs(sin(i + 1))) (RFC 1321 section 3.4).
    private static let sines: [UInt32] = [
        0xD76A_A478, 0xE8C7_B756, 0x2420_70DB, 0xC1BD_CEEE, 0xF57C_0FAF, 0x4787_C62A,
        0xA830_4613, 0xFD46_9501, 0x6980_98D8, 0x8B44_F7AF, 0xFFFF_5BB1, 0x895C_D7BE,
        0x6B90_1122, 0xFD98_7193, 0xA679_438E, 0x49B4_0821, 0xF61E_2562, 0xC040_B340,
        0x265E_5A51, 0xE9B6_C7AA, 0xD62F_105D, 0x0244_1453, 0xD8A1_E681, 0xE7D3_FBC8,
        0x21E1_CDE6, 0xC337_07D6, 0xF4D5_0D87, 0x455A_14ED, 0xA9E3_E905, 0xFCEF_A3F8,
        0x676F_02D9, 0x8D2A_4C8A, 0xFFFA_3942, 0x8771_F681, 0x6D9D_6122, 0xFDE5_380C,
        0xA4BE_EA44, 0x4BDE_CFA9, 0xF6BB_4B60, 0xBEBF_BC70, 0x289B_7EC6, 0xEAA1_27FA,
        0xD4EF_3085, 0x0488_1D05, 0xD9D4_D039, 0xE6DB_99E5, 0x1FA2_7CF8, 0xC4AC_5665,
        0xF429_2244, 0x432A_FF97, 0xAB94_23A7, 0xFC93_A039, 0x655B_59C3, 0x8F0C_CC92,
        0xFFEF_F47D, 0x8584_5DD1, 0x6FA8_7E4F, 0xFE2C_E6E0, 0xA301_4314, 0x4E08_11A1,
        0xF753_7E82, 0xBD3A_F235, 0x2AD7_D2BB, 0xEB86_D391,
    ]
}
