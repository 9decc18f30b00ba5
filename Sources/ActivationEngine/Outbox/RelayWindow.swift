import ActivationCore

/// Rows that a relay has in hand: with the sink, or answered and not yet settled; bounded in rows and in bytes.
struct RelayWindow: Sendable {
    private let rowsMax: Int
    private let bytesMax: Int
    /// A row that is with the sink.
    private struct SentRow {
        /// What it counts.
        var bytes: Int
        var admittedAt: Timestamp
    }

    private var sent: [Int64: SentRow] = [:]
    private var bytes = 0
    /// Answered, and waiting to be written, oldest first.
    private(set) var outcomes: [OutboxSettlement] = []
    /// Those that are being written now.
    private(set) var settling: [OutboxSettlement] = []

    init(rowsMax: Int, bytesMax: Int) {
        self.rowsMax = rowsMax
        self.bytesMax = bytesMax
    }

    /// How many more rows may be claimed.
    var room: Int { bytes < bytesMax ? max(0, rowsMax - sent.count - outcomes.count - settling.count) : 0 }
    /// How many more bytes may be claimed; one row may exceed it.
    var roomBytes: Int { max(0, bytesMax - bytes) }

    /// Whether no row is with the sink.
    var hasNoneSent: Bool { sent.isEmpty }
    /// Whether no row is in hand.
    var isEmpty: Bool { sent.isEmpty && outcomes.isEmpty && settling.isEmpty }

    mutating func add(_ row: Int64, bytes: Int, admittedAt: Timestamp) {
        guard sent.updateValue(SentRow(bytes: bytes, admittedAt: admittedAt), forKey: row) == nil else { return }
        self.bytes += bytes
    }

    /// A row is not with the sink any more.
    ///
    /// - Returns: When its message was admitted; nil when it was not.
    mutating func remove(_ row: Int64) -> Timestamp? {
        guard let row = sent.removeValue(forKey: row) else { return nil }
        bytes -= row.bytes
        return row.admittedAt
    }

    /// The sink is gone, and with it all that it had.
    mutating func removeAllSent() {
        sent.removeAll()
        bytes = 0
    }

    mutating func enter(_ outcome: OutboxSettlement) {
        outcomes.append(outcome)
    }

    /// Takes everything that waits to be written.
    mutating func beginSettling() -> [OutboxSettlement] {
        settling = outcomes
        outcomes = []
        return settling
    }

    mutating func settled() {
        settling = []
    }

    /// What could not be written waits again, before what came later.
    mutating func settlingFailed() {
        outcomes = settling + outcomes
        settling = []
    }
}
