import NIOCore
import NIOHTTP1
import NIOPosix

/// An HTTP server on loopback that answers each operation by a closure.
struct AnsweringService {
    /// What is answered.
    struct Answer: Sendable {
        var status = 200
        var headers: [(String, String)] = [("content-type", "application/x-amz-json-1.1")]
        var body: String
    }

    private let channel: any Channel

    /// The port it listens on.
    var port: Int { channel.localAddress?.port ?? 0 }

    /// Starts a server.
    ///
    /// - Parameter answer: Gets the operation's name, such as `ListStreams`; calls may overlap.
    /// - Returns: The running server.
    /// - Throws: When there is no free port.
    static func start(_ answer: @escaping @Sendable (_ operation: String) -> Answer) async throws -> AnsweringService {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(answer: answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        return AnsweringService(channel: channel)
    }

    /// Stops listening.
    func stop() async throws { try await channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let answer: @Sendable (String) -> Answer
        private var operation = ""

        init(answer: @escaping @Sendable (String) -> Answer) {
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                operation = head.headers.first(name: "x-amz-target")?.split(separator: ".").last.map(String.init) ?? ""
            case .body: break
            case .end: send(answer(operation), context)
            }
        }

        private func send(_ answer: Answer, _ context: ChannelHandlerContext) {
            var headers = HTTPHeaders(answer.headers)
            headers.add(name: "content-length", value: "\(answer.body.utf8.count)")
            let head = HTTPResponseHead(
                version: .http1_1,
                status: .init(statusCode: answer.status),
                headers: headers
            )
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
