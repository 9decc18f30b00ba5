import ActivationCore
import ActivationEngine
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing

@testable import ActivationServer

/// Traces that senders name.
@Suite struct TraceTests {
    private static let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    private static let record = #"{"identityMap":{"Email":[{"id":"mira@example.org"}]}}"#

    /// What the engine was asked within, when a request came with these headers.
    private static func traces(_ values: [String], path: String = "/v1/profiles") async throws -> [TraceContext?] {
        let seen = Mutex<[TraceContext?]>([])
        let engine = ScriptedEngine { _, messages in
            seen.withLock { $0.append(TraceContext.current) }
            return messages.map { _ in .accepted }
        }
        try await IngestWorld.run(engine: engine) { world in
            var fields: HTTPFields = [.authorization: "Bearer \(world.token)", .contentType: "application/x-ndjson"]
            for value in values { fields.append(HTTPField(name: .traceparent, value: value)) }
            let answer = try await world.client.executeRequest(
                uri: path,
                method: .post,
                headers: fields,
                body: ByteBuffer(string: record)
            )
            #expect(answer.status == .ok)
            #expect(answer.headers[.traceparent] == nil)
        }
        return seen.withLock(\.self)
    }

    @Test(arguments: ["/v1/profiles", "/v1/profiles?dataset=crm"])
    func `a request is a step of the trace that it names`(_ path: String) async throws {
        let parent = try #require(TraceContext(traceparent: Self.header))

        let traces = try await Self.traces([Self.header], path: path)

        let trace = try #require(traces.first ?? nil)
        #expect(traces.count == 1)
        #expect(trace.traceID == parent.traceID && trace.isSampled && trace.spanID != parent.spanID)
    }

    @Test(arguments: [[], [header, header], ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"]])
    func `none, several and malformed ones are ignored`(_ values: [String]) async throws {
        #expect(try await Self.traces(values) == [nil])
    }
}
