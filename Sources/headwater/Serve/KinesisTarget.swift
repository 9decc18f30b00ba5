import ActivationCore
import ActivationServer
import Kinesis

/// Which stream to write to and how, as `params` of a target connection says it.
struct KinesisTarget: Sendable {
    var stream: StreamReference
    /// The target's own region, over the account's.
    var region: String?
    /// How requests are written.
    var wire: KinesisWire
    /// How often a failing record is tried again before it is parked; nil = without limit.
    var retries: Int?

    /// Reads the fields.
    ///
    /// - Parameter params: `params` of a target connection.
    /// - Throws: The first field that cannot be right.
    init(_ params: JSONObject) throws(DestinationFieldError) {
        let name = try params.requiredText("stream", "is required, the name of an existing stream")
        do throws(KinesisError) {
            stream = try StreamReference(name: name)
        } catch {
            throw DestinationFieldError("stream", "has 1 to 128 letters, digits, _, . or -")
        }
        region = try params.region
        wire = .json
        if let name = try params.text("wire") {
            guard let given = KinesisWire(rawValue: name) else {
                throw DestinationFieldError("wire", "must be json or cbor")
            }
            wire = given
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
