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
    ///   - initialize: Fills the connection's pipeline, before anything can arrive, and gives what is worked with.
    /// - Returns: What that gave.
    /// - Throws: ``KinesisError`` with why there is none.
    public func connect<Connection: Sendable>(
        on group: any EventLoopGroup,
        within limit: Duration,
        _ initialize: @escaping @Sendable (any Channel) -> EventLoopFuture<Connection>
    ) async throws(KinesisError) -> Connection {
        do {
            let addresses = try await judgedAddresses(within: limit, using: .system)
            let (channel, connection) = try await ClientBootstrap(group: group)
                .resolver(KnownAddresses(addresses, port: port, on: group.any()))
                .connectTimeout(TimeAmount(limit))
                .connect(host: host, port: port) { channel in
                    initialize(channel).map { connection in (channel, connection) }
                }
            do throws(ForbiddenPeer) {
                try peers.check(channel.remoteAddress)
            } catch {
                channel.close(promise: nil)
                throw error
            }
            return connection
        } catch {
            throw .transport(error, endpoint: self)
        }
    }
}
