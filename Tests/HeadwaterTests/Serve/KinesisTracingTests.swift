import ActivationCore
import Kinesis
import Logging
import Testing

@testable import ActivationEngine
@testable import headwater

/// What is said of requests whose records are part of traces.
@Suite struct KinesisTracingTests {
    private static func context(_ trace: Int, span: Int, flags: String = "00") throws -> TraceContext {
        func digits(_ value: Int, _ count: Int) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: count - text.count) + text
        }
        return try #require(TraceContext(traceparent: "00-\(digits(trace, 32))-\(digits(span, 16))-\(flags)"))
    }

    /// Tracing of claimed records: row 1 has the first trace, row 2 the second, and so on; row 0 has none.
    private static func tracing(_ contexts: [TraceContext]) -> KinesisTracing {
        let traces = RecordTraces()
        let rows = (0...contexts.count).map { number in
            var row = OutboxRow(
                row: Int64(number),
                dataflow: Dataflow.ID(uuid: UUIDBytes(high: 2, low: 1)),
                profile: Profile.ID(uuid: UUIDBytes(high: 7, low: UInt64(number))),
                mergePolicy: MergePolicy.ID(uuid: UUIDBytes(high: 1, low: 1)),
                revision: 1,
                reasons: .attribute,
                partitionKey: "p",
                payload: [],
                admittedAt: Timestamp(milliseconds: 1)
            )
            row.input = number
            return row
        }
        var inputs = TracedInputs()
        for (number, context) in contexts.enumerated() { inputs.append(number + 1..<number + 2, of: context) }
        _ = traces.expect(rows, of: inputs)
        traces.claimed(rows)
        return KinesisTracing(records: traces)
    }

    @Test func `a request with records of one trace is a step of it`() throws {
        let contexts = [try Self.context(1, span: 10), try Self.context(1, span: 11, flags: "01")]

        let trace = try #require(Self.tracing(contexts).trace(of: [0, 2, 1, 2]))

        let header = try #require(trace.traceparent.flatMap { TraceContext(traceparent: $0) })
        #expect(header.traceID == contexts[0].traceID && header.isSampled)
        #expect(!contexts.map(\.spanID).contains(header.spanID))
        #expect(trace.metadata["trace.id"] == "\(header.traceID)")
        #expect(trace.metadata["span.id"] == "\(header.spanID)")
        #expect(trace.metadata["parent.id"] == "\(contexts[1].spanID) \(contexts[0].spanID)")
    }

    @Test func `a request with records of several traces has no header, and the log names them`() throws {
        let contexts = [try Self.context(1, span: 10), try Self.context(2, span: 11)]

        let trace = try #require(Self.tracing(contexts).trace(of: [1, 2]))

        #expect(trace.traceparent == nil && trace.metadata["span.id"] == nil)
        #expect(trace.metadata["trace.id"] == "\(contexts[0].traceID) \(contexts[1].traceID)")
    }

    @Test func `a line names as many traces as it may have`() throws {
        let contexts = try (1...25).map { try Self.context($0, span: $0) }

        let trace = try #require(Self.tracing(contexts).trace(of: (1...25).map { UInt64($0) }))

        let names = try #require(trace.metadata["trace.id"]).description
        #expect(names.hasSuffix("\(contexts[19].traceID) and 5 more"))
    }

    @Test func `nothing is said of records without a trace`() throws {
        #expect(Self.tracing([try Self.context(1, span: 1)]).trace(of: [0]) == nil)
        #expect(!KinesisTracing(records: RecordTraces()).isTracing)
    }
}
