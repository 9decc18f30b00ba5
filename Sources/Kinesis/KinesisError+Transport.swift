import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension KinesisError {
    /// Classifies a failure without an answer: what shows that no connection stood was not written, all else may have been.
    static func transport(_ error: any Error, endpoint: KinesisEndpoint) -> KinesisError {
        if let peer = error as? ForbiddenPeer {
            // A name may lead to the right machine again.
            return KinesisError(peer, at: endpoint, disposition: .retry(isAmbiguous: false))
        }
        if error is LookupFailure { return KinesisError(unresolved: error, at: endpoint) }
        if let error = handshake(error, endpoint: endpoint) { return error }
        if isBeforeSending(error) {
            return KinesisError(.connectionFailed, "no connection to \(endpoint.url): \(error)")
        }
        if let error = error as? HTTPClientError, error == .deadlineExceeded || error == .readTimeout {
            return KinesisError(.requestTimeout, "\(endpoint.url) did not answer in time")
        }
        if error is HTTPParserError {
            return KinesisError(
                .invalidResponse,
                "\(endpoint.url) answers with something other than HTTP; correct the port, or write https:// if it speaks TLS"
            )
        }
        if error is NIOTooManyBytesError {
            return KinesisError(
                .invalidResponse,
                "\(endpoint.url) answered with more than a Kinesis answer can hold"
            )
        }
        let hint = endpoint.isSecure ? "" : "; if the port speaks TLS, write https://"
        return KinesisError(
            .connectionLost,
            "the connection to \(endpoint.url) ended before the answer (\(error))\(hint)"
        )
    }

    /// The failure can only happen before a byte of the request has left.
    static func isBeforeSending(_ error: any Error) -> Bool {
        switch error {
        case is NIOConnectionError: true
        case let error as HTTPClientError: connectionErrors.contains { $0 == error }
        case let error as ChannelError: isConnect(error)
        case let error as IOError: refusals.contains(error.errnoCode)
        default: false
        }
    }

    private static let connectionErrors: [HTTPClientError] = [
        .connectTimeout, .tlsHandshakeTimeout, .socksHandshakeTimeout, .httpProxyHandshakeTimeout,
        .getConnectionFromPoolTimeout, .proxyAuthenticationRequired, .invalidProxyResponse,
        .alreadyShutdown,
    ]

    /// A handshake that came to nothing; nil for other failures.
    private static func handshake(_ error: any Error, endpoint: KinesisEndpoint) -> KinesisError? {
        if let error = error as? NIOSSLExtraError {
            return error == .failedToValidateHostname ? certificateRefused(endpoint) : nil
        }
        switch error as? NIOSSLError {
        case .unableToValidateCertificate, .noCertificateToValidate:
            return certificateRefused(endpoint)
        case .handshakeFailed(let reason):
            // BoringSSL's reasons have names only in the text of the error.
            let text = "\(reason)"
            if text.contains("CERTIFICATE_VERIFY_FAILED") { return certificateRefused(endpoint) }
            return KinesisError(
                .tlsFailed,
                ["WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST"].contains(where: text.contains)
                    ? "\(endpoint.url) does not speak TLS; correct the port, or write http:// if plain HTTP is meant"
                    : "no TLS with \(endpoint.url) came about: \(text)"
            )
        default:
            return nil
        }
    }

    private static func certificateRefused(_ endpoint: KinesisEndpoint) -> KinesisError {
        KinesisError(
            .certificateRefused,
            "the certificate of \(endpoint.url) is for another name, has expired, or comes from an authority that this "
                + "machine does not trust; give the name in the certificate, or install its authority here"
        )
    }

    private static func isConnect(_ error: ChannelError) -> Bool {
        if case .connectTimeout = error { true } else { false }
    }

    private static let refusals: [CInt] = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL]
}
