import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

@testable import Kinesis

/// An HTTP server on loopback that answers by a closure, so that a test decides what the network does.
final class ScriptedService: Sendable {
    struct Call: Sendable {
        /// Among the calls of its operation, from 1.
        var number: Int
        var headers: HTTPHeaders
        var body: [UInt8]
        var method = HTTPMethod.POST
        var path = "/"

        var operation: String {
            headers.first(name: "x-amz-target")?.split(separator: ".").last.map(String.init) ?? ""
        }

        var wire: KinesisWire { headers.first(name: "content-type")?.contains("cbor") == true ? .cbor : .json }

        var document: WireValue? { try? wire.decode(body) }
    }

    enum Reply: Sendable {
        case answer(status: Int, WireValue, headers: HTTPHeaders = [:])
        case text(status: Int, String, headers: HTTPHeaders = ["content-type": "text/html"])
        case dropConnection
        /// The whole answer and the end of the connection at once.
        case answerAndClose(WireValue)
        /// A head that promises a body, and nothing more.
        case stall
        case silence
    }

    private let host: String
    private let channel: any Channel

    /// The address that a client connects to.
    var url: String { url(host: host.contains(":") ? "[\(host)]" : host) }

    static func start(
        host: String = "127.0.0.1",
        _ script: @escaping @Sendable (Call) -> Reply
    ) async throws -> ScriptedService {
        let count = CallCount()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.pipeline.configureHTTPServerPipeline().flatMap {
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Handler(count: count, script: script))
                    }
                }
            }
            .bind(host: host, port: 0)
            .get()
        return ScriptedService(host: host, channel: channel)
    }

    private init(host: String, channel: any Channel) {
        self.host = host
        self.channel = channel
    }

    /// The address by another name for the host.
    func url(host: String, scheme: String = "http") -> String {
        "\(scheme)://\(host):\(channel.localAddress?.port ?? 0)"
    }

    func stop() async throws {
        try await channel.close()
    }

    private final class CallCount: Sendable {
        private let values = Mutex<[String: Int]>([:])

        func next(_ operation: String) -> Int {
            values.withLock {
                $0[operation, default: 0] += 1
                return $0[operation, default: 0]
            }
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let count: CallCount
        private let script: @Sendable (Call) -> Reply
        private var headers = HTTPHeaders()
        private var method = HTTPMethod.POST
        private var path = "/"
        private var body: [UInt8] = []

        init(count: CallCount, script: @escaping @Sendable (Call) -> Reply) {
            self.count = count
            self.script = script
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                headers = head.headers
                method = head.method
                path = head.uri
                body = []
            case .body(let part):
                body += Array(part.readableBytesView)
            case .end:
                var call = Call(number: 0, headers: headers, body: body, method: method, path: path)
                call.number = count.next(call.operation)
                switch script(call) {
                case .answer(let status, let document, let headers):
                    var headers = headers
                    headers.add(name: "content-type", value: call.wire.contentType)
                    send(status, headers, call.wire.encode(document), context)
                case .text(let status, let text, let headers):
                    send(status, headers, Array(text.utf8), context)
                case .dropConnection:
                    context.close(promise: nil)
                case .answerAndClose(let document):
                    send(200, ["content-type": call.wire.contentType], call.wire.encode(document), context)
                    context.close(promise: nil)
                case .stall:
                    let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["content-length": "100"])
                    context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
                case .silence:
                    break
                }
            }
        }

        private func send(_ status: Int, _ headers: HTTPHeaders, _ body: [UInt8], _ context: ChannelHandlerContext) {
            var headers = headers
            headers.add(name: "content-length", value: "\(body.count)")
            let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}

extension ScriptedService.Reply {
    /// An error as the service words it.
    static func error(_ status: Int, _ name: String, headers: HTTPHeaders = [:]) -> Self {
        .answer(
            status: status,
            ["__type": .string("com.amazonaws.kinesis.v20131202#\(name)"), "message": "scripted"],
            headers: headers
        )
    }
}
