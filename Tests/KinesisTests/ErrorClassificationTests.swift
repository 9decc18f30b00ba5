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
        let document: WireValue = ["__type": "AccessDeniedException", "Message": "not you"]

        for wire in KinesisWire.allCases {
            let error = KinesisError.response(status: 400, body: wire.encode(document), wire: wire)
            #expect(error.code == .accessDenied)
            #expect(error.message == "not you")
        }
        #expect(Self.error(400, "{\"__type\":\"A\",\"message\":\"lower\"}").message == "lower")
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

        #expect(!error.message.contains("secret"))
        #expect(error.message.contains("Value at 'records.1.member.partitionKey' failed"))
        #expect(error.message.contains("'records.2.member.data' failed"))
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
