/// Why a stored profile cannot be read.
public struct ProfileValueError: Error, Sendable, Hashable {
    /// What was found where; no profile data.
    public var message: String

    /// Creates an error.
    public init(message: String) {
        self.message = message
    }
}

/// The stored form of a profile, version 1: little-endian, fixed-width tables, then all texts and values.
///
///     version u8, reserved u8, identities u16, links u16, memberships u16, entries u32, events u32,
///     createdAt i64, updatedAt i64
///     identities:  namespace length u8, value length u16, addedAt i64
///     links:       first u16, second u16
///     memberships: audience 16 bytes, status u8, lastQualificationTime i64
///     entries:     path u32, dataset u16, source u16, writtenAt i64, revision u32, kind u8, length u24
///     texts of the identities, then values of the entries, each in table order
enum ProfileValue {
    static let version: UInt8 = 1

    private static let headerBytes = 32
    private static let identityBytes = 11
    private static let linkBytes = 4
    private static let membershipBytes = 25
    private static let entryBytes = 24

    /// Packs a profile; values nobody needs any more are left out.
    static func encode(_ state: ProfileState) -> [UInt8] {
        let texts = state.identities.reduce(0) { $0 + $1.identity.namespace.utf8.count + $1.identity.value.utf8.count }
        let values = state.entries.reduce(0) { $0 + Int($1.length) }
        let count =
            headerBytes + state.identities.count * identityBytes + state.links.count * linkBytes
            + state.memberships.count * membershipBytes + state.entries.count * entryBytes + texts + values
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            var writer = ByteWriter(UnsafeMutableRawBufferPointer(buffer))
            writeTables(of: state, to: &writer)
            for member in state.identities {
                writer.write(bytesOf: member.identity.namespace)
                writer.write(bytesOf: member.identity.value)
            }
            state.bytes.withUnsafeBytes { bytes in
                for entry in state.entries {
                    let (start, end) = (Int(entry.start), Int(entry.start) + Int(entry.length))
                    precondition(end <= bytes.count, "an entry points past the profile's values")
                    writer.write(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                }
            }
            written = writer.position
        }
    }

    private static func writeTables(of state: ProfileState, to writer: inout ByteWriter) {
        writer.write(version)
        writer.write(UInt8(0))
        writer.write(UInt16(state.identities.count))
        writer.write(UInt16(state.links.count))
        writer.write(UInt16(state.memberships.count))
        writer.write(UInt32(state.entries.count))
        writer.write(UInt32(state.eventCount))
        writer.write(state.createdAt.milliseconds)
        writer.write(state.updatedAt.milliseconds)
        for member in state.identities {
            writer.write(UInt8(member.identity.namespace.utf8.count))
            writer.write(UInt16(member.identity.value.utf8.count))
            writer.write(member.addedAt.milliseconds)
        }
        for link in state.links {
            writer.write(link.first)
            writer.write(link.second)
        }
        for membership in state.memberships {
            writer.write(membership.audience.uuid.high)
            writer.write(membership.audience.uuid.low)
            writer.write(membership.status.rawValue)
            writer.write(membership.lastQualificationTime.milliseconds)
        }
        for entry in state.entries {
            writer.write(entry.path.rawValue)
            writer.write(entry.dataset)
            writer.write(entry.source)
            writer.write(entry.writtenAt.milliseconds)
            writer.write(entry.revision)
            writer.write(UInt32(entry.kind.rawValue) | entry.length << 8)
        }
    }

    /// Unpacks a stored profile, checking every length.
    static func decode(_ stored: StoredProfile) throws(ProfileValueError) -> ProfileState {
        var reader = ByteReader(stored.value)
        let found: UInt8 = try reader.read()
        guard found == version else {
            throw ProfileValueError(message: "profile format \(found) is unknown; this version reads \(version)")
        }
        let _: UInt8 = try reader.read()
        let identityCount: UInt16 = try reader.read()
        let linkCount: UInt16 = try reader.read()
        let membershipCount: UInt16 = try reader.read()
        let entryCount: UInt32 = try reader.read()
        let eventCount: UInt32 = try reader.read()
        var state = ProfileState(id: stored.id, createdAt: Timestamp(milliseconds: try reader.read()))
        state.revision = stored.revision
        state.eventCount = Int(eventCount)
        state.updatedAt = Timestamp(milliseconds: try reader.read())
        try reader.expect(
            Int(identityCount) * identityBytes + Int(linkCount) * linkBytes + Int(membershipCount) * membershipBytes
                + Int(entryCount) * entryBytes
        )
        var textLengths: [(namespace: Int, value: Int, addedAt: Int64)] = []
        textLengths.reserveCapacity(Int(identityCount))
        for _ in 0..<identityCount {
            let namespace: UInt8 = try reader.read()
            let value: UInt16 = try reader.read()
            textLengths.append((Int(namespace), Int(value), try reader.read()))
        }
        for _ in 0..<linkCount {
            let first: UInt16 = try reader.read()
            let second: UInt16 = try reader.read()
            state.links.append(IdentityLink(Int(first), Int(second)))
        }
        state.memberships.reserveCapacity(Int(membershipCount))
        for _ in 0..<membershipCount {
            let high: UInt64 = try reader.read()
            let low: UInt64 = try reader.read()
            let status: UInt8 = try reader.read()
            guard let status = MembershipStatus(rawValue: status) else {
                throw ProfileValueError(message: "unknown membership status \(status)")
            }
            state.memberships.append(
                SegmentMembership(
                    audience: Audience.ID(uuid: UUIDBytes(high: high, low: low)),
                    status: status,
                    lastQualificationTime: Timestamp(milliseconds: try reader.read())
                )
            )
        }
        try readEntries(&state, count: Int(entryCount), from: &reader)
        state.identities.reserveCapacity(Int(identityCount))
        for lengths in textLengths {
            let identity = Identity(
                namespace: try reader.readText(lengths.namespace),
                value: try reader.readText(lengths.value)
            )
            state.identities.append(
                ProfileState.Member(identity: identity, addedAt: Timestamp(milliseconds: lengths.addedAt))
            )
        }
        guard state.entries.allSatisfy({ $0.source < identityCount }) else {
            throw ProfileValueError(message: "an entry names an identity that is not there")
        }
        state.bytes = reader.rest()
        let needed = state.entries.last.map { Int($0.start + $0.length) } ?? 0
        guard state.bytes.count == needed else {
            throw ProfileValueError(message: "\(state.bytes.count) value bytes, expected \(needed)")
        }
        return state
    }

    private static func readEntries(
        _ state: inout ProfileState,
        count: Int,
        from reader: inout ByteReader
    ) throws(ProfileValueError) {
        state.entries.reserveCapacity(count)
        var start: UInt32 = 0
        for _ in 0..<count {
            let path: UInt32 = try reader.read()
            let dataset: UInt16 = try reader.read()
            let source: UInt16 = try reader.read()
            let writtenAt: Int64 = try reader.read()
            let revision: UInt32 = try reader.read()
            let packed: UInt32 = try reader.read()
            guard let kind = JSONKind(rawValue: UInt8(packed & 0xFF)) else {
                throw ProfileValueError(message: "unknown value kind \(packed & 0xFF)")
            }
            state.entries.append(
                AttributeEntry(
                    path: PathID(rawValue: path),
                    dataset: dataset,
                    source: source,
                    writtenAt: Timestamp(milliseconds: writtenAt),
                    revision: revision,
                    kind: kind,
                    start: start,
                    length: packed >> 8
                )
            )
            start += packed >> 8
        }
    }
}

/// Reads little-endian numbers from the front of a byte array, never past its end.
private struct ByteReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    func expect(_ count: Int) throws(ProfileValueError) {
        guard bytes.count - position >= count else {
            throw ProfileValueError(message: "profile ends after \(bytes.count) bytes, before its tables do")
        }
    }

    mutating func read<Number: FixedWidthInteger & BitwiseCopyable>() throws(ProfileValueError) -> Number {
        let size = MemoryLayout<Number>.size
        try expect(size)
        defer { position += size }
        return bytes.withUnsafeBytes {
            Number(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Number.self))
        }
    }

    mutating func readText(_ length: Int) throws(ProfileValueError) -> String {
        try expect(length)
        defer { position += length }
        return String(decoding: bytes[position..<position + length], as: UTF8.self)
    }

    func rest() -> [UInt8] {
        Array(bytes[position...])
    }
}

/// Writes little-endian numbers and bytes one after the other; what does not fit is a mistake of ours and traps.
private struct ByteWriter {
    private let buffer: UnsafeMutableRawBufferPointer
    private(set) var position = 0

    init(_ buffer: UnsafeMutableRawBufferPointer) {
        self.buffer = buffer
    }

    mutating func write<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) {
        let start = advance(by: MemoryLayout<Number>.size)
        buffer.storeBytes(of: number.littleEndian, toByteOffset: start, as: Number.self)
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        let start = advance(by: bytes.count)
        UnsafeMutableRawBufferPointer(rebasing: buffer[start..<position]).copyMemory(from: bytes)
    }

    /// Takes so many bytes; release builds do not check the slices of a raw buffer themselves.
    ///
    /// - Returns: Where they begin.
    private mutating func advance(by count: Int) -> Int {
        precondition(count <= buffer.count - position, "a profile is larger than it was measured")
        defer { position += count }
        return position
    }

    mutating func write(bytesOf text: String) {
        text.utf8.withContiguousBytes { write(UnsafeRawBufferPointer($0)) }
    }
}
