import ActivationCore
import ActivationEngine

/// Which rows belong to an owner: its number stands in the high bits of the row, a running number in the low ones.
enum RowSpace {
    /// 4 billion profiles in a scope.
    private static let profileBits: Int64 = 32
    /// 17 trillion rows in a dataflow's life, half a million dataflows.
    static let outboxBits: Int64 = 44
    /// The bits of an outbox row that are its running number.
    static let outboxNumber: Int64 = 1 << outboxBits - 1

    /// Numbers that scopes may have.
    static let scopeNumbers = numbers(bits: profileBits)
    /// Numbers that dataflows may have.
    static let dataflowNumbers = numbers(bits: outboxBits)

    /// All profile rows of a scope, its lowest bound itself never given out; only 0, which is no row, for a number
    /// that no scope may have.
    static func profiles(ofScope number: Int64) -> ClosedRange<Int64> {
        rows(of: number, in: scopeNumbers, bits: profileBits)
    }

    /// All outbox rows of a dataflow, its lowest bound itself never given out; only 0, which is no row, for a
    /// number that no dataflow may have.
    static func outbox(ofDataflow number: Int64) -> ClosedRange<Int64> {
        rows(of: number, in: dataflowNumbers, bits: outboxBits)
    }

    /// Refuses a scope whose number none may have.
    static func check(_ scope: Scope) throws(StorageError) {
        guard scopeNumbers.contains(scope.rawValue) else {
            throw StorageError(.conflict, "there is no scope \(scope.rawValue)")
        }
    }

    private static func numbers(bits: Int64) -> ClosedRange<Int64> {
        // The last number's rows would end at the last integer there is.
        1...(Int64.max >> bits) - 1
    }

    private static func rows(of number: Int64, in numbers: ClosedRange<Int64>, bits: Int64) -> ClosedRange<Int64> {
        guard numbers.contains(number) else { return 0...0 }
        return number << bits...((number + 1) << bits) - 1
    }
}
