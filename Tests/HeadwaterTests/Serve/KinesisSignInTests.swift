import ActivationCore
import ActivationEngine
import ActivationServer
import Kinesis
import Testing

@testable import headwater

/// Which ways of signing in there are, and what each takes.
@Suite struct KinesisSignInTests {
    private static let role = "arn:aws:iam::123456789012:role/activation"

    @Test func `fields say as whom an account signs in`() throws {
        let keys = try KinesisAccount(["accessKeyId": "AKID", "secretKey": "s", "region": "eu-west-1"])
        guard case .keys(let credentials) = keys.signIn else { throw Unexpected() }
        #expect(credentials.accessKeyID == "AKID" && keys.variant == .standard)
        let assumed = try KinesisAccount([
            "roleArn": .string(Self.role), "region": "us-east-1", "endpointVariant": "fips",
        ])
        guard case .role(let arn) = assumed.signIn else { throw Unexpected() }
        #expect(arn.text == Self.role && assumed.variant == .fips)
        guard case .server = try KinesisAccount(["region": "eu-west-1"]).signIn else { throw Unexpected() }
    }

    private struct Unexpected: Error {}

    @Test(
        arguments: [
            (["roleArn": "activation", "region": "eu-west-1"], "roleArn"),
            (["accessKeyId": "AKID", "region": "eu-west-1"], "secretKey"),
            (["secretKey": "s", "region": "eu-west-1"], "accessKeyId"),
            (["roleArn": .string(role)], "region"),
            (["roleArn": .string(role), "region": "eu-west-1", "endpointVariant": "ipv6"], "endpointVariant"),
            (
                ["roleArn": .string(role), "connectionUrl": "https://a.example", "endpointVariant": "fips"],
                "endpointVariant"
            ),
        ] as [(JSONObject, String)]
    )
    func `the field that cannot be right is named`(_ params: JSONObject, _ key: String) {
        let error = #expect(throws: DestinationFieldError.self) { try KinesisAccount(params) }
        #expect(error?.key == key)
    }

    @Test func `without leave of the operator only keys are offered, and nothing else signs in`() async throws {
        try await KinesisDestination.forTesting { destination in
            let offered = destination.spec.signIns.filter { $0.refusal == nil }.map(\.name)
            #expect(offered == ["Aws Kinesis authentication credentials"])
            #expect(destination.spec.otherSignIns.allSatisfy { $0.refusal?.contains("--aws-identity") ?? false })
            let own: JSONObject = ["region": "eu-west-1"]
            let assumed: JSONObject = ["roleArn": .string(Self.role), "region": "eu-west-1"]
            #expect(throws: DestinationFieldError.self) { try destination.check(account: own) }
            let dataflow = Dataflow.ID(uuid: UUIDBytes(high: 0, low: 1))
            for account in [own, assumed] {
                // An account that was made when it was allowed.
                let error = await #expect(throws: SinkFactoryError.self) {
                    _ = try await destination.open(target: ["stream": "s"], account: account, for: dataflow)
                }
                #expect(error?.code == "CredentialsMissing" && error?.message.contains("--aws-identity") ?? false)
            }
        }
    }

    @Test func `an external id is an organisation's own and never changes`() {
        let id = ServerIdentity.externalID(of: "0123456789ABCDEF01234567@HeadwaterOrg")
        #expect(id == "headwater-e199b2dbebde39710597d89d1513feca")
        #expect(ServerIdentity.externalID(of: "0123456789ABCDEF01234568@HeadwaterOrg") != id)
    }

    @Test func `a region without FIPS hosts is told of its field`() async throws {
        try await KinesisDestination.forTesting { destination in
            let error = #expect(throws: DestinationFieldError.self) {
                try destination.check(
                    account: [
                        "accessKeyId": "A", "secretKey": "s", "region": "eu-west-1", "endpointVariant": "fips",
                    ]
                )
            }
            #expect(error?.key == "endpointVariant")
        }
    }

    @Test func `a stream's ARN says its region, and is its address`() async throws {
        let arn = "arn:aws:kinesis:eu-north-1:210987654321:stream/shared"
        let target = try KinesisTarget(["stream": .string(arn)])
        #expect(target.region == "eu-north-1" && target.stream.arn == arn)
        let error = #expect(throws: DestinationFieldError.self) {
            try KinesisTarget(["stream": .string(arn), "region": "eu-west-1"])
        }
        #expect(error?.key == "region")
        try await KinesisDestination.forTesting { destination in
            let account: JSONObject = ["accessKeyId": "A", "secretKey": "s", "region": "eu-west-1"]
            let address = destination.address(target: ["stream": .string(arn)], account: account)
            #expect(address == "eu-north-1 https://kinesis.eu-north-1.amazonaws.com/\(arn)")
        }
    }

    @Test(arguments: ["arn:aws:kinesis:eu-west-1:1:stream/a", "arn:aws:s3:::bucket", "arn:"])
    func `what is no stream's ARN is refused`(_ text: String) {
        let error = #expect(throws: DestinationFieldError.self) { try KinesisTarget(["stream": .string(text)]) }
        #expect(error?.key == "stream")
    }

    @Test(arguments: [
        ("cn-north-1", "s", "arn:aws-cn:kinesis:cn-north-1:*:stream/s"),
        ("us-gov-west-1", "s", "arn:aws-us-gov:kinesis:us-gov-west-1:*:stream/s"),
        (
            "eu-west-1", "arn:aws:kinesis:eu-north-1:210987654321:stream/shared",
            "arn:aws:kinesis:eu-north-1:210987654321:stream/shared"
        ),
    ])
    func `the policy to copy names the stream of its partition`(
        _ region: String,
        _ stream: String,
        _ resource: String
    ) async throws {
        try await KinesisDestination.forTesting { destination in
            let policy = destination.policy(
                account: ["region": .string(region)],
                target: ["stream": .string(stream)],
                resource: nil
            )
            #expect(policy?.contains("\"\(resource)\"") ?? false)
        }
    }
}
