extension KinesisError {
    /// What an error of the service means, in our words: its own text may repeat keys and data of records, and an endpoint
    /// that is not the service's may put anything there.
    ///
    /// - Parameters:
    ///   - code: The error's name.
    ///   - text: The service's text; only names of operations and of members are taken from it.
    /// - Returns: A sentence of at most 200 bytes, without control characters.
    static func words(for code: Code, text: String = "") -> String {
        switch code.rawValue {
        case "ProvisionedThroughputExceededException":
            return "a shard takes no more for now"
        case "AccessDeniedException", "AccessDenied", "KMSAccessDeniedException":
            let action = actions.first { text.contains("not authorized to perform: \($0) ") }
            return "the key lacks \(action ?? "a permission")"
        case "ResourceNotFoundException":
            return "there is no such stream for this account in this region"
        case "ExpiredTokenException", "ExpiredToken":
            return "the temporary key has expired"
        case "ValidationException", "InvalidArgumentException", "SerializationException":
            let members = members(in: text).prefix(3)
            let place = members.isEmpty ? "" : " at \(members.joined(separator: ", "))"
            return "the service found the request not valid\(place)"
        default:
            if case .retry = Disposition(code: code) { return "the service cannot take the request for now" }
            return "the service refused the request"
        }
    }

    /// A constraint on the stream's own name fails for every record alike; halving the request would reject them all.
    static func blamesStream(_ text: String) -> Bool {
        ["'streamName'", "'streamARN'", "'streamId'"].contains { text.contains($0) }
    }

    /// The members that `Value '…' at 'member' failed to satisfy constraint` names; the value may be a record's data.
    private static func members(in text: String) -> [String] {
        let member = /stream(Name|ARN|Id)|records(\.[0-9]{1,3}\.member\.(data|partitionKey|explicitHashKey))?/
        return text.split(separator: "' at '", omittingEmptySubsequences: false).dropFirst()
            .map { $0.prefix { $0 != "'" } }
            .filter { $0.wholeMatch(of: member) != nil }
            .map(String.init)
    }

    /// What a key must be allowed for our requests.
    private static let actions = [
        "kinesis:PutRecords", "kinesis:DescribeStreamSummary", "kinesis:ListStreams", "kinesis:ListShards",
        "kms:GenerateDataKey", "kms:Decrypt",
    ]
}

extension KinesisError.Code {
    /// Reads the name in an answer: `com.amazonaws.kinesis.v20131202#Name:http://…` is `Name`.
    ///
    /// - Parameter type: What stands in the answer; what no error of the service is called gives nil.
    init?(service type: String) {
        let afterHash = type.split(separator: "#", omittingEmptySubsequences: false).last ?? ""
        let name = afterHash.split(separator: ":", omittingEmptySubsequences: false).first ?? ""
        guard name.isErrorName else { return nil }
        self.init(rawValue: String(name))
    }
}

extension Substring {
    /// 1 to 64 letters, digits and dots, as errors of the service are called.
    var isErrorName: Bool {
        (1...64).contains(utf8.count)
            && utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
