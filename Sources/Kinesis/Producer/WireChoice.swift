/// In which encoding a producer writes its requests: JSON where the endpoint turns out not to take CBOR (KINESIS 1.1).
///
/// Only as long as nothing was answered in CBOR: who has taken it once does not forget it.
struct WireChoice: Sendable {
    /// What the next request is written in.
    private(set) var wire: KinesisWire
    /// Why that is not what was wanted; nil while it is.
    private(set) var refusal: KinesisError?
    private var isProven = false

    init(_ wanted: KinesisWire) {
        wire = wanted
    }

    /// A request was answered by the results of its records.
    mutating func answered(in wire: KinesisWire) {
        if wire == self.wire { isProven = true }
    }

    /// A request failed as a whole; true if for the encoding it was in.
    mutating func failed(in wire: KinesisWire, by error: KinesisError) -> Bool {
        guard wire == .cbor, error.refusesEncoding, refusal != nil || !isProven else { return false }
        if refusal == nil {
            self.wire = .json
            refusal = error
        }
        return true
    }
}

extension KinesisError {
    /// What an endpoint answers that cannot read the request, or does not know what is asked in such an encoding.
    fileprivate var refusesEncoding: Bool {
        switch code.rawValue {
        case "SerializationException", "UnknownOperationException", "UnknownOperation": true
        default: isForeign && [400, 403, 404, 405, 406, 415, 500, 501].contains(httpStatus)
        }
    }
}
