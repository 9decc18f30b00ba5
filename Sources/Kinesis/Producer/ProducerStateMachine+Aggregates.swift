/// What becomes of aggregates: each of their records is settled by itself, and order holds as if it had gone alone.
extension ProducerStateMachine {
    /// An aggregate was written, and so was every record in it.
    mutating func settleAggregate(_ request: ProducerRequest, _ index: Int, _ receipt: Receipt, now: MonotonicTime) {
        let key = request.contexts[index].key
        counters.aggregates += 1
        counters.aggregated += 1 + request.followers[index].count
        settle(request, index, .delivered(receipt.inside(at: 0)), now: now)
        for (place, follower) in request.followers[index].enumerated() {
            settle(
                follower.record.token,
                countedBytes: follower.countedBytes,
                .delivered(receipt.inside(at: place + 1)),
                of: key,
                now: now
            )
        }
    }

    /// Puts the records of an aggregate back at the head of their key's queue, but those whose attempts are used up.
    ///
    /// - Returns: The first that was put back; nil if none was, and the key has gone on.
    mutating func retryAggregate(
        _ request: ProducerRequest,
        _ index: Int,
        _ error: KinesisError,
        isAmbiguous: Bool,
        isSent: Bool,
        now: MonotonicTime
    ) -> PendingRecord? {
        let key = request.contexts[index].key
        var left: [PendingRecord] = []
        for var pending in request.attemptedAggregate(index, isSent: isSent) {
            pending.mayBeWritten = pending.mayBeWritten || isAmbiguous
            if isExhausted(pending) {
                settle(
                    pending.record.token,
                    countedBytes: pending.countedBytes,
                    .rejected(exhausted(pending, error)),
                    of: key,
                    now: now
                )
            } else {
                left.append(pending)
            }
        }
        counters.retried += left.count
        putBack(left, to: key)
        if left.isEmpty { advance(key, now: now) }
        return left.first
    }

    /// The service found fault with an aggregate: its records go one by one, so that none is blamed for another.
    mutating func sendSingly(_ request: ProducerRequest, _ index: Int, now: MonotonicTime) {
        let key = request.contexts[index].key
        let singles = request.attemptedAggregate(index, isSent: false).map { pending in
            var pending = pending
            pending.goesAlone = true
            return pending
        }
        putBack(singles, to: key)
        becomeReady(key, isReturning: true, now: now)
    }

    /// Puts records before all others of their key, in their order.
    mutating func putBack(_ records: [PendingRecord], to key: UInt32) {
        for pending in records.reversed() { keys.prepend(pending, to: key) }
    }
}
