import NIOCore
import NIOPosix

/// Gives connections addresses that are known already.
struct KnownAddresses: Resolver {
    private let ipv4: EventLoopFuture<[SocketAddress]>
    private let ipv6: EventLoopFuture<[SocketAddress]>

    init(_ addresses: [SocketAddress], port: Int, on loop: any EventLoop) {
        let addresses = addresses.map { address in
            var address = address
            address.port = port
            return address
        }
        ipv4 = loop.makeSucceededFuture(addresses.filter { $0.protocol == .inet })
        ipv6 = loop.makeSucceededFuture(addresses.filter { $0.protocol == .inet6 })
    }

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> { ipv4 }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> { ipv6 }

    func cancelQueries() {}
}
