extension ProducerStateMachine {
    /// The service answered a request with one result per record.
    mutating func completed(_ request: ProducerRequest, results: [RecordResult], now: MonotonicTime) {
        guard results.count == request.records.count else {
            let message = "the answer has \(results.count) results for \(request.records.count) records"
            failed(request, error: KinesisError(.invalidResponse, message), now: now)
            return
        }
        requestsInFlight -= 1
        if request.isLarge(options) { concurrency.answered(sentAt: request.sentAt, now: now) }
        wires.answered(in: request.wire)
        var hasWritten = false
        // Throttled records say that the service is alive; their lanes go slower.
        var isAlive = false
        var failure: KinesisError?
        var fatal: KinesisError?
        var delay = RetryDelay()
        settlements.reserveCapacity(settlements.count + results.count)
        for index in results.indices {
            switch results[index] {
            case .written(let receipt):
                hasWritten = true
                let hash = request.contexts[index].hash
                let isForeseen = ready.noteWritten(receipt, hash: hash, sentAt: request.sentAt, now: now)
                if !isForeseen { shardQuestions.noteSign() }
                if request.isAggregate(index) {
                    settleAggregate(request, index, receipt, now: now)
                } else {
                    settle(request, index, .delivered(receipt), now: now)
                }
                advance(request.contexts[index].key, now: now)
            case .failed(let error):
                failure = failure ?? error
                if error.code == .throughputExceeded {
                    isAlive = true
                    noteThrottled(request, index, now: now)
                }
                recordFailed(request, index, error, &delay, &fatal, now: now)
            }
        }
        gauge.answered(request.id, sentAt: request.sentAt, failure: hasWritten ? nil : failure, now: now)
        if hasWritten || isAlive {
            gate.requestSucceeded()
        } else {
            gate.requestFailed(sentAt: request.sentAt, now: now, backoff: &backoff)
        }
        if let fatal { failDestination(fatal) }
    }

    /// A request failed as a whole.
    mutating func failed(_ request: ProducerRequest, error: KinesisError, now: MonotonicTime) {
        requestsInFlight -= 1
        counters.requestFailures += 1
        gauge.failed(request.id, sentAt: request.sentAt, error, now: now)
        if error.isAmbiguous {
            counters.duplicatesPossible += request.recordCount
            copiesLandUntil = max(copiesLandUntil, request.sentAt + holdAfterSending)
        }
        if case .failed(let reason) = phase {
            for index in request.records.indices {
                settleFailed(request, index, reason, isAmbiguous: error.isAmbiguous)
            }
            return
        }
        if wires.failed(in: request.wire, by: error), !error.isAmbiguous {
            // Nothing of it was read, so nothing of it was written; but the service is there.
            gate.requestSucceeded()
            halves.append(request.redated(now, id: takeRequestID()))
            return
        }
        switch error.disposition {
        case .retry(let isAmbiguous):
            let isThrottled = error.code == .throughputExceeded
            if isThrottled {
                gate.requestSucceeded()
            } else {
                let isSilence = error.code == .requestTimeout && gauge.isTroubled
                gate.requestFailed(
                    sentAt: request.sentAt,
                    isSilence: isSilence,
                    now: now,
                    backoff: &backoff
                )
            }
            var delay = RetryDelay()
            for index in request.records.indices {
                if isThrottled { noteThrottled(request, index, now: now) }
                if isAmbiguous {
                    keys.hold(request.contexts[index].key, until: request.sentAt + holdAfterSending)
                }
                retry(request, index, error, &delay, isAmbiguous: isAmbiguous, now: now)
            }
        case .splitRequest:
            gate.requestSucceeded()
            split(request, error, now: now)
        case .stopDestination, .invalidInput:
            failDestination(error)
            for index in request.records.indices { settleFailed(request, index, error) }
        }
    }

    private mutating func recordFailed(
        _ request: ProducerRequest,
        _ index: Int,
        _ error: KinesisError,
        _ delay: inout RetryDelay,
        _ fatal: inout KinesisError?,
        now: MonotonicTime
    ) {
        if case .failed(let reason) = phase {
            settleFailed(request, index, reason)
            return
        }
        switch error.disposition {
        case .retry:
            retry(request, index, error, &delay, isAmbiguous: false, isAlive: true, now: now)
        case .splitRequest, .invalidInput:
            if request.isAggregate(index) {
                sendSingly(request, index, now: now)
            } else {
                settle(request, index, .rejected(error), now: now)
                advance(request.contexts[index].key, now: now)
            }
        case .stopDestination:
            // Back in its queue, the record is settled with all the others.
            fatal = fatal ?? error
            let key = request.contexts[index].key
            if request.isAggregate(index) {
                putBack(request.attemptedAggregate(index), to: key)
            } else {
                keys.prepend(request.attempted(index), to: key)
            }
            keys.setActivity(key, .delayed)
        }
    }

    /// The bound of a record's own pauses doubles no further: where nothing gets through the gate is what slows.
    ///
    /// Under a limit of attempts only those of a record that failed by itself, in an answer: the service is alive.
    private static let doublingsMax = 4

    /// Puts a record back at the head of its key's queue for a later attempt, unless its attempts are used up.
    private mutating func retry(
        _ request: ProducerRequest,
        _ index: Int,
        _ error: KinesisError,
        _ retryDelay: inout RetryDelay,
        isAmbiguous: Bool,
        isAlive: Bool = false,
        now: MonotonicTime
    ) {
        let key = request.contexts[index].key
        let isSent = error.code != .notSent
        var pending = request.attempted(index, isSent: isSent)
        if request.isAggregate(index) {
            let left = retryAggregate(request, index, error, isAmbiguous: isAmbiguous, isSent: isSent, now: now)
            guard let first = left else { return }
            pending = first
        } else {
            pending.mayBeWritten = pending.mayBeWritten || isAmbiguous
            if isExhausted(pending) {
                settle(request, index, .rejected(exhausted(pending, error)), now: now)
                advance(key, now: now)
                return
            }
            counters.retried += 1
            keys.prepend(pending, to: key)
        }
        if error.code == .throughputExceeded, options.attemptsMax == nil {
            becomeReady(key, isReturning: true, now: now)
        } else {
            let attempts = max(1, Int(pending.attempts))
            let doublings = isAlive || options.attemptsMax == nil ? min(attempts, Self.doublingsMax) : attempts
            delay(key, until: now + retryDelay.delay(afterAttempts: doublings, from: &backoff))
        }
    }

    private mutating func noteThrottled(_ request: ProducerRequest, _ index: Int, now: MonotonicTime) {
        counters.throttled += 1
        let isSign = ready.noteThrottled(
            hash: request.contexts[index].hash,
            bytes: request.countedBytes(index),
            sentAt: request.sentAt,
            backoff: &backoff,
            now: now
        )
        if isSign { shardQuestions.noteSign() }
    }

    /// The attempts of a record are used up.
    func isExhausted(_ pending: PendingRecord) -> Bool {
        options.attemptsMax.map { pending.attempts >= $0 } ?? false
    }

    /// What a record is rejected for whose attempts are used up.
    func exhausted(_ pending: PendingRecord, _ error: KinesisError) -> KinesisError {
        KinesisError(
            .attemptsExhausted,
            "gave up after \(pending.attempts) attempts; the last one failed by \(error.code.rawValue)"
        )
    }

    /// The service found fault with a request: halves it, down to the one record to blame.
    private mutating func split(_ request: ProducerRequest, _ error: KinesisError, now: MonotonicTime) {
        guard request.records.count > 1 else {
            guard !request.isAggregate(0) else { return sendSingly(request, 0, now: now) }
            let reason = refusal(of: request.records[0], error)
            settle(request, 0, .rejected(reason), now: now)
            advance(request.contexts[0].key, now: now)
            return
        }
        let (first, second) = request.halves(ids: (takeRequestID(), takeRequestID()), now: now)
        halves.append(first)
        halves.append(second)
    }
}

extension ProducerStateMachine {
    /// What a record is refused for: its size, where not every stream takes that.
    private func refusal(of record: KinesisRecord, _ error: KinesisError) -> KinesisError {
        guard record.countedBytes > StreamRecordLimit.bytesDefault else { return error }
        return KinesisError(
            .recordTooLarge,
            "data and partition key are \(record.countedBytes) bytes; the stream does not take records so large",
            httpStatus: error.httpStatus,
            requestID: error.requestID
        )
    }
}

/// One random delay for all records of a request that have failed equally often, so that they come back together.
struct RetryDelay {
    private var attempts = 0
    private var delay = Nanoseconds(count: 0)

    mutating func delay(afterAttempts attempts: Int, from backoff: inout Backoff) -> Nanoseconds {
        if attempts != self.attempts {
            self.attempts = attempts
            delay = backoff.delay(afterAttempts: attempts)
        }
        return delay
    }
}
