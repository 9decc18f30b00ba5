import Testing

@testable import Kinesis

/// What a producer does while requests are not answered: driven by what it asks to be woken for, and nothing else.
struct SilenceTests {
    private static func at(_ milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    private static func machine(
        records: UInt64,
        bytes: Int = 8,
        _ adjust: (inout ProducerOptions) -> Void = { _ in }
    ) -> ProducerStateMachine {
        var options = ProducerOptions()
        adjust(&options)
        var machine = ProducerStateMachine(options: options, requestTimeout: .seconds(10), seed: 1)
        for token in 0..<records {
            let isTaken = machine.enqueue(
                KinesisRecord(
                    token: token,
                    orderingKey: OrderingKey(high: 0, low: token),
                    partitionKey: "k\(token)",
                    data: [UInt8](repeating: 0, count: bytes)
                ),
                now: at(0)
            )
            #expect(isTaken)
        }
        return machine
    }

    private static func answer(
        _ request: ProducerRequest,
        _ machine: inout ProducerStateMachine,
        now: MonotonicTime
    ) {
        let result = RecordResult.written(Receipt(shardID: "s", sequenceNumber: "1"))
        machine.completed(request, results: request.records.map { _ in result }, now: now)
    }

    /// A way so narrow that four large requests take seconds, over which small ones take no time.
    private struct NarrowWay {
        let bytesPerSecond: Double
        var machine: ProducerStateMachine
        var now = at(0)
        private var onTheirWay: [(request: ProducerRequest, bytesLeft: Double)] = []
        private(set) var inFlightMax = 0
        private(set) var timeouts = 0

        init(bytesPerSecond: Double, _ machine: ProducerStateMachine) {
            self.bytesPerSecond = bytesPerSecond
            self.machine = machine
        }

        /// Shares the way among all requests for ten milliseconds, and wakes the machine when it asked for that.
        mutating func step() {
            let actions = machine.actions(now: now)
            for request in actions.requests {
                let bytes = request.records.indices.reduce(0) { $0 + request.countedBytes($1) }
                onTheirWay.append((request, Double(bytes) * 4 / 3))
            }
            inFlightMax = max(inFlightMax, onTheirWay.count)
            now = now + Nanoseconds(.milliseconds(10))
            let share = bytesPerSecond / 100 / Double(max(onTheirWay.count, 1))
            for index in onTheirWay.indices { onTheirWay[index].bytesLeft -= share }
            let ended = onTheirWay.filter { $0.bytesLeft <= 0 }
            onTheirWay.removeAll { $0.bytesLeft <= 0 }
            for (request, _) in ended { answer(request, &machine, now: now) }
            let late = onTheirWay.filter { now >= $0.request.sentAt + Nanoseconds(.seconds(10)) }
            onTheirWay.removeAll { now >= $0.request.sentAt + Nanoseconds(.seconds(10)) }
            for (request, _) in late {
                timeouts += 1
                machine.failed(request, error: KinesisError(.requestTimeout, "no answer"), now: now)
            }
        }
    }

    @Test(arguments: [1.2, 2, 5])
    func `large requests on a narrow way are slow and not lost, whatever small ones take`(mebibytes: Double) {
        // Each 100 KiB, so that a request holds ten; a backlog for half a minute.
        let records = UInt64(mebibytes * 30 * 10)
        var way = NarrowWay(
            bytesPerSecond: mebibytes * 1_048_576,
            Self.machine(records: records, bytes: 100 << 10) {
                $0.heldBytesMax = 1 << 30
                $0.heldRecordsMax = 100_000
            }
        )
        for _ in 0..<6_000 where !way.machine.isIdle { way.step() }

        #expect(way.timeouts == 0, "\(way.inFlightMax) at a time")
        #expect(way.machine.isIdle, "\(way.machine.statistics.delivered) of \(records) in a minute")
        #expect(way.machine.statistics.duplicatesPossible == 0)
    }

    @Test func `silence after refusals is noticed without any other event`() throws {
        var machine = Self.machine(records: 40) { $0.recordsPerRequest = 1 }
        let first = machine.actions(now: Self.at(0)).requests
        #expect(first.count == 4)
        for request in first.prefix(3) {
            machine.failed(request, error: KinesisError(.connectionFailed, "refused"), now: Self.at(1))
        }
        // All other places are taken by requests that are accepted and never answered.
        var now = Self.at(1)
        var sent = 0
        while now < Self.at(2_100) {
            let actions = machine.actions(now: now)
            sent += actions.requests.count
            guard let wakeUpAt = actions.wakeUpAt else { break }
            try #require(wakeUpAt > now)
            now = wakeUpAt
        }

        #expect(sent > 3, "the refused ones' places, and then probes")
        #expect(now >= Self.at(2_000), "somebody wakes it")
    }

    @Test func `requests that take all places without an answer are asked about by one more a second`() throws {
        var machine = Self.machine(records: 8_000)
        machine.listedShards(
            .success(try #require(ShardMap((0..<16).map { .init(id: "s\($0)", start: UInt64($0) << 60) }))),
            now: Self.at(0)
        )
        // A small one is answered at once, whatever becomes of the large ones.
        let lost = machine.actions(now: Self.at(0)).requests
        var now = Self.at(0)
        var scouts: [ProducerRequest] = []
        while now < Self.at(4_000), scouts.isEmpty {
            let actions = machine.actions(now: now)
            for request in actions.requests {
                if request.records.count == 1 {
                    Self.answer(request, &machine, now: now)
                } else {
                    scouts.append(request)
                }
            }
            guard let wakeUpAt = actions.wakeUpAt else { break }
            try #require(wakeUpAt > now || !actions.requests.isEmpty)
            now = max(wakeUpAt, now)
        }
        #expect(!lost.isEmpty && now <= Self.at(3_000))
        let scout = try #require(scouts.first)
        Self.answer(scout, &machine, now: now + Nanoseconds(.milliseconds(20)))

        let next = machine.actions(now: now + Nanoseconds(.milliseconds(20))).requests
        #expect(!next.isEmpty, "the lost ones take no place any more")
    }

    @Test func `a late answer of what was lost says nothing of what others take`() {
        var gauge = ConditionGauge()
        for request in 0..<4 as Range<UInt64> { gauge.sent(request, isLarge: false, now: Self.at(0)) }
        gauge.sent(9, isLarge: false, now: Self.at(2_000))
        gauge.answered(9, sentAt: Self.at(2_000), failure: nil, now: Self.at(2_020))
        #expect(gauge.overdue(now: Self.at(2_020)) == 4)

        gauge.answered(0, sentAt: Self.at(0), failure: nil, now: Self.at(3_000))

        #expect(gauge.overdue(now: Self.at(3_000)) == 3)
    }

    @Test func `a small answer does not make large requests lost`() {
        var gauge = ConditionGauge()
        gauge.sent(0, isLarge: true, now: Self.at(0))
        gauge.sent(1, isLarge: false, now: Self.at(800))
        gauge.answered(1, sentAt: Self.at(800), failure: nil, now: Self.at(820))
        #expect(gauge.overdue(now: Self.at(5_000)) == 0)

        gauge.sent(2, isLarge: true, now: Self.at(1_800))
        gauge.answered(2, sentAt: Self.at(1_800), failure: nil, now: Self.at(1_900))
        #expect(gauge.overdue(now: Self.at(1_900)) == 1)
    }

    @Test(arguments: [1, 2, 3, 4, 8, 16, 64])
    func `however few may be on their way, one in four at most is kept`(most: Int) {
        let machine = Self.machine(records: 0) { $0.requestsMax = most }
        #expect(machine.concurrency.limit == min(4, most - min(4, most / 4)))
    }

    @Test func `an answer that finds fault with a request opens the way as any other`() throws {
        var machine = Self.machine(records: 20) { $0.recordsPerRequest = 2 }
        for _ in 0..<6 {
            for request in machine.actions(now: Self.at(0)).requests {
                machine.failed(request, error: KinesisError(.connectionFailed, "refused"), now: Self.at(0))
            }
        }
        var now = Self.at(0)
        var probe: ProducerRequest?
        while probe == nil, now < Self.at(5_000) {
            now = now + Nanoseconds(.milliseconds(50))
            probe = machine.actions(now: now).requests.first
        }
        machine.failed(try #require(probe), error: KinesisError(.validation, "fault", httpStatus: 400), now: now)

        #expect(machine.actions(now: now + Nanoseconds(.milliseconds(200))).requests.count > 1)
    }
}
