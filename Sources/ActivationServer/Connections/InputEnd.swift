import NIOCore

/// Tells the decoder after it that nothing more comes, though the connection still stands: it complains if it holds a part of
/// a request.
final class InputEnd: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Tells it; what comes all the same is not read any more.
    func tell() { context?.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
}

@available(*, unavailable)
extension InputEnd: Sendable {}
