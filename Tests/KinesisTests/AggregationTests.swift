import Testing

@testable import Kinesis

/// Records of one key that wait go as one record of the stream, and everything else holds as if they did not.
@Suite struct AggregationTests {
    private static let written = RecordResult.written(Receipt(shardID: "s", sequenceNumber: "9"))
    private static let blame = KinesisError(.validation, "model")

    private static func machine(_ adjust: (inout ProducerOptions) -> Void = { _ in }) -> ProducerStateMachine {
        var options = ProducerOptions()
        options.aggregateBytesMax = ProducerOptions.aggregateBytesDefault
        adjust(&options)
        return ProducerStateMachine(options: options, requestTimeout: .seconds(10), seed: 1)
    }

    private static func at(_ milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    private static func enqueue(
        _ tokens: Range<UInt64>,
        _ machine: inout ProducerStateMachine,
        partitionKey: String = "k",
        bytes: Int = 8,
        at time: Int64 = 0
    ) {
        for token in tokens {
            let record = KinesisRecord(
                token: token,
                orderingKey: OrderingKey(high: 0, low: 7),
                partitionKey: partitionKey,
                data: [UInt8](repeating: UInt8(truncatingIfNeeded: token), count: bytes)
            )
            let isTaken = machine.enqueue(record, now: at(time))
            #expect(isTaken)
        }
    }

    private static func tokens(_ requests: [ProducerRequest]) -> [[[UInt64]]] {
        requests.map { $0.members.map { $0.map(\.token) } }
    }

    private static func receipts(_ settlements: [Settlement]) -> [String] {
        settlements.map { settlement in
            guard case .delivered(let receipt) = settlement.outcome else { return "\(settlement.outcome)" }
            return "\(settlement.token) at \(receipt.sequenceNumber):\(receipt.subsequenceNumber, default: "-")"
        }
    }

    @Test func `an aggregate counts whole where large requests are told from small ones`() throws {
        var machine = Self.machine { $0.requestBytesTarget = 20_000 }
        Self.enqueue(0..<1, &machine)
        let first = try #require(machine.actions(now: Self.at(0)).requests.first)
        Self.enqueue(1..<21, &machine, bytes: 600)
        machine.completed(first, results: [Self.written], now: Self.at(1))
        let second = try #require(machine.actions(now: Self.at(1)).requests.first)

        #expect(second.records.count == 1 && second.isAggregate(0))
        #expect(!first.isLarge(machine.options) && second.isLarge(machine.options))
    }

    @Test func `what waits of a key goes as one record, in order, each with its receipt`() throws {
        var machine = Self.machine()
        Self.enqueue(0..<1, &machine)
        let first = try #require(machine.actions(now: Self.at(0)).requests.first)
        Self.enqueue(1..<4, &machine)

        machine.completed(first, results: [Self.written], now: Self.at(1))
        let second = machine.actions(now: Self.at(1))

        #expect(Self.tokens([first]) == [[[0]]] && first.streamRecords[0].data == [UInt8](repeating: 0, count: 8))
        #expect(Self.receipts(second.settlements) == ["0 at 9:-"], "one alone goes as it is")
        #expect(Self.tokens(second.requests) == [[[1, 2, 3]]])
        let request = try #require(second.requests.first)
        let aggregate = try #require(KPLAggregate(request.streamRecords[0].data))
        #expect(aggregate.members.map(\.data) == (1...3).map { [UInt8](repeating: $0, count: 8) })
        machine.completed(request, results: [Self.written], now: Self.at(2))
        #expect(Self.receipts(machine.actions(now: Self.at(2)).settlements) == ["1 at 9:0", "2 at 9:1", "3 at 9:2"])
        #expect(machine.isIdle && machine.statistics.keys == 0 && machine.statistics.heldBytes == 0)
        #expect(machine.statistics.delivered == 4)
        #expect(machine.statistics.aggregated == 3 && machine.statistics.aggregates == 1)
    }

    @Test func `an aggregate that a shard did not take leaves no debt for its pace, large as it is`() throws {
        var machine = Self.machine { $0.aggregateBytesMax = 200_000 }
        Self.enqueue(0..<100, &machine, bytes: 1_500)
        let first = try #require(machine.actions(now: Self.at(0)).requests.first)
        #expect(Self.tokens([first]) == [[Array(0..<100)]])

        machine.completed(first, results: [.failed(KinesisError(.throughputExceeded, "model"))], now: Self.at(1))

        var now = Self.at(1)
        var next: ProducerRequest?
        while next == nil {
            let actions = machine.actions(now: now)
            next = actions.requests.first
            if next == nil { now = try #require(actions.wakeUpAt) }
        }
        #expect(now <= Self.at(300), "a record of that size goes after an eighth of a second")
    }

    @Test func `without the option every record goes by itself`() throws {
        var machine = Self.machine { $0.aggregateBytesMax = nil }
        Self.enqueue(0..<3, &machine)

        let requests = machine.actions(now: Self.at(0)).requests

        #expect(Self.tokens(requests) == [[[0]]])
    }

    @Test func `records of another partition key are not in it`() {
        var machine = Self.machine()
        Self.enqueue(0..<2, &machine)
        Self.enqueue(2..<3, &machine, partitionKey: "other")
        Self.enqueue(3..<5, &machine)

        #expect(Self.tokens(machine.actions(now: Self.at(0)).requests) == [[[0, 1]]])
    }

    @Test func `an aggregate is not larger than it may be, and a large record goes by itself`() {
        var machine = Self.machine { $0.aggregateBytesMax = 1_000 }
        Self.enqueue(0..<20, &machine, bytes: 100)
        var large = Self.machine { $0.aggregateBytesMax = 1_000 }
        Self.enqueue(0..<1, &large, bytes: 2_000)
        Self.enqueue(1..<3, &large)

        let requests = machine.actions(now: Self.at(0)).requests
        let alone = large.actions(now: Self.at(0)).requests

        #expect(Self.tokens(requests) == [[[0, 1, 2, 3, 4, 5, 6, 7, 8]]])
        #expect(requests.allSatisfy { $0.streamRecords[0].countedBytes <= 1_000 })
        #expect(Self.tokens(alone) == [[[0]]])
    }

    @Test func `a retried aggregate takes nothing newer along while a copy of it may land`() throws {
        var machine = Self.machine()
        Self.enqueue(0..<2, &machine)
        let first = try #require(machine.actions(now: Self.at(0)).requests.first)
        Self.enqueue(2..<4, &machine)

        machine.failed(first, error: KinesisError(.connectionLost, "gone"), now: Self.at(50))
        let again = machine.actions(now: Self.at(200)).requests
        machine.completed(try #require(again.first), results: [Self.written], now: Self.at(210))
        let held = machine.actions(now: Self.at(11_999))
        let after = machine.actions(now: Self.at(12_000))

        #expect(Self.tokens(again) == [[[0, 1]]])
        #expect(held.requests.isEmpty && held.settlements.isEmpty)
        #expect(Self.tokens(after.requests) == [[[2, 3]]])
        #expect(Self.receipts(after.settlements).sorted() == ["0 at 9:0", "1 at 9:1"])
        #expect(machine.statistics.duplicatesPossible == 2)
    }

    @Test func `a throttled aggregate comes back with what has come since`() throws {
        var machine = Self.machine()
        Self.enqueue(0..<2, &machine)
        let first = try #require(machine.actions(now: Self.at(0)).requests.first)
        Self.enqueue(2..<3, &machine)

        let throttled = RecordResult.failed(KinesisError(.throughputExceeded, "model"))
        machine.completed(first, results: [throttled], now: Self.at(1))

        #expect(machine.actions(now: Self.at(1)).settlements.isEmpty)
        #expect(Self.tokens(machine.actions(now: Self.at(60)).requests) == [[[0, 1, 2]]])
        #expect(machine.statistics.retried == 2 && machine.statistics.throttled == 1)
    }

    @Test(arguments: [true, false])
    func `an aggregate that is blamed goes one by one, and only the poison is rejected`(
        _ isBlamedInAnswer: Bool
    ) throws {
        var machine = Self.machine()
        Self.enqueue(0..<3, &machine)
        var now: Int64 = 0
        var sent: [[[UInt64]]] = []
        var settled: [String] = []
        while !machine.isIdle, now < 1_000 {
            let actions = machine.actions(now: Self.at(now))
            settled += Self.receipts(actions.settlements)
            for request in actions.requests {
                sent += Self.tokens([request])
                let isPoisoned = request.members.joined().contains { $0.token == 1 }
                if isPoisoned, isBlamedInAnswer {
                    machine.completed(request, results: [.failed(Self.blame)], now: Self.at(now))
                } else if isPoisoned {
                    machine.failed(request, error: Self.blame, now: Self.at(now))
                } else {
                    machine.completed(request, results: [Self.written], now: Self.at(now))
                }
            }
            now += 1
        }
        settled += Self.receipts(machine.actions(now: Self.at(now)).settlements)

        #expect(sent == [[[0, 1, 2]], [[0]], [[1]], [[2]]])
        #expect(settled.count == 3 && settled[0] == "0 at 9:-" && settled[2] == "2 at 9:-")
        #expect(settled[1].contains("ValidationException"))
    }

    @Test func `attempts count for each record of an aggregate`() throws {
        var machine = Self.machine { $0.attemptsMax = 2 }
        Self.enqueue(0..<2, &machine)
        let failure = RecordResult.failed(KinesisError(.internalFailure, "model"))
        let first = try #require(machine.actions(now: Self.at(0)).requests.first)
        machine.completed(first, results: [failure], now: Self.at(0))
        Self.enqueue(2..<3, &machine)
        let second = try #require(machine.actions(now: Self.at(1_000)).requests.first)
        machine.completed(second, results: [failure], now: Self.at(1_000))

        let settled = machine.actions(now: Self.at(1_000)).settlements
        let third = machine.actions(now: Self.at(3_000)).requests

        #expect(Self.tokens([first, second]) == [[[0, 1]], [[0, 1, 2]]])
        #expect(settled.map(\.token) == [0, 1])
        #expect(Self.receipts(settled).allSatisfy { $0.contains("AttemptsExhausted") })
        #expect(Self.tokens(third) == [[[2]]])
    }

    @Test func `a destination that fails settles every record of an aggregate`() throws {
        var machine = Self.machine()
        Self.enqueue(0..<3, &machine)
        let first = try #require(machine.actions(now: Self.at(0)).requests.first)
        Self.enqueue(3..<5, &machine)

        machine.failed(first, error: KinesisError(.accessDenied, "model"), now: Self.at(1))

        #expect(machine.actions(now: Self.at(1)).settlements.map(\.token).sorted() == [0, 1, 2, 3, 4])
        #expect(machine.isIdle && machine.statistics.keys == 0 && machine.statistics.heldBytes == 0)
    }
}
