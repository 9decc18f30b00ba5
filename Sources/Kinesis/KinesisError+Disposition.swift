extension KinesisError {
    /// What a producer does about an error.
    enum Disposition: Sendable, Hashable {
        /// Try the same request again after a while; an ambiguous one may have been carried out already.
        case retry(isAmbiguous: Bool)
        /// Some record of the request is to blame: find it by halving.
        case splitRequest
        /// Nothing gets through until a person acts.
        case stopDestination
        /// The caller's own value is wrong; nothing was sent.
        case invalidInput
    }
}

extension KinesisError.Disposition {
    /// The disposition of a known error name; nil for a name never seen before.
    init?(code: KinesisError.Code) {
        switch code.rawValue {
        case "ProvisionedThroughputExceededException", "KMSThrottlingException", "LimitExceededException",
            "ThrottlingException", "Throttling", "ThrottledException", "RequestLimitExceeded",
            "RequestThrottledException", "TooManyRequestsException", "SlowDown", "ResourceInUseException",
            "ConnectionFailed", "HostUnknown", "CertificateRefused", "TLSFailed", "NoAnswer", "NotSent",
            "CredentialsUnavailable":
            self = .retry(isAmbiguous: false)
        case "InternalFailure", "InternalFailureException", "InternalServerError", "InternalServerException",
            "InternalError", "ServiceUnavailable", "ServiceUnavailableException", "RequestTimeoutException",
            "RequestTimeout", "ConnectionLost", "InvalidResponse":
            self = .retry(isAmbiguous: true)
        case "ValidationException", "InvalidArgumentException", "RequestEntityTooLarge", "RequestTooLarge":
            self = .splitRequest
        case "ResourceNotFoundException", "AccessDeniedException", "AccessDenied", "KMSDisabledException",
            "KMSInvalidStateException", "KMSAccessDeniedException", "KMSNotFoundException", "KMSOptInRequired",
            "ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidSignatureException",
            "SignatureDoesNotMatch", "IncompleteSignatureException", "IncompleteSignature",
            "MissingAuthenticationTokenException", "MissingAuthenticationToken", "InvalidClientTokenId",
            "OptInRequired", "NotAuthorized", "RequestExpired", "SerializationException",
            "UnknownOperationException", "InvalidCredentials", "CredentialsMissing", "RoleRefused":
            self = .stopDestination
        case "RecordTooLarge", "InvalidPartitionKey", "AttemptsExhausted", "InvalidEndpoint", "InsecureEndpoint",
            "ForbiddenEndpoint", "RegionMismatch", "InvalidRegion", "MissingRegion", "InvalidStream",
            "InvalidCertificateBundle":
            self = .invalidInput
        default:
            return nil
        }
    }

    /// The disposition of an answer whose error name is missing or new: the status is all there is.
    init(unknownErrorStatus status: Int) {
        switch status {
        case 408: self = .retry(isAmbiguous: true)
        case 413: self = .splitRequest
        case 429: self = .retry(isAmbiguous: false)
        case 500...: self = .retry(isAmbiguous: true)
        default: self = .stopDestination
        }
    }

    /// The disposition of one record's error inside an accepted request; a new name is taken as passing trouble, so that
    /// no record is given up for a word.
    init(recordErrorCode code: KinesisError.Code) {
        switch Self(code: code) {
        case .splitRequest: self = .splitRequest
        case .stopDestination: self = .stopDestination
        case .retry, .invalidInput, nil: self = .retry(isAmbiguous: false)
        }
    }
}
