import NIOCore

/// Reads a connection no faster than the faults in force allow.
final class ReadPacer: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = Never

    private let dice: FaultDice
    /// Bytes that came in since the last pause.
    private var bytes = 0

    init(_ dice: FaultDice) {
        self.dice = dice
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += unwrapInboundIn(data).readableBytes
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        guard bytes > 0, let rate = dice.readBytesPerSecond else {
            bytes = 0
            context.read()
            return
        }
        let pause = TimeAmount.milliseconds(Int64(bytes) * 1000 / Int64(rate))
        bytes = 0
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: pause) { bound.value.read() }
    }
}
