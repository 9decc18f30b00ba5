#if PostgreSQL
import ActivationCore
import ActivationEngine

/// Where copied profiles go: a row gets a shard behind its old number, so that the order stays what it was.
///
/// A profile's shard is that of its first identity that is seen, so that both lie together; it takes two bytes of memory a profile.
struct CopiedProfiles {
    private static let shardBits: Int64 = 8
    private static let numbersEnd: Int64 = 1 << 40
    private static let shardMask: Int64 = 1 << shardBits - 1

    /// The last number that was given, so that one behind it is damage and no reason to keep room for all before.
    private let last: Int64
    /// By the high and the low half of the old number, the shard and one; 0 = none yet.
    private var shards: [Int64: [UInt16]] = [:]

    init(last: Int64) {
        self.last = min(last, Self.numbersEnd - 1)
    }

    /// The shard of an identity, which becomes its profile's when that has none yet.
    mutating func place(_ identity: Identity, of row: Int64, in scope: Int32) throws(StorageError) -> Int16 {
        let shard = ProfilePlaces.shard(of: identity, in: scope)
        if try self.shard(of: row) == nil { try set(shard, of: row) }
        return shard
    }

    /// The new row of a profile, which gets a shard by its id when none of its identities gave it one.
    mutating func row(_ row: Int64, of profile: Profile.ID) throws(StorageError) -> Int64 {
        if let shard = try shard(of: row) { return row << Self.shardBits | Int64(shard) }
        let shard = ProfilePlaces.shard(of: profile)
        try set(shard, of: row)
        return row << Self.shardBits | Int64(shard)
    }

    /// The new row of a profile that was placed; one that nobody has is the first of its number.
    func row(_ row: Int64) throws(StorageError) -> Int64 {
        row << Self.shardBits | Int64(try shard(of: row) ?? 0)
    }

    /// The row behind which somebody goes on who went on behind an old one.
    func position(_ row: Int64) -> Int64 {
        (1..<Self.numbersEnd).contains(row) ? row << Self.shardBits | Self.shardMask : row
    }

    /// The old number of a row.
    static func number(of row: Int64) -> Int64 { row >> shardBits }

    /// The old number of a position.
    static func position(of row: Int64) -> Int64 {
        row & shardMask == shardMask && row >> shardBits < numbersEnd ? row >> shardBits : row
    }

    /// The shard of a new row.
    static func shard(of row: Int64) -> Int16 { Int16(row & shardMask) }

    private func shard(of row: Int64) throws(StorageError) -> Int16? {
        guard row >= 1, row <= last else {
            throw StorageError(
                .corrupt,
                "the number of a stored profile is out of its range; the store cannot be copied"
            )
        }
        let (group, index) = (row >> 32, Int(row & 0xFFFF_FFFF))
        guard let known = shards[group], known.indices.contains(index), known[index] > 0 else { return nil }
        return Int16(known[index] - 1)
    }

    private mutating func set(_ shard: Int16, of row: Int64) throws(StorageError) {
        let (group, index) = (row >> 32, Int(row & 0xFFFF_FFFF))
        var known = shards.removeValue(forKey: group) ?? []
        while known.count <= index {
            known.append(contentsOf: repeatElement(0, count: max(known.count, 1_024)))
        }
        known[index] = UInt16(bitPattern: shard) + 1
        shards[group] = known
    }
}
#endif
