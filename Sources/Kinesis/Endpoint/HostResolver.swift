package import NIOCore
import NIOPosix

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Knows the addresses of names.
package struct HostResolver: Sendable {
    /// Every address of a name; may block for long.
    private let lookUp: @Sendable (_ host: String) throws -> [SocketAddress]

    private let queue: LookupQueue

    /// Creates a resolver from a function that may block.
    package init(lookUp: @escaping @Sendable (_ host: String) throws -> [SocketAddress]) {
        self.init(queue: LookupQueue(), lookUp: lookUp)
    }

    init(queue: LookupQueue, lookUp: @escaping @Sendable (_ host: String) throws -> [SocketAddress]) {
        self.queue = queue
        self.lookUp = lookUp
    }

    /// The system's resolver, which connections use too.
    package static let system = HostResolver { host in
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        #if canImport(Glibc)
            hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else { throw LookupFailure(description: String(cString: gai_strerror(status))) }
        defer { freeaddrinfo(list) }
        return sequence(state: list) { next in
            defer { next = next?.pointee.ai_next }
            return next?.pointee
        }
        .compactMap(address)
    }

    /// The addresses of a host; an address as text is its own and nobody is asked.
    ///
    /// - Parameters:
    ///   - host: A name, or an address as text.
    ///   - limit: How long to wait; the lookup itself may go on behind.
    /// - Returns: One address or more.
    /// - Throws: What the resolver said, that it said nothing in time, or that too many names wait for it.
    func addresses(of host: String, within limit: Duration) async throws -> [SocketAddress] {
        if let address = try? SocketAddress(ipAddress: host, port: 0) { return [address] }
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let promise = loop.makePromise(of: [SocketAddress].self)
        let timer = loop.scheduleTask(in: TimeAmount(limit)) {
            promise.fail(LookupFailure(description: "no answer in time"))
        }
        defer { timer.cancel() }
        let isTaken = queue.add(until: .now + limit) { promise.completeWith(Result { try lookUp(host) }) }
        if !isTaken { promise.fail(LookupFailure(description: "too many names are being looked up; retry later")) }
        let addresses = try await promise.futureResult.get()
        guard !addresses.isEmpty else { throw LookupFailure(description: "no address") }
        return addresses
    }

    private static func address(_ info: addrinfo) -> SocketAddress? {
        guard let pointer = UnsafeRawPointer(info.ai_addr) else { return nil }
        return switch info.ai_family {
        case AF_INET: SocketAddress(pointer.loadUnaligned(as: sockaddr_in.self))
        case AF_INET6: SocketAddress(pointer.loadUnaligned(as: sockaddr_in6.self))
        default: nil
        }
    }
}

/// Why a name has no address.
private struct LookupFailure: Error, CustomStringConvertible {
    var description: String
}
