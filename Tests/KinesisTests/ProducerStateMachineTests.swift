import Testing

@testable import Kinesis

extension ProducerStateMachine {
    /// Enqueues a record that has to fit.
    fileprivate mutating func accept(_ record: KinesisRecord, now: MonotonicTime) {
        let isTaken = enqueue(record, now: now)
        #expect(isTaken, "record \(record.token) was not taken")
    }
}

@Suite struct ProducerStateMachineTests {
    private static func machine(_ adjust: (inout ProducerOptions) -> Void = { _ in }) -> ProducerStateMachine {
        var options = ProducerOptions()
        adjust(&options)
        return ProducerStateMachine(options: options, requestTimeout: .seconds(10), seed: 1)
    }

    private static func record(_ token: UInt64, key: UInt64, bytes: Int = 8) -> KinesisRecord {
        KinesisRecord(
            token: token,
            orderingKey: OrderingKey(high: 0, low: key),
            partitionKey: "k",
            data: [UInt8](repeating: 0, count: bytes)
        )
    }

    private static func at(_ milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    private static func tokens(_ requests: [ProducerRequest]) -> [[UInt64]] { requests.map { $0.records.map(\.token) } }

    private static let written = RecordResult.written(Receipt(shardID: "s", sequenceNumber: "1"))

    @Test func `of one key only one record is on its way, the others follow one by one`() throws {
        var machine = Self.machine()
        for token in 0..<3 as Range<UInt64> { machine.accept(Self.record(token, key: 7), now: Self.at(0)) }

        for token in 0..<3 as Range<UInt64> {
            let actions = machine.actions(now: Self.at(0))
            #expect(Self.tokens(actions.requests) == [[token]])
            machine.completed(try #require(actions.requests.first), results: [Self.written], now: Self.at(0))
        }

        let last = machine.actions(now: Self.at(0))
        #expect(last.requests.isEmpty)
        #expect(last.settlements.map(\.token) == [2])
        #expect(machine.isIdle && machine.statistics.keys == 0)
    }

    @Test func `a throttled record comes back at its place before all others, which are settled`() throws {
        var machine = Self.machine()
        for token in 0..<4 as Range<UInt64> {
            machine.accept(Self.record(token, key: token / 2), now: Self.at(0))
        }
        let first = try #require(machine.actions(now: Self.at(0)).requests.first)
        #expect(Self.tokens([first]) == [[0, 2]])

        let failure = RecordResult.failed(KinesisError(.throughputExceeded, "Rate exceeded"))
        machine.completed(first, results: [failure, Self.written], now: Self.at(1))
        let second = machine.actions(now: Self.at(1))

        #expect(second.settlements.map(\.token) == [2])
        #expect(second.requests.isEmpty && second.wakeUpAt == Self.at(50), "a throttled shard gathers for 50 ms")
        let third = machine.actions(now: Self.at(50))
        #expect(Self.tokens(third.requests) == [[0, 3]])
        machine.completed(
            try #require(third.requests.first),
            results: [Self.written, Self.written],
            now: Self.at(51)
        )
        #expect(Self.tokens(machine.actions(now: Self.at(320)).requests) == [[1]])
    }

    @Test func `a destination that fails is looked at again when something may go, not over and over`() throws {
        var machine = Self.machine { $0.requestsMax = 1 }
        for token in 0..<1_000 as Range<UInt64> { machine.accept(Self.record(token, key: token), now: Self.at(0)) }
        var now = Self.at(0)
        var requests = 0
        while requests < 50 {
            let actions = machine.actions(now: now)
            if let request = actions.requests.first {
                requests += 1
                now = now + Nanoseconds(.milliseconds(1))
                machine.failed(request, error: KinesisError(.connectionFailed, "refused"), now: now)
            } else {
                let wakeUpAt = try #require(actions.wakeUpAt)
                try #require(wakeUpAt > now, "after \(requests) requests")
                now = wakeUpAt
            }
        }
    }

    @Test func `a record that failed by itself comes back after a delay, and the others go on`() throws {
        var machine = Self.machine()
        for token in 0..<4 as Range<UInt64> {
            machine.accept(Self.record(token, key: token / 2), now: Self.at(0))
        }
        let first = try #require(machine.actions(now: Self.at(0)).requests.first)

        let failure = RecordResult.failed(KinesisError(.internalFailure, "model"))
        machine.completed(first, results: [failure, Self.written], now: Self.at(1))
        let second = machine.actions(now: Self.at(1))

        #expect(second.settlements.map(\.token) == [2])
        #expect(Self.tokens(second.requests) == [[3]])
        #expect(try #require(second.wakeUpAt) <= Self.at(101), "the first delay is at most 100 ms")
        let third = machine.actions(now: Self.at(102))
        #expect(third.requests.isEmpty, "one request is on its way, so the record waits for company")
        let fourth = machine.actions(now: Self.at(107))
        #expect(Self.tokens(fourth.requests) == [[0]])
        machine.completed(try #require(fourth.requests.first), results: [Self.written], now: Self.at(108))
        #expect(Self.tokens(machine.actions(now: Self.at(120)).requests) == [[1]])
    }

    @Test func `after an ambiguous failure the record is sent again and its key waits out the guard`() throws {
        var machine = Self.machine()
        machine.accept(Self.record(0, key: 1), now: Self.at(0))
        machine.accept(Self.record(1, key: 1), now: Self.at(0))
        let first = try #require(machine.actions(now: Self.at(0)).requests.first)

        machine.failed(first, error: KinesisError(.connectionLost, "gone"), now: Self.at(50))
        let again = machine.actions(now: Self.at(200))
        #expect(Self.tokens(again.requests) == [[0]])
        machine.completed(try #require(again.requests.first), results: [Self.written], now: Self.at(210))
        let held = machine.actions(now: Self.at(210))

        #expect(held.settlements.isEmpty, "a copy of it may still arrive, so nobody may forget it")
        #expect(held.requests.isEmpty)
        #expect(held.wakeUpAt == Self.at(12_000), "sent at 0, request timeout 10 s, guard 2 s")
        let early = machine.actions(now: Self.at(11_999))
        #expect(early.requests.isEmpty && early.settlements.isEmpty)
        let after = machine.actions(now: Self.at(12_000))
        #expect(Self.tokens(after.requests) == [[1]])
        #expect(after.settlements.map(\.token) == [0])
        #expect(machine.statistics.duplicatesPossible == 1)
    }

    @Test func `a record given up after an ambiguous failure is not forgotten before its copy can land no more`() throws
    {
        var machine = Self.machine { $0.attemptsMax = 1 }
        machine.accept(Self.record(0, key: 1), now: Self.at(0))
        let first = try #require(machine.actions(now: Self.at(0)).requests.first)
        machine.failed(first, error: KinesisError(.connectionLost, "gone"), now: Self.at(50))

        #expect(machine.actions(now: Self.at(11_999)).settlements.isEmpty)
        #expect(machine.actions(now: Self.at(12_000)).settlements.map(\.token) == [0])
        #expect(machine.isIdle && machine.statistics.heldBytes == 0)
    }

    @Test func `what was not sent was not tried`() throws {
        var machine = Self.machine { $0.attemptsMax = 1 }
        machine.accept(Self.record(0, key: 1), now: Self.at(0))
        for round in 0..<3 {
            let now = Self.at(Int64(round) * 60_000)
            let request = try #require(machine.actions(now: now).requests.first)
            machine.failed(request, error: KinesisError(.notSent, "no connection is free"), now: now)
            #expect(machine.actions(now: now).settlements.isEmpty)
        }
        let request = try #require(machine.actions(now: Self.at(180_000)).requests.first)
        machine.failed(request, error: KinesisError(.connectionFailed, "refused"), now: Self.at(180_000))

        #expect(machine.actions(now: Self.at(180_000)).settlements.map(\.token) == [0])
    }

    @Test func `an answer with too few results is an ambiguous failure`() throws {
        var machine = Self.machine()
        for token in 0..<2 as Range<UInt64> { machine.accept(Self.record(token, key: token), now: Self.at(0)) }
        let request = try #require(machine.actions(now: Self.at(0)).requests.first)

        machine.completed(request, results: [Self.written], now: Self.at(5))

        #expect(machine.statistics.duplicatesPossible == 2 && machine.statistics.heldRecords == 2)
        #expect(Self.tokens(machine.actions(now: Self.at(500)).requests) == [[0, 1]])
    }

    // MARK: A dead service

    /// A service that takes requests and never answers those before an instant, with records of 1,000 keys for it.
    private struct DeadService {
        let revivedAt: MonotonicTime
        var machine: ProducerStateMachine
        var now = at(0)
        private var onTheirWay: [(request: ProducerRequest, endsAt: MonotonicTime)] = []
        private(set) var requests: [ProducerRequest] = []
        /// When it took a record for the first time.
        private(set) var takesAt: MonotonicTime?

        init(seed: UInt64, revivedAt: MonotonicTime) {
            self.revivedAt = revivedAt
            machine = ProducerStateMachine(options: ProducerOptions(), requestTimeout: .seconds(10), seed: seed)
            for token in 0..<20_000 as Range<UInt64> { machine.accept(record(token, key: token % 1_000), now: now) }
        }

        /// Goes on to the next event.
        mutating func step() throws {
            let actions = machine.actions(now: now)
            requests += actions.requests
            for request in actions.requests {
                let lasts = now < revivedAt ? machine.requestTimeout : .init(count: 5_000_000)
                onTheirWay.append((request, now + lasts))
            }
            let next = onTheirWay.indices.min { onTheirWay[$0].endsAt < onTheirWay[$1].endsAt }
            let endsAt = next.map { onTheirWay[$0].endsAt } ?? .never
            if let wakeUpAt = actions.wakeUpAt, wakeUpAt < endsAt {
                now = wakeUpAt
            } else {
                let (request, endsAt) = onTheirWay.remove(at: try #require(next))
                now = endsAt
                if request.sentAt < revivedAt {
                    machine.failed(request, error: KinesisError(.requestTimeout, "no answer"), now: now)
                } else {
                    machine.completed(request, results: request.records.map { _ in written }, now: now)
                    takesAt = takesAt ?? now
                }
            }
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `a dead service is written to at full speed within two seconds of its return`(seed: UInt64) throws {
        var service = DeadService(seed: seed, revivedAt: Self.at(11_000 + Int64(seed) * 2_500))
        while service.now < service.revivedAt + Nanoseconds(.seconds(2)) { try service.step() }

        let probes = service.requests.filter { $0.sentAt > Self.at(10_000) && $0.sentAt < service.revivedAt }
        #expect(probes.allSatisfy { $0.records.count == 1 }, "what a probe carries waits longest")
        let seconds = Int(service.revivedAt.nanoseconds / 1_000_000_000) - 10
        #expect(probes.count <= 6 + 2 * seconds, "\(probes.count) probes in \(seconds) seconds")
        let takesAt = try #require(service.takesAt)
        #expect(takesAt < service.revivedAt + Nanoseconds(.milliseconds(1_300)))
        // All of them have one partition key, and so one lane, which begins slowly.
        let delivered = service.machine.statistics.delivered
        #expect(delivered > 500, "\(delivered) records in two seconds")
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `requests that are lost in a short silence hold up no others after it`(seed: UInt64) throws {
        var service = DeadService(seed: seed, revivedAt: Self.at(1_000 + Int64(seed) * 300))
        while service.now < service.revivedAt + Nanoseconds(.seconds(2)) { try service.step() }

        let probes = service.requests.filter { $0.sentAt >= Self.at(750) && $0.sentAt < service.revivedAt }
        #expect(!probes.isEmpty && probes.allSatisfy { $0.records.count == 1 })
        #expect(try #require(service.takesAt) < service.revivedAt + Nanoseconds(.milliseconds(1_050)))
        let delivered = service.machine.statistics.delivered
        #expect(delivered > 500, "\(delivered) records in two seconds")
        #expect(service.machine.statistics.requestsInFlight > 0, "the lost ones are waited for")
    }

    @Test func `lost requests take the place of others only where no more may be on their way`() throws {
        var machine = Self.machine { $0.recordsPerRequest = 1 }
        for token in 0..<60 as Range<UInt64> { machine.accept(Self.record(token, key: token), now: Self.at(0)) }
        let lost = machine.actions(now: Self.at(0)).requests
        #expect(lost.count == 4, "so many are on their way at first")
        #expect(machine.actions(now: Self.at(749)).requests.isEmpty)
        let probe = try #require(machine.actions(now: Self.at(750)).requests.first)
        #expect(probe.records.count == 1)

        machine.completed(probe, results: [Self.written], now: Self.at(760))
        let next = machine.actions(now: Self.at(760)).requests

        #expect(next.count == 4)
        for request in next { machine.completed(request, results: [Self.written], now: Self.at(770)) }
        var more: [ProducerRequest] = []
        for _ in 0..<5 { more += machine.actions(now: Self.at(770)).requests }
        #expect(more.count <= 12 && machine.statistics.requestsInFlight <= 16)
        // An answer that comes after all frees its place as any other does.
        machine.completed(lost[0], results: [Self.written], now: Self.at(2_000))
        #expect(machine.statistics.delivered == 6)
    }

    @Test func `a service that answers later than probes follow each other is not given up`() throws {
        var machine = Self.machine {
            $0.requestsMax = 4
            $0.requestsStart = 2
            $0.recordsPerRequest = 1
        }
        for token in 0..<60 as Range<UInt64> { machine.accept(Self.record(token, key: token), now: Self.at(0)) }
        for _ in 0..<2 {
            for request in machine.actions(now: Self.at(0)).requests {
                machine.failed(request, error: KinesisError(.connectionFailed, "refused"), now: Self.at(0))
            }
        }
        let probe = try #require(machine.actions(now: Self.at(1_000)).requests.first)
        #expect(machine.actions(now: Self.at(1_999)).requests.isEmpty)
        #expect(machine.actions(now: Self.at(2_000)).requests.count == 1, "another beside it")

        machine.completed(probe, results: [Self.written], now: Self.at(3_000))

        let next = machine.actions(now: Self.at(3_000)).requests
        #expect(next.count == 1, "two may be on their way")
    }

    // MARK: Closing

    @Test func `closing does not wait for a service that does not answer, and what is on its way may still land`()
        throws
    {
        var machine = Self.machine()
        machine.accept(Self.record(0, key: 0), now: Self.at(0))
        _ = machine.actions(now: Self.at(0))
        machine.drain(until: Self.at(12_100))
        #expect(!machine.isFinished(now: Self.at(100), unsent: 0), "it may be about to answer")

        let wakeUpAt = try #require(machine.actions(now: Self.at(100)).wakeUpAt)
        _ = machine.actions(now: wakeUpAt)

        #expect(wakeUpAt <= Self.at(1_000) && machine.isFinished(now: wakeUpAt, unsent: 0))
        machine.abandonRequests(now: wakeUpAt)
        #expect(machine.landing(now: wakeUpAt).duration >= .seconds(11))
    }

    @Test func `under a limit of attempts no probe goes beside another and uses one up`() throws {
        var machine = Self.machine {
            $0.requestsMax = 2
            $0.recordsPerRequest = 1
            $0.attemptsMax = 3
        }
        for token in 0..<60 as Range<UInt64> { machine.accept(Self.record(token, key: token), now: Self.at(0)) }
        for _ in 0..<2 {
            for request in machine.actions(now: Self.at(0)).requests {
                machine.failed(request, error: KinesisError(.connectionFailed, "refused"), now: Self.at(0))
            }
        }
        #expect(machine.actions(now: Self.at(1_000)).requests.count == 1, "a probe")

        let later = machine.actions(now: Self.at(9_000))

        #expect(later.requests.isEmpty)
    }

    @Test func `what was sent before the trouble was known leads to no longer pause`() {
        var backoff = Backoff(base: Nanoseconds(.milliseconds(100)), max: Nanoseconds(.seconds(20)), seed: 1)
        var gate = FailureGate(tolerance: 4)

        for _ in 0..<16 { gate.requestFailed(sentAt: Self.at(0), now: Self.at(1), backoff: &backoff) }

        #expect(gate.passage(now: Self.at(1), inFlight: 0) == nil)
        #expect(gate.passage(now: Self.at(102), inFlight: 0) == .probe, "the first pause")
    }

    @Test func `closing sends on where a service only throttles`() throws {
        var machine = Self.machine()
        machine.accept(Self.record(0, key: 0), now: Self.at(0))
        let request = try #require(machine.actions(now: Self.at(0)).requests.first)
        let throttled = RecordResult.failed(KinesisError(.throughputExceeded, "Rate exceeded"))
        machine.completed(request, results: [throttled], now: Self.at(1))
        machine.drain(until: Self.at(25_000))

        let actions = machine.actions(now: Self.at(600))

        #expect(!machine.isFinished(now: Self.at(600), unsent: 0))
        #expect(Self.tokens(actions.requests) == [[0]])
    }

    @Test func `closing does not try on where nothing gets through`() throws {
        var machine = Self.machine()
        machine.accept(Self.record(0, key: 0), now: Self.at(0))
        let request = try #require(machine.actions(now: Self.at(0)).requests.first)
        machine.failed(request, error: KinesisError(.connectionFailed, "refused"), now: Self.at(1))
        _ = machine.actions(now: Self.at(2))
        machine.drain(until: Self.at(12_000))
        #expect(!machine.isFinished(now: Self.at(2), unsent: 0), "one failure says nothing")

        _ = machine.actions(now: Self.at(600))

        #expect(machine.isFinished(now: Self.at(600), unsent: 0))
    }

    @Test func `while draining no request is begun that could outlast the deadline`() throws {
        var machine = Self.machine()
        machine.accept(Self.record(0, key: 0), now: Self.at(0))
        machine.accept(Self.record(1, key: 0), now: Self.at(0))
        machine.drain(until: Self.at(20_000))
        let first = try #require(machine.actions(now: Self.at(10_000)).requests.first)
        machine.completed(first, results: [Self.written], now: Self.at(10_001))

        let late = machine.actions(now: Self.at(10_001))

        #expect(late.requests.isEmpty && late.settlements.map(\.token) == [0])
        #expect(machine.isFinished(now: Self.at(10_001), unsent: 0), "nothing is on its way and nothing may be begun")
        #expect(machine.landing(now: Self.at(10_001)).count == 0)
    }

    @Test func `closing waits for what is on its way, also after the destination has failed`() throws {
        var machine = Self.machine { $0.recordsPerRequest = 1 }
        for token in 0..<2 as Range<UInt64> { machine.accept(Self.record(token, key: token), now: Self.at(0)) }
        machine.drain(until: Self.at(10_000))
        let requests = machine.actions(now: Self.at(0)).requests
        machine.failed(requests[0], error: KinesisError(.resourceNotFound, "no"), now: Self.at(1))
        machine.drain(until: Self.at(1))
        #expect(!machine.isFinished(now: Self.at(9_000), unsent: 0))

        machine.completed(requests[1], results: [Self.written], now: Self.at(9_500))

        #expect(machine.isFinished(now: Self.at(9_500), unsent: 0))
        #expect(Set(machine.actions(now: Self.at(9_500)).settlements.map(\.token)) == [0, 1])
    }

    @Test func `a closed machine tells how long its last copies may land`() throws {
        var machine = Self.machine()
        machine.accept(Self.record(0, key: 0), now: Self.at(0))
        machine.drain(until: Self.at(11_000))
        let first = try #require(machine.actions(now: Self.at(1_000)).requests.first)
        machine.failed(first, error: KinesisError(.requestTimeout, "late"), now: Self.at(11_000))

        #expect(machine.isFinished(now: Self.at(11_000), unsent: 0))
        #expect(machine.landing(now: Self.at(11_000)).duration == .seconds(2))
    }

    // MARK: Condition

    @Test func `a failure that a success follows soon is no trouble`() throws {
        var machine = Self.machine()
        machine.accept(Self.record(0, key: 0), now: Self.at(0))
        let first = try #require(machine.actions(now: Self.at(0)).requests.first)
        machine.failed(first, error: KinesisError(.throughputExceeded, "slow down"), now: Self.at(1))
        let second = try #require(machine.actions(now: Self.at(400)).requests.first)
        machine.completed(second, results: [Self.written], now: Self.at(420))

        #expect(machine.actions(now: Self.at(5_000)).condition == nil)
    }

    @Test func `trouble shows within a second of the first failure and ends with the first success`() throws {
        var machine = Self.machine()
        machine.accept(Self.record(0, key: 0), now: Self.at(0))
        var now: Int64 = 0
        var shownAt: Int64?
        while shownAt == nil, now < 2_000 {
            let actions = machine.actions(now: Self.at(now))
            if case .retrying(.connectionFailed, "refused", let attempts)? = actions.condition {
                #expect(attempts > 0)
                shownAt = now
            }
            for request in actions.requests {
                machine.failed(request, error: KinesisError(.connectionFailed, "refused"), now: Self.at(now))
            }
            now += 1
        }
        #expect(try #require(shownAt) <= 1_000)

        var request: ProducerRequest?
        while request == nil {
            now += 100
            request = machine.actions(now: Self.at(now)).requests.first
        }
        machine.completed(try #require(request), results: [Self.written], now: Self.at(now))
        #expect(machine.actions(now: Self.at(now)).condition == .flowing)
    }

    @Test func `silence shows within a second, but not from a service that is known to be slower`() throws {
        var machine = Self.machine()
        machine.accept(Self.record(0, key: 0), now: Self.at(0))
        let first = try #require(machine.actions(now: Self.at(0)).requests.first)
        let waiting = machine.actions(now: Self.at(1))
        #expect(waiting.condition == nil && waiting.wakeUpAt == Self.at(750))
        guard case .retrying(.noAnswer, _, 0)? = machine.actions(now: Self.at(750)).condition else {
            Issue.record("silence does not show")
            return
        }
        machine.completed(first, results: [Self.written], now: Self.at(3_000))
        #expect(machine.actions(now: Self.at(3_000)).condition == .flowing)

        machine.accept(Self.record(1, key: 0), now: Self.at(3_000))
        #expect(!machine.actions(now: Self.at(3_000)).requests.isEmpty)
        #expect(machine.actions(now: Self.at(8_999)).condition == nil)
        #expect(machine.actions(now: Self.at(9_000)).condition != nil)
    }

    @Test func `a key stays held although nothing of it waits`() throws {
        var machine = Self.machine()
        machine.accept(Self.record(0, key: 1), now: Self.at(0))
        let first = try #require(machine.actions(now: Self.at(0)).requests.first)
        machine.failed(first, error: KinesisError(.requestTimeout, "late"), now: Self.at(10_000))
        let again = try #require(machine.actions(now: Self.at(10_200)).requests.first)
        machine.completed(again, results: [Self.written], now: Self.at(10_300))

        machine.accept(Self.record(1, key: 1), now: Self.at(10_400))

        #expect(machine.actions(now: Self.at(10_400)).requests.isEmpty)
        #expect(Self.tokens(machine.actions(now: Self.at(12_000)).requests) == [[1]])
    }

    @Test func `with requests on their way small ones wait for company, full ones do not`() {
        var machine = Self.machine { $0.recordsPerRequest = 10 }
        machine.accept(Self.record(0, key: 0), now: Self.at(0))
        #expect(Self.tokens(machine.actions(now: Self.at(0)).requests) == [[0]], "nothing on its way: at once")

        machine.accept(Self.record(1, key: 1), now: Self.at(1))
        let waiting = machine.actions(now: Self.at(1))
        #expect(waiting.requests.isEmpty)
        #expect(waiting.wakeUpAt == Self.at(6))
        for token in 2..<11 as Range<UInt64> {
            machine.accept(Self.record(token, key: token), now: Self.at(2))
        }
        #expect(Self.tokens(machine.actions(now: Self.at(2)).requests) == [Array(1...10)], "ten: at once")
        machine.accept(Self.record(11, key: 11), now: Self.at(3))
        #expect(machine.actions(now: Self.at(3)).requests.isEmpty)
        #expect(Self.tokens(machine.actions(now: Self.at(8)).requests) == [[11]], "five milliseconds: goes")
    }

    @Test func `no more requests than allowed are on their way`() throws {
        var machine = Self.machine {
            $0.recordsPerRequest = 1
            $0.requestsMax = 2
        }
        for token in 0..<5 as Range<UInt64> {
            machine.accept(Self.record(token, key: token), now: Self.at(0))
        }

        let first = machine.actions(now: Self.at(0))
        #expect(Self.tokens(first.requests) == [[0], [1]])
        #expect(machine.actions(now: Self.at(100)).requests.isEmpty)
        machine.completed(try #require(first.requests.last), results: [Self.written], now: Self.at(101))

        #expect(Self.tokens(machine.actions(now: Self.at(101)).requests) == [[2]])
    }

    @Test func `a request is filled to its bytes and a larger record goes alone`() {
        var machine = Self.machine {
            $0.requestBytesTarget = 1000
            $0.recordBytesMax = 5000
        }
        for (token, bytes) in [400, 400, 3000, 400].enumerated() {
            machine.accept(Self.record(UInt64(token), key: UInt64(token), bytes: bytes), now: Self.at(0))
        }
        machine.drain()

        #expect(Self.tokens(machine.actions(now: Self.at(0)).requests) == [[0, 1], [2], [3]])
    }

    @Test(arguments: [
        (1025, "k", "RecordTooLarge"), (8, "", "InvalidPartitionKey"),
        (8, String(repeating: "ä", count: 257), "InvalidPartitionKey"),
    ])
    func `a record that the service would never take is rejected at once`(_ bytes: Int, _ key: String, _ code: String) {
        var machine = Self.machine { $0.recordBytesMax = 1024 }
        var record = Self.record(9, key: 0, bytes: bytes)
        record.partitionKey = key

        machine.accept(record, now: Self.at(0))

        let actions = machine.actions(now: Self.at(0))
        #expect(actions.requests.isEmpty && machine.isIdle)
        guard case .rejected(let error)? = actions.settlements.first?.outcome else {
            Issue.record("\(actions.settlements)")
            return
        }
        #expect(error.code.rawValue == code)
        #expect(!error.isRetriable)
    }

    @Test func `a key of 256 wide characters and a record of exactly the limit are taken`() {
        var machine = Self.machine { $0.recordBytesMax = 1024 }
        var record = Self.record(9, key: 0, bytes: 512)
        record.partitionKey = String(repeating: "ä", count: 256)

        machine.accept(record, now: Self.at(0))

        #expect(Self.tokens(machine.actions(now: Self.at(0)).requests) == [[9]])
    }

    @Test func `a refused request is halved until the record to blame is found`() {
        var machine = Self.machine()
        for token in 0..<100 as Range<UInt64> {
            machine.accept(Self.record(token, key: token), now: Self.at(0))
        }
        var settled: [UInt64: Bool] = [:]
        var requests = 0

        for round in 0..<200 as Range<Int64> where settled.count < 100 {
            let actions = machine.actions(now: Self.at(round * 10))
            for settlement in actions.settlements {
                if case .rejected(let error) = settlement.outcome {
                    #expect(error.code == .validation)
                    settled[settlement.token] = false
                } else {
                    settled[settlement.token] = true
                }
            }
            for request in actions.requests {
                requests += 1
                if request.records.contains(where: { $0.token == 42 }) {
                    machine.failed(request, error: KinesisError(.validation, "no"), now: Self.at(round * 10))
                } else {
                    let results = [RecordResult](repeating: Self.written, count: request.records.count)
                    machine.completed(request, results: results, now: Self.at(round * 10))
                }
            }
        }

        #expect(settled.count == 100)
        #expect(settled.filter { !$0.value }.keys.sorted() == [42])
        #expect(requests <= 16, "\(requests) requests")
    }

    @Test(arguments: [
        "ResourceNotFoundException", "AccessDeniedException", "KMSDisabledException", "ExpiredTokenException",
    ])
    func `a failed destination settles everything with the reason and takes nothing more`(_ name: String) throws {
        var machine = Self.machine {
            $0.recordsPerRequest = 2
            $0.requestsMax = 2
        }
        for token in 0..<8 as Range<UInt64> {
            machine.accept(Self.record(token, key: token % 5), now: Self.at(0))
        }
        let requests = machine.actions(now: Self.at(0)).requests
        #expect(Self.tokens(requests) == [[0, 1], [2, 3]])

        machine.failed(requests[0], error: KinesisError(.init(rawValue: name), "no"), now: Self.at(1))
        let failed = machine.actions(now: Self.at(1))
        machine.completed(
            requests[1],
            results: [Self.written, .failed(KinesisError(.throughputExceeded, "x"))],
            now: Self.at(2)
        )
        let late = machine.actions(now: Self.at(2))
        machine.accept(Self.record(9, key: 9), now: Self.at(3))
        let after = machine.actions(now: Self.at(3))

        #expect(failed.requests.isEmpty && late.requests.isEmpty && after.requests.isEmpty)
        #expect(Set(failed.settlements.map(\.token)) == [0, 1, 4, 5, 6, 7])
        #expect(Set(late.settlements.map(\.token)) == [2, 3])
        #expect(after.settlements.map(\.token) == [9])
        for settlement in failed.settlements + after.settlements + late.settlements where settlement.token != 2 {
            guard case .destinationFailed(let error, mayBeWritten: false) = settlement.outcome else {
                Issue.record("\(settlement)")
                continue
            }
            #expect(error.code.rawValue == name)
        }
        guard case .delivered? = late.settlements.first(where: { $0.token == 2 })?.outcome else {
            Issue.record("the record that was written is not called delivered")
            return
        }
        #expect(machine.isIdle && machine.statistics.keys == 0 && machine.statistics.heldBytes == 0)
        #expect(machine.statistics.failure?.code.rawValue == name)
    }

    @Test func `a failed destination tells which records may be written`() throws {
        var machine = Self.machine()
        machine.accept(Self.record(0, key: 0), now: Self.at(0))
        let first = try #require(machine.actions(now: Self.at(0)).requests.first)
        machine.failed(first, error: KinesisError(.connectionLost, "gone"), now: Self.at(1))
        machine.accept(Self.record(1, key: 1), now: Self.at(200))
        let second = try #require(machine.actions(now: Self.at(200)).requests.first)

        machine.failed(second, error: KinesisError(.accessDenied, "no"), now: Self.at(201))

        var unsure: [UInt64: Bool] = [:]
        for settlement in machine.actions(now: Self.at(201)).settlements {
            if case .destinationFailed(_, let mayBeWritten) = settlement.outcome {
                unsure[settlement.token] = mayBeWritten
            }
        }
        #expect(unsure == [0: true, 1: false])
    }

    @Test func `memory is bounded in records and in bytes`() {
        var byRecords = Self.machine { $0.heldRecordsMax = 3 }
        var byBytes = Self.machine { $0.heldBytesMax = 1000 }

        let records = (0..<10 as Range<UInt64>).filter { byRecords.enqueue(Self.record($0, key: $0), now: Self.at(0)) }
        let bytes = (0..<10 as Range<UInt64>).filter {
            byBytes.enqueue(Self.record($0, key: $0, bytes: 400), now: Self.at(0))
        }

        #expect(records == [0, 1, 2])
        #expect(bytes == [0, 1])
        let isTaken = byBytes.enqueue(Self.record(1, key: 0, bytes: 4), now: Self.at(0))
        #expect(!isTaken, "of a known key neither")
    }

    @Test func `delays grow, stay under their bound and differ`() {
        var backoff = Backoff(base: Nanoseconds(.milliseconds(100)), max: Nanoseconds(.seconds(20)), seed: 3)

        for attempts in 1...100 {
            let bound = min(Int64(100_000_000) << Int64(min(attempts - 1, 20)), 20_000_000_000)
            let delays = (0..<50).map { _ in backoff.delay(afterAttempts: attempts).count }
            #expect(delays.allSatisfy { $0 >= 0 && $0 <= bound }, "after \(attempts)")
            #expect(Set(delays).count > 40, "after \(attempts)")
            #expect((delays.max() ?? 0) > bound / 2, "after \(attempts)")
        }
    }

    @Test func `the delay queue gives the earliest first`() {
        var random = SplitMix64(seed: 5)
        var queue = DelayQueue<UInt32>()
        let times = (0..<500).map { _ in Int64.random(in: 0...100, using: &random) }
        for (index, time) in times.enumerated() { queue.insert(UInt32(index), at: Self.at(time)) }

        var popped: [Int64] = []
        for now in 0...100 as ClosedRange<Int64> {
            while let index = queue.popDue(Self.at(now)) {
                #expect(times[Int(index)] == now)
                popped.append(times[Int(index)])
            }
        }

        #expect(popped == times.sorted())
        #expect(queue.earliest == nil)
    }

    @Test func `the ring keeps its order while it grows and wraps`() {
        var random = SplitMix64(seed: 6)
        var ring = IndexRing()
        var model: [UInt32] = []
        for value in 0..<5000 as Range<UInt32> {
            if Int.random(in: 0...2, using: &random) > 0 {
                ring.append(value)
                model.append(value)
            } else {
                let popped = ring.popFirst()
                let expected = model.isEmpty ? nil : model.removeFirst()
                #expect(popped == expected)
            }
            #expect(ring.first == model.first && ring.count == model.count)
        }
    }
}
