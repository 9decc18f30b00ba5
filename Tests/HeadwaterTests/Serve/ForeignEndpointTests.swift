import ActivationCore
import ActivationEngine
import ActivationServer
import Kinesis
import NIOCore
import Testing

@testable import headwater

/// An endpoint that is not Kinesis is told by the step of the way at which that shows; it is never "a bad key".
@Suite struct ForeignEndpointTests {
    private static let html = [("content-type", "text/html")]
    private static let xml = [("content-type", "application/xml")]
    private static let json = [("content-type", "application/json")]

    /// What both probes say about a server that gives one answer to everything.
    private func errors(_ answer: AnsweringService.Answer) async throws -> [DestinationProbeError] {
        let service = try await AnsweringService.start { _ in answer }
        var errors: [DestinationProbeError] = []
        try await KinesisDestination.forTesting { destination in
            let account = KinesisDestination.account("http://127.0.0.1:\(service.port)")
            errors.append(try await probeError { try await destination.probe(account: account) })
            errors.append(
                try await probeError { try await destination.probe(target: ["stream": "s"], account: account) }
            )
        }
        try await service.stop()
        return errors
    }

    @Test(
        arguments: [
            (AnsweringService.Answer(status: 403, headers: html, body: "<html>Blocked</html>"), "web page (HTTP 403)"),
            (.init(status: 401, headers: html, body: "<!DOCTYPE html><p>Sign in"), "web page (HTTP 401)"),
            (.init(status: 404, headers: html, body: "<html>Not found</html>"), "web page (HTTP 404)"),
            (.init(status: 404, headers: [], body: "404 page not found"), "nothing that Kinesis would say"),
            (.init(status: 405, headers: [], body: ""), "nothing that Kinesis would say"),
            (.init(status: 400, headers: [], body: "bad request"), "nothing that Kinesis would say"),
            (.init(status: 200, headers: html, body: "<html>It works!</html>"), "web page (HTTP 200)"),
            (.init(status: 200, headers: json, body: "{\"status\":\"ok\"}"), "something other than Kinesis"),
            (.init(status: 200, headers: [], body: ""), "nothing that Kinesis would say"),
            (
                .init(
                    status: 403,
                    headers: xml,
                    body: "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>"
                ),
                "XML (HTTP 403, AccessDenied)"
            ),
            (
                .init(status: 403, headers: xml, body: "<Error><Code>SignatureDoesNotMatch</Code></Error>"),
                "XML (HTTP 403, SignatureDoesNotMatch)"
            ),
            (
                .init(status: 302, headers: [("location", "https://login.example/?secret=x")], body: ""),
                "(HTTP 302 to https://login.example)"
            ),
            (.init(status: 401, headers: json, body: "{\"message\":\"Unauthorized\"}"), "JSON that is none of Kinesis"),
            (
                .init(
                    status: 403,
                    headers: json + [("x-amzn-errortype", "MissingAuthenticationTokenException")],
                    body: "{\"message\":\"Missing Authentication Token\"}"
                ),
                "an API gateway"
            ),
            (.init(status: 407, headers: html, body: "<html>proxy</html>"), "its own credentials (HTTP 407)"),
            (.init(status: 503, headers: html, body: "<html>busy</html>"), "web page (HTTP 503)"),
            (
                .init(
                    status: 400,
                    body: "{\"__type\":\"com.amazon.coral.service#UnknownOperationException\"}"
                ),
                "not Kinesis"
            ),
            (.init(status: 400, body: "{\"__type\":\"com.amazonaws.sqs#InvalidAction\"}"), "not Kinesis"),
        ]
    )
    func `another server is NET-001 at the answer, with what it looks like`(
        _ answer: AnsweringService.Answer,
        _ text: String
    ) async throws {
        for error in try await errors(answer) {
            #expect(error.code == "NET-001", "\(error)")
            #expect(error.step == "answer", "\(error)")
            #expect(error.message.contains(text), "\(error)")
            #expect(!error.message.contains("key") && !error.message.contains("secret"), "\(error)")
        }
    }

    @Test(arguments: [
        "UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException", "InvalidClientTokenId",
    ])
    func `only the service's own words are about the key`(_ name: String) async throws {
        for error in try await errors(.init(status: 400, body: "{\"__type\":\"\(name)\",\"message\":\"m\"}")) {
            #expect(error.code == "AWS-401")
        }
    }

    @Test func `an error of the service that is new is told with its name`() async throws {
        for error in try await errors(.init(status: 400, body: "{\"__type\":\"NewException\",\"message\":\"why\"}")) {
            #expect(error.code == "NET-001")
            #expect(error.message.contains("NewException: the service refused the request"))
            #expect(!error.message.contains("why"))
        }
    }

    @Test func `TLS to a port that speaks plain HTTP fails at TLS`() async throws {
        let service = try await AnsweringService.start { _ in .init(body: "") }
        try await KinesisDestination.forTesting { destination in
            let error = try await probeError {
                try await destination.probe(account: KinesisDestination.account("https://localhost:\(service.port)"))
            }

            #expect(error.code == "NET-001" && error.step == "TLS", "\(error)")
            #expect(error.message.contains("http://"))
        }
        try await service.stop()
    }

    /// What is said about a name with these addresses.
    private func error(
        _ url: String,
        addresses: [String],
        allowsInsecure: Bool = false
    ) async throws -> DestinationProbeError {
        var found: DestinationProbeError?
        let resolver = HostResolver { _ in try addresses.map { try SocketAddress(ipAddress: $0, port: 0) } }
        try await KinesisDestination.forTesting(resolver: resolver) { destination in
            var destination = destination
            destination.allowsInsecureEndpoints = allowsInsecure
            found = try await probeError { try await destination.probe(account: KinesisDestination.account(url)) }
        }
        return try #require(found)
    }

    @Test(arguments: [
        ["169.254.169.254"], ["10.1.2.3", "127.0.0.1"], ["fd00:ec2::254"], ["100.100.100.200"],
        ["64:ff9b::169.254.169.254"], ["2002:7f00:1::"],
    ])
    func `a name that leads where it must not is CFG-001 before anything is sent`(_ addresses: [String]) async throws {
        let error = try await error("https://kinesis.example", addresses: addresses)

        #expect(error.code == "CFG-001" && error.step == "resolve", "\(error)")
    }

    @Test func `metadata is out of reach though insecure endpoints are allowed`() async throws {
        let error = try await error("http://kinesis.example", addresses: ["169.254.169.254"], allowsInsecure: true)

        #expect(error.code == "CFG-001" && error.step == "resolve", "\(error)")
    }

    @Test func `a name without an address is NET-001`() async throws {
        let error = try await error("https://kinesis.example", addresses: [])

        #expect(error.code == "NET-001" && error.step == "resolve", "\(error)")
    }

    @Test func `a sink is not opened to a name that leads where it must not`() async throws {
        let resolver = HostResolver { _ in [try SocketAddress(ipAddress: "169.254.169.254", port: 0)] }
        try await KinesisDestination.forTesting(resolver: resolver) { destination in
            let error = await #expect(throws: SinkFactoryError.self) {
                try await destination.open(
                    target: ["stream": "s"],
                    account: KinesisDestination.account("https://kinesis.example"),
                    for: Dataflow.ID(uuid: UUIDBytes(high: 0, low: 1))
                )
            }

            #expect(error?.code == "ForbiddenEndpoint")
        }
    }

    @Test func `a sink opens though its name has no address now`() async throws {
        try await KinesisDestination.forTesting(resolver: HostResolver { _ in [] }) { destination in
            let sink = try await destination.open(
                target: ["stream": "s"],
                account: KinesisDestination.account("https://kinesis.example"),
                for: Dataflow.ID(uuid: UUIDBytes(high: 0, low: 1))
            )
            await sink.close(within: .zero)
        }
    }
}
