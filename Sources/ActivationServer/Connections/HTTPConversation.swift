import ActivationCore
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// One client's connection in HTTP/1.0 or 1.1: its requests, their answers in the same order, and its end.
///
/// What the client does wrong on this level is answered here; what goes on to the application is a checked request.
/// A connection is never closed over an answer that is on its way, nor over a body that the client is still sending: what
/// comes is then read and thrown away for a while, since closing would destroy the answer.
final class HTTPConversation: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Phase {
        /// Requests are taken and answered. Goes on to `closing`.
        case talking
        /// The last answer is on its way. Goes on to `lingering`, or the connection is closed.
        case closing
        /// The last answer is sent, and what the client still sends is thrown away. Then the connection is closed.
        case lingering
    }

    /// An answer to what is not a request.
    private struct Refusal {
        var error: APIError
        var isHead: Bool
    }

    private let arrival: ByteArrival
    private let isSecure: Bool
    private var phase = Phase.talking
    /// Requests whose answers have not ended, the oldest first.
    private var exchanges = CircularBuffer<Exchange>()
    /// Whether further requests are looked at.
    private var takesRequests = true
    /// Whether the parts that come belong to a request that was taken.
    private var isReceiving = false
    private var isInputClosed = false
    private var isQuiescing = false
    /// What is said once the requests before it are answered.
    private var refusal: Refusal?
    /// The last answer on its way to the client.
    private var lastAnswer: EventLoopFuture<Void>?
    private var deadline = ConnectionDeadline()

    /// Creates a conversation that has not begun; `arrival` stands before the decoder.
    init(arrival: ByteArrival, isSecure: Bool) {
        self.arrival = arrival
        self.isSecure = isSecure
    }

    // MARK: The connection

    func handlerAdded(context: ChannelHandlerContext) {
        expect(within: ServerLimits.firstHeadTime, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline.end()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            isInputClosed = true
            if phase == .lingering { context.close(promise: nil) }
        case is ChannelShouldQuiesceEvent:
            isQuiescing = true
            if exchanges.isEmpty, phase == .talking { context.close(promise: nil) }
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch (mode, phase) {
        case (.input, _), (.all, .talking), (.all, .lingering):
            context.close(mode: mode, promise: promise)
        case (.output, .talking):
            context.close(promise: promise)
        case (.output, _):
            // The end has begun.
            promise?.succeed()
        case (.all, .closing):
            guard let lastAnswer else { return context.close(promise: promise) }
            lastAnswer.assumeIsolated().whenComplete { _ in context.close(promise: promise) }
        }
    }

    private func expect(within time: TimeAmount, _ context: ChannelHandlerContext) {
        deadline.set(.now() + time, on: context.eventLoop) { self.tooLate(context) }
    }

    private func tooLate(_ context: ChannelHandlerContext) {
        if phase == .talking, arrival.hasBytes {
            refuse(APIError(.requestTooSlow, "the head of the request did not come to its end in time"), context)
        } else {
            context.close(promise: nil)
        }
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase == .talking else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            take(head, context)
        case .body(let bytes) where isReceiving:
            changeNewest { $0.awaitsContinue = false }
            context.fireChannelRead(wrapInboundOut(.body(bytes)))
        case .end(let trailers):
            arrival.hasBytes = false
            guard isReceiving else { return }
            isReceiving = false
            changeNewest { $0.isComplete = true }
            context.fireChannelRead(wrapInboundOut(.end(trailers.map { HTTPFields($0, splitCookie: false) })))
        case .body: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if phase == .lingering { context.read() }
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        guard phase == .talking else { return }
        takesRequests = false
        if isReceiving {
            // Whoever reads the body says what is wrong.
            isReceiving = false
            changeNewest { $0.keepsAlive = false }
            context.fireErrorCaught(error)
        } else if refusal == nil {
            refuse(APIError(malformed: error), context)
        }
    }

    private func take(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard takesRequests else { return }
        deadline.clear()
        do throws(APIError) {
            let (exchange, request) = try Exchange.begin(head, isSecure: isSecure)
            exchanges.append(exchange)
            takesRequests = exchange.keepsAlive
            isReceiving = true
            context.fireChannelRead(wrapInboundOut(.head(request)))
        } catch {
            refuse(error, isHead: head.method == .HEAD, context)
        }
    }

    private func changeNewest(_ change: (inout Exchange) -> Void) {
        guard !exchanges.isEmpty else { return }
        change(&exchanges[exchanges.index(before: exchanges.endIndex)])
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard phase == .talking, let exchange = exchanges.first else {
            // Nobody asked for it.
            promise?.succeed()
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let response):
            context.write(wrapOutboundOut(.head(head(response, of: exchange))), promise: promise)
        case .body where exchange.isHead:
            promise?.succeed()
        case .body(let bytes):
            context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: promise)
        case .end(let trailers):
            let sent = promise ?? context.eventLoop.makePromise()
            context.writeAndFlush(wrapOutboundOut(.end(trailers.map { HTTPHeaders($0) })), promise: sent)
            endAnswer(sent.futureResult, context)
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is BodyWanted else { return context.triggerUserOutboundEvent(event, promise: promise) }
        guard phase == .talking, exchanges.first?.awaitsContinue == true else {
            promise?.succeed()
            return
        }
        exchanges[exchanges.startIndex].awaitsContinue = false
        let head = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: promise)
    }

    private func head(_ response: HTTPResponse, of exchange: Exchange) -> HTTPResponseHead {
        // The rest of a body that nobody wants need not be sent, and the connection is of no use without its end.
        let isLast = !exchange.keepsAlive || !exchange.isComplete || isQuiescing && exchanges.count == 1
        if isLast {
            takesRequests = false
            exchanges[exchanges.startIndex].keepsAlive = false
        }
        var head = HTTPResponseHead(response)
        head.version = exchange.version
        if isLast {
            head.headers.replaceOrAdd(name: "Connection", value: "close")
        } else if exchange.version == .http1_0 {
            head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
        }
        return head
    }

    private func endAnswer(_ sent: EventLoopFuture<Void>, _ context: ChannelHandlerContext) {
        let exchange = exchanges.removeFirst()
        if !exchange.keepsAlive {
            end(after: sent, mayBeSending: !exchange.isComplete, context)
        } else if exchanges.isEmpty {
            if let refusal {
                say(refusal, context)
            } else {
                expect(within: ServerLimits.idleTime, context)
            }
        }
    }

    // MARK: The end

    private func refuse(_ error: APIError, isHead: Bool = false, _ context: ChannelHandlerContext) {
        takesRequests = false
        let refusal = Refusal(error: error, isHead: isHead)
        self.refusal = refusal
        if exchanges.isEmpty { say(refusal, context) }
    }

    private func say(_ refusal: Refusal, _ context: ChannelHandlerContext) {
        let requestID = ServerContext.newRequestID()
        var body = ByteBuffer()
        body.writeBytes(refusal.error.bytes(requestID: requestID))
        let head = HTTPResponseHead(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: refusal.error.code.status),
            headers: [
                "Content-Type": "application/problem+json", "Content-Length": "\(body.readableBytes)",
                "x-request-id": requestID, "Connection": "close",
            ]
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !refusal.isHead { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        let sent = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: sent)
        end(after: sent.futureResult, mayBeSending: true, context)
    }

    private func end(after sent: EventLoopFuture<Void>, mayBeSending: Bool, _ context: ChannelHandlerContext) {
        phase = .closing
        lastAnswer = sent
        // Also for a client that does not take its answer.
        expect(within: ServerLimits.idleTime, context)
        sent.assumeIsolated().whenComplete { _ in
            guard mayBeSending, !self.isInputClosed else { return context.close(promise: nil) }
            self.phase = .lingering
            self.expect(within: ServerLimits.lingerTime, context)
            context.read()
        }
    }
}

@available(*, unavailable)
extension HTTPConversation: Sendable {}

extension APIError {
    /// What came is not HTTP, or more of it than a head may have.
    init(malformed error: HTTPParserError) {
        if error == .headerOverflow {
            self.init(
                .headersTooLarge,
                "the request line and headers have more than \(ServerLimits.headerBytesMax) bytes or "
                    + "\(ServerLimits.headerFieldsMax) fields"
            )
        } else {
            self.init(.requestMalformed, "what came is not a request in HTTP/1.1")
        }
    }
}
