import ActivationEngine
import Kinesis
import Logging

/// Makes requests that carry records of exactly one trace steps of it; of others the log names the traces (decision 47).
struct KinesisTracing: RecordTracing {
    /// Of which traces records are part.
    let records: RecordTraces

    var isTracing: Bool { !records.isEmpty }

    func trace(of tokens: [UInt64]) -> RequestTrace? {
        let parents = records.traces(of: tokens.lazy.map { Int64(bitPattern: $0) })
        guard var parent = parents.first else { return nil }
        var metadata: Logger.Metadata = ["parent.id": "\(TraceNames(parents.map(\.spanID)))"]
        guard parents.allSatisfy({ $0.traceID == parent.traceID }) else {
            metadata["trace.id"] = "\(TraceNames(parents.map(\.traceID)))"
            return RequestTrace(traceparent: nil, metadata: metadata)
        }
        parent.isSampled = parents.contains(where: \.isSampled)
        let step = parent.child()
        metadata["trace.id"] = "\(step.traceID)"
        metadata["span.id"] = "\(step.spanID)"
        return RequestTrace(traceparent: step.traceparent, metadata: metadata)
    }
}
