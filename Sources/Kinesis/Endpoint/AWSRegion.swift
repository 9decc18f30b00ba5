/// Names of regions and the hosts that the service has in them (KINESIS 1.6).
enum AWSRegion {
    /// Name and domains of a partition, by the prefix of its regions.
    private struct Partition {
        var name: String
        var regionPrefix: String
        var domain: String
        var dualStackDomain: String
    }

    /// The partitions; the first that fits counts.
    private static let partitions: [Partition] = [
        Partition(
            name: "aws-cn",
            regionPrefix: "cn-",
            domain: "amazonaws.com.cn",
            dualStackDomain: "api.amazonwebservices.com.cn"
        ),
        Partition(
            name: "aws-us-gov",
            regionPrefix: "us-gov-",
            domain: "amazonaws.com",
            dualStackDomain: "api.aws"
        ),
        Partition(
            name: "aws-iso-b",
            regionPrefix: "us-isob-",
            domain: "sc2s.sgov.gov",
            dualStackDomain: "api.aws.scloud"
        ),
        Partition(
            name: "aws-iso-f",
            regionPrefix: "us-isof-",
            domain: "csp.hci.ic.gov",
            dualStackDomain: "api.aws.hci.ic.gov"
        ),
        Partition(name: "aws-iso", regionPrefix: "us-iso-", domain: "c2s.ic.gov", dualStackDomain: "api.aws.ic.gov"),
        Partition(
            name: "aws-iso-e",
            regionPrefix: "eu-isoe-",
            domain: "cloud.adc-e.uk",
            dualStackDomain: "api.cloud-aws.adc-e.uk"
        ),
        Partition(
            name: "aws-eusc",
            regionPrefix: "eusc-",
            domain: "amazonaws.eu",
            dualStackDomain: "api.amazonwebservices.eu"
        ),
        commercial,
    ]

    private static let commercial = Partition(
        name: "aws",
        regionPrefix: "",
        domain: "amazonaws.com",
        dualStackDomain: "api.aws"
    )

    /// Every domain under which the service's hosts are found, dual-stack ones included.
    private static let domains = [
        "amazonaws.com.cn", "amazonaws.com", "amazonaws.eu", "c2s.ic.gov", "sc2s.sgov.gov", "cloud.adc-e.uk",
        "csp.hci.ic.gov", "api.aws", "api.amazonwebservices.com.cn", "api.amazonwebservices.eu", "api.aws.ic.gov",
        "api.aws.scloud", "api.cloud-aws.adc-e.uk", "api.aws.hci.ic.gov",
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

    /// Whether Kinesis has a FIPS host that is reached by IPv4 in a region.
    static func hasFIPS(_ region: String) -> Bool {
        ["us-east-1", "us-east-2", "us-west-1", "us-west-2"].contains(region) || region.hasPrefix("us-gov-")
    }

    /// Whether a host is in a domain of AWS.
    static func isHost(_ host: String) -> Bool { domains.contains { host.hasSuffix(".\($0)") } }

    /// What ARNs of a region begin with after `arn:`.
    static func partitionName(of region: String) -> String { partition(of: region).name }

    private static func partition(of region: String) -> Partition {
        partitions.first { region.hasPrefix($0.regionPrefix) } ?? commercial
    }

    /// The regional host of a service.
    ///
    /// - Parameters:
    ///   - variant: Which of its hosts.
    ///   - service: Its name in hosts, such as `kinesis`.
    ///   - region: The region.
    /// - Returns: A host; that of a region without FIPS hosts has no address.
    static func host(of variant: EndpointVariant, service: String, in region: String) -> String {
        let partition = partition(of: region)
        // In GovCloud the standard hosts are those that FIPS asks for.
        let isNamedFIPS = variant.isFIPS && (variant.isDualStack || !region.hasPrefix("us-gov-"))
        let domain = variant.isDualStack ? partition.dualStackDomain : partition.domain
        return "\(service)\(isNamedFIPS ? "-fips" : "").\(region).\(domain)"
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
