/// The stream that a request is about, by name, ARN or both.
struct StreamReference: Equatable, Sendable {
    var name: String?
    var arn: String?

    init(name: String?, arn: String?) {
        self.name = name
        self.arn = arn
    }

    init(_ request: RequestReader) throws(ServiceError) {
        name = try request.string("StreamName")
        arn = try request.string("StreamARN")
    }

    func validate(_ validation: inout Validation) {
        validation.name(name, "streamName")
        validation.length(arn, 1...2048, "streamARN")
        if let arn, Self.name(inARN: arn) == nil { validation.pattern(arn, Validation.arnPattern, "streamARN") }
    }

    /// The name that is meant.
    ///
    /// The account and the region of an ARN are not looked at, so that a client may keep its own.
    func resolve() throws(ServiceError) -> String {
        let nameInARN = arn.flatMap(Self.name(inARN:))
        switch (name, nameInARN) {
        case (let name?, let other?) where name != other:
            throw ServiceError(.invalidArgument, "StreamName \(name) and StreamARN name different streams.")
        case (let name?, _): return name
        case (nil, let name?): return name
        case (nil, nil): throw ServiceError(.invalidArgument, "Either StreamName or StreamARN must be provided.")
        }
    }

    /// The stream's name in `arn:aws…:kinesis:<region>:<12 digits>:stream/<name>`.
    static func name(inARN arn: String) -> String? {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws"), parts[2] == "kinesis",
            parts[4].utf8.count == 12, parts[4].utf8.allSatisfy({ $0 &- 48 < 10 }), parts[5].hasPrefix("stream/")
        else { return nil }
        let name = parts[5].dropFirst("stream/".count)
        return name.isEmpty ? nil : String(name)
    }
}
