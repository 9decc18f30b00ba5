import ActivationServer
import Kinesis

extension DestinationProbeError {
    /// Translates a failure into a code, the step of the way at which it happened, and what to do.
    ///
    /// Only errors that the service itself words are about keys, permissions and streams; whatever else answers there is told
    /// as such (`NET-001`).
    ///
    /// - Parameters:
    ///   - error: The failure.
    ///   - operation: What was asked.
    ///   - client: What asked.
    init(_ error: KinesisError, step operation: String, _ client: KinesisClient) {
        let url = client.endpoint.url
        let place = "\(url) (signing region \(client.endpoint.signingRegion))"
        if error.isForeign {
            self.init(code: "NET-001", step: "answer", message: "\(url) is not Kinesis: \(error.message)")
            return
        }
        switch error.code {
        case .forbiddenEndpoint:
            self.init(code: "CFG-001", step: operation == "resolve" ? "resolve" : "connect", message: error.message)
        case .roleRefused:
            self.init(code: "AWS-403R", step: "AssumeRole", message: error.message)
        case .credentialsMissing:
            self.init(code: "AWS-401", step: "identity", message: error.message)
        case .credentialsUnavailable:
            self.init(code: "NET-001", step: "identity", message: "\(error.message); try again")
        case .hostUnknown:
            self.init(code: "NET-001", step: "resolve", message: error.message)
        case .connectionFailed:
            self.init(
                code: "NET-001",
                step: "connect",
                message: "\(error.message); check host and port, and that this machine may connect to them"
            )
        case .certificateRefused, .tlsFailed:
            self.init(code: "NET-001", step: "TLS", message: error.message)
        case .connectionLost, .requestTimeout, .invalidResponse:
            self.init(code: "NET-001", step: operation, message: "\(place) cannot be used: \(error.message)")
        default:
            self.init(answer: error, step: operation, place)
        }
    }

    /// Translates an error that the service words.
    private init(answer error: KinesisError, step operation: String, _ place: String) {
        let name = error.code.rawValue
        switch name {
        case "AccessDeniedException", "AccessDenied":
            self.init(
                code: "AWS-403",
                step: operation,
                message: "the key lacks kinesis:\(operation) at \(place); add it to the key's policy",
                isOnlyDenied: true
            )
        case "OptInRequired", "NotAuthorized":
            self.init(
                code: "AWS-403",
                step: operation,
                message: "the key's account may not use Kinesis at \(place) (\(name)); have AWS enable it"
            )
        case "ResourceNotFoundException":
            self.init(
                code: "AWS-404",
                step: operation,
                message: "there is no such stream at \(place) for this account; create it or correct name and region"
            )
        case "ExpiredTokenException", "ExpiredToken":
            self.init(
                code: "AWS-401",
                step: operation,
                message: "the temporary key has expired at \(place); give a new key, secret and session token"
            )
        case "UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException",
            "SignatureDoesNotMatch", "IncompleteSignatureException", "IncompleteSignature",
            "MissingAuthenticationTokenException", "MissingAuthenticationToken", "RequestExpired":
            self.init(
                code: "AWS-401",
                step: operation,
                message: "\(place) refused the access key or secret (\(name)); check both, and the region"
            )
        case "UnknownOperationException", "SerializationException", "InvalidAction":
            self.init(
                code: "NET-001",
                step: "answer",
                message: "\(place) does not know \(operation) (\(name)), so it is another service of AWS, or one "
                    + "like it, and not Kinesis; correct the URL"
            )
        default:
            self.init(
                code: "NET-001",
                step: operation,
                message: "\(place) answered \(name): \(error.message); "
                    + (error.isRetriable ? "try again" : "correct what it names")
            )
        }
    }
}
