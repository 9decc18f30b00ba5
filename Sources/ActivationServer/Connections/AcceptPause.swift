import Logging
import NIOCore

/// Stops accepting for a second when there is no descriptor for a new connection.
///
/// The bounds of ``ConnectionLimits`` keep that from happening; where it happens all the same, the listening socket stays
/// readable and accepting would be tried without end.
final class AcceptPause: ChannelDuplexHandler {
    typealias InboundIn = Channel
    typealias InboundOut = Channel
    typealias OutboundIn = Never

    private let logger: Logger
    private var isPausing = false

    /// Creates the handler; it stands first on the listening channel.
    init(logger: Logger) {
        self.logger = logger
    }

    /// Keeps a listener from spinning when descriptors run out.
    static func add(to listener: any Channel, _ logger: Logger) async {
        // Fails only when the listener has been closed.
        try? await listener.eventLoop.submit {
            try listener.pipeline.syncOperations.addHandler(AcceptPause(logger: logger), position: .first)
        }.get()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        defer { context.fireErrorCaught(error) }
        guard error is IOError, !isPausing else { return }
        isPausing = true
        logger.error("A connection cannot be accepted; trying again soon", metadata: ["error.message": "\(error)"])
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        context.eventLoop.assumeIsolated().scheduleTask(in: ServerLimits.acceptPause) {
            self.isPausing = false
            try? context.channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }

    func read(context: ChannelHandlerContext) {
        if !isPausing { context.read() }
    }
}

@available(*, unavailable)
extension AcceptPause: Sendable {}
