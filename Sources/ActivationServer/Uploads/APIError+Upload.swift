import ActivationCore
import TextFiles

extension APIError {
    /// A file that cannot be taken: where, and what to do.
    init(upload failure: InputFailure) {
        // A shortage, such as of descriptors, goes away.
        guard failure.code != .unreadable else {
            self.init(.unavailable, "the file cannot be read now: \(failure.message)", retryAfterSeconds: 5)
            return
        }
        var members: JSONObject = ["faultCode": .string(failure.code.rawValue)]
        if let place = failure.place {
            members["line"] = .integer(place.line)
            members["column"] = .integer(place.column)
        }
        self.init(.uploadInvalid, failure.message, members: members)
    }
}
