import Kinesis
import NIOHTTP1
import Testing

@testable import KinesisLocal

@Suite struct TracedRequestsTests {
    private func reply(_ router: RequestRouter, _ method: HTTPMethod, _ uri: String, _ headers: HTTPHeaders = [:])
        throws
        -> WireValue
    {
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: uri, headers: headers)
        let reply = Array("{}".utf8).withUnsafeBytes { router.reply(head, body: $0, now: 1_000) }
        #expect(reply.status == 200)
        return try KinesisWire.json.decode(reply.body)
    }

    @Test func `the last requests with a trace are shown`() throws {
        let router = RequestRouter(KinesisService(.init()))
        let plain: HTTPHeaders = [
            "content-type": KinesisWire.json.contentType, "x-amz-target": "Kinesis_20131202.ListStreams",
        ]
        _ = try reply(router, .POST, "/", plain)
        #expect(router.inspection.tracedRequests.isEmpty)

        for number in 1...1_001 {
            var headers = plain
            headers.add(name: "traceparent", value: "trace-\(number)")
            _ = try reply(router, .POST, "/", headers)
        }

        let traced = router.inspection.tracedRequests
        #expect(traced.count == 1_000)
        #expect(traced.first == TracedRequest(operation: "ListStreams", traceparent: "trace-2"))
        let shown = try reply(router, .GET, "/_traces")["requests"]?.array
        #expect(shown?.count == 1_000)
        #expect(shown?.last?["traceparent"]?.string == "trace-1001")
        #expect(shown?.last?["operation"]?.string == "ListStreams")
    }
}
