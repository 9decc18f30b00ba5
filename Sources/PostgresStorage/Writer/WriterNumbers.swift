#if PostgreSQL
import ActivationCore

/// How those who write over one database are told apart.
///
/// A node's first writer has the node's number, its further ones have others that no node has. Each has a row by which it learns what became
/// of a commit. The same numbers are those of the pipelines that decide, in the numbers of messages: there are as many of them.
struct WriterNumbers {
    /// The numbers that nodes can have.
    static let nodes: ClosedRange<Int16> = 0...(1 << nodeBits - 1)
    /// How many writers a node can have.
    static let writersMax = 1 << (Int(AdmissionSequence.nodeBits) - nodeBits)
    /// The row of whoever claims records, which no connection writes by.
    static let claimant: Int16 = 0

    private static let nodeBits = 8

    /// The node's number, in ``nodes``.
    let node: Int16

    /// The row of whoever claims, settles and changes the configuration.
    var keeperRow: Int16 { 2 * node + 2 }

    /// All rows that the node can have of its own.
    var rows: [Int16] { [keeperRow] + (0..<Self.writersMax).map { Self.row(of: number(of: $0)) } }

    /// The number of one of the node's writers.
    func number(of writer: Int) -> Int16 { Int16(truncatingIfNeeded: writer) << Int16(Self.nodeBits) | node }

    /// Which of its node's writers a number is of.
    static func writer(of number: Int16) -> Int { Int(number >> Int16(nodeBits)) }

    /// The row of a writer by its number.
    static func row(of number: Int16) -> Int16 { 2 * number + 1 }

    /// The number of a writer by its row.
    static func number(ofRow row: Int16) -> Int16 { (row - 1) / 2 }

    /// Which of its process' connections a row is of: 0 = that which claims and settles, then the writers.
    static func place(ofRow row: Int16) -> Int {
        row.isMultiple(of: 2) ? 0 : 1 + writer(of: number(ofRow: row))
    }
}
#endif
