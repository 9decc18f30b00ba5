import ActivationCore
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// One client's connection in HTTP/1.0 or 1.1: its requests, their answers in the same order, and its end.
///
/// What the client does wrong on this level is answered here; what goes on to the application is a checked request.
/// One request is answered at a time, and the next is not begun while the client does not take what was answered: what it
/// sends ahead waits here, and no more is read meanwhile.
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

    /// What comes from the client.
    private enum Arrival {
        case part(HTTPServerRequestPart)
        /// What comes is not HTTP from here on.
        case failure(HTTPParserError)
        /// Nothing comes any more.
        case end
    }

    /// Tells whoever works for the client for long that it has gone.
    private let presence: ClientPresence
    private let inputEnd: InputEnd
    private let isSecure: Bool
    private var phase = Phase.talking
    /// The request whose answer has not ended.
    private var exchange: Exchange?
    /// What the client has sent ahead, at most what one read brings.
    private var waiting = CircularBuffer<Arrival>()
    /// Whether a read was held back because something waits.
    private var owesRead = false
    /// Whether the parts that come belong to a request that was taken.
    private var isReceiving = false
    private var isInputClosed = false
    /// What the decoder held when it was asked; nil while it is not being asked.
    private var holdsPart: Bool?
    private var isQuiescing = false
    /// The end of the answer that was written last.
    private var lastAnswer: EventLoopFuture<Void>?
    /// Pieces of answers that the client has not taken.
    private var piecesOnTheWay = 0
    /// Until when the client has to send something.
    private let sendDeadline = ConnectionDeadline()
    /// Until when the client has to take the oldest piece.
    private let takeDeadline = ConnectionDeadline()

    /// Creates a conversation that has not begun; `inputEnd` stands before the decoder.
    init(inputEnd: InputEnd, isSecure: Bool, presence: ClientPresence = ClientPresence()) {
        self.inputEnd = inputEnd
        self.isSecure = isSecure
        self.presence = presence
    }

    // MARK: The connection

    func handlerAdded(context: ChannelHandlerContext) {
        expect(within: ServerLimits.firstHeadTime, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        sendDeadline.end()
        takeDeadline.end()
        presence.end()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed where holdsPart != nil:
            return
        case ChannelEvent.inputClosed:
            isInputClosed = true
            presence.end()
            if phase == .lingering { context.close(promise: nil) }
            return arrive(.end, context)
        case is ChannelShouldQuiesceEvent:
            isQuiescing = true
            if exchange == nil, phase == .talking {
                end(after: lastAnswer ?? context.eventLoop.makeSucceededVoidFuture(), mayBeSending: false, context)
            }
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
        sendDeadline.set(context.eventLoop.now + time, on: context.eventLoop) { self.tooLate(context) }
    }

    private func tooLate(_ context: ChannelHandlerContext) {
        if piecesOnTheWay > 0 {
            // It is still taking its answer.
            expect(within: ServerLimits.idleTime, context)
        } else if phase == .talking, hasPartOfRequest() {
            refuse(APIError(.requestTooSlow, "the head of the request did not come to its end in time"), context)
        } else {
            context.close(promise: nil)
        }
    }

    /// Whether a request has begun and its head has not come to its end; the connection takes no request afterwards.
    private func hasPartOfRequest() -> Bool {
        holdsPart = false
        defer { holdsPart = nil }
        inputEnd.tell()
        return holdsPart == true
    }

    // MARK: Requests

    func read(context: ChannelHandlerContext) {
        if waiting.isEmpty {
            context.read()
        } else {
            owesRead = true
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        arrive(.part(unwrapInboundIn(data)), context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if phase == .lingering { context.read() }
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What comes after the decoder's end.
        if error is ByteToMessageDecoderError, phase != .talking { return }
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        guard holdsPart == nil else {
            holdsPart = true
            return
        }
        arrive(.failure(error), context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        context.fireChannelWritabilityChanged()
        if context.channel.isWritable { takeWaiting(context) }
    }

    private func arrive(_ arrival: Arrival, _ context: ChannelHandlerContext) {
        waiting.append(arrival)
        receive(context)
    }

    /// Takes what waited for the answer before it, and reads on.
    private func takeWaiting(_ context: ChannelHandlerContext) {
        guard !waiting.isEmpty else { return }
        receive(context)
        context.fireChannelReadComplete()
        guard waiting.isEmpty, owesRead else { return }
        owesRead = false
        context.read()
    }

    /// Takes what came, as far as its turn has come.
    private func receive(_ context: ChannelHandlerContext) {
        while let arrival = waiting.first, isTurn(of: arrival, context) {
            waiting.removeFirst()
            switch arrival {
            case .part where phase != .talking, .failure where phase != .talking: break
            case .part(let part): receive(part, context)
            case .failure(let error): receive(error, context)
            case .end: context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            }
        }
    }

    private func isTurn(of arrival: Arrival, _ context: ChannelHandlerContext) -> Bool {
        guard phase == .talking else { return true }
        return switch arrival {
        case .part(.head): exchange == nil && context.channel.isWritable
        case .failure: exchange == nil || isReceiving
        case .part, .end: true
        }
    }

    private func receive(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head):
            take(head, context)
        case .body(let bytes) where isReceiving:
            exchange?.awaitsContinue = false
            context.fireChannelRead(wrapInboundOut(.body(bytes)))
        case .end(let trailers) where isReceiving:
            isReceiving = false
            exchange?.isComplete = true
            context.fireChannelRead(wrapInboundOut(.end(trailers.map { HTTPFields($0, splitCookie: false) })))
        case .body, .end: break
        }
    }

    private func receive(_ error: HTTPParserError, _ context: ChannelHandlerContext) {
        guard isReceiving else { return refuse(APIError(malformed: error), context) }
        // Whoever reads the body says what is wrong.
        isReceiving = false
        exchange?.keepsAlive = false
        context.fireErrorCaught(error)
    }

    private func take(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        sendDeadline.clear()
        do throws(APIError) {
            let (exchange, request) = try Exchange.begin(head, isSecure: isSecure)
            self.exchange = exchange
            isReceiving = true
            context.fireChannelRead(wrapInboundOut(.head(request)))
        } catch {
            refuse(error, isHead: head.method == .HEAD, context)
        }
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard phase == .talking, let exchange else {
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
            send(bytes, promise, context)
        case .end(let trailers):
            let sent = promise ?? context.eventLoop.makePromise()
            send(.end(trailers.map { HTTPHeaders($0) }), sent, context)
            context.flush()
            endAnswer(sent.futureResult, context)
        }
    }

    /// Sends a body in pieces, so that a client which takes it slowly is seen to get on.
    private func send(_ bytes: ByteBuffer, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        var rest = bytes
        while rest.readableBytes > ServerLimits.answerPieceBytes,
            let piece = rest.readSlice(length: ServerLimits.answerPieceBytes)
        {
            send(.body(.byteBuffer(piece)), context.eventLoop.makePromise(), context)
        }
        send(.body(.byteBuffer(rest)), promise ?? context.eventLoop.makePromise(), context)
    }

    private func send(
        _ part: HTTPServerResponsePart,
        _ promise: EventLoopPromise<Void>,
        _ context: ChannelHandlerContext
    ) {
        piecesOnTheWay += 1
        if piecesOnTheWay == 1 { expectTaking(context) }
        promise.futureResult.assumeIsolated().whenComplete { _ in
            self.piecesOnTheWay -= 1
            if self.piecesOnTheWay == 0 {
                self.takeDeadline.clear()
            } else {
                self.expectTaking(context)
            }
        }
        context.write(wrapOutboundOut(part), promise: promise)
    }

    private func expectTaking(_ context: ChannelHandlerContext) {
        takeDeadline.set(context.eventLoop.now + ServerLimits.takeTime, on: context.eventLoop) {
            context.close(promise: nil)
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is BodyWanted else { return context.triggerUserOutboundEvent(event, promise: promise) }
        guard phase == .talking, exchange?.awaitsContinue == true else {
            promise?.succeed()
            return
        }
        exchange?.awaitsContinue = false
        let head = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: promise)
    }

    private func head(_ response: HTTPResponse, of exchange: Exchange) -> HTTPResponseHead {
        // The rest of a body that nobody wants need not be sent, and the connection is of no use without its end.
        let isLast = !exchange.keepsAlive || !exchange.isComplete || isQuiescing
        if isLast { self.exchange?.keepsAlive = false }
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
        guard let exchange else { return }
        self.exchange = nil
        guard exchange.keepsAlive else { return end(after: sent, mayBeSending: !exchange.isComplete, context) }
        lastAnswer = sent
        expect(within: ServerLimits.idleTime, context)
        takeWaiting(context)
    }

    // MARK: The end

    /// Answers what is not a request.
    private func refuse(_ error: APIError, isHead: Bool = false, _ context: ChannelHandlerContext) {
        phase = .closing
        let requestID = ServerContext.newRequestID()
        var body = ByteBuffer()
        body.writeBytes(error.bytes(requestID: requestID))
        let head = HTTPResponseHead(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: error.code.status),
            headers: [
                "Content-Type": "application/problem+json", "Content-Length": "\(body.readableBytes)",
                "x-request-id": requestID, "Connection": "close",
            ]
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !isHead { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        let sent = context.eventLoop.makePromise(of: Void.self)
        send(.end(nil), sent, context)
        context.flush()
        end(after: sent.futureResult, mayBeSending: true, context)
    }

    private func end(after sent: EventLoopFuture<Void>, mayBeSending: Bool, _ context: ChannelHandlerContext) {
        phase = .closing
        lastAnswer = sent
        sendDeadline.clear()
        // What waits is not answered.
        receive(context)
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
        } else if error == .invalidURL {
            self.init(
                .requestMalformed,
                "the target of the request line holds a character that a URL has not; encode it as UTF-8 and %XX"
            )
        } else {
            self.init(.requestMalformed, "what came is not a request in HTTP/1.1")
        }
    }
}
