import ActivationCore

/// Records that the destination found fault with, until it shows whether they are to blame or everything is refused.
///
/// A destination that takes any record after them blames them: they are parked. One that takes none in so many refuses
/// everything, and then nothing is given up: the dataflow pauses, and the rows stay in the outbox.
struct RelaySuspects: Sendable {
    /// So many in a row are refused by a destination that refuses everything, when there is nothing else to try with.
    static let aloneMax = 3
    /// So many in a row, whatever else is on its way.
    static let waitingMax = 20

    /// What would be written of each, oldest first.
    private(set) var waiting: [OutboxSettlement] = []
    /// How many were refused since a record was taken, those parked meanwhile among them.
    private(set) var refusedInARow = 0

    /// Notes a refused record.
    mutating func add(_ settlement: OutboxSettlement) {
        waiting.append(settlement)
        refusedInARow += 1
    }

    /// A record was taken.
    ///
    /// - Returns: Those that were to blame.
    mutating func taken() -> [OutboxSettlement] {
        refusedInARow = 0
        return waiting.takeAll()
    }

    /// There is nothing else to try the destination with.
    ///
    /// - Returns: Those that are blamed, for being few; empty when it is the destination that refuses everything.
    mutating func alone() -> [OutboxSettlement] {
        refusedInARow < Self.aloneMax ? waiting.takeAll() : []
    }

    /// The destination is not asked any more; the rows stay where they are.
    mutating func forget() {
        waiting = []
    }

    /// Why everything is refused, by the last of them; nil as long as none waits.
    func trouble(since: Timestamp) -> RelayTrouble? {
        guard case .parked(let code, let message, _) = waiting.last?.outcome else { return nil }
        let why = "the destination refused \(refusedInARow) records in a row and took none, so nothing was parked"
        return RelayTrouble(code: code, message: message.isEmpty ? why : "\(message); \(why)", since: since)
    }
}

extension Array {
    fileprivate mutating func takeAll() -> Self {
        defer { self = [] }
        return self
    }
}
