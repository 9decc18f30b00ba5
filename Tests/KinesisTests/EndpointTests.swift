import Testing

@testable import Kinesis

/// BEHAVIOUR 2.4: which host, which signing region, what is refused.
@Suite struct EndpointTests {
    @Test(
        arguments: [
            // URL, base region, target region, expected URL, expected host header, expected signing region
            (
                nil, "eu-west-1", nil, "https://kinesis.eu-west-1.amazonaws.com", "kinesis.eu-west-1.amazonaws.com",
                "eu-west-1"
            ),
            (
                nil, "eu-west-1", "us-west-2", "https://kinesis.us-west-2.amazonaws.com",
                "kinesis.us-west-2.amazonaws.com", "us-west-2"
            ),
            (
                nil, nil, "cn-north-1", "https://kinesis.cn-north-1.amazonaws.com.cn",
                "kinesis.cn-north-1.amazonaws.com.cn", "cn-north-1"
            ),
            (
                nil, "us-gov-west-1", nil, "https://kinesis.us-gov-west-1.amazonaws.com",
                "kinesis.us-gov-west-1.amazonaws.com", "us-gov-west-1"
            ),
            (
                nil, "eusc-de-east-1", nil, "https://kinesis.eusc-de-east-1.amazonaws.eu",
                "kinesis.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"
            ),
            (
                nil, "us-iso-east-1", "", "https://kinesis.us-iso-east-1.c2s.ic.gov",
                "kinesis.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"
            ),
            ("http://127.0.0.1:4567", nil, nil, "http://127.0.0.1:4567", "127.0.0.1:4567", "us-east-1"),
            ("http://localhost:4567/", "eu-west-1", nil, "http://localhost:4567", "localhost:4567", "eu-west-1"),
            ("http://[::1]:4567", "", "eu-west-1", "http://[::1]:4567", "[::1]:4567", "eu-west-1"),
            (
                "HTTPS://Kinesis.EU-West-1.AmazonAWS.com:443", nil, nil, "https://kinesis.eu-west-1.amazonaws.com",
                "kinesis.eu-west-1.amazonaws.com", "eu-west-1"
            ),
            (
                "https://kinesis-fips.us-east-2.amazonaws.com", "us-east-2", nil,
                "https://kinesis-fips.us-east-2.amazonaws.com", "kinesis-fips.us-east-2.amazonaws.com", "us-east-2"
            ),
            (
                "https://kinesis.ap-south-1.api.aws", nil, nil, "https://kinesis.ap-south-1.api.aws",
                "kinesis.ap-south-1.api.aws", "ap-south-1"
            ),
            (
                "https://vpce-0a1b-c2d3.kinesis.us-east-1.vpce.amazonaws.com", nil, nil,
                "https://vpce-0a1b-c2d3.kinesis.us-east-1.vpce.amazonaws.com",
                "vpce-0a1b-c2d3.kinesis.us-east-1.vpce.amazonaws.com", "us-east-1"
            ),
            (
                "https://123456789012.data-kinesis.eu-north-1.amazonaws.com", nil, nil,
                "https://123456789012.data-kinesis.eu-north-1.amazonaws.com",
                "123456789012.data-kinesis.eu-north-1.amazonaws.com", "eu-north-1"
            ),
            (
                "https://proxy.example.com:8443", "eu-west-1", "eu-west-2", "https://proxy.example.com:8443",
                "proxy.example.com:8443", "eu-west-2"
            ),
            ("https://10.1.2.3", nil, nil, "https://10.1.2.3", "10.1.2.3", "us-east-1"),
            ("http://[::1]", nil, nil, "http://[::1]", "[::1]", "us-east-1"),
            ("https://[::1]:443/", nil, nil, "https://[::1]", "[::1]", "us-east-1"),
            ("https://[2001:DB8::A]:8443", nil, nil, "https://[2001:db8::a]:8443", "[2001:db8::a]:8443", "us-east-1"),
            ("https://[fd12:3456::1]", nil, nil, "https://[fd12:3456::1]", "[fd12:3456::1]", "us-east-1"),
            (
                "http://[::ffff:127.0.0.1]:1", nil, nil, "http://[::ffff:127.0.0.1]:1", "[::ffff:127.0.0.1]:1",
                "us-east-1"
            ),
            (
                "https://[64:ff9b::10.1.2.3]", nil, nil, "https://[64:ff9b::10.1.2.3]", "[64:ff9b::10.1.2.3]",
                "us-east-1"
            ),
        ] as [(String?, String?, String?, String, String, String)]
    )
    func `the endpoint follows URL, target and base`(
        _ url: String?,
        _ base: String?,
        _ target: String?,
        _ expectedURL: String,
        _ host: String,
        _ region: String
    ) throws {
        let endpoint = try KinesisEndpoint.resolve(connectionURL: url, baseRegion: base, targetRegion: target)

        #expect(endpoint.url == expectedURL)
        #expect(endpoint.hostHeader == host)
        #expect(endpoint.signingRegion == region)
    }

    @Test(
        arguments: [
            (nil, nil, nil, "MissingRegion"),
            ("", "", "", "MissingRegion"),
            (nil, "Europe", nil, "InvalidRegion"),
            (nil, "eu-west", nil, "InvalidRegion"),
            (nil, "eu-west-1.evil.com/", nil, "InvalidRegion"),
            ("https://kinesis.eu-west-1.amazonaws.com", "eu-west-2", nil, "RegionMismatch"),
            ("https://kinesis.eu-west-1.amazonaws.com", "eu-west-1", "eu-west-2", "RegionMismatch"),
            ("https://firehose.eu-west-1.amazonaws.com", nil, nil, "InvalidEndpoint"),
            ("https://s3.amazonaws.com", nil, nil, "InvalidEndpoint"),
            ("kinesis.eu-west-1.amazonaws.com", nil, nil, "InvalidEndpoint"),
            ("ftp://localhost", nil, nil, "InvalidEndpoint"),
            ("https://", nil, nil, "InvalidEndpoint"),
            ("https://localhost:0", nil, nil, "InvalidEndpoint"),
            ("https://localhost:65536", nil, nil, "InvalidEndpoint"),
            ("https://localhost:", nil, nil, "InvalidEndpoint"),
            ("https://localhost:+80", nil, nil, "InvalidEndpoint"),
            ("https://user:sesame@localhost", nil, nil, "InvalidEndpoint"),
            ("https://user:sesame x@localhost", nil, nil, "InvalidEndpoint"),
            ("https://user:sesame/x@localhost", nil, nil, "InvalidEndpoint"),
            ("https://user:sesame%40localhost", nil, nil, "InvalidEndpoint"),
            ("https://localhost:sesame", nil, nil, "InvalidEndpoint"),
            ("https://user sesame", nil, nil, "InvalidEndpoint"),
            ("ftp://user:sesame@localhost", nil, nil, "InvalidEndpoint"),
            ("user:sesame@localhost", nil, nil, "InvalidEndpoint"),
            ("user:sesame", nil, nil, "InvalidEndpoint"),
            ("https://localhost/path?sesame", nil, nil, "InvalidEndpoint"),
            ("https://localhost#sesame", nil, nil, "InvalidEndpoint"),
            ("https://localhost/path", nil, nil, "InvalidEndpoint"),
            ("https://localhost?x=1", nil, nil, "InvalidEndpoint"),
            ("https://[::1", nil, nil, "InvalidEndpoint"),
            ("https://[::g]", nil, nil, "InvalidEndpoint"),
            ("https://exämple.com", nil, nil, "InvalidEndpoint"),
            ("http://2852039166/", nil, nil, "InvalidEndpoint"),
            ("http://0xa9fea9fe", nil, nil, "InvalidEndpoint"),
            ("http://169.254.43518", nil, nil, "InvalidEndpoint"),
            ("http://0251.0376.0251.0376", nil, nil, "InvalidEndpoint"),
            ("http://example.com", nil, nil, "InsecureEndpoint"),
            ("http://10.1.2.3:4567", nil, nil, "InsecureEndpoint"),
            ("http://kinesis.eu-west-1.amazonaws.com", nil, nil, "InsecureEndpoint"),
            ("http://169.254.169.254", nil, nil, "ForbiddenEndpoint"),
            ("https://169.254.170.2", nil, nil, "ForbiddenEndpoint"),
            ("https://[fe80::1]", nil, nil, "ForbiddenEndpoint"),
            ("https://[fd00:ec2::254]", nil, nil, "ForbiddenEndpoint"),
            ("https://[::ffff:169.254.169.254]", nil, nil, "ForbiddenEndpoint"),
            ("https://[::ffff:a9fe:a9fe]", nil, nil, "ForbiddenEndpoint"),
            ("https://[64:ff9b::169.254.169.254]", nil, nil, "ForbiddenEndpoint"),
            ("http://[64:ff9b::7f00:1]", nil, nil, "ForbiddenEndpoint"),
            ("https://0.0.0.0", nil, nil, "ForbiddenEndpoint"),
            ("https://[::]", nil, nil, "ForbiddenEndpoint"),
            ("https://[fe80::1%25eth0]", nil, nil, "InvalidEndpoint"),
            ("https://[::1%lo]:80", nil, nil, "InvalidEndpoint"),
            ("http://[::1]4567", nil, nil, "InvalidEndpoint"),
            ("http://::1", nil, nil, "InvalidEndpoint"),
            ("http://[127.0.0.1]", nil, nil, "InvalidEndpoint"),
            ("http://[1.2.3.4::]", nil, nil, "InvalidEndpoint"),
        ] as [(String?, String?, String?, String)]
    )
    func `what must not be used is refused`(_ url: String?, _ base: String?, _ target: String?, _ code: String) {
        do throws(KinesisError) {
            let endpoint = try KinesisEndpoint.resolve(connectionURL: url, baseRegion: base, targetRegion: target)
            Issue.record("\(url ?? "") is accepted as \(endpoint)")
        } catch {
            #expect(error.code.rawValue == code, "\(error)")
            #expect(!error.message.contains("sesame"))
            #expect(!error.isRetriable && !error.isAmbiguous)
        }
    }

    @Test func `insecure endpoints can be allowed, link-local ones cannot`() throws {
        let endpoint = try KinesisEndpoint.resolve(
            connectionURL: "http://10.1.2.3:4567",
            baseRegion: nil,
            targetRegion: nil,
            allowsInsecure: true
        )

        #expect(endpoint.url == "http://10.1.2.3:4567")
        #expect(throws: KinesisError.self) {
            try KinesisEndpoint.resolve(
                connectionURL: "http://169.254.169.254",
                baseRegion: nil,
                targetRegion: nil,
                allowsInsecure: true
            )
        }
    }

    @Test func `streams are named by name or ARN`() throws {
        let named = try StreamReference(name: "orders.v1_EU-1")
        let other = try StreamReference(arn: "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/orders")

        #expect(named.member == ("StreamName", "orders.v1_EU-1"))
        #expect(other.name == "orders")
        #expect(other.member == ("StreamARN", "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/orders"))
        for name in ["", "a b", "ä", String(repeating: "a", count: 129)] {
            #expect(throws: KinesisError.self) { try StreamReference(name: name) }
        }
        for arn in [
            "orders", "arn:aws:kinesis:eu-west-1:12345678901:stream/orders",
            "arn:aws:firehose:eu-west-1:123456789012:stream/orders",
            "arn:aws:kinesis:eu-west-1:123456789012:stream/", "arn:aws:kinesis::123456789012:stream/orders",
        ] {
            #expect(throws: KinesisError.self) { try StreamReference(arn: arn) }
        }
    }
}
