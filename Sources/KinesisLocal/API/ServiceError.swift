/// An answer that refuses a request, as the service words it.
struct ServiceError: Error, Equatable, Sendable {
    /// The name of the error's shape; clients branch on it.
    struct Code: Equatable, Sendable {
        var name: String

        static let resourceNotFound = Code(name: "ResourceNotFoundException")
        static let resourceInUse = Code(name: "ResourceInUseException")
        static let limitExceeded = Code(name: "LimitExceededException")
        static let invalidArgument = Code(name: "InvalidArgumentException")
        static let validation = Code(name: "ValidationException")
        static let serialization = Code(name: "SerializationException")
        static let unknownOperation = Code(name: "UnknownOperationException")
        static let throughputExceeded = Code(name: "ProvisionedThroughputExceededException")
        static let expiredIterator = Code(name: "ExpiredIteratorException")
        static let expiredNextToken = Code(name: "ExpiredNextTokenException")
        static let accessDenied = Code(name: "AccessDeniedException")
        static let dryRun = Code(name: "DryRunOperationException")
        static let expiredToken = Code(name: "ExpiredTokenException")
        static let internalFailure = Code(name: "InternalFailure")
        static let serviceUnavailable = Code(name: "ServiceUnavailable")
        static let missingAuthentication = Code(name: "MissingAuthenticationTokenException")
        static let incompleteSignature = Code(name: "IncompleteSignatureException")
        static let invalidSignature = Code(name: "InvalidSignatureException")
        static let unrecognizedClient = Code(name: "UnrecognizedClientException")
        static let requestTooLarge = Code(name: "RequestEntityTooLargeException")
    }

    var code: Code
    var message: String
    /// The HTTP status: 400 for everything that the service's model knows.
    var status = 400

    init(_ code: Code, _ message: String, status: Int = 400) {
        self.code = code
        self.message = message
        self.status = status
    }

    static let internalFailure = ServiceError(.internalFailure, "Internal service failure.", status: 500)

    /// The answer to a request that would have been done.
    static let dryRun = ServiceError(
        .dryRun,
        "The request was rejected because the DryRun parameter was specified."
    )
}
