import NIOCore

/// Notes whether bytes have come that are not a whole request yet.
final class ByteArrival: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Whether bytes have come since this was last set to false.
    var hasBytes = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasBytes = true
        context.fireChannelRead(data)
    }
}

@available(*, unavailable)
extension ByteArrival: Sendable {}
