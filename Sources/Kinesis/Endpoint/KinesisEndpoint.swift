import NIOCore

/// Where requests go and the region they are signed for.
public struct KinesisEndpoint: Sendable, Hashable {
    /// Scheme, host and port, without a path.
    public let url: String
    /// The value of the `Host` header: the port is absent when it is the scheme's own.
    public let hostHeader: String
    /// The region in the signature's scope.
    public let signingRegion: String
    /// Which machines the host may lead to; for `HTTPClient.Configuration.kinesis`.
    public let peers: PeerRule
    /// The name or address in the URL, without brackets.
    let host: String
    /// The port that requests go to.
    let port: Int

    /// The host is one of AWS's whose cryptography is validated, by its name.
    public var isFIPS: Bool { isOfAWS && host.contains("kinesis-fips.") }

    /// Requests go by TLS.
    var isSecure: Bool { url.hasPrefix("https:") }

    /// Decides the endpoint from what a user configured.
    ///
    /// The connection URL, else the host of the target's region, else that of the base's region. Signed for the target's
    /// region, else the base's, else the one in the URL, else `us-east-1`. Names are not resolved here; where they lead is
    /// judged by ``checkAddresses(within:using:)`` and, at every connection, by the HTTP client that follows ``peers``.
    ///
    /// - Parameters:
    ///   - connectionURL: Scheme and host, optionally a port; empty counts as absent.
    ///   - baseRegion: The region of the base connection; empty counts as absent.
    ///   - targetRegion: The region of the target connection, stronger than the base's; empty counts as absent.
    ///   - variant: Which of the region's hosts; a connection URL says it itself.
    ///   - allowsInsecure: Plain HTTP to other machines is accepted.
    /// - Returns: The endpoint.
    /// - Throws: ``KinesisError`` with `missingRegion`, `invalidRegion`, `invalidEndpoint`, `insecureEndpoint`,
    ///   `forbiddenEndpoint` or `regionMismatch`.
    public static func resolve(
        connectionURL: String?,
        baseRegion: String?,
        targetRegion: String?,
        variant: EndpointVariant = .standard,
        allowsInsecure: Bool = false
    ) throws(KinesisError) -> KinesisEndpoint {
        let url = connectionURL.flatMap { $0.isEmpty ? nil : $0 }
        let base = baseRegion.flatMap { $0.isEmpty ? nil : $0 }
        let target = targetRegion.flatMap { $0.isEmpty ? nil : $0 }
        for region in [base, target] {
            if let region { try check(region: region) }
        }
        let region = target ?? base
        guard let url else {
            guard let region else {
                throw KinesisError(.missingRegion, "neither a region nor a connection URL is given; give one of them")
            }
            guard variant != .fips || AWSRegion.hasFIPS(region) else {
                throw KinesisError(
                    .invalidRegion,
                    "region \(region) has no FIPS endpoint; those of the United States and GovCloud have"
                )
            }
            let host = AWSRegion.host(of: variant, service: "kinesis", in: region)
            return KinesisEndpoint(
                url: "https://\(host)",
                hostHeader: host,
                signingRegion: region,
                peers: allowsInsecure ? .anyMachine : .otherMachines,
                host: host,
                port: 443
            )
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
            signingRegion: region ?? named ?? "us-east-1",
            peers: allowsInsecure ? .anyMachine : parts.isLoopback ? .thisMachine : .otherMachines,
            host: parts.host,
            port: parts.port ?? (parts.isSecure ? 443 : 80)
        )
    }

    /// What ARNs in a region begin with after `arn:`, such as `aws` or `aws-cn`.
    public static func partition(of region: String) -> String { AWSRegion.partitionName(of: region) }

    /// Refuses what cannot be a region's name.
    ///
    /// - Parameter region: Such as `eu-west-1`.
    /// - Throws: ``KinesisError`` with `invalidRegion`.
    public static func check(region: String) throws(KinesisError) {
        guard AWSRegion.isWellFormed(region) else {
            throw KinesisError(
                .invalidRegion,
                "region \"\(region)\" is not a region's name; give one such as eu-west-1"
            )
        }
    }

    /// Refuses what cannot be read as a connection URL; whether its host may be used is for
    /// ``resolve(connectionURL:baseRegion:targetRegion:allowsInsecure:)``.
    ///
    /// - Parameter connectionURL: Scheme and host, optionally a port.
    /// - Throws: ``KinesisError`` with `invalidEndpoint`.
    public static func check(connectionURL: String) throws(KinesisError) {
        _ = try EndpointURL(connectionURL)
    }

    /// Looks the host up and judges every address that it has, unless a proxy does that: see ``OutgoingProxy``.
    ///
    /// - Parameters:
    ///   - limit: How long the lookup may take.
    ///   - resolver: What knows names.
    ///   - proxy: What requests go through, if they do.
    /// - Throws: As ``checkAddresses(within:using:)``.
    package func checkAddresses(
        within limit: Duration,
        using resolver: HostResolver,
        through proxy: OutgoingProxy?
    ) async throws(KinesisError) {
        if let proxy, proxy.isUsed(for: self), isOfAWS { return }
        try await checkAddresses(within: limit, using: resolver)
    }

    /// Looks the host up and judges every address that it has: one that must not be reached refuses the endpoint.
    ///
    /// - Parameters:
    ///   - limit: How long the lookup may take.
    ///   - resolver: What knows names.
    /// - Throws: ``KinesisError`` with `forbiddenEndpoint`, or `hostUnknown` when there is no address or no answer in time.
    package func checkAddresses(
        within limit: Duration,
        using resolver: HostResolver = .system
    ) async throws(KinesisError) {
        do {
            _ = try await judgedAddresses(within: limit, using: resolver)
        } catch let peer as ForbiddenPeer {
            throw KinesisError(peer, at: self)
        } catch {
            throw KinesisError(unresolved: error, at: self)
        }
    }

    /// The addresses of the host, each of which may be reached.
    ///
    /// - Parameters:
    ///   - limit: How long the lookup may take.
    ///   - resolver: What knows names.
    /// - Returns: One address or more, best first.
    /// - Throws: ``ForbiddenPeer``, or why the host has no address.
    func judgedAddresses(within limit: Duration, using resolver: HostResolver) async throws -> [SocketAddress] {
        let addresses = try await resolver.addresses(of: host, within: limit)
        for address in addresses { try peers.check(address) }
        return addresses
    }
}

extension KinesisError {
    /// A host without an address.
    init(unresolved error: any Error, at endpoint: KinesisEndpoint) {
        self.init(
            .hostUnknown,
            "\(endpoint.host) has no address that this machine can find (\(error)); correct the name, or this machine's DNS"
        )
    }
}
