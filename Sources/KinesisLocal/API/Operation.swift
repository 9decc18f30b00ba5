/// The operations that this endpoint answers.
enum Operation: String, CaseIterable, Sendable {
    case addTagsToStream = "AddTagsToStream"
    case createStream = "CreateStream"
    case deleteStream = "DeleteStream"
    case describeLimits = "DescribeLimits"
    case describeStream = "DescribeStream"
    case describeStreamSummary = "DescribeStreamSummary"
    case getRecords = "GetRecords"
    case getShardIterator = "GetShardIterator"
    case listShards = "ListShards"
    case listStreams = "ListStreams"
    case listTagsForStream = "ListTagsForStream"
    case putRecord = "PutRecord"
    case putRecords = "PutRecords"
    case removeTagsFromStream = "RemoveTagsFromStream"

    /// Reads the `X-Amz-Target` header.
    init?(target: String) {
        let parts = target.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == "Kinesis_20131202" else { return nil }
        self.init(rawValue: String(parts[1]))
    }
}
