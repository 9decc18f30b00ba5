import Crypto
import Testing

@testable import Kinesis

/// The examples that AWS documents for Signature Version 4.
@Suite struct SigningTests {
    private static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    private let credentials = KinesisCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: secret)
    /// 2015-08-30T12:36:00Z.
    private let time = SigningTime(secondsSinceEpoch: 1_440_938_160)
    private let emptyHash = SHA256.hash(data: [UInt8]())

    @Test func `the documented signing key is derived`() {
        let scope = SigV4.Scope(date: "20150830", region: "us-east-1", service: "iam")

        let key = SigV4.signingKey(secretAccessKey: Self.secret, scope: scope)

        #expect(
            key.withUnsafeBytes { SigV4.hex(Array($0)) }
                == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
        )
    }

    @Test func `the documented ListUsers request gets the documented signature`() {
        let request = SigV4.Request(
            method: "GET",
            query: [(name: "Version", value: "2010-05-08"), (name: "Action", value: "ListUsers")],
            headers: [
                (name: "Content-Type", value: "application/x-www-form-urlencoded; charset=utf-8"),
                (name: "Host", value: "iam.amazonaws.com"),
            ],
            bodyHash: emptyHash
        )

        let headers = SigV4.sign(request, credentials: credentials, region: "us-east-1", service: "iam", time: time)

        #expect(headers.date == "20150830T123600Z")
        #expect(headers.securityToken == nil)
        #expect(
            headers.authorization
                == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
                + "SignedHeaders=content-type;host;x-amz-date, "
                + "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        )
    }

    @Test(arguments: [
        ("GET", [], "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("POST", [], "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        ("GET", ["Param2", "Param1"], "", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
    ])
    func `requests of the published test suite get their signatures`(
        _ method: String,
        _ query: [String],
        _ body: String,
        _ signature: String
    ) {
        let request = SigV4.Request(
            method: method,
            query: query.map { (name: $0, value: $0.replacing("Param", with: "value")) },
            headers: [(name: "Host", value: "example.amazonaws.com")],
            bodyHash: SHA256.hash(data: Array(body.utf8))
        )

        let headers = SigV4.sign(
            request,
            credentials: credentials,
            region: "us-east-1",
            service: "service",
            time: time
        )

        #expect(headers.authorization.hasSuffix("Signature=\(signature)"))
    }

    @Test func `a cached key is the derived key, also after midnight and with other keys`() {
        let cache = SigningKeyCache()

        for (date, secret) in [
            ("20150830", Self.secret), ("20150830", Self.secret), ("20150831", Self.secret), ("20150831", "another"),
            ("20150831", Self.secret),
        ] {
            let scope = SigV4.Scope(date: date, region: "eu-west-1", service: "kinesis")
            let credentials = KinesisCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: secret)
            let key = cache.key(of: credentials, for: scope)
            #expect(key == SigV4.signingKey(secretAccessKey: secret, scope: scope))
        }
    }

    @Test(arguments: [
        ("2019-11-09T13:34:41Z", 1_573_306_481), ("2019-11-09T13:34:41.000Z", 1_573_306_481),
        ("1970-01-01T00:00:00+00:00", 0), ("2000-02-29T23:59:59Z", 951_868_799),
    ])
    func `an expiry is read`(_ text: String, _ seconds: Int64) {
        #expect(SigningTime.secondsSinceEpoch(rfc3339: text) == seconds)
    }

    @Test(arguments: [
        "", "2019-11-09", "2019-11-09T13:34:41", "2019-11-09T13:34:41+02:00", "2019-13-09T13:34:41Z",
        "2019-11-09T24:34:41Z", "2019-11-09T13:34:41.Z", "0019-11-09T13:34:41Z",
    ])
    func `no other expiry is read`(_ text: String) {
        #expect(SigningTime.secondsSinceEpoch(rfc3339: text) == nil)
    }

    @Test(arguments: [
        (0, "19700101T000000Z"), (951_782_399, "20000228T235959Z"), (951_782_400, "20000229T000000Z"),
        (4_107_542_399, "21000228T235959Z"), (4_107_542_400, "21000301T000000Z"), (-1, "19691231T235959Z"),
        (253_402_300_799, "99991231T235959Z"),
        // What a clock or a service may say, and no text can hold.
        (253_402_300_800, "99991231T235959Z"),
        (.max, "99991231T235959Z"),
        (.min, "00000101T000000Z"),
    ])
    func `instants are written in the basic format`(_ seconds: Int64, _ text: String) {
        #expect(SigningTime(secondsSinceEpoch: seconds).timestamp == text)
        #expect(SigningTime(secondsSinceEpoch: seconds).date == String(text.prefix(8)))
    }

    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400), ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
    ])
    func `the HTTP date is read`(_ text: String, _ seconds: Int64) {
        #expect(SigningTime.secondsSinceEpoch(httpDate: text) == seconds)
    }

    @Test(arguments: [
        "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
    ])
    func `other dates are not read`(_ text: String) {
        #expect(SigningTime.secondsSinceEpoch(httpDate: text) == nil)
    }

    @Test func `credentials show no secret`() {
        let credentials = KinesisCredentials(
            accessKeyID: "AKIDEXAMPLE",
            secretAccessKey: "sesame",
            sessionToken: "open"
        )
        var dumped = ""
        dump(credentials, to: &dumped)

        for text in ["\(credentials)", String(reflecting: credentials), dumped] {
            #expect(text.contains("AKIDEXAMPLE"))
            #expect(!text.contains("sesame") && !text.contains("open"))
        }
    }
}
