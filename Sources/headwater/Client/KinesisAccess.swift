import ArgumentParser
import AsyncHTTPClient
import Kinesis

/// How a command reaches a Kinesis endpoint.
struct KinesisAccess: ParsableArguments {
    @Option(help: "The endpoint, such as http://127.0.0.1:4567; by default AWS in --region.")
    var endpoint: String?

    @Option(help: "The region; by default AWS_REGION, else us-east-1.")
    var region: String?

    @Option(help: "The access key; by default AWS_ACCESS_KEY_ID.")
    var accessKey: String?

    @Option(help: "The secret key; better given as AWS_SECRET_ACCESS_KEY.")
    var secretKey: String?

    @Flag(help: "Accepts any certificate, and plain HTTP to other machines.")
    var insecure = false

    /// A client for the endpoint.
    func client(over http: AddressedHTTPClient, wire: KinesisWire = .json) throws(CommandFailure) -> KinesisClient {
        do throws(KinesisError) {
            let endpoint = try KinesisEndpoint.resolve(
                connectionURL: endpoint,
                baseRegion: region ?? Environment["AWS_REGION"] ?? Environment["AWS_DEFAULT_REGION"] ?? "us-east-1",
                targetRegion: nil,
                allowsInsecure: insecure
            )
            return try KinesisClient(httpClient: http, endpoint: endpoint, credentials: try credentials(), wire: wire)
        } catch {
            throw CommandFailure(.usage, error.message)
        }
    }

    /// Without any key an endpoint of one's own is signed to with a name that says so; it decides whether to check.
    private func credentials() throws(KinesisError) -> KinesisCredentials {
        let isLocal = endpoint != nil
        return KinesisCredentials(
            accessKeyID: accessKey ?? Environment["AWS_ACCESS_KEY_ID"] ?? (isLocal ? "local" : ""),
            secretAccessKey: secretKey ?? Environment["AWS_SECRET_ACCESS_KEY"] ?? (isLocal ? "local" : ""),
            sessionToken: accessKey == nil ? Environment["AWS_SESSION_TOKEN"] : nil
        )
    }

    /// Runs with an HTTP client that is closed afterwards.
    func withHTTPClient<Value>(_ work: (AddressedHTTPClient) async throws -> Value) async throws -> Value {
        let http = AddressedHTTPClient(configuration: .kinesis(verifiesCertificates: !insecure))
        do {
            let value = try await work(http)
            try await http.shutdown()
            return value
        } catch {
            try await http.shutdown()
            throw error
        }
    }
}

extension CommandFailure {
    /// A failure of a request to Kinesis.
    init(_ error: KinesisError) {
        self.init(error.needsOperator ? .badInput : .unavailable, "\(error)")
    }
}
