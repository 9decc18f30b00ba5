import ActivationEngine
import AsyncHTTPClient
import Kinesis
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import headwater

/// A key that may list and write but not describe, as Adobe's own permission list has it.
@Suite struct DeniedDescriptionTests {
    private func probing(
        _ pages: [String],
        _ check: (KinesisDestinationProbe, DestinationCredentials) async throws -> Void
    ) async throws {
        let service = try await ListingService.start(pages: pages)
        let http = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: .kinesis())
        let credentials = DestinationCredentials(
            accessKeyId: "k",
            secretKey: "s",
            connectionUrl: "http://127.0.0.1:\(service.localAddress?.port ?? 0)"
        )
        do {
            try await check(
                KinesisDestinationProbe(http: http, allowsInsecureEndpoints: false, retryDelay: .zero),
                credentials
            )
        } catch {
            try await http.shutdown()
            try await service.close()
            throw error
        }
        try await http.shutdown()
        try await service.close()
    }

    @Test func `the stream is looked for page by page`() async throws {
        let pages = [
            #"{"StreamNames":["a","b"],"HasMoreStreams":true}"#, #"{"StreamNames":["c"],"HasMoreStreams":false}"#,
        ]
        try await probing(pages) { probe, credentials in
            try await probe.checkStream(credentials, stream: "c", region: nil)
        }
    }

    @Test(
        arguments: [
            [#"{"StreamNames":["a"],"HasMoreStreams":false}"#],
            // A service that gives the same page for ever is asked only until it makes no progress.
            [#"{"StreamNames":["a"],"HasMoreStreams":true}"#],
        ]
    )
    func `a stream in no page is AWS-404`(pages: [String]) async throws {
        try await probing(pages) { probe, credentials in
            let error = await #expect(throws: DestinationProbeError.self) {
                try await probe.checkStream(credentials, stream: "c", region: nil)
            }

            #expect(error?.code == "AWS-404")
            #expect(error?.step == "ListStreams")
        }
    }

    @Test func `a key that may not list either is AWS-403`() async throws {
        try await probing([]) { probe, credentials in
            let error = await #expect(throws: DestinationProbeError.self) {
                try await probe.checkStream(credentials, stream: "c", region: nil)
            }

            #expect(error?.code == "AWS-403")
        }
    }
}

/// Answers ListStreams with pages in turn, the last one for ever, and everything else with AccessDeniedException.
private final class ListingService: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let pages: [String]
    private let served: RequestCount
    private var target = ""

    private init(pages: [String], served: RequestCount) {
        self.pages = pages
        self.served = served
    }

    static func start(pages: [String]) async throws -> any Channel {
        let served = RequestCount()
        return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(ListingService(pages: pages, served: served))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): target = head.headers.first(name: "x-amz-target") ?? ""
        case .body: break
        case .end: answer(context)
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        let isListed = target.hasSuffix(".ListStreams") && !pages.isEmpty
        let body =
            isListed
            ? pages[min(served.next(), pages.count - 1)] : #"{"__type":"AccessDeniedException","message":"no"}"#
        let head = HTTPResponseHead(
            version: .http1_1,
            status: isListed ? .ok : .badRequest,
            headers: ["content-type": "application/x-amz-json-1.1", "content-length": "\(body.utf8.count)"]
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}

/// Counts requests over all connections.
private final class RequestCount: Sendable {
    private let count = Mutex(0)

    /// The number of the request, from 0.
    func next() -> Int {
        count.withLock { count in
            defer { count += 1 }
            return count
        }
    }
}
