import ActivationCore
import ActivationServer
import Synchronization
import Testing

@testable import headwater

/// What is told of a stream to who configures it.
@Suite struct KinesisInspectionTests {
    private static let denied = AnsweringService.Answer(
        status: 400,
        body: #"{"__type":"AccessDeniedException","message":"no"}"#
    )
    private static let summary = AnsweringService.Answer(
        body: #"""
            {"StreamDescriptionSummary":{"StreamName":"c","StreamStatus":"ACTIVE","OpenShardCount":3,
            "StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/c"}}
            """#
    )

    private func inspecting(
        writing record: [UInt8]? = nil,
        _ answer: @escaping @Sendable (String) -> AnsweringService.Answer
    ) async throws -> Result<TargetInspection, DestinationProbeError> {
        let service = try await AnsweringService.start(answer)
        var found: Result<TargetInspection, DestinationProbeError>?
        try await KinesisDestination.forTesting { destination in
            let account = KinesisDestination.account("http://127.0.0.1:\(service.port)")
            do throws(DestinationProbeError) {
                found = .success(
                    try await destination.inspect(target: ["stream": "c"], account: account, writing: record)
                )
            } catch {
                found = .failure(error)
            }
        }
        try await service.stop()
        return try #require(found)
    }

    @Test func `shards, what they carry and the ARN are told`() async throws {
        let inspection = try await inspecting { _ in KinesisInspectionTests.summary }.get()
        #expect(inspection.facts.map(\.value) == ["3", "3 × 1,000 records and 3 MiB a second"])
        #expect(inspection.resource == "arn:aws:kinesis:us-east-1:123456789012:stream/c")
        #expect(inspection.denial == nil && inspection.receipt == nil)
    }

    @Test func `a key that may not ask is no failure`() async throws {
        let inspection = try await inspecting { _ in KinesisInspectionTests.denied }.get()
        #expect(inspection.denial?.code == "AWS-403" && inspection.facts.isEmpty)
    }

    @Test func `a test record is written once, and a key that may not is told`() async throws {
        let asked = Mutex<[String]>([])
        let refused = try await inspecting(writing: Array("{}".utf8)) { operation in
            asked.withLock { $0.append(operation) }
            return operation == "PutRecords" ? KinesisInspectionTests.denied : KinesisInspectionTests.summary
        }
        let error = #expect(throws: DestinationProbeError.self) { try refused.get() }
        #expect(error?.code == "AWS-403P")
        #expect(asked.withLock { $0 } == ["DescribeStreamSummary", "PutRecords"])
    }

    @Test func `the policy names the stream, and holds nothing that was typed wrongly`() async throws {
        try await KinesisDestination.forTesting { kind in
            let policy = kind.policy(account: ["region": "eu-west-1"], target: ["stream": "c"], resource: nil)
            #expect(policy?.contains("\"arn:aws:kinesis:eu-west-1:*:stream/c\"") == true)
            let parsed = try JSONValue(parsing: policy ?? "")
            let optional = parsed["Statement"]?.array?.filter { $0["Sid"]?.string == "Optional" }
            #expect(optional?.map { $0["Action"]?.string } == ["kinesis:ListShards"])
            let wrong = kind.policy(account: ["region": "\"x"], target: ["stream": "a\"b"], resource: nil) ?? ""
            #expect(wrong.contains("\"arn:aws:kinesis:*:*:stream/*\""))
            #expect((try? JSONValue(parsing: wrong)) != nil)
        }
    }
}
