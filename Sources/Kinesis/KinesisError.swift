/// Why a request, a record or a configuration was not accepted.
///
/// Callers decide by ``isRetriable``, ``isAmbiguous`` and ``needsOperator``, and show ``code`` and ``message``.
public struct KinesisError: Error, Sendable {
    /// What happened; the service's own name where the service said it.
    public var code: Code
    /// What was tried, what was found and what to do; holds no secret and no data of a record.
    public var message: String
    /// The status of the answer, if there was one.
    public var httpStatus: Int?
    /// The service's name of the request, for its support.
    public var requestID: String?
    /// What answered does not speak as the service does: a proxy, a login page, another service.
    ///
    /// Such an answer says nothing about keys, permissions or streams.
    public internal(set) var isForeign = false
    /// What a producer does about it.
    var disposition: Disposition

    /// The same request may succeed later without anybody acting.
    public var isRetriable: Bool {
        switch disposition {
        case .retry: true
        case .splitRequest, .stopDestination, .invalidInput: false
        }
    }

    /// The request may have been carried out although it failed here.
    public var isAmbiguous: Bool { disposition == .retry(isAmbiguous: true) }

    /// Nothing gets through until a person changes credentials, permissions, the stream or the configuration.
    public var needsOperator: Bool { disposition == .stopDestination }

    init(
        _ code: Code,
        _ message: String,
        disposition: Disposition? = nil,
        httpStatus: Int? = nil,
        requestID: String? = nil
    ) {
        self.code = code
        self.message = message
        self.httpStatus = httpStatus
        self.requestID = requestID
        self.disposition = disposition ?? Disposition(code: code) ?? .stopDestination
    }
}

extension KinesisError {
    /// An account may not sign in as it wants to, for reasons of who runs the process.
    ///
    /// - Parameter message: What to do; no secret.
    package init(refusedIdentity message: String) {
        self.init(.credentialsMissing, message)
    }
}

extension KinesisError: CustomStringConvertible {
    /// Code, message and where the service can look it up.
    public var description: String {
        var text = "\(code.rawValue): \(message)"
        if let httpStatus { text += " (HTTP \(httpStatus)" + (requestID.map { ", request \($0))" } ?? ")") }
        return text
    }
}

extension KinesisError {
    /// The name of an error; open, because the service may add names.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The service's name without its namespace, or ours.
        public var rawValue: String

        /// Wraps a name.
        public init(rawValue: String) { self.rawValue = rawValue }

        // Ours: the way to the service.

        /// No connection could be made; nothing was sent.
        public static let connectionFailed = Code(rawValue: "ConnectionFailed")
        /// The name has no address, or none in time; nothing was sent.
        public static let hostUnknown = Code(rawValue: "HostUnknown")
        /// The certificate is not trusted, or is for another name; nothing was sent.
        public static let certificateRefused = Code(rawValue: "CertificateRefused")
        /// No TLS came about; nothing was sent.
        public static let tlsFailed = Code(rawValue: "TLSFailed")
        /// The connection ended before the answer.
        public static let connectionLost = Code(rawValue: "ConnectionLost")
        /// No answer came in time.
        public static let requestTimeout = Code(rawValue: "RequestTimeout")
        /// Requests are on their way and none of them is answered; no request has failed yet.
        public static let noAnswer = Code(rawValue: "NoAnswer")
        /// The request was not sent, because this side was not ready for it.
        public static let notSent = Code(rawValue: "NotSent")
        /// The answer is not one the service gives.
        public static let invalidResponse = Code(rawValue: "InvalidResponse")

        // Ours: records.

        /// Data and partition key are over the stream's limit.
        public static let recordTooLarge = Code(rawValue: "RecordTooLarge")
        /// The partition key is empty or longer than 256 characters.
        public static let invalidPartitionKey = Code(rawValue: "InvalidPartitionKey")
        /// The configured number of attempts was used up.
        public static let attemptsExhausted = Code(rawValue: "AttemptsExhausted")

        // Ours: configuration.

        /// The connection URL cannot be read or used.
        public static let invalidEndpoint = Code(rawValue: "InvalidEndpoint")
        /// Plain HTTP to another machine.
        public static let insecureEndpoint = Code(rawValue: "InsecureEndpoint")
        /// An address that must not be reached, such as a link-local one, where machines serve their own credentials.
        public static let forbiddenEndpoint = Code(rawValue: "ForbiddenEndpoint")
        /// What is to be trusted holds no certificates.
        public static let invalidCertificateBundle = Code(rawValue: "InvalidCertificateBundle")
        /// The URL names another region than the configuration.
        public static let regionMismatch = Code(rawValue: "RegionMismatch")
        /// The name of a region is malformed.
        public static let invalidRegion = Code(rawValue: "InvalidRegion")
        /// Neither a region nor a URL.
        public static let missingRegion = Code(rawValue: "MissingRegion")
        /// The keys hold characters that no request can carry.
        public static let invalidCredentials = Code(rawValue: "InvalidCredentials")
        /// What hands out temporary keys does not answer for now; nothing was sent.
        public static let credentialsUnavailable = Code(rawValue: "CredentialsUnavailable")
        /// Nothing that could hand out keys is set up on this machine, or it is set up in a way that cannot be used.
        public static let credentialsMissing = Code(rawValue: "CredentialsMissing")
        /// The role may not be assumed by who asked.
        public static let roleRefused = Code(rawValue: "RoleRefused")
        /// A stream's name or ARN is malformed.
        public static let invalidStream = Code(rawValue: "InvalidStream")

        // The service's.

        /// The stream, or the shard, does not exist.
        public static let resourceNotFound = Code(rawValue: "ResourceNotFoundException")
        /// The key may not do this.
        public static let accessDenied = Code(rawValue: "AccessDeniedException")
        /// A shard takes no more for now.
        public static let throughputExceeded = Code(rawValue: "ProvisionedThroughputExceededException")
        /// The service failed.
        public static let internalFailure = Code(rawValue: "InternalFailure")
        /// A member of the request breaks a constraint.
        public static let validation = Code(rawValue: "ValidationException")
        /// The service could not read the request.
        public static let serialization = Code(rawValue: "SerializationException")
        /// The access key is unknown.
        public static let unrecognizedClient = Code(rawValue: "UnrecognizedClientException")
        /// The signature does not fit, or its time is too far from the service's.
        public static let invalidSignature = Code(rawValue: "InvalidSignatureException")
    }
}
