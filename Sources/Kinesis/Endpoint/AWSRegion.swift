/// Names of regions and the hosts that the service has in them (KINESIS 1.6).
enum AWSRegion {
    /// Domains of the partitions by the prefix of their regions; the first that fits counts.
    private static let partitions: [(regionPrefix: String, domain: String)] = [
        ("cn-", "amazonaws.com.cn"),
        ("us-gov-", "amazonaws.com"),
        ("us-isob-", "sc2s.sgov.gov"),
        ("us-isof-", "csp.hci.ic.gov"),
        ("us-iso-", "c2s.ic.gov"),
        ("eu-isoe-", "cloud.adc-e.uk"),
        ("eusc-", "amazonaws.eu"),
        ("", "amazonaws.com"),
    ]

    /// Every domain under which the service's hosts are found, dual-stack ones included.
    private static let domains = [
        "amazonaws.com.cn", "amazonaws.com", "amazonaws.eu", "c2s.ic.gov", "sc2s.sgov.gov", "cloud.adc-e.uk",
        "csp.hci.ic.gov", "api.aws", "api.amazonwebservices.com.cn", "api.amazonwebservices.eu",
    ]

    /// Letters, digits and hyphens as in every region's name: at least two hyphens and a number at the end.
    static func isWellFormed(_ region: String) -> Bool {
        let labels = region.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard labels.count >= 3, region.utf8.count <= 32, let last = labels.last else { return false }
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return labels.dropLast().allSatisfy { !$0.isEmpty && $0.allSatisfy(letters.contains) }
            && !last.isEmpty && last.allSatisfy(digits.contains)
    }

    /// The regional host of the service.
    static func kinesisHost(_ region: String) -> String {
        let partition = partitions.first { region.hasPrefix($0.regionPrefix) }
        return "kinesis.\(region).\(partition?.domain ?? "amazonaws.com")"
    }

    /// The region that a host of AWS names; nil for any other host.
    ///
    /// - Parameters:
    ///   - host: The host in lower case.
    ///   - url: What the user gave, for the message.
    /// - Returns: The region, or nil.
    /// - Throws: ``KinesisError`` with `invalidEndpoint` for a host of AWS that is not the service's.
    static func named(inKinesisHost host: String, url: String) throws(KinesisError) -> String? {
        guard let domain = domains.first(where: { host == $0 || host.hasSuffix(".\($0)") }) else { return nil }
        var labels = host.dropLast(domain.count).split(separator: ".")
        // An interface endpoint is vpce-….kinesis.REGION.vpce.amazonaws.com.
        if labels.last == "vpce" { labels.removeLast() }
        let services: Set<Substring> = [
            "kinesis", "kinesis-fips", "data-kinesis", "data-kinesis-fips", "control-kinesis", "control-kinesis-fips",
        ]
        guard labels.count >= 2, let region = labels.popLast(), isWellFormed(String(region)),
            let service = labels.last, services.contains(service)
        else {
            throw KinesisError(
                .invalidEndpoint,
                "connection URL \"\(url)\" is a host of AWS but not of Kinesis Data Streams; "
                    + "its hosts look like https://kinesis.eu-west-1.\(domain)"
            )
        }
        return String(region)
    }
}
