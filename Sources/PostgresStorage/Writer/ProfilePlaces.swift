#if PostgreSQL
import ActivationCore
import ActivationEngine
import Crypto

/// How profiles are numbered: bits 48 and up are the lane, the lowest eight the shard, and what is between follows commits.
enum ProfilePlaces {
    /// The row of a new profile.
    ///
    /// - Throws: `full` when the lane has given out all its numbers.
    static func row(lane: Int16, number: Int64, shard: Int16) throws(StorageError) -> Int64 {
        guard 1..<1 << 40 ~= number else {
            throw StorageError(.full, "lane \(lane) has no more numbers for profiles; use another database")
        }
        return Int64(lane) << 48 | number << 8 | Int64(shard)
    }

    /// The shard of an identity.
    static func shard(of identity: Identity, in scope: Int32) -> Int16 {
        var hash = SHA256()
        withUnsafeBytes(of: scope.bigEndian) { hash.update(bufferPointer: $0) }
        var namespace = identity.namespace
        namespace.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        // No namespace holds it, so that no two identities give the same bytes.
        hash.update(data: [UInt8](arrayLiteral: 0))
        var value = identity.value
        value.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        return hash.finalize().withUnsafeBytes { $0.first.map(Int16.init) ?? 0 }
    }

    /// The shard of a profile without identities.
    static func shard(of profile: Profile.ID) -> Int16 { Int16(profile.uuid.low & 255) }
}

/// Identities column by column.
struct IdentityColumns {
    var shards: [Int16] = []
    var namespaces: [[UInt8]] = []
    var values: [[UInt8]] = []

    init(_ identities: some Collection<Identity>, in scope: Int32) {
        for identity in identities { append(identity, in: scope) }
    }

    init() {}

    mutating func append(_ identity: Identity, in scope: Int32) {
        shards.append(ProfilePlaces.shard(of: identity, in: scope))
        namespaces.append(Array(identity.namespace.utf8))
        values.append(Array(identity.value.utf8))
    }

    var parameters: [PostgresValue] { [.int2s(shards), .byteses(namespaces), .byteses(values)] }
}
#endif
