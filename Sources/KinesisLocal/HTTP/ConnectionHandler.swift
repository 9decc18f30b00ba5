import Kinesis
import NIOCore
import NIOHTTP1

/// Collects one request at a time, has it answered and writes the answer.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// Where the connection is with its present request.
    private enum State {
        /// Waits for a head, then `collecting`.
        case idle
        /// Takes parts of the body up to its end, then `idle`; a body that is too large leads to `refused`.
        case collecting(HTTPRequestHead, ByteBuffer)
        /// Has answered, and throws away the rest of the body, so that a client that writes on gets to read the answer;
        /// closes at the end of the body or of its patience.
        case refused(bytesLeft: Int)
    }

    private var state = State.idle
    private let router: RequestRouter
    private let clock: @Sendable () -> Int64
    /// What is closed when a connection is to drop.
    private let connection: any Channel
    /// Whether no request of the connection is ever answered, but those that ask about the endpoint itself.
    private let isHung: Bool

    init(
        router: RequestRouter,
        clock: @escaping @Sendable () -> Int64,
        connection: any Channel,
        isHung: Bool
    ) {
        self.router = router
        self.clock = clock
        self.connection = connection
        self.isHung = isHung
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), state) {
        case (.head(let head), .idle): begin(head, context: context)
        case (.body(var part), .collecting(let head, var body)):
            // The buffer must have one owner while it grows.
            state = .idle
            guard body.readableBytes + part.readableBytes <= LocalLimits.bodyBytesMax else {
                refuseSize(head, context: context)
                return
            }
            body.writeBuffer(&part)
            state = .collecting(head, body)
        case (.end, .collecting(let head, let body)):
            state = .idle
            if isHung, !head.uri.hasPrefix("/_") {
                router.inspection.note(.hung)
                return
            }
            let reply = body.withUnsafeReadableBytes { router.reply(head, body: $0, now: clock()) }
            send(reply, to: head, context: context)
        case (.body(let part), .refused(let bytesLeft)) where part.readableBytes <= bytesLeft:
            state = .refused(bytesLeft: bytesLeft - part.readableBytes)
        case (_, .refused): context.close(promise: nil)
        case (.head, .collecting), (.body, .idle), (.end, .idle): context.close(promise: nil)
        }
    }

    private func begin(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        let announced = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        guard announced <= LocalLimits.bodyBytesMax else {
            refuseSize(head, context: context)
            return
        }
        if Self.waitsForContinue(head) {
            let interim = HTTPResponseHead(version: head.version, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(interim)), promise: nil)
        }
        state = .collecting(
            head,
            context.channel.allocator.buffer(capacity: min(announced, LocalLimits.bodyBytesReserved))
        )
    }

    private static func waitsForContinue(_ head: HTTPRequestHead) -> Bool {
        head.headers[canonicalForm: "expect"].contains { $0.lowercased() == "100-continue" }
    }

    private func refuseSize(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        state = .refused(bytesLeft: LocalLimits.discardedBytesMax)
        let error = ServiceError(
            .requestTooLarge,
            "The request body is larger than \(LocalLimits.bodyBytesMax) bytes.",
            status: 413
        )
        router.inspection.note(error)
        var reply = router.refusal(error, wire: RequestRouter.wire(head.headers) ?? .json)
        // A client that waits to be told to go on sends no body whose end would close the connection.
        reply.ending = Self.waitsForContinue(head) ? .closes : .closesAfterBody
        reply.latency = .zero
        send(reply, to: head, context: context)
    }

    private func send(_ reply: RequestRouter.Reply, to head: HTTPRequestHead, context: ChannelHandlerContext) {
        guard reply.latency > .zero else {
            write(reply, to: head, context: context)
            return
        }
        // The pipelining handler holds the next request back until this answer is written.
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: TimeAmount(reply.latency)) {
            let (handler, context) = bound.value
            handler.write(reply, to: head, context: context)
        }
    }

    private func write(_ reply: RequestRouter.Reply, to head: HTTPRequestHead, context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        switch reply.delivery {
        case .sent: break
        case .dropped:
            connection.close(promise: nil)
            return
        case .hung: return
        }
        var headers = HTTPHeaders()
        headers.add(name: "x-amzn-RequestId", value: RequestID.make())
        headers.add(name: "x-amz-id-2", value: RequestID.extended())
        headers.add(name: "Date", value: UTCDate(milliseconds: router.serviceTime(clock())).headerText)
        if reply.status != 204 { headers.add(name: "Content-Type", value: reply.contentType) }
        if reply.status != 204, reply.subscription == nil {
            headers.add(name: "Content-Length", value: String(reply.body.count))
        }
        if let errorType = reply.errorType { headers.add(name: "x-amzn-ErrorType", value: errorType) }
        let closes = reply.ending == .closes || !head.isKeepAlive && reply.ending == .keepsOpen
        if closes || reply.ending == .closesAfterBody { headers.add(name: "Connection", value: "close") }
        let response = HTTPResponseHead(
            version: head.version,
            status: HTTPResponseStatus(statusCode: reply.status),
            headers: headers
        )
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        if let subscription = reply.subscription {
            write(subscription.opening, context: context)
            send(subscription, closes: closes, context: context)
            return
        }
        let body = context.channel.allocator.buffer(bytes: reply.body)
        write(body, bytesPerSecond: reply.bytesPerSecond, closes: closes, context: context)
    }

    /// Writes a body and the end of the answer: at once, or ten times a second as much as may be.
    private func write(_ body: ByteBuffer, bytesPerSecond: Int?, closes: Bool, context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        var rest = body
        let count = bytesPerSecond.map { min(max(1, $0 / 10), rest.readableBytes) } ?? rest.readableBytes
        if count > 0, let part = rest.readSlice(length: count) {
            context.write(wrapOutboundOut(.body(.byteBuffer(part))), promise: nil)
        }
        if rest.readableBytes > 0 {
            context.flush()
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: .milliseconds(100)) { [rest] in
                let (handler, context) = bound.value
                handler.write(rest, bytesPerSecond: bytesPerSecond, closes: closes, context: context)
            }
            return
        }
        end(closes: closes, context: context)
    }

    private func end(closes: Bool, context: ChannelHandlerContext) {
        let written = context.eventLoop.makePromise(of: Void.self)
        if closes {
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            written.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    /// Sends what a subscription has, and looks again a little later; waits while the client reads too slowly.
    private func send(_ subscription: Subscription, closes: Bool, context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        var subscription = subscription
        if context.channel.isWritable {
            let part = subscription.next(now: clock())
            if !part.messages.isEmpty { write(part.messages, context: context) }
            if part.isLast {
                end(closes: closes, context: context)
                return
            }
        }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(20)) { [subscription] in
            let (handler, context) = bound.value
            handler.send(subscription, closes: closes, context: context)
        }
    }

    private func write(_ messages: [UInt8], context: ChannelHandlerContext) {
        let buffer = context.channel.allocator.buffer(bytes: messages)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
