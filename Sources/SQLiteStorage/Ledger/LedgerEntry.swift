import ActivationCore
import ActivationEngine

/// An entry of the ledger: a record that was delivered (BEHAVIOUR 3.11).
struct LedgerEntry: Sendable, Hashable {
    /// What entries are sorted by.
    struct Key: Sendable, Hashable, Comparable {
        var profile: UUIDBytes
        /// Of the outbox.
        var row: Int64

        static func < (one: Key, other: Key) -> Bool { (one.profile, one.row) < (other.profile, other.row) }

        /// Bytes that are in the order of the keys.
        var bytes: [UInt8] {
            [profile.high, profile.low, UInt64(bitPattern: row)].flatMap { part in
                withUnsafeBytes(of: part.bigEndian) { Array($0) }
            }
        }

        /// The last key of a profile.
        static func last(of profile: UUIDBytes) -> Key { Key(profile: profile, row: .max) }
    }

    var key: Key
    /// The profile's revision that it showed; 0 = it left after its profile was deleted.
    var revision: Int64
    var deliveredAt: Timestamp
    /// UTF-8.
    var receipt: [UInt8]
}

/// Neighbouring entries as one row of the database holds them: one after the other, numbers little-endian, the receipt behind its
/// length.
enum LedgerBlock {
    /// Four of them fill a page of 4 KiB; what is longer would get pages of its own.
    private static let bytesMax = 920

    /// Writes sorted entries; of those with one key the first.
    ///
    /// - Returns: Blocks, each with the key of its first entry.
    static func pack(_ entries: some Sequence<LedgerEntry>) -> [(first: LedgerEntry.Key, bytes: [UInt8])] {
        var blocks: [(first: LedgerEntry.Key, bytes: [UInt8])] = []
        var (first, block) = (LedgerEntry.Key?.none, EntryWriter())
        var last: LedgerEntry.Key?
        for entry in entries where entry.key != last {
            last = entry.key
            var written = EntryWriter()
            written.write(entry.key.profile)
            written.write(entry.key.row)
            written.write(entry.revision)
            written.write(entry.deliveredAt.milliseconds)
            written.write(entry.receipt)
            if let begun = first, block.bytes.count + written.bytes.count > bytesMax {
                blocks.append((begun, block.bytes))
                (first, block) = (nil, EntryWriter())
            }
            first = first ?? entry.key
            block.append(written)
        }
        if let first { blocks.append((first, block.bytes)) }
        return blocks
    }

    /// Reads what was written.
    ///
    /// - Throws: `corrupt` when that is no block.
    static func entries(in bytes: [UInt8]) throws(StorageError) -> [LedgerEntry] {
        do throws(StorageError) {
            var reader = EntryReader(bytes)
            var entries: [LedgerEntry] = []
            while !reader.isAtEnd {
                entries.append(
                    LedgerEntry(
                        key: LedgerEntry.Key(profile: try reader.id(), row: try reader.row()),
                        revision: try reader.count(),
                        deliveredAt: Timestamp(milliseconds: try reader.number()),
                        receipt: try reader.value()
                    )
                )
            }
            return entries
        } catch {
            throw damaged
        }
    }

    static let damaged = StorageError(
        .corrupt,
        "entries of the ledger of deliveries are not what was written; restore the database from a backup"
    )
}
