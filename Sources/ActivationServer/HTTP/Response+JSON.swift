import ActivationCore
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

extension Response {
    /// A JSON answer.
    init(json value: JSONValue, status: HTTPResponse.Status = .ok, contentType: String = "application/json") {
        var bytes: [UInt8] = []
        value.write(to: &bytes)
        self.init(
            status: status,
            headers: [.contentType: contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }

    /// The answer to a refused request.
    init(_ error: APIError, requestID: String) {
        self.init(
            json: error.body(requestID: requestID),
            status: HTTPResponse.Status(code: error.code.status),
            contentType: error.shape == .problem ? "application/problem+json" : "application/json"
        )
        headers.append(contentsOf: error.headers)
        if let seconds = error.retryAfterSeconds { headers[.retryAfter] = String(seconds) }
        if error.code.status == 401 { headers[.wwwAuthenticate] = "Bearer" }
    }
}

extension HTTPField.Name {
    /// Adobe's request headers (BEHAVIOUR 1.1) and our own `x-request-id`.
    static let apiKey = fieldName("x-api-key")
    static let orgID = fieldName("x-gw-ims-org-id")
    static let sandboxName = fieldName("x-sandbox-name")
    static let requestID = fieldName("x-request-id")

    private static func fieldName(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is not a header name") }
        return name
    }
}
