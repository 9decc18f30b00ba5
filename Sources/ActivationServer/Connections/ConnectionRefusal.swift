import NIOCore

/// Tells a client for whom there is no room that it should come again, and lets it go.
final class ConnectionRefusal: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let speaks: Bool
    private var hasSpoken = false

    /// Creates a refusal; `speaks` says whether the client would understand one.
    init(speaks: Bool) {
        self.speaks = speaks
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { refuse(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        refuse(context)
    }

    /// What it says is of no interest; but a connection that is closed over unread bytes is a broken one to the client.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func refuse(_ context: ChannelHandlerContext) {
        guard !hasSpoken else { return }
        hasSpoken = true
        guard speaks else { return context.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: ConnectionRefusal.words())), promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: ServerLimits.refusalTime) { context.close(promise: nil) }
    }

    /// The answer, whatever was asked.
    private static func words() -> [UInt8] {
        let error = APIError(
            .tooManyConnections,
            "too many clients are connected; use fewer connections, or retry soon"
        )
        let requestID = ServerContext.newRequestID()
        let body = error.bytes(requestID: requestID)
        let head =
            "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
            + "Content-Length: \(body.count)\r\nRetry-After: 5\r\nConnection: close\r\n"
            + "x-request-id: \(requestID)\r\n\r\n"
        return Array(head.utf8) + body
    }
}

@available(*, unavailable)
extension ConnectionRefusal: Sendable {}
