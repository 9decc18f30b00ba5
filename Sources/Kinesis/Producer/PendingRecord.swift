/// A record that the producer holds, with what happened to it so far.
struct PendingRecord: Sendable {
    var record: KinesisRecord
    /// Where its partition key lies: ``HashKey/prefix(_:)``.
    var hash: UInt64
    /// Requests that carried it.
    var attempts: Int32 = 0
    /// One of them failed ambiguously.
    var mayBeWritten = false

    /// What it counts in memory.
    var heldBytes: Int { record.countedBytes + ProducerLimits.recordOverheadBytes }
}

/// A PutRecords request that was decided: goes out by an action and comes back with its results.
///
/// Holds at most one record of every ordering key.
struct ProducerRequest: Sendable {
    /// What the state machine remembers of a record while it is on its way.
    struct Context: Sendable {
        var key: UInt32
        var hash: UInt64
        var attempts: Int32
        var mayBeWritten: Bool
    }

    /// Never used twice.
    let id: UInt64
    /// When it was decided.
    let sentAt: MonotonicTime
    /// In the order of the request.
    fileprivate(set) var records: [KinesisRecord] = []
    fileprivate(set) var contexts: [Context] = []

    init(id: UInt64, sentAt: MonotonicTime, capacity: Int) {
        self.id = id
        self.sentAt = sentAt
        records.reserveCapacity(capacity)
        contexts.reserveCapacity(capacity)
    }

    mutating func append(_ pending: PendingRecord, key: UInt32) {
        records.append(pending.record)
        contexts.append(
            Context(
                key: key,
                hash: pending.hash,
                attempts: pending.attempts,
                mayBeWritten: pending.mayBeWritten
            )
        )
    }

    /// The record at a position with one more attempt behind it, if the request was sent at all.
    func attempted(_ index: Int, isSent: Bool = true) -> PendingRecord {
        let context = contexts[index]
        return PendingRecord(
            record: records[index],
            hash: context.hash,
            attempts: context.attempts + (isSent ? 1 : 0),
            mayBeWritten: context.mayBeWritten
        )
    }

    /// The two halves as requests of their own.
    func halves(ids: (UInt64, UInt64), now: MonotonicTime) -> (ProducerRequest, ProducerRequest) {
        let middle = records.count / 2
        var first = ProducerRequest(id: ids.0, sentAt: now, capacity: 0)
        first.records = Array(records[..<middle])
        first.contexts = Array(contexts[..<middle])
        var second = ProducerRequest(id: ids.1, sentAt: now, capacity: 0)
        second.records = Array(records[middle...])
        second.contexts = Array(contexts[middle...])
        return (first, second)
    }

    /// The same request, decided anew.
    func redated(_ now: MonotonicTime) -> ProducerRequest {
        var request = ProducerRequest(id: id, sentAt: now, capacity: 0)
        request.records = records
        request.contexts = contexts
        return request
    }
}
