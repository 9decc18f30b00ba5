import AsyncHTTPClient
import NIOCore
public import NIOHTTP1

extension AddressedHTTPClient {
    /// Sends one request that is not of the service, where requests to an endpoint may go, and reads the answer's beginning.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - endpoint: Where it goes; this client follows its rule about machines.
    ///   - path: Path and query, beginning with a slash.
    ///   - headers: Its headers.
    ///   - body: Its body; nil = none.
    ///   - limit: How long it may take, the answer included.
    ///   - bytesMax: Bytes of the answer that are read.
    /// - Returns: The status, whatever it is, and the first bytes of the body.
    /// - Throws: ``KinesisError`` with why there is no answer.
    public func exchange(
        _ method: HTTPMethod,
        _ endpoint: KinesisEndpoint,
        path: String,
        headers: HTTPHeaders,
        body: [UInt8]?,
        within limit: Duration,
        bytesMax: Int
    ) async throws(KinesisError) -> (status: Int, body: [UInt8]) {
        var request = HTTPClientRequest(url: endpoint.url + path)
        request.method = method
        request.headers = headers
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let ready = request
        let deadline = NIODeadline.now() + TimeAmount(limit)
        do {
            return try await withClient(for: endpoint, until: deadline) { http in
                let response = try await http.execute(ready, deadline: deadline)
                let beginning = try await Self.beginning(of: response.body, bytesMax, until: deadline)
                return (Int(response.status.code), beginning)
            }
        } catch {
            throw .transport(error, endpoint: endpoint)
        }
    }

    /// The first bytes of a body; the deadline of `execute` ends with the head.
    private static func beginning(
        of body: HTTPClientResponse.Body,
        _ bytesMax: Int,
        until deadline: NIODeadline
    ) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask {
                var bytes: [UInt8] = []
                for try await chunk in body {
                    bytes += chunk.readableBytesView.prefix(bytesMax - bytes.count)
                    if bytes.count == bytesMax { break }
                }
                return bytes
            }
            group.addTask {
                let left = deadline - .now()
                try await Task.sleep(for: .nanoseconds(max(0, left.nanoseconds)))
                throw HTTPClientError.deadlineExceeded
            }
            defer { group.cancelAll() }
            guard let bytes = try await group.next() else { throw HTTPClientError.remoteConnectionClosed }
            return bytes
        }
    }
}
