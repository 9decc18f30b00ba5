/// One page of an account's streams.
public struct StreamPage: Sendable, Hashable {
    /// Names in the service's order.
    public var names: [String]
    /// More follow after the last name.
    public var hasMore: Bool
}

/// What the service says about a stream.
public struct StreamSummary: Sendable, Hashable {
    /// The stream's name.
    public var name: String
    /// The stream's ARN.
    public var arn: String
    /// `CREATING`, `DELETING`, `ACTIVE` or `UPDATING`; records are taken in the last two.
    public var status: String
    /// Shards that take records.
    public var openShardCount: Int?
    /// The largest record in bytes, data and partition key, where the service says it.
    public var recordBytesMax: Int?

    fileprivate static let statuses = ["CREATING", "DELETING", "ACTIVE", "UPDATING"]
}

extension KinesisClient {
    /// Lists streams of the account in the region.
    ///
    /// - Parameters:
    ///   - limit: Names per page, 1 to 10,000; the service's default is 100.
    ///   - exclusiveStart: The name after which the page starts.
    ///   - timeout: How long it may take in all; nil = the request timeout.
    /// - Returns: One page.
    /// - Throws: ``KinesisError``; see its properties for what to do.
    public func listStreams(
        limit: Int? = nil,
        exclusiveStart: String? = nil,
        timeout: Duration? = nil
    ) async throws(KinesisError) -> StreamPage {
        var members: [(String, WireValue)] = []
        if let limit { members.append(("Limit", .integer(Int64(limit)))) }
        if let exclusiveStart { members.append(("ExclusiveStartStreamName", .string(exclusiveStart))) }
        let answer = try await perform("ListStreams", .map(members), timeout: timeout)
        guard let items = answer["StreamNames"]?.array, case let names = items.compactMap(\.string),
            names.count == items.count, let hasMore = answer["HasMoreStreams"]?.bool
        else {
            throw unexpected("ListStreams", "StreamNames and HasMoreStreams")
        }
        return StreamPage(names: names, hasMore: hasMore)
    }

    /// Describes a stream without its shards.
    ///
    /// - Parameters:
    ///   - stream: The stream.
    ///   - timeout: How long it may take in all; nil = the request timeout.
    /// - Returns: Its summary.
    /// - Throws: ``KinesisError``; `resourceNotFound` when there is no such stream.
    public func describeStreamSummary(
        _ stream: StreamReference,
        timeout: Duration? = nil
    ) async throws(KinesisError) -> StreamSummary {
        try await summary(of: stream, timeout: timeout)
    }

    /// The same in a given encoding.
    func summary(
        of stream: StreamReference,
        timeout: Duration? = nil,
        wire: KinesisWire? = nil
    ) async throws(KinesisError) -> StreamSummary {
        let member = stream.member
        let answer = try await perform(
            "DescribeStreamSummary",
            .map([(member.name, .string(member.value))]),
            timeout: timeout,
            wire: wire
        )
        guard let summary = answer["StreamDescriptionSummary"], let status = summary["StreamStatus"]?.string,
            StreamSummary.statuses.contains(status)
        else {
            throw unexpected("DescribeStreamSummary", "StreamDescriptionSummary with StreamStatus")
        }
        return StreamSummary(
            name: summary["StreamName"]?.string ?? stream.name,
            arn: summary["StreamARN"]?.string ?? stream.arn ?? "",
            status: status,
            openShardCount: summary["OpenShardCount"]?.integer.flatMap { Int(exactly: $0) },
            recordBytesMax: summary["MaxRecordSizeInKiB"]?.integer.flatMap { Int(exactly: $0) }.map { $0 << 10 }
        )
    }

    private func unexpected(_ operation: String, _ expected: String) -> KinesisError {
        var error = KinesisError(
            .invalidResponse,
            "the answer to \(operation) lacks \(expected); something other than Kinesis answers: correct the URL"
        )
        error.isForeign = true
        return error
    }
}
