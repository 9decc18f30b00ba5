extension KinesisEndpoint {
    /// Where the Security Token Service of a region is.
    ///
    /// - Parameters:
    ///   - region: The region.
    ///   - isFIPS: Its FIPS host.
    ///   - override: Another URL, given by who runs the process and never by a client of it.
    /// - Returns: The endpoint.
    /// - Throws: ``KinesisError`` with `invalidRegion` or `invalidEndpoint`.
    public static func securityTokenService(
        region: String,
        isFIPS: Bool = false,
        override: String? = nil
    ) throws(KinesisError) -> KinesisEndpoint {
        try check(region: region)
        if let override {
            let parts = try EndpointURL(override)
            return KinesisEndpoint(
                url: parts.text,
                hostHeader: parts.authority,
                signingRegion: region,
                peers: parts.isLoopback ? .thisMachine : .otherMachines,
                host: parts.host,
                port: parts.port ?? (parts.isSecure ? 443 : 80)
            )
        }
        let host = AWSRegion.host(of: isFIPS ? .fips : .standard, service: "sts", in: region)
        return KinesisEndpoint(
            url: "https://\(host)",
            hostHeader: host,
            signingRegion: region,
            peers: .otherMachines,
            host: host,
            port: 443
        )
    }
}
