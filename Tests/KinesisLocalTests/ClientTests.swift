import Testing

@testable import KinesisLocal

/// Runs the clients that others wrote against a listening endpoint.
@Suite struct ClientTests {
    private let locked = KinesisLocalServer.Configuration(accessKey: "AKIDEXAMPLE", secretKey: "local-secret")

    /// A clock that stands still at the present: allowances do not grow back, and signatures are of this minute.
    private let stillClock: @Sendable () -> Int64 = { [now = WallClock.milliseconds()] in now }

    @Test func `boto3 gets what it expects from every operation`() async throws {
        try await withServer(locked, clock: stillClock) { _, port in
            let outcome = try await PythonProgram(name: "kinesis_local_boto3.py", arguments: ["\(port)"]).run()
            #expect(outcome.code == 0, "\(outcome.output)")
        }
    }

    @Test func `the AWS CLI gets what it expects from every operation`() async throws {
        try await withServer(locked) { _, port in
            let outcome = try await PythonProgram(name: "kinesis_local_cli.py", arguments: ["\(port)"]).run()
            #expect(outcome.code == 0, "\(outcome.output)")
        }
    }

    @Test func `a client of HTTP/2 gets what it expects, subscriptions included`() async throws {
        try await withServer(locked) { _, port in
            let outcome = try await PythonProgram(name: "kinesis_local_http2.py", arguments: ["\(port)"]).run()
            #expect(outcome.code == 0, "\(outcome.output)")
        }
    }

    @Test func `a CBOR client gets what it expects, indefinite lengths and millisecond times included`() async throws {
        try await withServer(clock: stillClock) { _, port in
            let outcome = try await PythonProgram(name: "kinesis_local_cbor.py", arguments: ["\(port)"]).run()
            #expect(outcome.code == 0, "\(outcome.output)")
        }
    }
}
