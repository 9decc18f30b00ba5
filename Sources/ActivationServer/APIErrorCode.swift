/// A word for one way a request can fail; the same word stands in answers and logs.
struct APIErrorCode: Hashable, Sendable {
    /// The word, `NNNN-HTTP` for Flow Service (BEHAVIOUR 1.9).
    var rawValue: String
    /// The HTTP status that goes with it.
    var status: Int
    /// What kind of failure it is, for people.
    var title: String

    /// Creates a code.
    init(_ rawValue: String, status: Int, title: String) {
        self.rawValue = rawValue
        self.status = status
        self.title = title
    }
}

// Gateway checks (BEHAVIOUR 1.9).
extension APIErrorCode {
    static let authorizationMissing = APIErrorCode("403010", status: 403, title: "Authorization is missing")
    static let tokenInvalid = APIErrorCode("401013", status: 401, title: "Token is not valid")
    static let apiKeyMissing = APIErrorCode("403000", status: 403, title: "x-api-key is missing")
    static let apiKeyInvalid = APIErrorCode("403003", status: 403, title: "x-api-key is not valid")
    static let orgMissing = APIErrorCode("400003", status: 400, title: "x-gw-ims-org-id is missing")
    static let orgForbidden = APIErrorCode("403025", status: 403, title: "Organisation is not accessible")
}

// The connection.
extension APIErrorCode {
    static let tooManyConnections = APIErrorCode("TOO_MANY_CONNECTIONS", status: 503, title: "Too many connections")
    static let requestMalformed = APIErrorCode("REQUEST_MALFORMED", status: 400, title: "Request is not HTTP/1.1")
    static let requestTooSlow = APIErrorCode("REQUEST_TOO_SLOW", status: 408, title: "Request came too slowly")
    static let headersTooLarge = APIErrorCode("HEADERS_TOO_LARGE", status: 431, title: "Headers are too large")
    static let expectationUnsupported = APIErrorCode("EXPECTATION", status: 417, title: "Expect cannot be met")
}

// Every API.
extension APIErrorCode {
    static let methodNotAllowed = APIErrorCode("METHOD_NOT_ALLOWED", status: 405, title: "Method is not allowed here")
    static let contentTypeUnsupported = APIErrorCode("CONTENT_TYPE", status: 400, title: "Content-Type is not accepted")
    static let contentEncodingUnsupported = APIErrorCode(
        "CONTENT_ENCODING",
        status: 415,
        title: "Content-Encoding is not accepted"
    )
    static let bodyTooLarge = APIErrorCode("BODY_TOO_LARGE", status: 413, title: "Body is too large")
    static let bodyNotJSON = APIErrorCode("BODY_NOT_JSON", status: 400, title: "Body is not JSON")
    static let bodyTooSlow = APIErrorCode("BODY_TOO_SLOW", status: 408, title: "Body came too slowly")
    static let bodyIncomplete = APIErrorCode("BODY_INCOMPLETE", status: 400, title: "Body ended early")
    static let bodyMalformed = APIErrorCode("BODY_MALFORMED", status: 400, title: "Body is not HTTP/1.1")
    static let fieldInvalid = APIErrorCode("FIELD_INVALID", status: 400, title: "Field is missing or not valid")
    static let queryInvalid = APIErrorCode("QUERY_INVALID", status: 400, title: "Query parameter is not valid")
    static let routeUnknown = APIErrorCode("ROUTE_UNKNOWN", status: 404, title: "No such resource")
    static let sandboxUnknown = APIErrorCode("2100-404", status: 404, title: "Sandbox is unknown")
    static let conflict = APIErrorCode("CONFLICT", status: 409, title: "Conflicts with the present state")
    static let overloaded = APIErrorCode("OVERLOADED", status: 429, title: "Too many requests at once")
    static let unavailable = APIErrorCode("UNAVAILABLE", status: 503, title: "Not available now")
    static let storageFull = APIErrorCode("STORAGE_FULL", status: 507, title: "No room to store this")
    static let internalError = APIErrorCode("INTERNAL", status: 500, title: "Internal error")
}

// Flow Service (BEHAVIOUR 1.9).
extension APIErrorCode {
    static let limitWithCount = APIErrorCode("1401-400", status: 400, title: "limit and count exclude each other")
    static let matchMissing = APIErrorCode("1403-400", status: 400, title: "If-Match is missing")
    static let matchFailed = APIErrorCode("1404-412", status: 412, title: "If-Match is not the current version")
    static let bodyEmpty = APIErrorCode("1405-400", status: 400, title: "Body is empty")
    static let stateOnCreate = APIErrorCode("1410-400", status: 400, title: "state cannot be set on create")
    static let pathInvalid = APIErrorCode("1411-400", status: 400, title: "Path cannot be changed")
    static let specInvalid = APIErrorCode("1413-400", status: 400, title: "Spec id is not valid")
    static let specImmutable = APIErrorCode("1414-400", status: 400, title: "Connection spec cannot change")
    static let authSpecUnknown = APIErrorCode("1415-400", status: 400, title: "auth.specName is unknown")
    static let connectionInUse = APIErrorCode("1418-400", status: 400, title: "Connection is still used by flows")
    static let actionNotApplicable = APIErrorCode("1422-400", status: 400, title: "Action does not apply")
    static let flowUnknown = APIErrorCode("1430-404", status: 404, title: "Flow not found")
    static let sortPrefixInvalid = APIErrorCode("1432-400", status: 400, title: "Sort prefix is not valid")
    static let sortFieldInvalid = APIErrorCode("1433-400", status: 400, title: "Sort field is not valid")
    static let patchOpUnsupported = APIErrorCode("1434-400", status: 400, title: "Patch op is not supported")
    static let resourceUnknown = APIErrorCode("1439-404", status: 404, title: "Resource not found")
    static let referenceUnknown = APIErrorCode("1439-400", status: 400, title: "Referenced resource not found")
    static let filterOperatorInvalid = APIErrorCode("1440-400", status: 400, title: "Filter operator is not valid")
    static let filterRangeOfMany = APIErrorCode("1443-400", status: 400, title: "Range filter takes one value")
    static let stillReferenced = APIErrorCode("1447-400", status: 400, title: "Active flows still contain this id")
    static let filterValueInvalid = APIErrorCode("1448-400", status: 400, title: "Filter value is not valid")
    static let patchPathMissing = APIErrorCode("1455-400", status: 400, title: "Patch refers to a missing field")
    static let stateInvalid = APIErrorCode("1456-400", status: 400, title: "State value is not allowed")
    static let patchRefused = APIErrorCode("PATCH_REFUSED", status: 400, title: "Patch cannot be applied")
}
