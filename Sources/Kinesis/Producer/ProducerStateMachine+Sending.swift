extension ProducerStateMachine {
    /// What to do after the events so far and the passing of time: which requests go out, what is reported, when to ask again.
    mutating func actions(now: MonotonicTime) -> Actions {
        var actions = Actions()
        endPostponements(now: now)
        endDelays(now: now)
        if gauge.isSilent(now: now) { gate.requestsSilent(now: now) }
        let overdue = gauge.overdue(now: now)
        while mayBegin(now: now), let passage = passage(overdue: overdue, now: now),
            var request = nextRequest(passage, now: now)
        {
            withhold(&request, now: now)
            guard !request.records.isEmpty else { continue }
            request.wire = wires.wire
            requestsInFlight += 1
            gate.requestSent(now: now)
            concurrency.sent(inFlight: requestsInFlight - overdue)
            counters.requests += 1
            gauge.sent(request.id, isLarge: request.isLarge(options), now: now)
            actions.requests.append(request)
        }
        if let dueAt = shardQuestions.dueAt, dueAt <= now, mayBegin(now: now), !isIdle {
            shardQuestions.asked()
            questions.append(.shards)
        }
        swap(&actions.questions, &questions)
        actions.condition = gauge.change(now: now, isIdle: isIdle)
        actions.wakeUpAt = wakeUpAt(now: now)
        swap(&actions.settlements, &settlements)
        return actions
    }

    /// What may go beside the requests on their way, of which so many are overdue; nil if nothing may.
    private func passage(overdue: Int, now: MonotonicTime) -> FailureGate.Passage? {
        guard requestsInFlight < options.requestsMax else { return nil }
        let passage = gate.passage(now: now, inFlight: requestsInFlight)
        if case .open = passage, requestsInFlight - overdue >= concurrency.limit, now < gauge.scoutAt { return nil }
        return passage
    }

    private mutating func nextRequest(_ passage: FailureGate.Passage, now: MonotonicTime) -> ProducerRequest? {
        // A half is no probe where a single record can be one.
        if !halves.isEmpty, passage == .open || ready.isEmpty { return halves.removeFirst().redated(now) }
        guard isWorthSending(now: now) else { return nil }
        return fillRequest(passage, now: now)
    }

    /// Settles what is called back of a request, which is not sent.
    private mutating func withhold(_ request: inout ProducerRequest, now: MonotonicTime) {
        guard let recalls, !recalls.isEmpty else { return }
        let (records, emptied) = request.remove(where: recalls.contains)
        for (pending, key) in records {
            settle(
                pending.record.token,
                countedBytes: pending.countedBytes,
                .recalled(mayBeWritten: pending.mayBeWritten),
                of: key,
                now: now
            )
        }
        for key in emptied { advance(key, now: now) }
    }

    /// With few requests on the way anything goes at once; otherwise a full request, or one whose records waited long enough.
    private func isWorthSending(now: MonotonicTime) -> Bool {
        let sendable = ready.sendable(now: now)
        guard sendable.records > 0 else { return false }
        if case .draining = phase { return true }
        return requestsInFlight < options.eagerRequestsMax
            || sendable.records >= options.recordsPerRequest
            || sendable.bytes >= options.requestBytesTarget
            || now >= readySince + linger
    }

    /// The first records of keys in line; nil if no lane has the tokens for its first one.
    private mutating func fillRequest(_ passage: FailureGate.Passage, now: MonotonicTime) -> ProducerRequest? {
        var options = options
        // What a probe carries waits longest. Under a limit of attempts all have to use theirs up.
        if passage != .open, options.attemptsMax == nil { options.recordsPerRequest = 1 }
        var request = ProducerRequest(
            id: takeRequestID(),
            sentAt: now,
            capacity: min(ready.count, options.recordsPerRequest)
        )
        ready.fill(&request, from: &keys, within: options, now: now)
        guard !request.records.isEmpty else { return nil }
        readySince = now
        return request
    }

    mutating func takeRequestID() -> UInt64 {
        defer { nextRequestID += 1 }
        return nextRequestID
    }

    private func wakeUpAt(now: MonotonicTime) -> MonotonicTime? {
        var earliest = delays.earliest
        func consider(_ time: MonotonicTime) {
            earliest = min(earliest ?? time, time)
        }
        if let time = postponed.earliest { consider(time) }
        if let time = gauge.wakeUp { consider(time) }
        if let closesAt, closesAt < .never {
            // A nanosecond after the last instant at which a request may begin, and the end itself.
            let latest = MonotonicTime(nanoseconds: closesAt.nanoseconds - requestTimeout.count + 1)
            if latest > now { consider(latest) } else if closesAt > now { consider(closesAt) }
        }
        guard mayBegin(now: now) else { return earliest }
        let isWaiting = !ready.isEmpty || !halves.isEmpty
        if isWaiting, let time = gate.wakeUp(now: now, inFlight: requestsInFlight) {
            consider(time)
        }
        if isWaiting, let time = shardQuestions.dueAt, time > now { consider(time) }
        if isWaiting, let time = gauge.silenceAt, time > now { consider(time) }
        if isWaiting, requestsInFlight < options.requestsMax, gauge.scoutAt > now { consider(gauge.scoutAt) }
        // With all requests on their way only an answer helps, or that none comes.
        if !ready.isEmpty, passage(overdue: gauge.overdue(now: now), now: now) != nil {
            if ready.isOpen(now: now) { consider(max(readySince + linger, now + Nanoseconds(count: 1))) }
            if let time = ready.wakeUp(now: now) { consider(time) }
        }
        return earliest
    }
}
