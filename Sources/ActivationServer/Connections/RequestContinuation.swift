import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// Asks the connection to tell a client that waits for it that its body will be read.
struct BodyWanted: Sendable {}

/// A body whose sender may be waiting for `100 Continue`; it is told so when somebody begins to read.
private struct AwaitedBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let body: RequestBody
    let channel: any Channel

    struct AsyncIterator: AsyncIteratorProtocol {
        var chunks: RequestBody.AsyncIterator
        /// Nil once it has been told.
        var channel: (any Channel)?

        mutating func next() async throws -> ByteBuffer? {
            if let channel {
                channel.triggerUserOutboundEvent(BodyWanted(), promise: nil)
                self.channel = nil
            }
            return try await chunks.next()
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(chunks: body.makeAsyncIterator(), channel: channel)
    }
}

extension Request {
    /// The request with a body that sends `100 Continue` when it is read, where the client expects that.
    func askingForBody(over channel: any Channel) -> Request {
        guard headers[.expect] != nil else { return self }
        var request = self
        request.body = RequestBody(asyncSequence: AwaitedBody(body: body, channel: channel))
        return request
    }
}
