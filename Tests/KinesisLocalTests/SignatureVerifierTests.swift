import Crypto
import Kinesis
import Testing

@testable import KinesisLocal

@Suite struct SignatureVerifierTests {
    private static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    private static let body = Array(#"{"StreamName":"orders"}"#.utf8)
    /// 2026-01-02T03:04:05Z.
    private static let signedAt: Int64 = 1_767_323_045_000

    /// The headers that botocore signs and sends for the body above, at the time above.
    private static func headers(signature: String, token: String? = nil) -> [(name: String, value: String)] {
        let tokenName = token == nil ? "" : "x-amz-security-token;"
        var headers: [(name: String, value: String)] = [
            ("X-Amz-Target", "Kinesis_20131202.DescribeStreamSummary"),
            ("Content-Type", "application/x-amz-json-1.1"), ("Host", "127.0.0.1:4567"),
            ("X-Amz-Date", "20260102T030405Z"), ("User-Agent", "not signed"),
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-west-1/kinesis/aws4_request, "
                    + "SignedHeaders=content-type;host;x-amz-date;\(tokenName)x-amz-target, Signature=\(signature)"
            ),
        ]
        if let token { headers.append(("X-Amz-Security-Token", token)) }
        return headers
    }

    private static let plain = headers(signature: "8e0beb7730505e56ed6d2056fde53724b635e78259353a7736ccc522f7c4d2a8")
    private static let temporary = headers(
        signature: "347e6d9d8a10116b60bfcaba7facbc9174790cc06c897d57c7e7581233e4d3ef",
        token: "session/token=="
    )

    private func refusal(
        _ headers: [(name: String, value: String)],
        body: [UInt8] = body,
        uri: String = "/",
        token: String? = nil,
        now: Int64 = signedAt
    ) -> ServiceError? {
        let verifier = SignatureVerifier([
            .init(accessKey: "OTHER", secretKey: "x"),
            .init(accessKey: "AKIDEXAMPLE", secretKey: Self.secret, sessionToken: token),
        ])
        return body.withUnsafeBytes { bytes in
            do throws(ServiceError) {
                try verifier.verify(.init(method: "POST", uri: uri, headers: headers, body: bytes), now: now)
                return nil
            } catch {
                return error
            }
        }
    }

    private func replacing(_ name: String, _ change: (String) -> String?) -> [(name: String, value: String)] {
        Self.plain.compactMap { header in
            guard header.name == name else { return header }
            return change(header.value).map { (header.name, $0) }
        }
    }

    @Test func `what botocore signs is accepted`() {
        #expect(refusal(Self.plain) == nil)
        #expect(refusal(Self.temporary, token: "session/token==") == nil)
    }

    @Test func `a changed body, header, path or signature is refused`() {
        let code = ServiceError.Code.invalidSignature

        #expect(refusal(Self.plain, body: Self.body + [32])?.code == code)
        #expect(refusal(Self.plain, uri: "/?a=b")?.code == code)
        #expect(refusal(replacing("X-Amz-Target") { $0 + "x" })?.code == code)
        #expect(refusal(replacing("Authorization") { $0.dropLast() + "9" })?.code == code)
        #expect(refusal(replacing("Authorization") { String($0.dropLast()) })?.code == code)
        #expect(refusal(replacing("User-Agent") { _ in "other" }) == nil)
    }

    @Test func `a signature lives for five minutes before and after`() {
        #expect(refusal(Self.plain, now: Self.signedAt + 300_000) == nil)
        #expect(refusal(Self.plain, now: Self.signedAt - 300_000) == nil)
        #expect(
            refusal(Self.plain, now: Self.signedAt + 301_000)
                == ServiceError(
                    .invalidSignature,
                    "Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T030906Z - 5 min.)"
                )
        )
        #expect(
            refusal(Self.plain, now: Self.signedAt - 301_000)?.message.hasPrefix("Signature not yet current: ") == true
        )
    }

    @Test func `an unknown key or a wrong session token is an unrecognized client`() {
        let unknown = replacing("Authorization") { text in
            "AWS4-HMAC-SHA256 Credential=UNKNOWN" + text.dropFirst("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE".count)
        }

        #expect(
            refusal(unknown)
                == ServiceError(.unrecognizedClient, "The security token included in the request is invalid.")
        )
        #expect(refusal(Self.temporary, token: "another")?.code == .unrecognizedClient)
        #expect(refusal(Self.temporary)?.code == .unrecognizedClient)
        #expect(refusal(Self.plain, token: "session/token==")?.code == .unrecognizedClient)
    }

    @Test func `a request without a signature, or with half of one, says what is missing`() {
        #expect(
            refusal(replacing("Authorization") { _ in nil })
                == ServiceError(.missingAuthentication, "Missing Authentication Token")
        )
        let half = refusal(replacing("Authorization") { _ in "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE" })
        #expect(
            half
                == ServiceError(
                    .incompleteSignature,
                    "Authorization header requires 'Signature' parameter. "
                        + "Authorization header requires 'SignedHeaders' parameter."
                )
        )
        #expect(refusal(replacing("Authorization") { _ in "Bearer x" })?.code == .incompleteSignature)
        #expect(refusal(replacing("X-Amz-Date") { _ in nil })?.code == .incompleteSignature)
        #expect(refusal(replacing("X-Amz-Date") { _ in "yesterday" })?.code == .incompleteSignature)
        #expect(refusal(replacing("X-Amz-Date") { _ in "20260103T030405Z" })?.code == .invalidSignature)
    }

    @Test func `the target must be signed`() {
        let request = SigV4.Request(
            method: "POST",
            headers: [("Host", "127.0.0.1")],
            bodyHash: SHA256.hash(data: Self.body)
        )
        let signed = SigV4.sign(
            request,
            credentials: KinesisCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: Self.secret),
            region: "eu-west-1",
            service: "kinesis",
            time: SigningTime(secondsSinceEpoch: Self.signedAt / 1000)
        )
        let headers = [
            (name: "Host", value: "127.0.0.1"), (name: "X-Amz-Date", value: signed.date),
            (name: "Authorization", value: signed.authorization),
        ]

        #expect(refusal(headers) == nil)
        let target = (name: "X-Amz-Target", value: "Kinesis_20131202.DeleteStream")
        #expect(refusal(headers + [target])?.message.contains("'x-amz-target' must be a 'SignedHeader'") == true)
    }

    @Test func `without configured keys every request is accepted`() throws {
        try SignatureVerifier([]).verify(
            .init(method: "POST", uri: "/", headers: [], body: UnsafeRawBufferPointer(start: nil, count: 0)),
            now: 0
        )
    }

    @Test(
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT", "19700101T000000Z"),
            (951_782_400_000, "Tue, 29 Feb 2000 00:00:00 GMT", "20000229T000000Z"),
            (1_767_323_045_999, "Fri, 02 Jan 2026 03:04:05 GMT", "20260102T030405Z"),
            (4_107_542_399_000, "Sun, 28 Feb 2100 23:59:59 GMT", "21000228T235959Z"),
        ] as [(Int64, String, String)]
    )
    func `an instant has its date`(milliseconds: Int64, header: String, basic: String) {
        #expect(UTCDate(milliseconds: milliseconds).headerText == header)
        #expect(UTCDate(milliseconds: milliseconds).basicText == basic)
        #expect(UTCDate.milliseconds(basic: basic) == milliseconds / 1000 * 1000)
    }
}
