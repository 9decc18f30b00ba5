import NIOHTTP1

/// A whole answer of the service.
struct HTTPAnswer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: [UInt8]

    /// The service's name of the request; nil when it is not one of at most 128 letters, digits and hyphens.
    var requestID: String? {
        headers.first(name: "x-amzn-requestid").flatMap { id in
            let isName =
                id.utf8.count <= 128 && id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
            return isName ? id : nil
        }
    }

    /// The encoding that the answer claims; the request's if it claims none.
    func wire(requested: KinesisWire) -> KinesisWire {
        guard let type = headers.first(name: "content-type") else { return requested }
        return type.contains("cbor") ? .cbor : .json
    }
}
