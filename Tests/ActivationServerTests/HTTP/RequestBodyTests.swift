import ActivationCore
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOHTTP1
import Testing

@testable import ActivationServer

/// Bodies are read whole, within bounds of size and time.
struct RequestBodyTests {
    private static func request(_ body: RequestBody, length: Int? = nil) -> Request {
        var fields: HTTPFields = [.contentType: "application/json"]
        fields[.contentLength] = length.map { String($0) }
        return Request(
            head: HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/", headerFields: fields),
            body: body
        )
    }

    @Test func `a body that never ends is given up at its deadline`() async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        continuation.yield(ByteBuffer(string: "{"))
        let request = RequestBodyTests.request(RequestBody(asyncSequence: stream))

        let error = await #expect(throws: APIError.self) { try await request.bytes(limit: 100, within: .zero) }

        #expect(error?.code == .bodyTooSlow)
        #expect(error?.code.status == 408)
        continuation.finish()
    }

    @Test func `a body is refused by its declared length before a byte is read`() async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        let request = RequestBodyTests.request(RequestBody(asyncSequence: stream), length: 101)

        let error = await #expect(throws: APIError.self) { try await request.bytes(limit: 100) }

        #expect(error?.code == .bodyTooLarge)
        continuation.finish()
    }

    @Test(arguments: [(100, true), (101, false)])
    func `the limit counts bytes, however they are cut`(count: Int, isAccepted: Bool) async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        for _ in 0..<count { continuation.yield(ByteBuffer(string: "x")) }
        continuation.finish()
        let request = RequestBodyTests.request(RequestBody(asyncSequence: stream))

        let bytes = try? await request.bytes(limit: 100)

        #expect(bytes?.count == (isAccepted ? count : nil))
    }

    @Test func `a connection that breaks is an incomplete body`() async throws {
        struct Broken: Error {}
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: ByteBuffer.self)
        continuation.yield(ByteBuffer(string: "{"))
        continuation.finish(throwing: Broken())
        let request = RequestBodyTests.request(RequestBody(asyncSequence: stream))

        let error = await #expect(throws: APIError.self) { try await request.bytes() }

        #expect(error?.code == .bodyIncomplete)
    }

    @Test(arguments: [HTTPParserError.invalidChunkSize, .invalidHeaderToken])
    func `what breaks the rules of HTTP is not a connection that breaks`(cause: HTTPParserError) async throws {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: ByteBuffer.self)
        continuation.yield(ByteBuffer(string: "{"))
        continuation.finish(throwing: cause)
        let request = RequestBodyTests.request(RequestBody(asyncSequence: stream))

        let error = await #expect(throws: APIError.self) { try await request.bytes() }

        #expect(error?.code == .bodyMalformed)
    }
}
