/// A record that the producer holds, with what happened to it so far.
struct PendingRecord: Sendable {
    var record: KinesisRecord
    /// Where its partition key lies: ``HashKey/prefix(_:)``.
    var hash: UInt64
    /// ``KinesisRecord/countedBytes``, kept because the record itself lies elsewhere in memory.
    var countedBytes: Int
    /// Requests that carried it.
    var attempts: Int32 = 0
    /// One of them failed ambiguously.
    var mayBeWritten = false
    /// An aggregate that it was in was refused: it goes by itself now.
    var goesAlone = false

    /// A record that was not sent yet.
    init(_ record: KinesisRecord, hash: UInt64) {
        self.init(record: record, hash: hash, countedBytes: record.countedBytes)
    }

    fileprivate init(
        record: KinesisRecord,
        hash: UInt64,
        countedBytes: Int,
        attempts: Int32 = 0,
        mayBeWritten: Bool = false,
        goesAlone: Bool = false
    ) {
        self.record = record
        self.hash = hash
        self.countedBytes = countedBytes
        self.attempts = attempts
        self.mayBeWritten = mayBeWritten
        self.goesAlone = goesAlone
    }

    /// What it counts in memory.
    var heldBytes: Int { countedBytes + ProducerLimits.recordOverheadBytes }
}

/// A PutRecords request that was decided: goes out by an action and comes back with its results.
///
/// Holds at most one record of every ordering key, or several as one aggregate.
struct ProducerRequest: Sendable {
    /// What the state machine remembers of a record while it is on its way.
    struct Context: Sendable {
        var key: UInt32
        var hash: UInt64
        var countedBytes: Int
        var attempts: Int32
        var mayBeWritten: Bool
        var goesAlone: Bool
    }

    /// Never used twice.
    let id: UInt64
    /// When it was decided.
    let sentAt: MonotonicTime
    /// What it is written in.
    var wire = KinesisWire.json
    /// In the order of the request.
    fileprivate(set) var records: [KinesisRecord] = []
    fileprivate(set) var contexts: [Context] = []
    /// What goes with each of ``records`` as one aggregate, up to the last that has any; empty in a request without aggregates.
    private(set) var followers: [[PendingRecord]] = []

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
                countedBytes: pending.countedBytes,
                attempts: pending.attempts,
                mayBeWritten: pending.mayBeWritten,
                goesAlone: pending.goesAlone
            )
        )
    }

    /// Adds a record to the aggregate that begins with the last one.
    mutating func join(_ pending: PendingRecord) {
        while followers.count < records.count { followers.append([]) }
        followers[records.count - 1].append(pending)
    }

    /// Whether others go with a record as one aggregate.
    func isAggregate(_ index: Int) -> Bool { index < followers.count && !followers[index].isEmpty }

    /// What a record counts in the request, with what goes with it.
    func countedBytes(_ index: Int) -> Int {
        isAggregate(index)
            ? AggregateSize(of: records[index], followers[index]).countedBytes : contexts[index].countedBytes
    }

    /// At least half of what a request may hold: its latency compares with that of others.
    func isLarge(_ options: ProducerOptions) -> Bool {
        2 * records.count >= options.recordsPerRequest
            || 2 * records.indices.reduce(0) { $0 + countedBytes($1) } >= options.requestBytesTarget
    }

    /// All records, those in aggregates each by itself.
    var recordCount: Int { followers.reduce(records.count) { $0 + $1.count } }

    /// The records as the stream gets them.
    var streamRecords: [KinesisRecord] {
        guard !followers.isEmpty else { return records }
        return records.indices.map { index in
            guard isAggregate(index) else { return records[index] }
            var record = records[index]
            record.data = AggregateWriter.bytes(record, followers[index])
            return record
        }
    }

    /// The record at a position with one more attempt behind it, if the request was sent at all.
    func attempted(_ index: Int, isSent: Bool = true) -> PendingRecord {
        let context = contexts[index]
        return PendingRecord(
            record: records[index],
            hash: context.hash,
            countedBytes: context.countedBytes,
            attempts: context.attempts + (isSent ? 1 : 0),
            mayBeWritten: context.mayBeWritten,
            goesAlone: context.goesAlone
        )
    }

    /// The records of an aggregate in order, as ``attempted(_:isSent:)``.
    func attemptedAggregate(_ index: Int, isSent: Bool = true) -> [PendingRecord] {
        [attempted(index, isSent: isSent)]
            + followers[index].map { follower in
                var follower = follower
                if isSent { follower.attempts += 1 }
                return follower
            }
    }

    /// Takes records out before the request is sent.
    ///
    /// - Parameter isGone: Says by the caller's number which; a record of an aggregate goes out of it.
    /// - Returns: Those that were taken out, each with its key, and the keys of which nothing is left in the request.
    mutating func remove(
        where isGone: (UInt64) -> Bool
    ) -> (records: [(pending: PendingRecord, key: UInt32)], keys: [UInt32]) {
        guard tokens.contains(where: isGone) else { return ([], []) }
        var rest = ProducerRequest(id: id, sentAt: sentAt, capacity: records.count)
        rest.wire = wire
        var removed: [(PendingRecord, UInt32)] = []
        var emptied: [UInt32] = []
        for index in records.indices {
            let key = contexts[index].key
            let members =
                isAggregate(index)
                ? attemptedAggregate(index, isSent: false) : [attempted(index, isSent: false)]
            removed += members.filter { isGone($0.record.token) }.map { ($0, key) }
            let left = members.filter { !isGone($0.record.token) }
            guard let first = left.first else {
                emptied.append(key)
                continue
            }
            rest.append(first, key: key)
            for follower in left.dropFirst() { rest.join(follower) }
        }
        self = rest
        return (removed, emptied)
    }

    /// The two halves as requests of their own.
    func halves(ids: (UInt64, UInt64), now: MonotonicTime) -> (ProducerRequest, ProducerRequest) {
        let middle = records.count / 2
        var first = ProducerRequest(id: ids.0, sentAt: now, capacity: 0)
        first.records = Array(records[..<middle])
        first.contexts = Array(contexts[..<middle])
        first.followers = Array(followers.prefix(middle))
        var second = ProducerRequest(id: ids.1, sentAt: now, capacity: 0)
        second.records = Array(records[middle...])
        second.contexts = Array(contexts[middle...])
        second.followers = Array(followers.dropFirst(middle))
        return (first, second)
    }

    /// The same request, decided anew; with another number if it was sent before.
    func redated(_ now: MonotonicTime, id: UInt64? = nil) -> ProducerRequest {
        var request = ProducerRequest(id: id ?? self.id, sentAt: now, capacity: 0)
        request.records = records
        request.contexts = contexts
        request.followers = followers
        return request
    }
}
