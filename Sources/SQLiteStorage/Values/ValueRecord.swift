import ActivationCore
import ActivationEngine
import CommitLog

/// How a profile stands in a value file (docs/operate/commit-log.md): a header, the value, zeros up to the next slot.
enum ValueRecord {
    /// Checksum, row, id, revision, due instant, length of the value, and a mark.
    static let headerBytes = 56
    /// `HWV1` in a file.
    private static let mark: UInt32 = 0x3156_5748
    /// The instant of a profile to which the clock does not come.
    private static let never = Int64.min

    /// How many slots a value takes with its header.
    static func slots(ofValueBytes count: Int) -> Int {
        (headerBytes + count + ValuePlace.slotBytes - 1) / ValuePlace.slotBytes
    }

    /// Adds a record to what is to be written.
    ///
    /// - Parameters:
    ///   - profile: The profile.
    ///   - seed: What tells this place from every other one.
    ///   - bytes: Gets the record, which begins at a slot.
    static func append(_ profile: StoredProfile, seed: UInt64, to bytes: inout [UInt8]) {
        let start = bytes.count
        func add(_ number: some FixedWidthInteger & BitwiseCopyable) {
            withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
        }
        add(UInt64(0))
        add(profile.row)
        add(profile.id.uuid.high)
        add(profile.id.uuid.low)
        add(profile.revision)
        add(profile.due?.milliseconds ?? never)
        add(UInt32(profile.value.count))
        add(mark)
        bytes.append(contentsOf: profile.value)
        let end = bytes.count
        let sum = bytes.withUnsafeBytes {
            XXH64.hash(UnsafeRawBufferPointer(rebasing: $0[(start + 8)..<end]), seed: seed)
        }
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: sum.littleEndian, toByteOffset: start, as: UInt64.self) }
        let padding = (ValuePlace.slotBytes - (end - start) % ValuePlace.slotBytes) % ValuePlace.slotBytes
        bytes.append(contentsOf: repeatElement(0, count: padding))
    }

    /// What takes the place of a record that nobody needs any more: one of row 0, as long, with zeros in it.
    static func blank(slots: Int, seed: UInt64) -> [UInt8] {
        let none = StoredProfile(
            row: 0,
            id: Profile.ID(uuid: UUIDBytes(high: 0, low: 0)),
            revision: 0,
            value: [UInt8](repeating: 0, count: slots * ValuePlace.slotBytes - headerBytes)
        )
        var bytes: [UInt8] = []
        append(none, seed: seed, to: &bytes)
        return bytes
    }

    /// How many slots the record takes that begins somewhere, by what it says; nil when none begins there.
    static func slots(in bytes: [UInt8], at offset: Int) -> Int? {
        guard offset >= 0, bytes.count - offset >= headerBytes else { return nil }
        return bytes.withUnsafeBytes { bytes in
            guard number(bytes, offset + 52, UInt32.self) == mark else { return nil }
            return slots(ofValueBytes: Int(number(bytes, offset + 48, UInt32.self)))
        }
    }

    /// The row that a record is of, and whether it is what was written; `bytes` must hold all of it.
    static func row(in bytes: [UInt8], at offset: Int, seed: UInt64) -> Int64? {
        guard let slots = slots(in: bytes, at: offset), bytes.count - offset >= slots * ValuePlace.slotBytes else {
            return nil
        }
        return bytes.withUnsafeBytes { bytes in
            let end = offset + headerBytes + Int(number(bytes, offset + 48, UInt32.self))
            let sum = XXH64.hash(UnsafeRawBufferPointer(rebasing: bytes[(offset + 8)..<end]), seed: seed)
            guard number(bytes, offset, UInt64.self) == sum else { return nil }
            return number(bytes, offset + 8, Int64.self)
        }
    }

    /// The profile of a record, taken out of the bytes that hold it and nothing else; nil when they are not what was written.
    static func profile(in bytes: consuming [UInt8], seed: UInt64) -> StoredProfile? {
        guard let row = row(in: bytes, at: 0, seed: seed) else { return nil }
        var profile = bytes.withUnsafeBytes { bytes in
            let due = number(bytes, 40, Int64.self)
            return StoredProfile(
                row: row,
                id: Profile.ID(
                    uuid: UUIDBytes(high: number(bytes, 16, UInt64.self), low: number(bytes, 24, UInt64.self))
                ),
                revision: number(bytes, 32, Int64.self),
                value: [],
                due: due == never ? nil : Timestamp(milliseconds: due)
            )
        }
        let end = headerBytes + bytes.withUnsafeBytes { Int(number($0, 48, UInt32.self)) }
        bytes.removeLast(bytes.count - end)
        bytes.removeFirst(headerBytes)
        profile.value = bytes
        return profile
    }

    private static func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer,
        _ offset: Int,
        _ type: Number.Type
    ) -> Number {
        Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type))
    }
}
