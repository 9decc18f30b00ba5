import Testing

@testable import Kinesis

/// CBOR is given up for JSON where the endpoint does not take it: nothing is lost, and nothing written twice.
@Suite struct WireFallbackTests {
    static let refusals: [(String, KinesisError)] = [
        ("SerializationException", KinesisError(.serialization, "model", httpStatus: 400)),
        ("UnknownOperationException", KinesisError(KinesisError.Code(rawValue: "UnknownOperationException"), "model")),
        ("not found", .response(status: 404, body: [], wire: .cbor)),
        ("XML", .response(status: 403, body: Array("<Error><Code>Denied</Code></Error>".utf8), wire: .cbor)),
        ("JSON of another service", .response(status: 400, body: Array("{}".utf8), wire: .cbor)),
    ]

    private static func machine(_ wire: KinesisWire = .cbor) -> ProducerStateMachine {
        var machine = ProducerStateMachine(
            options: ProducerOptions(),
            requestTimeout: .seconds(10),
            wire: wire,
            seed: 1
        )
        for token in 0..<2 as Range<UInt64> {
            let record = KinesisRecord(
                token: token,
                orderingKey: OrderingKey(high: 0, low: 7),
                partitionKey: "k",
                data: [1]
            )
            let isTaken = machine.enqueue(record, now: .start)
            #expect(isTaken)
        }
        return machine
    }

    private static let written = RecordResult.written(Receipt(shardID: "s", sequenceNumber: "1"))

    @Test(arguments: refusals)
    func `a first request that is refused for its encoding goes again at once as JSON`(
        _ name: String,
        _ error: KinesisError
    ) throws {
        var machine = Self.machine()
        let first = try #require(machine.actions(now: .start).requests.first)

        machine.failed(first, error: error, now: .start)
        let actions = machine.actions(now: .start)
        let again = try #require(actions.requests.first)
        machine.completed(again, results: [Self.written], now: .start)
        let next = machine.actions(now: .start)

        #expect(first.wire == .cbor && again.wire == .json && again.id != first.id)
        #expect(again.records.map(\.token) == [0] && actions.settlements.isEmpty)
        #expect(next.settlements.map(\.token) == [0] && next.requests.map(\.wire) == [.json])
        #expect(machine.wires.refusal?.code == error.code && machine.statistics.wire == .json)
        #expect(machine.statistics.duplicatesPossible == 0 && machine.statistics.retried == 0)
    }

    @Test func `an answer that leaves the fate open makes the record wait, and then go as JSON`() throws {
        var machine = Self.machine()
        let first = try #require(machine.actions(now: .start).requests.first)
        let page = Array("<!doctype html><title>500</title>".utf8)

        machine.failed(first, error: .response(status: 500, body: page, wire: .cbor), now: .start)
        let again = machine.actions(now: .start + Nanoseconds(.seconds(1))).requests

        #expect(again.map(\.wire) == [.json] && again.first?.records.map(\.token) == [0])
        #expect(machine.statistics.duplicatesPossible == 1)
        #expect(machine.wires.refusal != nil)
    }

    @Test func `an endpoint that has taken CBOR is not given up`() throws {
        var machine = Self.machine()
        let first = try #require(machine.actions(now: .start).requests.first)
        machine.completed(first, results: [Self.written], now: .start)
        let second = try #require(machine.actions(now: .start).requests.first)

        machine.failed(second, error: KinesisError(.serialization, "model"), now: .start)

        #expect(machine.statistics.wire == .cbor && machine.wires.refusal == nil)
        #expect(machine.statistics.failure?.code == .serialization)
    }

    @Test func `JSON that is refused has nothing to fall back to`() throws {
        var machine = Self.machine(.json)
        let first = try #require(machine.actions(now: .start).requests.first)

        machine.failed(first, error: KinesisError(.serialization, "model"), now: .start)

        #expect(machine.statistics.failure?.code == .serialization)
    }

    @Test func `what is wrong with keys or streams is no matter of the encoding`() throws {
        for code in [KinesisError.Code.accessDenied, .resourceNotFound, .unrecognizedClient] {
            var machine = Self.machine()
            let first = try #require(machine.actions(now: .start).requests.first)

            machine.failed(first, error: KinesisError(code, "model", httpStatus: 400), now: .start)

            #expect(machine.statistics.failure?.code == code && machine.statistics.wire == .cbor)
        }
    }
}
