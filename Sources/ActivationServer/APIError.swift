import ActivationCore
import HTTPTypes

/// Why a request is refused, and how that is said over HTTP.
///
/// The message says what was tried, what was found and what to do; it never holds a secret or profile data (I7).
public struct APIError: Error, Sendable, CustomStringConvertible {
    /// The two bodies of BEHAVIOUR 1.9.
    enum Shape: Sendable {
        /// `{"error_code", "message"}`, of the checks in front of every API (BEHAVIOUR 1.9).
        case gateway
        /// Problem details (RFC 9457) with `errorCode` and `requestId`.
        case problem
    }

    /// The failure's word and status.
    var code: APIErrorCode
    /// What was found and what to do.
    var detail: String
    /// Which body it gets.
    var shape: Shape
    /// When to try again, for `Retry-After`.
    var retryAfterSeconds: Int?
    /// Further headers of the answer, such as `Allow`.
    var headers: HTTPFields
    /// Further members of the body, such as a validation report.
    var members: JSONObject
    /// What happened inside, for the log alone.
    var cause: String?

    /// Creates an error.
    init(
        _ code: APIErrorCode,
        _ detail: String,
        shape: Shape = .problem,
        retryAfterSeconds: Int? = nil,
        headers: HTTPFields = [:],
        members: JSONObject = [:],
        cause: String? = nil
    ) {
        self.code = code
        self.detail = detail
        self.shape = shape
        self.retryAfterSeconds = retryAfterSeconds
        self.headers = headers
        self.members = members
        self.cause = cause
    }

    /// Code and detail, for logs and start-up messages.
    public var description: String { "\(code.rawValue): \(detail)" }

    /// Whether the same may succeed later, once there is room or less to do.
    public var isRetriable: Bool { [429, 503, 507].contains(code.status) }

    /// The JSON body of the answer.
    func body(requestID: String) -> JSONValue {
        switch shape {
        case .gateway:
            return ["error_code": .string(code.rawValue), "message": .string(detail)]
        case .problem:
            var object: JSONObject = [
                "type": .string("urn:headwater:error:\(code.rawValue)"),
                "status": .integer(Int64(code.status)),
                "title": .string(code.title),
                "detail": .string(detail),
                "errorCode": .string(code.rawValue),
                "requestId": .string(requestID),
            ]
            for (key, value) in members { object[key] = value }
            return .object(object)
        }
    }

    /// The body as text.
    func bytes(requestID: String) -> [UInt8] {
        var bytes: [UInt8] = []
        body(requestID: requestID).write(to: &bytes)
        return bytes
    }
}
