import ActivationCore
import ActivationServer
import Kinesis

/// Which stream to write to and how, as `params` of a target connection says it.
struct KinesisTarget: Sendable {
    /// By its name, or by its ARN, which may be of another AWS account that lets this one in.
    var stream: StreamReference
    /// The target's own region, over the account's; that of the ARN where there is one.
    var region: String?
    /// How requests are written.
    var wire: KinesisWire
    /// Whether records of a person that wait go as one record of the stream.
    var aggregates: Bool
    /// How often a failing record is tried again before it is parked; nil = without limit.
    var retries: Int?

    /// What a stream may be written as.
    static let streamPattern =
        "^([a-zA-Z0-9_.-]{1,128}|arn:aws[a-z-]*:kinesis:[a-z0-9-]+:[0-9]{12}:stream/[a-zA-Z0-9_.-]{1,128})$"

    /// Reads the fields.
    ///
    /// - Parameter params: `params` of a target connection.
    /// - Throws: The first field that cannot be right.
    init(_ params: JSONObject) throws(DestinationFieldError) {
        let name = try params.requiredText("stream", "is required, the name of an existing stream")
        let isARN = name.hasPrefix("arn:")
        do throws(KinesisError) {
            stream = isARN ? try StreamReference(arn: name) : try StreamReference(name: name)
        } catch {
            throw DestinationFieldError(
                "stream",
                isARN
                    ? "is no stream's ARN; it looks like arn:aws:kinesis:eu-west-1:123456789012:stream/name"
                    : "has 1 to 128 letters, digits, _, . or -"
            )
        }
        region = try params.region
        if let named = stream.region {
            guard region ?? named == named else {
                throw DestinationFieldError("region", "is another one than that of the stream's ARN; leave it out")
            }
            region = named
        }
        wire = .json
        if let name = try params.text("wire") {
            guard let given = KinesisWire(rawValue: name) else {
                throw DestinationFieldError("wire", "must be json or cbor")
            }
            wire = given
        }
        aggregates = false
        if let value = params["aggregate"], !value.isNull {
            guard let given = value.bool else {
                throw DestinationFieldError("aggregate", "must be true or false")
            }
            aggregates = given
        }
        if let value = params["retries"], !value.isNull {
            guard let count = value.int64, 0...1_000 ~= count else {
                throw DestinationFieldError(
                    "retries",
                    "must be a whole number from 0 to 1000; without it there is no limit"
                )
            }
            retries = Int(count)
        }
    }
}
