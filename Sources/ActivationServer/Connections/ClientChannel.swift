import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// How a client's connection becomes requests and answers, once there is room for it.
struct ClientChannel: HTTPChannelHandler {
    /// A connection and what is said over it; nobody talks over a refused one.
    struct Value: ServerChildChannelValue {
        var channel: any Channel
        var messages: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>?
        /// Whether the client is there.
        let presence = ClientPresence()
    }

    let responder: HTTPChannelHandler.Responder
    private let gate: ConnectionGate
    private let isSecure: Bool

    /// Creates the way in.
    ///
    /// - Parameters:
    ///   - gate: Decides who may come in.
    ///   - isSecure: Whether the connection is inside TLS.
    ///   - responder: Answers requests.
    init(gate: ConnectionGate, isSecure: Bool, responder: @escaping HTTPChannelHandler.Responder) {
        self.gate = gate
        self.isSecure = isSecure
        self.responder = { request, writer, channel in
            try await responder(request.askingForBody(over: channel), writer, channel)
        }
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let sender = SenderNetwork(channel.remoteAddress)
            switch gate.enter(sender) {
            case .served:
                channel.closeFuture.whenComplete { _ in gate.leave(sender) }
                var value = Value(channel: channel)
                value.messages = try converse(over: channel, value.presence)
                return value
            case .refused(let bound):
                channel.closeFuture.whenComplete { _ in gate.leaveRefused() }
                gate.sayRefused(bound, on: channel.eventLoop)
                // A client that speaks TLS would not understand the words.
                try channel.pipeline.syncOperations.addHandler(ConnectionRefusal(speaks: !isSecure))
            case .cutOff(let bound):
                gate.sayRefused(bound, on: channel.eventLoop)
                channel.close(promise: nil)
            }
            return Value(channel: channel)
        }
    }

    func handle(value: Value, logger: Logger) async {
        guard let messages = value.messages else { return }
        await ClientPresence.$current.withValue(value.presence) {
            await handleHTTP(asyncChannel: messages, logger: logger)
        }
    }

    private func converse(
        over channel: any Channel,
        _ presence: ClientPresence
    ) throws -> NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart> {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = ServerLimits.headerBytesMax
        limits.maxHeaderListSize = ServerLimits.headerBytesMax
        limits.maxHeaderFieldCount = ServerLimits.headerFieldsMax
        let inputEnd = InputEnd()
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(inputEnd)
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false,
            withErrorHandling: false,
            withOutboundHeaderValidation: false,
            withEncoderConfiguration: HTTPResponseEncoder.Configuration(),
            withDecoderLimitConfiguration: limits
        )
        try pipeline.addHandler(HTTPConversation(inputEnd: inputEnd, isSecure: isSecure, presence: presence))
        return try NIOAsyncChannel(
            wrappingChannelSynchronously: channel,
            configuration: NIOAsyncChannel.Configuration(isOutboundHalfClosureEnabled: true)
        )
    }
}
