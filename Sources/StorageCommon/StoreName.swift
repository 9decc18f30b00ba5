package import ActivationCore

/// Names of stores in a database: one that is put back to an earlier state gets another in the same family, which says that it is the later
/// one (docs/decisions/0083).
///
/// The lower half is the family's; a later name has UUID version 8 and a number that rises with each.
package enum StoreName {
    private static let versionShift: UInt64 = 12
    private static let versionMask: UInt64 = 0xF << versionShift
    private static let later: UInt64 = 8 << versionShift
    private static let lowMask: UInt64 = 1 << versionShift - 1

    /// The name of a store from a restoration on.
    ///
    /// - Parameters:
    ///   - store: Its name before.
    ///   - number: What rises from restoration to restoration, below 2^60.
    /// - Returns: Its name from then on.
    package static func successor(of store: UUIDBytes, number: Int64) -> UUIDBytes {
        let number = UInt64(max(number, 0)) & (1 << 60 - 1)
        let high = (number >> versionShift) << (versionShift + 4) | later | number & lowMask
        return UUIDBytes(high: high, low: store.low)
    }

    /// Whether a name is one that its store had before it got the other one.
    package static func isBefore(_ store: UUIDBytes, _ other: UUIDBytes) -> Bool {
        store.low == other.low && rank(of: store) < rank(of: other)
    }

    private static func rank(of store: UUIDBytes) -> UInt64 {
        guard store.high & versionMask == later else { return 0 }
        return 1 + ((store.high >> (versionShift + 4)) << versionShift | store.high & lowMask)
    }
}
