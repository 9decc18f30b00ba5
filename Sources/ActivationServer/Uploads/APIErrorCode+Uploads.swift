// Uploads.
extension APIErrorCode {
    static let uploadUnknown = APIErrorCode("UPLOAD_UNKNOWN", status: 404, title: "Upload not found")
    static let uploadInvalid = APIErrorCode("UPLOAD_INVALID", status: 400, title: "File cannot be taken")
    static let uploadOffset = APIErrorCode("UPLOAD_OFFSET", status: 409, title: "Bytes do not follow on those received")
    static let uploadState = APIErrorCode("UPLOAD_STATE", status: 409, title: "Upload is not at this point")
    static let uploadTooLarge = APIErrorCode("UPLOAD_TOO_LARGE", status: 413, title: "File is too large")
    static let uploadsTooMany = APIErrorCode("UPLOADS_TOO_MANY", status: 429, title: "Too many files are on their way")
    static let refreshTooSoon = APIErrorCode("REFRESH_TOO_SOON", status: 409, title: "Audience cannot be refreshed yet")
}
