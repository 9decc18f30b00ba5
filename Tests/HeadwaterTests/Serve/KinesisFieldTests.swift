import ActivationCore
import ActivationServer
import Kinesis
import Testing

@testable import headwater

/// The shapes of a Kinesis destination's fields.
@Suite struct KinesisFieldTests {
    private static let account: JSONObject = ["accessKeyId": "AKIDEXAMPLE", "secretKey": "s", "region": "eu-west-1"]

    @Test(
        arguments: [
            ("accessKeyId", nil), ("accessKeyId", ""), ("accessKeyId", "a b"), ("accessKeyId", 7),
            ("accessKeyId", .null), ("accessKeyId", .string(String(repeating: "A", count: 129))),
            ("secretKey", nil), ("secretKey", ""), ("secretKey", .string(String(repeating: "s", count: 257))),
            ("sessionToken", "with space"), ("sessionToken", "ä"), ("region", nil), ("region", "Europe"),
            ("region", "eu-west-"), ("region", "eu--1"), ("region", 1), ("connectionUrl", ""),
            ("connectionUrl", "kinesis.eu-west-1.amazonaws.com"), ("connectionUrl", "ftp://host"),
            ("connectionUrl", "https://user:pass@host"), ("connectionUrl", "https://host/path"),
            ("connectionUrl", "https://host:99999"), ("connectionUrl", "https://host:1:2"),
            ("connectionUrl", "https://"), ("connectionUrl", "https://[::1"), ("connectionUrl", "https://[::1%25lo]"),
            ("connectionUrl", "https://::1"),
        ] as [(String, JSONValue?)]
    )
    func `a field of an account that cannot be right is named`(_ key: String, _ value: JSONValue?) throws {
        var account = Self.account
        account[key] = value
        let error = #expect(throws: DestinationFieldError.self) { try KinesisAccount(account) }

        #expect(error?.key == key)
        #expect(error?.message.contains("pass@") == false)
    }

    @Test(arguments: [
        "http://127.0.0.1:4567", "http://localhost:4566/", "https://kinesis.eu-west-1.amazonaws.com",
        "http://[::1]:4567", "http://[::1]", "https://[2001:db8::1]", "https://[2001:db8::1]:8443/",
        "https://vpce-1.kinesis.eu-west-1.vpce.amazonaws.com:443",
    ])
    func `endpoints of every legal form are taken, and need no region`(_ url: String) throws {
        let account = try KinesisAccount(["accessKeyId": "a", "secretKey": "s", "connectionUrl": .string(url)])

        #expect(account.connectionURL == url && account.region == nil)
    }

    @Test(
        arguments: [
            ("stream", nil), ("stream", ""), ("stream", "a/b"), ("stream", .string(String(repeating: "s", count: 129))),
            ("region", "nowhere"), ("wire", "xml"), ("wire", 1), ("aggregate", "yes"), ("aggregate", 1),
            ("retries", -1), ("retries", 1.5), ("retries", 1_001),
        ] as [(String, JSONValue?)]
    )
    func `a field of a target that cannot be right is named`(_ key: String, _ value: JSONValue?) throws {
        var target: JSONObject = ["stream": "s"]
        target[key] = value
        let error = #expect(throws: DestinationFieldError.self) { try KinesisTarget(target) }

        #expect(error?.key == key)
    }

    @Test func `a target is read with its options`() throws {
        let plain = try KinesisTarget(["stream": "events", "retries": .null])
        let full = try KinesisTarget([
            "stream": "events", "region": "eu-west-1", "wire": "cbor", "retries": 2, "aggregate": true,
        ])

        #expect(plain.stream.name == "events" && plain.wire == .json && plain.retries == nil && plain.region == nil)
        #expect(!plain.aggregates && full.aggregates)
        #expect(full.wire == .cbor && full.retries == 2 && full.region == "eu-west-1")
    }
}
