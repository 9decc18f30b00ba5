import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Asks the services that a machine or a container has for its own identity: EC2's instance metadata, and the agents of ECS
/// and EKS.
///
/// They have link-local addresses, which no destination may lead to; nothing but the server's own chain of credentials comes
/// here, with addresses from the server's own environment.
public struct MetadataService: Sendable {
    /// Creates what asks; nothing is connected.
    public init() {}

    /// The answer of a service; nil when nobody is there.
    func ask(
        _ method: HTTPMethod,
        _ url: String,
        headers: HTTPHeaders = [:],
        until deadline: NIODeadline
    ) async throws(KinesisError) -> HTTPAnswer? {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers = headers
        // Asked once in an hour or so: no connection is worth keeping.
        let http = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: Self.configuration)
        let result: Result<HTTPAnswer, any Error>
        do {
            result = .success(try await http.answer(to: request, until: deadline, bytesMax: 256 << 10))
        } catch {
            result = .failure(error)
        }
        // What was answered counts, however the connection ends.
        try? await http.shutdown()
        do {
            return try result.get()
        } catch {
            if KinesisError.isBeforeSending(error) { return nil }
            // The path may be all that lets somebody in.
            throw KinesisError(
                .credentialsUnavailable,
                "what tells this machine its AWS identity does not answer in time"
            )
        }
    }

    private static var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(1)),
            decompression: .disabled
        )
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }
}

extension HTTPAnswer {
    /// Keys in the form that both metadata services give them.
    func issuedCredentials(from place: String) throws(KinesisError) -> IssuedCredentials {
        guard status == 200 else {
            throw KinesisError(
                .credentialsUnavailable,
                "\(place) answers with HTTP \(status)",
                disposition: status >= 500 || status == 429 ? nil : .stopDestination,
                httpStatus: status
            )
        }
        let document = try? KinesisWire.json.decode(body)
        guard let document, let id = document["AccessKeyId"]?.string, let secret = document["SecretAccessKey"]?.string,
            let end = document["Expiration"]?.string.flatMap({ SigningTime.secondsSinceEpoch(rfc3339: $0) })
        else {
            throw KinesisError(
                .credentialsUnavailable,
                "\(place) answers, but gives no keys"
            )
        }
        return IssuedCredentials(
            KinesisCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: document["Token"]?.string),
            life: .seconds(end - serviceSeconds)
        )
    }
}
