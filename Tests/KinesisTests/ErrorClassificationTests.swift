import NIOHTTP1
import Testing

@testable import Kinesis

/// KINESIS 1.4: what is retried, what may have been written, what needs a person; by the error's name.
@Suite struct ErrorClassificationTests {
    private static func error(_ status: Int, _ body: String, header: String? = nil) -> KinesisError {
        .response(status: status, body: Array(body.utf8), wire: .json, errorTypeHeader: header, requestID: "r-1")
    }

    @Test(arguments: [
        "ProvisionedThroughputExceededException", "LimitExceededException", "KMSThrottlingException",
        "ThrottlingException", "RequestLimitExceeded", "ResourceInUseException",
    ])
    func `throttles are retried and were not written`(_ name: String) {
        for status in [400, 429, 500] {
            let error = Self.error(status, "{\"__type\":\"\(name)\",\"message\":\"slow down\"}")
            #expect(error.isRetriable && !error.isAmbiguous && !error.needsOperator, "\(name) with \(status)")
        }
    }

    @Test(arguments: ["InternalFailure", "InternalFailureException", "ServiceUnavailable", "InternalServerError"])
    func `failures of the service are retried and may have been written`(_ name: String) {
        for status in [400, 500, 503] {
            let error = Self.error(status, "{\"__type\":\"\(name)\"}")
            #expect(error.isRetriable && error.isAmbiguous && !error.needsOperator, "\(name) with \(status)")
        }
    }

    @Test(arguments: [
        "ResourceNotFoundException", "AccessDeniedException", "KMSDisabledException", "KMSInvalidStateException",
        "KMSAccessDeniedException", "KMSNotFoundException", "KMSOptInRequired", "ExpiredTokenException",
        "UnrecognizedClientException", "InvalidSignatureException", "IncompleteSignatureException",
        "MissingAuthenticationTokenException", "UnknownOperationException", "SerializationException",
    ])
    func `what a person must repair stops the destination`(_ name: String) {
        for status in [400, 403, 404, 500] {
            let error = Self.error(status, "{\"__type\":\"\(name)\",\"message\":\"no\"}")
            #expect(error.needsOperator && !error.isRetriable && !error.isAmbiguous, "\(name) with \(status)")
        }
    }

    @Test func `a constraint on records is found by halving, one on the stream's name is not`() {
        let records = Self.error(
            400,
            "{\"__type\":\"ValidationException\",\"message\":\"1 validation error detected\"}"
        )
        let stream = Self.error(
            400,
            "{\"__type\":\"ValidationException\",\"message\":\"Value 'x' at 'streamName' failed to satisfy constraint\"}"
        )

        #expect(records.disposition == .splitRequest)
        #expect(stream.disposition == .stopDestination)
    }

    @Test(arguments: [
        "com.amazonaws.kinesis.v20131202#ResourceNotFoundException",
        "ResourceNotFoundException:http://internal.amazon.com/coral/com.amazonaws.kinesis/",
        "com.amazonaws.kinesis.v20131202#ResourceNotFoundException:http://example.com",
        "ResourceNotFoundException",
    ])
    func `the name is what stands after the hash and before the colon`(_ type: String) {
        #expect(Self.error(400, "{\"__type\":\"\(type)\"}").code == .resourceNotFound)
        #expect(Self.error(400, "not a document", header: type).code == .resourceNotFound)
    }

    @Test func `the message is read in both spellings and from both wires`() {
        let text = "User: arn:aws:iam::1:user/u is not authorized to perform: kinesis:PutRecords on resource: arn:aws:x"

        for wire in KinesisWire.allCases {
            for member in ["message", "Message"] {
                let document = WireValue.map([("__type", "AccessDeniedException"), (member, .string(text))])
                let error = KinesisError.response(status: 400, body: wire.encode(document), wire: wire)
                #expect(error.code == .accessDenied)
                #expect(error.message == "the key lacks kinesis:PutRecords")
            }
        }
    }

    /// What an endpoint that means ill, or a service that repeats a record, may put into an error's text.
    private static let illText =
        "record person@example.org SECRETSECRET \n\u{1B}[31mFAKE ' at 'SECRETSECRET' at '170.555.123' at 'records.1.member.data\u{1B}' "
        + "not authorized to perform: kinesis:SECRETSECRET on arn:aws:SECRETSECRET "
        + String(repeating: "x", count: 500)

    private static func isClean(_ text: String) -> Bool {
        text.utf8.count <= 200 && text.unicodeScalars.allSatisfy { 0x20..<0x7F ~= $0.value }
            && !["person", "SECRET", "FAKE", "xxx", "555"].contains(where: text.contains)
    }

    @Test(arguments: [
        "ValidationException", "InvalidArgumentException", "AccessDeniedException", "KMSAccessDeniedException",
        "ResourceNotFoundException", "ExpiredTokenException", "InternalFailure", "SerializationException",
        "ProvisionedThroughputExceededException", "NeverHeardOfException", "InvalidSignatureException",
    ])
    func `nothing of the service's own text is kept`(_ name: String) throws {
        for wire in KinesisWire.allCases {
            let document: WireValue = ["__type": .string(name), "message": .string(Self.illText)]
            let error = KinesisError.response(status: 400, body: wire.encode(document), wire: wire)
            #expect(error.code.rawValue == name)
            #expect(Self.isClean(error.message), "\(error.message)")

            let records: WireValue = [
                "Records": .array([["ErrorCode": .string(name), "ErrorMessage": .string(Self.illText)]])
            ]
            for results in [PutRecordsAnswer.scannedResults, PutRecordsAnswer.walkedResults] {
                for result in results(wire.encode(records), wire) ?? [] {
                    guard case .failed(let error) = result else {
                        Issue.record("taken for written")
                        continue
                    }
                    #expect(error.code.rawValue == name)
                    #expect(Self.isClean(error.message), "\(error.message)")
                }
            }
        }
    }

    @Test(arguments: [
        "", "ValidationException\n2026-01-01 FAKE LOG LINE", "x#person@example.org", "a b", "ä", "\u{1B}[31m",
        String(repeating: "A", count: 65),
    ])
    func `what no error is called is not the service's`(_ name: String) {
        for wire in KinesisWire.allCases {
            let document: WireValue = ["__type": .string(name), "message": "no"]
            let error = KinesisError.response(status: 400, body: wire.encode(document), wire: wire)
            #expect(error.isForeign && error.code.rawValue == "HTTPStatus400")
            #expect(Self.isClean(error.message), "\(error.message)")

            let records: WireValue = ["Records": .array([["ErrorCode": .string(name), "ErrorMessage": "no"]])]
            #expect(PutRecordsAnswer.results(wire.encode(records), wire: wire) == nil)
        }
        #expect(Self.error(400, "not a document", header: name).isForeign)
    }

    @Test(arguments: [
        ("4f1-A", "4f1-A"), ("person@example.org", nil), ("a b", nil), (String(repeating: "a", count: 129), nil),
    ])
    func `the request's name is kept when it is one`(_ header: String, _ id: String?) {
        let answer = HTTPAnswer(status: 400, headers: ["x-amzn-requestid": header], body: [])
        #expect(answer.requestID == id)
    }

    @Test(arguments: [
        (500, true, true, false), (502, true, true, false), (503, true, true, false), (408, true, true, false),
        (429, true, false, false), (400, false, false, true), (403, false, false, true), (404, false, false, true),
        (301, false, false, true),
    ])
    func `without a known name the status decides`(
        _ status: Int,
        _ isRetriable: Bool,
        _ isAmbiguous: Bool,
        _ needsOperator: Bool
    ) {
        for body in ["", "<html>", "{}", "{\"__type\":\"NeverHeardOfException\"}"] {
            let error = Self.error(status, body)
            #expect(error.isRetriable == isRetriable, "\(status) \(body)")
            #expect(error.isAmbiguous == isAmbiguous, "\(status) \(body)")
            #expect(error.needsOperator == needsOperator, "\(status) \(body)")
            #expect(error.httpStatus == status && error.requestID == "r-1")
        }
    }

    @Test func `messages lose the values that the service repeats`() {
        let message =
            "2 validation errors detected: Value 'secret-1' at 'records.1.member.partitionKey' failed to satisfy "
            + "constraint: Member must have length less than or equal to 256; Value 'secret' at 'x' at "
            + "'records.2.member.data' failed to satisfy constraint"

        let error = Self.error(400, "{\"__type\":\"ValidationException\",\"message\":\"\(message)\"}")

        #expect(
            error.message
                == "the service found the request not valid at records.1.member.partitionKey, records.2.member.data"
        )
    }

    @Test(arguments: [
        ("ProvisionedThroughputExceededException", KinesisError.Disposition.retry(isAmbiguous: false)),
        ("InternalFailure", .retry(isAmbiguous: false)),
        ("KMSThrottlingException", .retry(isAmbiguous: false)),
        ("SomethingNew", .retry(isAmbiguous: false)),
        ("KMSDisabledException", .stopDestination),
        ("ValidationException", .splitRequest),
    ])
    func `one record's error inside a success is retried unless it is known to be permanent`(
        _ name: String,
        _ expected: KinesisError.Disposition
    ) {
        #expect(KinesisError.Disposition(recordErrorCode: .init(rawValue: name)) == expected)
    }
}
