package import NIOCore
import NIOPosix
import Synchronization

/// Knows the addresses of names: one lookup of a name at a time, whoever asks, and its answer kept for a while.
///
/// Calls may overlap. A name whose server says nothing delays nobody who asks for another name.
package final class HostResolver: Sendable {
    /// The system's resolver.
    package static let system = HostResolver(lookUp: SystemLookup.addresses)

    /// Every address of a name; may block for long.
    private let lookUp: @Sendable (_ host: String) throws -> [SocketAddress]
    private let queue: LookupQueue
    private let now: @Sendable () -> NIODeadline
    private let names = Mutex(ResolvedNames())

    /// Creates a resolver from a function that may block.
    package convenience init(lookUp: @escaping @Sendable (_ host: String) throws -> [SocketAddress]) {
        self.init(queue: LookupQueue(), now: { .now() }, lookUp: lookUp)
    }

    init(
        queue: LookupQueue,
        now: @escaping @Sendable () -> NIODeadline,
        lookUp: @escaping @Sendable (_ host: String) throws -> [SocketAddress]
    ) {
        self.queue = queue
        self.now = now
        self.lookUp = lookUp
    }

    /// The addresses of a host; an address as text is its own and nobody is asked.
    ///
    /// An answer older than ``ResolvedNames/freshTime`` is still given, and asked for anew behind: exports go on through an
    /// outage of name servers.
    ///
    /// - Parameters:
    ///   - host: A name, or an address as text.
    ///   - limit: How long to wait; the lookup itself may go on behind.
    /// - Returns: One address or more, best first.
    /// - Throws: ``LookupFailure``, or what the resolver said.
    func addresses(of host: String, within limit: Duration) async throws -> [SocketAddress] {
        if let address = try? SocketAddress(ipAddress: host, port: 0) { return [address] }
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let waiter = loop.makePromise(of: [SocketAddress].self)
        let request = names.withLock { $0.ask(host, waiter, now: now()) }
        if request.startsLookup { startLookup(of: host) }
        guard let id = request.waiter else { return try await waiter.futureResult.get() }
        let timer = loop.scheduleTask(in: TimeAmount(limit)) {
            self.names.withLock { $0.giveUp(host, id) }?.fail(LookupFailure.silent(limit))
        }
        defer { timer.cancel() }
        return try await waiter.futureResult.get()
    }

    /// The addresses lead nowhere: who asks next gets those that the name has by then.
    func forget(_ host: String) { names.withLock { $0.forget(host) } }

    private func startLookup(of host: String) {
        let isSlow = names.withLock { $0.isSlow(host) }
        let isTaken = queue.add(isSlow: isSlow) {
            let start = self.now()
            let result = Result { () throws in
                let addresses = try self.lookUp(host)
                guard !addresses.isEmpty else { throw LookupFailure.noAddress }
                return addresses
            }
            self.end(host, result, since: start)
        }
        if !isTaken { end(host, .failure(LookupFailure.busy), since: now()) }
    }

    private func end(_ host: String, _ result: Result<[SocketAddress], any Error>, since start: NIODeadline) {
        let waiters = names.withLock { $0.end(host, result, after: now() - start, now: now()) }
        for waiter in waiters { waiter.completeWith(result) }
    }
}
