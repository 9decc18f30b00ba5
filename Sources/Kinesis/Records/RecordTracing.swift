public import Logging

/// Knows of which traces records are part, so that the requests that carry them can be followed.
public protocol RecordTracing: Sendable {
    /// Whether any record may be part of a trace; while none is, nothing else is asked.
    var isTracing: Bool { get }

    /// What is to be said of a request; asked every time that it is sent, before it is.
    ///
    /// - Parameter tokens: Its records, those in aggregates each by itself.
    /// - Returns: Nil when none of them is part of a trace.
    func trace(of tokens: [UInt64]) -> RequestTrace?
}

/// What there is to say of a request whose records are part of traces.
public struct RequestTrace: Sendable {
    /// The request's header of this name (https://www.w3.org/TR/trace-context-1/); nil when it has none, as one that carries
    /// records of several traces.
    public var traceparent: String?
    /// What the log says with the request.
    public var metadata: Logger.Metadata

    /// Creates what is said of a request.
    ///
    /// - Parameters:
    ///   - traceparent: The header.
    ///   - metadata: What the log says with it.
    public init(traceparent: String?, metadata: Logger.Metadata) {
        self.traceparent = traceparent
        self.metadata = metadata
    }

    /// What a log line says, and with it what is said of the request.
    static func metadata(of trace: RequestTrace?, and metadata: Logger.Metadata) -> Logger.Metadata {
        trace.map { $0.metadata.merging(metadata) { _, line in line } } ?? metadata
    }
}

extension ProducerRequest {
    /// The callers' numbers of all records, those in aggregates each by itself.
    var tokens: [UInt64] { records.map(\.token) + followers.joined().map(\.record.token) }
}
