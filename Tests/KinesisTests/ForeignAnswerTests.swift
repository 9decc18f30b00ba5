import NIOHTTP1
import Testing

@testable import Kinesis

/// An endpoint that is not Kinesis is told apart by what it answers; it never looks like a refused key.
@Suite struct ForeignAnswerTests {
    private static func error(
        _ status: Int,
        _ body: String,
        header: String? = nil,
        location: String? = nil
    ) -> KinesisError {
        .response(status: status, body: Array(body.utf8), wire: .json, errorTypeHeader: header, location: location)
    }

    @Test(
        arguments: [
            (403, "<html><body>Blocked by policy</body></html>", "a web page (HTTP 403)"),
            (401, "<!DOCTYPE html><title>Sign in</title>", "a web page (HTTP 401)"),
            (502, "\u{FEFF}\n <HTML>Bad gateway</HTML>", "a web page (HTTP 502)"),
            (
                403, "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>private</Message></Error>",
                "in XML (HTTP 403, AccessDenied)"
            ),
            (403, "<Error><Code>SignatureDoesNotMatch</Code></Error>", "in XML (HTTP 403, SignatureDoesNotMatch)"),
            (400, "<Error><Code>not a word private</Code></Error>", "in XML (HTTP 400)"),
            (403, "{\"message\":\"private\"}", "JSON that is none of Kinesis (HTTP 403)"),
            (401, "{\"error\":{\"type\":\"security_exception\"}}", "JSON that is none of Kinesis (HTTP 401)"),
            (404, "404 page not found", "HTTP 404 with nothing that Kinesis would say"),
            (403, "", "HTTP 403 with nothing that Kinesis would say"),
            (401, "\u{FFFD}\u{0}", "HTTP 401 with nothing"),
            (407, "<html>proxy</html>", "its own credentials (HTTP 407)"),
        ]
    )
    func `the answer is described, its text is not repeated`(_ status: Int, _ body: String, _ text: String) {
        let error = Self.error(status, body)

        #expect(error.isForeign)
        #expect(error.message.contains(text), "\(error.message)")
        #expect(!error.message.contains("private") && !error.message.contains("policy"))
    }

    @Test(
        arguments: [
            ("https://Login.example/sso?token=private", "to https://login.example)"),
            ("http://[::1]:8080/x#private", "to http://[::1]:8080)"), ("/private", "(HTTP 302)"),
            ("https://user:private@login.example/", "(HTTP 302)"), (nil, "(HTTP 302)"),
        ] as [(String?, String)]
    )
    func `a redirect names where it leads without path, query or user`(_ location: String?, _ text: String) {
        let error = Self.error(302, "", location: location)

        #expect(error.isForeign && !error.isRetriable)
        #expect(error.message.contains(text), "\(error.message)")
        #expect(!error.message.contains("private"))
    }

    @Test(arguments: ["MissingAuthenticationTokenException", "ForbiddenException"])
    func `an API gateway is not Kinesis though it uses its words`(_ name: String) {
        let error = Self.error(403, "{\"message\":\"Missing Authentication Token\"}", header: name)

        #expect(error.isForeign)
        #expect(error.message.contains("API gateway (HTTP 403, \(name))"))
    }

    @Test(arguments: [
        "{\"__type\":\"InvalidSignatureException\",\"message\":\"no\"}", "{\"__type\":\"AccessDeniedException\"}",
        "{\"__type\":\"com.amazon.coral.service#MissingAuthenticationTokenException\"}",
        "{\"__type\":\"NeverHeardOfException\"}",
    ])
    func `an error of the service is not foreign`(_ body: String) {
        #expect(!Self.error(400, body).isForeign)
    }

    @Test(arguments: ["<html>hello</html>", "", "ok", "[1]", "<Error/>"])
    func `a success that is not the service's is foreign, whatever was asked`(_ body: String) async throws {
        try await withClient { _ in
            .text(status: 200, body)
        } _: { client in
            let listed = await #expect(throws: KinesisError.self) { try await client.listStreams() }
            let described = await #expect(throws: KinesisError.self) {
                try await client.describeStreamSummary(StreamReference(name: "orders"))
            }

            for error in [listed, described] {
                #expect(error?.isForeign == true, "\(body)")
                #expect(error?.code == .invalidResponse)
            }
        }
    }

    @Test(arguments: ["{\"ok\":true}", "{\"StreamNames\":[\"a\",{\"b\":1}],\"HasMoreStreams\":false}"])
    func `a document without what was asked for is foreign too`(_ body: String) async throws {
        try await withClient { _ in
            .text(status: 200, body)
        } _: { client in
            let error = await #expect(throws: KinesisError.self) { try await client.listStreams() }

            #expect(error?.isForeign == true && error?.code == .invalidResponse)
        }
    }

    @Test func `a redirect is not followed`() async throws {
        try await withClient { call in
            .text(status: 307, "", headers: ["location": "http://127.0.0.1:1/\(call.number)"])
        } _: { client in
            let error = await #expect(throws: KinesisError.self) { try await client.listStreams() }

            #expect(error?.message.contains("to http://127.0.0.1:1)") == true)
        }
    }
}
