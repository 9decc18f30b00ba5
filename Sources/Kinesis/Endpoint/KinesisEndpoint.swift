/// Where requests go and the region they are signed for.
public struct KinesisEndpoint: Sendable, Hashable {
    /// Scheme, host and port, without a path.
    public let url: String
    /// The value of the `Host` header: the port is absent when it is the scheme's own.
    public let hostHeader: String
    /// The region in the signature's scope.
    public let signingRegion: String

    /// Decides the endpoint from what a user configured.
    ///
    /// The connection URL, else the host of the target's region, else that of the base's region. Signed for the target's
    /// region, else the base's, else the one in the URL, else `us-east-1`. Names are not resolved here: a name that leads to
    /// a link-local address is not noticed.
    ///
    /// - Parameters:
    ///   - connectionURL: Scheme and host, optionally a port; empty counts as absent.
    ///   - baseRegion: The region of the base connection; empty counts as absent.
    ///   - targetRegion: The region of the target connection, stronger than the base's; empty counts as absent.
    ///   - allowsInsecure: Plain HTTP to other machines is accepted.
    /// - Returns: The endpoint.
    /// - Throws: ``KinesisError`` with `missingRegion`, `invalidRegion`, `invalidEndpoint`, `insecureEndpoint`,
    ///   `forbiddenEndpoint` or `regionMismatch`.
    public static func resolve(
        connectionURL: String?,
        baseRegion: String?,
        targetRegion: String?,
        allowsInsecure: Bool = false
    ) throws(KinesisError) -> KinesisEndpoint {
        let url = connectionURL.flatMap { $0.isEmpty ? nil : $0 }
        let base = baseRegion.flatMap { $0.isEmpty ? nil : $0 }
        let target = targetRegion.flatMap { $0.isEmpty ? nil : $0 }
        for region in [base, target] {
            if let region, !AWSRegion.isWellFormed(region) {
                throw KinesisError(
                    .invalidRegion,
                    "region \"\(region)\" is not a region's name; give one such as eu-west-1"
                )
            }
        }
        let region = target ?? base
        guard let url else {
            guard let region else {
                throw KinesisError(.missingRegion, "neither a region nor a connection URL is given; give one of them")
            }
            let host = AWSRegion.kinesisHost(region)
            return KinesisEndpoint(url: "https://\(host)", hostHeader: host, signingRegion: region)
        }
        let parts = try EndpointURL(url)
        try parts.checkAddress(allowsInsecure: allowsInsecure)
        let named = try AWSRegion.named(inKinesisHost: parts.host, url: url)
        if let region, let named, region != named {
            throw KinesisError(
                .regionMismatch,
                "connection URL \"\(url)\" is in region \(named) but the region is \(region); make them agree or drop one"
            )
        }
        return KinesisEndpoint(
            url: parts.text,
            hostHeader: parts.authority,
            signingRegion: region ?? named ?? "us-east-1"
        )
    }
}
