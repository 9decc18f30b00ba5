import NIOCore
import NIOPosix

/// A connection that says exactly the bytes it is told to.
struct RawClient: Sendable {
    private let channel: any Channel
    private let heard: AsyncStream<String>

    static func connect(port: Int) async throws -> RawClient {
        let (heard, ear) = AsyncStream.makeStream(of: String.self)
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Listener(ear: ear))
                }
            }
            .connect(host: "localhost", port: port)
            .get()
        return RawClient(channel: channel, heard: heard)
    }

    /// Sends bytes and keeps the connection open.
    func say(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text))
    }

    /// Closes the connection without waiting for an answer.
    func leave() async throws {
        try await channel.close()
    }

    /// What the server says up to the end of a JSON body, or until it hangs up.
    func answer() async -> String {
        var answer = ""
        for await part in heard {
            answer += part
            if answer.contains("\r\n\r\n"), answer.hasSuffix("}") { break }
        }
        return answer
    }

    private final class Listener: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let ear: AsyncStream<String>.Continuation

        init(ear: AsyncStream<String>.Continuation) { self.ear = ear }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            ear.yield(String(buffer: unwrapInboundIn(data)))
        }

        func channelInactive(context: ChannelHandlerContext) { ear.finish() }
    }
}
