/// A stream by its name, or by its ARN, which is the form the service recommends.
public struct StreamReference: Sendable, Hashable {
    /// The stream's name.
    public let name: String
    /// The stream's ARN, when it was given by ARN.
    public let arn: String?

    /// Names a stream of the account that signs.
    ///
    /// - Parameter name: One to 128 letters, digits, underscores, dots and hyphens.
    /// - Throws: ``KinesisError`` with `invalidStream`.
    public init(name: String) throws(KinesisError) {
        guard (1...128).contains(name.utf8.count), name.utf8.allSatisfy(Self.isNameByte) else {
            throw KinesisError(
                .invalidStream,
                "\"\(name)\" is no stream name; use 1 to 128 letters, digits, underscores, dots and hyphens"
            )
        }
        self.name = name
        arn = nil
    }

    /// Names a stream by ARN.
    ///
    /// - Parameter arn: `arn:aws:kinesis:eu-west-1:123456789012:stream/name` or the like in another partition.
    /// - Throws: ``KinesisError`` with `invalidStream`.
    public init(arn: String) throws(KinesisError) {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[1] == "aws" || parts[1].hasPrefix("aws-"),
            parts[2] == "kinesis", AWSRegion.isWellFormed(String(parts[3])),
            parts[4].utf8.count == 12, parts[4].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            parts[5].hasPrefix("stream/")
        else {
            throw KinesisError(
                .invalidStream,
                "\"\(arn)\" is no stream ARN; it looks like arn:aws:kinesis:eu-west-1:123456789012:stream/name"
            )
        }
        name = try StreamReference(name: String(parts[5].dropFirst(7))).name
        self.arn = arn
    }

    /// The region that the ARN names.
    public var region: String? {
        guard let arn else { return nil }
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count > 3 ? String(parts[3]) : nil
    }

    /// The member of a request that names the stream.
    var member: (name: String, value: String) {
        arn.map { ("StreamARN", $0) } ?? ("StreamName", name)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
