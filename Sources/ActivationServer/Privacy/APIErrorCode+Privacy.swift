extension APIErrorCode {
    static let privacyJobUnknown = APIErrorCode("PRIVACY_JOB_UNKNOWN", status: 404, title: "Privacy job not found")
    static let privacyCopyUnknown = APIErrorCode("PRIVACY_COPY_UNKNOWN", status: 404, title: "No copy to download")
    static let privacyJobsTooMany = APIErrorCode(
        "PRIVACY_JOBS_TOO_MANY",
        status: 429,
        title: "Too many open privacy jobs"
    )
}
