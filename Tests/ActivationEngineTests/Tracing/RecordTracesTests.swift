import ActivationCore
import Logging
import Synchronization
import TestSupport
import Testing

@testable import ActivationEngine

/// Which traces the records on their way are part of.
@Suite(.timeLimit(.minutes(2))) struct RecordTracesTests {
    static func trace(_ number: Int) throws -> TraceContext {
        let digits = String(number, radix: 16)
        let id = String(repeating: "0", count: 32 - digits.count) + digits
        return try #require(TraceContext(traceparent: "00-\(id)-00000000000000aa-01"))
    }

    private static func rows(
        _ profiles: ClosedRange<Int>,
        revision: Int64 = 1,
        input: Int? = nil,
        admittedAt: Int64 = 1
    ) -> [OutboxRow] {
        profiles.map { profile in
            var row = OutboxRow(
                row: Int64(profile),
                dataflow: EngineTests.flow,
                profile: Profile.ID(uuid: UUIDBytes(high: 7, low: UInt64(profile))),
                mergePolicy: EngineTests.policy.id,
                revision: revision,
                reasons: .attribute,
                partitionKey: "p",
                payload: [],
                admittedAt: Timestamp(milliseconds: admittedAt)
            )
            row.input = input
            return row
        }
    }

    @Test func `an input has the trace of its stretch`() throws {
        var inputs = TracedInputs()
        #expect(inputs.isEmpty)
        inputs.append(2..<4, of: try Self.trace(1))
        inputs.append(4..<4, of: try Self.trace(9))
        inputs.append(6..<7, of: try Self.trace(2))

        let numbers = (0..<9).map { inputs[$0]?.traceID.low }

        #expect(numbers == [nil, nil, 1, 1, nil, nil, 2, nil, nil])
    }

    @Test func `a record has its trace from its claim until it is settled`() throws {
        let traces = RecordTraces()
        var inputs = TracedInputs()
        inputs.append(0..<1, of: try Self.trace(1))
        _ = traces.expect(Self.rows(1...2, input: 0) + Self.rows(3...3, input: 1), of: inputs)
        #expect(traces.traces(of: [1, 2, 3]) == [])

        traces.claimed(Self.rows(1...3))
        // A claim that was given up and comes again.
        traces.claimed(Self.rows(1...3))

        #expect(traces.traces(of: [3]) == [])
        #expect(traces.traces(of: [1, 3, 2]) == [try Self.trace(1)])
        #expect(traces.traceIDs(of: EngineTests.flow) == [try Self.trace(1).traceID])
        #expect(traces.settled([1, 3]) == [1: try Self.trace(1)])
        #expect(traces.settled([1]) == [:])
        #expect(traces.traces(of: [2]).count == 1)
        _ = traces.settled([2])
        #expect(traces.isEmpty)
    }

    @Test func `a commit that failed leaves no trace to a later record of the same revision`() throws {
        let traces = RecordTraces()
        var inputs = TracedInputs()
        inputs.append(0..<1, of: try Self.trace(1))
        let expected = traces.expect(Self.rows(1...1, input: 0), of: inputs)

        traces.forget(expected)

        #expect(traces.isEmpty)
        traces.claimed(Self.rows(1...1))
        #expect(traces.traces(of: [1]) == [])
    }

    /// Two people with changes of the same revision, of different senders, become one before the claim.
    @Test func `nobody's record leaves with the trace of another who is the same person since`() throws {
        let traces = RecordTraces()
        for (profile, admittedAt) in [(1, 5), (2, 6)] as [(Int, Int64)] {
            var inputs = TracedInputs()
            inputs.append(0..<1, of: try Self.trace(profile))
            _ = traces.expect(Self.rows(profile...profile, input: 0, admittedAt: admittedAt), of: inputs)
        }
        var first = Self.rows(2...2, admittedAt: 5)
        first[0].row = 1

        traces.claimed(first + Self.rows(2...2, admittedAt: 6))

        #expect(traces.traces(of: [1]) == [])
        #expect(traces.traces(of: [2]) == [try Self.trace(2)])
    }

    @Test func `changes that are alike have no trace if they are of two`() throws {
        let traces = RecordTraces()
        var inputs = TracedInputs()
        inputs.append(0..<1, of: try Self.trace(1))
        inputs.append(1..<2, of: try Self.trace(2))

        _ = traces.expect(Self.rows(1...1, input: 0) + Self.rows(1...1, input: 1), of: inputs)

        #expect(traces.isEmpty)
    }

    @Test func `the oldest are forgotten when there are too many`() throws {
        let traces = RecordTraces(entriesMax: 2)
        for number in 1...3 {
            var inputs = TracedInputs()
            inputs.append(0..<1, of: try Self.trace(number))
            _ = traces.expect(Self.rows(number...number, input: 0), of: inputs)
        }

        traces.claimed(Self.rows(1...3))

        #expect((1...3).map { traces.traces(of: [$0]).first?.traceID.low } == [nil, 2, 3])
    }

    /// What the records of a request were part of when the sink got them.
    private static func follow(
        storage: any Storage & ControlStore = InMemoryStorage(),
        _ ingest: (Engine) async throws -> Void
    ) async throws -> [String: [UInt64]] {
        let traces = RecordTraces()
        let seen = Mutex<[String: [UInt64]]>([:])
        let sink = RecordingSink { record in
            let step = (try? JSONDocument(parsing: record.payload))?.root["step"]?.int64 ?? -1
            let numbers = traces.traces(of: [record.token]).map(\.traceID.low)
            seen.withLock { $0["\(step)"] = numbers }
            return .deliver
        }
        let engine = try await Engine(
            storage: storage,
            control: storage,
            sinks: ClosureSinkFactory { _ in sink },
            time: ManualTime(),
            options: EngineOptions(drainDeadline: .seconds(1)),
            traces: traces,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await EngineTests.running(engine) {
            try await engine.update(EngineTests.catalog())
            try await ingest(engine)
            try await EngineTests.until {
                let books = try await engine.books(EngineTests.flow)
                return books.pendingRows == 0 && traces.isEmpty
            }
        }
        return seen.withLock(\.self)
    }

    @Test func `records are followed from the task that sends their messages to the sink`() async throws {
        let seen = try await Self.follow { engine in
            _ = try await engine.ingest([EngineTests.record(0, step: 0)])
            for step in 1...3 {
                try await TraceContext.$current.withValue(Self.trace(step)) {
                    _ = try await engine.ingest([
                        EngineTests.record(0, step: step), EngineTests.record(step, step: 10 * step),
                    ])
                }
            }
            _ = try await engine.ingest([EngineTests.record(1, step: 99)])
        }

        #expect(
            seen == [
                "0": [], "1": [1], "10": [1], "2": [2], "20": [2], "3": [3], "30": [3], "99": [],
            ]
        )
    }

    @Test func `callers whose messages are stored together keep their traces apart`() async throws {
        let seen = try await Self.follow { engine in
            try await withThrowingTaskGroup { group in
                for number in 1...100 {
                    group.addTask {
                        // Every third caller names none.
                        let trace = number % 3 == 0 ? nil : try Self.trace(number)
                        try await TraceContext.$current.withValue(trace) {
                            _ = try await engine.ingest([EngineTests.record(number, step: number)])
                        }
                    }
                }
                try await group.waitForAll()
            }
        }

        #expect(seen.count == 100)
        for number in 1...100 { #expect(seen["\(number)"] == (number % 3 == 0 ? [] : [UInt64(number)])) }
    }

    @Test func `what traces are sent changes nothing that is decided`() async throws {
        func deliveries(traced: Bool) async throws -> [[UInt8]] {
            let sink = RecordingSink()
            try await EngineTests.withEngine(sinks: ClosureSinkFactory { _ in sink }) { engine in
                try await engine.update(EngineTests.catalog())
                for step in 0..<20 {
                    try await TraceContext.$current.withValue(traced ? Self.trace(step + 1) : nil) {
                        _ = try await engine.ingest([EngineTests.record(0, step: step)])
                    }
                }
                try await EngineTests.until { try await engine.books(EngineTests.flow).pendingRows == 0 }
            }
            return sink.delivered.map(\.payload)
        }

        let plain = try await deliveries(traced: false)

        #expect(plain.count == 20)
        #expect(try await deliveries(traced: true) == plain)
    }
}
