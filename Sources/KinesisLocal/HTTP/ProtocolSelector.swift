import NIOCore
import NIOHTTP1
import NIOHTTP2

/// Tells from a connection's first bytes whether its client speaks HTTP/1.1 or, by prior knowledge, HTTP/2 (RFC 9113 section 3.3).
///
/// It leaves the pipeline once that is known.
final class ProtocolSelector: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// The first line of an HTTP/2 client's preface; no request of HTTP/1.1 begins so.
    private static let preface = Array("PRI * HTTP/2.0\r\n".utf8)

    private let router: RequestRouter
    private let clock: @Sendable () -> Int64
    private var received: ByteBuffer?

    init(router: RequestRouter, clock: @escaping @Sendable () -> Int64) {
        self.router = router
        self.clock = clock
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if var earlier = received {
            earlier.writeBuffer(&bytes)
            bytes = earlier
        }
        let start = bytes.readableBytesView.prefix(Self.preface.count)
        guard Self.preface.starts(with: start) else {
            go(on: bytes, context: context, configure: configureHTTP1)
            return
        }
        guard start.count == Self.preface.count else {
            received = bytes
            return
        }
        go(on: bytes, context: context, configure: configureHTTP2)
    }

    private func go(
        on bytes: ByteBuffer,
        context: ChannelHandlerContext,
        configure: (any Channel) throws -> Void
    ) {
        do {
            try configure(context.channel)
        } catch {
            context.close(promise: nil)
            return
        }
        context.fireChannelRead(wrapInboundOut(bytes))
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    private func configureHTTP1(_ channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
        try pipeline.addHandler(
            ConnectionHandler(
                router: router,
                clock: clock,
                connection: channel,
                isHung: router.service.dice.hangsConnection()
            )
        )
    }

    private func configureHTTP2(_ channel: any Channel) throws {
        let (router, clock) = (router, clock)
        let isHung = router.service.dice.hangsConnection()
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings =
            nioDefaultSettings + [HTTP2Setting(parameter: .initialWindowSize, value: LocalLimits.http2WindowBytes)]
        connection.targetWindowSize = LocalLimits.http2WindowBytes
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = LocalLimits.http2WindowBytes
        stream.outboundBufferSizeHighWatermark = 1024 * 1024
        stream.outboundBufferSizeLowWatermark = 512 * 1024
        _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
            mode: .server,
            connectionConfiguration: connection,
            streamConfiguration: stream
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(HTTP2FramePayloadToHTTP1ServerCodec())
                try stream.pipeline.syncOperations.addHandler(
                    ConnectionHandler(router: router, clock: clock, connection: channel, isHung: isHung)
                )
            }
        }
    }
}
