import Testing

@testable import Kinesis

/// The region's other hosts: what botocore's endpoint rules of `kinesis` and `sts` give.
@Suite struct EndpointVariantTests {
    @Test(arguments: [
        ("us-east-1", EndpointVariant.fips, "kinesis-fips.us-east-1.amazonaws.com"),
        ("us-east-1", .dualStack, "kinesis.us-east-1.api.aws"),
        ("us-east-1", .fipsDualStack, "kinesis-fips.us-east-1.api.aws"),
        ("us-gov-west-1", .fips, "kinesis.us-gov-west-1.amazonaws.com"),
        ("us-gov-east-1", .dualStack, "kinesis.us-gov-east-1.api.aws"),
        ("us-gov-east-1", .fipsDualStack, "kinesis-fips.us-gov-east-1.api.aws"),
        ("cn-north-1", .standard, "kinesis.cn-north-1.amazonaws.com.cn"),
        ("cn-north-1", .dualStack, "kinesis.cn-north-1.api.amazonwebservices.com.cn"),
        ("eusc-de-east-1", .dualStack, "kinesis.eusc-de-east-1.api.amazonwebservices.eu"),
        ("us-iso-east-1", .dualStack, "kinesis.us-iso-east-1.api.aws.ic.gov"),
        ("us-isob-east-1", .dualStack, "kinesis.us-isob-east-1.api.aws.scloud"),
        ("eu-isoe-west-1", .dualStack, "kinesis.eu-isoe-west-1.api.cloud-aws.adc-e.uk"),
        ("us-isof-south-1", .dualStack, "kinesis.us-isof-south-1.api.aws.hci.ic.gov"),
        ("eu-west-1", .dualStack, "kinesis.eu-west-1.api.aws"),
    ])
    func `hosts of Kinesis`(_ region: String, _ variant: EndpointVariant, _ host: String) throws {
        let endpoint = try KinesisEndpoint.resolve(
            connectionURL: nil,
            baseRegion: region,
            targetRegion: nil,
            variant: variant
        )
        #expect(endpoint.url == "https://\(host)" && endpoint.hostHeader == host && endpoint.signingRegion == region)
        // Given as a URL it says the same.
        let again = try KinesisEndpoint.resolve(connectionURL: endpoint.url, baseRegion: nil, targetRegion: nil)
        #expect(again == endpoint)
    }

    @Test(arguments: ["eu-west-1", "cn-north-1", "ca-central-1"])
    func `a region without FIPS hosts is told so`(_ region: String) {
        let error = #expect(throws: KinesisError.self) {
            try KinesisEndpoint.resolve(connectionURL: nil, baseRegion: region, targetRegion: nil, variant: .fips)
        }
        #expect(error?.code == .invalidRegion && error?.message.contains("FIPS") == true)
    }

    @Test(arguments: [
        ("eu-west-1", false, "sts.eu-west-1.amazonaws.com"), ("us-west-2", true, "sts-fips.us-west-2.amazonaws.com"),
        ("us-gov-west-1", true, "sts.us-gov-west-1.amazonaws.com"),
        ("cn-northwest-1", false, "sts.cn-northwest-1.amazonaws.com.cn"),
        ("eusc-de-east-1", false, "sts.eusc-de-east-1.amazonaws.eu"),
    ])
    func `hosts of the Security Token Service`(_ region: String, _ isFIPS: Bool, _ host: String) throws {
        let endpoint = try KinesisEndpoint.securityTokenService(region: region, isFIPS: isFIPS)
        #expect(endpoint.url == "https://\(host)" && endpoint.signingRegion == region)
        #expect(endpoint.peers == .otherMachines)
    }

    @Test(arguments: [
        ("arn:aws:kinesis:eu-west-1:123456789012:stream/a", "eu-west-1"),
        ("arn:aws-cn:kinesis:cn-north-1:123456789012:stream/a", "cn-north-1"),
    ])
    func `an ARN names its region and goes into requests whole`(_ arn: String, _ region: String) throws {
        let stream = try StreamReference(arn: arn)
        #expect(stream.region == region && stream.name == "a")
        #expect(stream.member == (name: "StreamARN", value: arn))
    }
}
