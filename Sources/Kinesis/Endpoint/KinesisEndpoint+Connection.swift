public import NIOCore
import NIOPosix

extension KinesisEndpoint {
    /// Opens a connection to one of the endpoint's addresses, for a protocol of the caller's own.
    ///
    /// Every address of the name is judged first, and the other end once more when the connection stands, before a byte is
    /// sent.
    ///
    /// - Parameters:
    ///   - group: The loops to work on.
    ///   - limit: How long looking the name up, and connecting, may each take.
    ///   - initialize: Fills the connection's pipeline.
    /// - Returns: The connection.
    /// - Throws: ``KinesisError`` with why there is none.
    public func connect(
        on group: any EventLoopGroup,
        within limit: Duration,
        _ initialize: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) async throws(KinesisError) -> any Channel {
        do {
            let addresses = try await judgedAddresses(within: limit, using: .system)
            let channel = try await ClientBootstrap(group: group)
                .resolver(KnownAddresses(addresses, port: port, on: group.any()))
                .connectTimeout(TimeAmount(limit))
                .channelInitializer(initialize)
                .connect(host: host, port: port)
                .get()
            do throws(ForbiddenPeer) {
                try peers.check(channel.remoteAddress)
            } catch {
                channel.close(promise: nil)
                throw error
            }
            return channel
        } catch {
            throw .transport(error, endpoint: self)
        }
    }
}
