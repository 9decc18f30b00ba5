import Kinesis

/// The consumer that a request is about, by its own ARN, or by its stream's ARN and its name, or by all of them.
struct ConsumerReference: Equatable, Sendable {
    var stream: StreamReference
    var name: String?
    var arn: String?

    static let arnPattern =
        "^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/[a-zA-Z0-9_.-]+:[0-9]+"

    init(arn: String) {
        stream = StreamReference(name: nil, arn: nil)
        self.arn = arn
    }

    init(_ request: RequestReader) throws(ServiceError) {
        stream = StreamReference(name: nil, arn: try request.string("StreamARN"))
        name = try request.string("ConsumerName")
        arn = try request.string("ConsumerARN")
    }

    func validate(_ validation: inout Validation) {
        stream.validate(&validation)
        validation.name(name, "consumerName")
        validation.length(arn, 1...2048, "consumerARN")
        if let arn, Self.parts(ofARN: arn) == nil { validation.pattern(arn, Self.arnPattern, "consumerARN") }
    }

    /// The names of the stream and the consumer, and the second of its creation if the ARN says it.
    func resolve() throws(ServiceError) -> (stream: String, name: String, createdSeconds: Int64?) {
        if let parts = arn.flatMap(Self.parts(ofARN:)) {
            let named = stream.arn.flatMap(StreamReference.name(inARN:))
            guard named == nil || named == parts.stream, name == nil || name == parts.name else {
                throw ServiceError(
                    .invalidArgument,
                    "ConsumerARN names another consumer than StreamARN and ConsumerName."
                )
            }
            return (parts.stream, parts.name, parts.createdSeconds)
        }
        guard let name, stream.arn != nil else {
            throw ServiceError(.invalidArgument, "Either ConsumerARN, or StreamARN and ConsumerName, must be provided.")
        }
        return (try stream.resolve(), name, nil)
    }

    /// What stands behind `stream/` in a consumer's ARN.
    static func parts(ofARN arn: String) -> (stream: String, name: String, createdSeconds: Int64)? {
        guard let rest = StreamReference.name(inARN: arn) else { return nil }
        let parts = rest.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1] == "consumer" else { return nil }
        let last = parts[2].split(separator: ":", omittingEmptySubsequences: false)
        guard last.count == 2, !parts[0].isEmpty, !last[0].isEmpty, last[1].utf8.allSatisfy({ $0 &- 48 < 10 }),
            let seconds = Int64(last[1])
        else { return nil }
        return (String(parts[0]), String(last[0]), seconds)
    }
}
