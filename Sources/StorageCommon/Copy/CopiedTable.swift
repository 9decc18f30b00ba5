/// A table as stores of every kind have it, with what its columns mean and not how a store keeps them: what moves when a store is
/// copied into one of another kind.
package struct CopiedTable: Sendable {
    /// What a column holds.
    package enum Kind: Sendable {
        case int2, int4, int8, uuid, bytes
        /// The number of a profile's row in the store that is copied; the other one has numbers of its own in the same order.
        case profileRow
        /// Such a number, behind which somebody goes on; 0 and the last number there is stay what they are.
        case position
    }

    /// A column.
    package struct Column: Sendable {
        /// Its name.
        package let name: String
        /// What it holds.
        package let kind: Kind
    }

    /// Its name.
    package let name: String
    /// Its columns.
    package let columns: [Column]
    /// How many of them, from the first, tell its rows apart.
    package let keyCount: Int

    init(_ name: String, key: [(String, Kind)], _ columns: [(String, Kind)]) {
        self.name = name
        self.columns = (key + columns).map { Column(name: $0.0, kind: $0.1) }
        keyCount = key.count
    }
}

/// A value of a row that is copied.
package enum CopiedValue: Sendable, Hashable {
    case null
    case number(Int64)
    /// Bytes; an id is sixteen of them.
    case bytes([UInt8])
}
