import AsyncHTTPClient
import NIOCore
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
        if isBeforeSending(error) {
            return KinesisError(.connectionFailed, "no connection to \(endpoint.url): \(error)")
        }
        if let error = error as? HTTPClientError, error == .deadlineExceeded || error == .readTimeout {
            return KinesisError(.requestTimeout, "\(endpoint.url) did not answer in time")
        }
        if error is NIOTooManyBytesError {
            return KinesisError(
                .invalidResponse,
                "\(endpoint.url) answered with more than a Kinesis answer can hold"
            )
        }
        return KinesisError(
            .connectionLost,
            "the connection to \(endpoint.url) ended before the answer: \(error)"
        )
    }

    /// The failure can only happen before a byte of the request has left.
    private static func isBeforeSending(_ error: any Error) -> Bool {
        switch error {
        case is NIOConnectionError: true
        case let error as HTTPClientError: connectionErrors.contains { $0 == error }
        case let error as NIOSSLError: isHandshake(error)
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

    private static func isHandshake(_ error: NIOSSLError) -> Bool {
        if case .handshakeFailed = error { true } else { false }
    }

    private static func isConnect(_ error: ChannelError) -> Bool {
        if case .connectTimeout = error { true } else { false }
    }

    private static let refusals: [CInt] = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL]
}
