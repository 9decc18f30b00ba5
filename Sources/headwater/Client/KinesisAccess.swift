import ArgumentParser
import AsyncHTTPClient
import Kinesis

/// How a command reaches a Kinesis endpoint.
struct KinesisAccess: ParsableArguments {
    @Option(help: "The endpoint, such as http://127.0.0.1:4567; by default AWS in --region.")
    var endpoint: String?

    @Option(help: "The region; by default AWS_REGION, else us-east-1.")
    var region: String?

    @Option(help: "The access key; by default what AWS's own tools find: AWS_ACCESS_KEY_ID, a profile, a role.")
    var accessKey: String?

    @Option(help: "The secret key; better given as AWS_SECRET_ACCESS_KEY.")
    var secretKey: String?

    @Option(
        help: ArgumentHelp(
            "A PEM file of authorities that may vouch for the endpoint, beside those of the system; by default "
                + "AWS_CA_BUNDLE.",
            valueName: "file"
        )
    )
    var caBundle: String?

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
            return KinesisClient(
                httpClient: http,
                endpoint: endpoint,
                provider: try provider(over: http),
                wire: wire
            )
        } catch {
            throw CommandFailure(.usage, error.message)
        }
    }

    /// The keys that are given, else those of the machine.
    ///
    /// Without any, an endpoint of one's own is signed to with a name that says so; it decides whether to check.
    private func provider(over http: AddressedHTTPClient) throws(KinesisError) -> any CredentialsProvider {
        let (key, secret) = (
            accessKey ?? Environment["AWS_ACCESS_KEY_ID"], secretKey ?? Environment["AWS_SECRET_ACCESS_KEY"]
        )
        if endpoint == nil, accessKey == nil, secretKey == nil {
            return RenewedCredentials(
                MachineIdentity { (region) throws(KinesisError) in
                    let endpoint = try KinesisEndpoint.securityTokenService(
                        region: region,
                        override: Environment["AWS_ENDPOINT_URL_STS"]
                    )
                    return SecurityTokenService(endpoint: endpoint, http: http)
                }
            )
        }
        return try StaticCredentials(
            KinesisCredentials(
                accessKeyID: key ?? (endpoint == nil ? "" : "local"),
                secretAccessKey: secret ?? (endpoint == nil ? "" : "local"),
                sessionToken: accessKey == nil ? Environment["AWS_SESSION_TOKEN"] : nil
            )
        )
    }

    /// Runs with an HTTP client that is closed afterwards.
    func withHTTPClient<Value>(_ work: (AddressedHTTPClient) async throws -> Value) async throws -> Value {
        var authorities: CertificateBundle?
        if let file = caBundle ?? Environment["AWS_CA_BUNDLE"] { authorities = try CertificateBundle(file: file) }
        let http = AddressedHTTPClient(
            configuration: .kinesis(authorities: authorities, verifiesCertificates: !insecure)
        )
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
