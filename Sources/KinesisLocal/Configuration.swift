extension KinesisLocalServer {
    /// How an endpoint is set up; the defaults are those of a small stream for tests.
    public struct Configuration: Sendable {
        /// A key pair that may sign requests.
        public struct Credential: Sendable {
            /// The access key id.
            public var accessKey: String
            /// The secret access key.
            public var secretKey: String
            /// The session token that must come with the key, if any.
            public var sessionToken: String?

            /// Makes a key pair.
            public init(accessKey: String, secretKey: String, sessionToken: String? = nil) {
                self.accessKey = accessKey
                self.secretKey = secretKey
                self.sessionToken = sessionToken
            }
        }

        /// The address to listen on.
        public var host: String
        /// The port to listen on; 0 takes a free one.
        public var port: Int
        /// What it shows to clients, which then have to speak TLS; without one they must not.
        public var certificate: ServerCertificate?
        /// The key pairs that may sign requests; with none, every request is accepted, signed or not.
        public var credentials: [Credential]
        /// The account in ARNs and messages.
        public var accountID: String
        /// The region in ARNs and messages; requests may be signed for any.
        public var region: String
        /// Shards of a stream that is created without a number of them, and of the streams in `streams`.
        public var shardCount: Int
        /// Shards of all provisioned streams together.
        public var shardsMax: Int
        /// Streams that exist, active, when the endpoint starts.
        public var streams: [String]
        /// Whether a shard takes no more than 1,000 records and 1 MiB in a second.
        public var enforcesShardLimits: Bool
        /// How long a record is kept.
        public var retentionAge: Duration
        /// How many bytes of records a stream keeps; the oldest go first.
        public var retentionBytes: Int
        /// How long a stream is `CREATING`, `UPDATING` and `DELETING`, and a consumer `CREATING` and `DELETING`.
        public var transitionTime: Duration
        /// What goes wrong from the start.
        public var faults: Faults
        /// What goes wrong when, from the start on.
        public var scenario: Scenario

        /// Makes a configuration.
        public init(
            host: String = "127.0.0.1",
            port: Int = 0,
            certificate: ServerCertificate? = nil,
            credentials: [Credential] = [],
            accountID: String = "000000000000",
            region: String = "us-east-1",
            shardCount: Int = 4,
            shardsMax: Int = 500,
            streams: [String] = [],
            enforcesShardLimits: Bool = true,
            retentionAge: Duration = .seconds(86_400),
            retentionBytes: Int = 256 * 1024 * 1024,
            transitionTime: Duration = .zero,
            faults: Faults = Faults(),
            scenario: Scenario = Scenario()
        ) {
            self.host = host
            self.port = port
            self.certificate = certificate
            self.credentials = credentials
            self.accountID = accountID
            self.region = region
            self.shardCount = shardCount
            self.shardsMax = shardsMax
            self.streams = streams
            self.enforcesShardLimits = enforcesShardLimits
            self.retentionAge = retentionAge
            self.retentionBytes = retentionBytes
            self.transitionTime = transitionTime
            self.faults = faults
            self.scenario = scenario
        }

        /// The same with one key pair.
        public init(
            host: String = "127.0.0.1",
            port: Int = 0,
            accessKey: String,
            secretKey: String,
            sessionToken: String? = nil
        ) {
            self.init(
                host: host,
                port: port,
                credentials: [Credential(accessKey: accessKey, secretKey: secretKey, sessionToken: sessionToken)]
            )
        }
    }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
