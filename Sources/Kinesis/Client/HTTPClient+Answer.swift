import AsyncHTTPClient
import NIOCore
import NIOHTTP1

extension HTTPClient {
    /// Sends a request and reads the whole answer.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - deadline: The end of its time, the body's included.
    ///   - bytesMax: The largest body.
    /// - Returns: The answer, whatever its status.
    /// - Throws: What the client or the way said.
    func answer(
        to request: HTTPClientRequest,
        until deadline: NIODeadline,
        bytesMax: Int = ProducerLimits.answerBytesMax
    ) async throws -> HTTPAnswer {
        let response = try await execute(request, deadline: deadline)
        return HTTPAnswer(
            status: Int(response.status.code),
            headers: response.headers,
            body: Array(buffer: try await response.body.collected(upTo: bytesMax, until: deadline))
        )
    }
}

extension HTTPClientResponse.Body {
    /// Gathers the body; the deadline of `execute` ends with the head.
    fileprivate func collected(upTo bytesMax: Int, until deadline: NIODeadline) async throws -> ByteBuffer {
        try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
            group.addTask { try await self.collect(upTo: bytesMax) }
            group.addTask {
                let left = deadline - .now()
                try await Task.sleep(for: .nanoseconds(Swift.max(0, left.nanoseconds)))
                throw HTTPClientError.deadlineExceeded
            }
            defer { group.cancelAll() }
            guard let collected = try await group.next() else { throw HTTPClientError.remoteConnectionClosed }
            return collected
        }
    }
}
