import NIOHTTP1

/// A whole answer of the service.
struct HTTPAnswer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: [UInt8]

    /// The service's name of the request.
    var requestID: String? { headers.first(name: "x-amzn-requestid") }

    /// The encoding that the answer claims; the request's if it claims none.
    func wire(requested: KinesisWire) -> KinesisWire {
        guard let type = headers.first(name: "content-type") else { return requested }
        return type.contains("cbor") ? .cbor : .json
    }
}
