public import AsyncHTTPClient
public import NIOCore
import NIOPosix
import Synchronization

/// HTTP clients that never look a name up themselves: one for each address that a name leads to.
///
/// The lookups of HTTP clients share threads, so that one name server that says nothing would keep requests from every host.
/// Here each name is looked up by itself, and exactly the addresses that were judged are connected to. Calls may overlap.
public final class AddressedHTTPClient: Sendable {
    /// An address of a host.
    private struct Way: Hashable {
        var host: String
        var port: Int
        var address: String
    }

    private struct Entry {
        let http: HTTPClient
        let start: NIODeadline
        var users = 0
        var lastUse: NIODeadline
        /// Nothing has shown yet that it leads nowhere.
        var leads = true
    }

    private struct State {
        var entries: [Way: Entry] = [:]
        var isShutDown = false

        /// The way on which connections stand already; nil if there is none.
        ///
        /// Large services answer another address every time. Where requests are going on, they stay for a while.
        func standing(among ways: [Way], now: NIODeadline) -> Way? {
            if let known = ways.first(where: { entries[$0]?.leads == true }) { return known }
            let others = entries.filter { way, entry in
                ways.contains { $0.host == way.host && $0.port == way.port } && entry.leads
                    && now - entry.lastUse < AddressedHTTPClient.useTime
                    && now - entry.start < AddressedHTTPClient.stayTime
            }
            return others.keys.first
        }

        /// Takes out the clients that nobody uses any more.
        mutating func removeUnused(now: NIODeadline) -> [HTTPClient] {
            let unused = entries.filter { $0.value.users == 0 && now - $0.value.lastUse > AddressedHTTPClient.keepTime }
            for way in unused.keys { entries[way] = nil }
            return unused.values.map(\.http)
        }
    }

    /// A lookup may take this long of a request's time.
    static let lookupTime = Duration.seconds(3)
    /// Connections stand for so long after an answer.
    static let useTime = TimeAmount.seconds(15)
    /// An address that the name has no longer is used for so long at most.
    static let stayTime = TimeAmount.minutes(5)
    /// A client that was not used for so long is given up; its connections have ended long before.
    static let keepTime = TimeAmount.seconds(60)

    /// The loops on which answers arrive; timers may run there too.
    let eventLoopGroup: any EventLoopGroup

    private let configuration: HTTPClient.Configuration
    private let resolver: HostResolver
    private let state = Mutex(State())

    /// Creates a client; nothing is connected.
    ///
    /// - Parameters:
    ///   - configuration: Made by `HTTPClient.Configuration.kinesis`.
    ///   - eventLoopGroup: The loops to work on.
    public convenience init(
        configuration: HTTPClient.Configuration,
        eventLoopGroup: any EventLoopGroup = HTTPClient.defaultEventLoopGroup
    ) {
        self.init(configuration: configuration, eventLoopGroup: eventLoopGroup, resolver: .system)
    }

    /// Creates a client with a resolver of one's own.
    ///
    /// - Parameters:
    ///   - configuration: Made by `HTTPClient.Configuration.kinesis`.
    ///   - eventLoopGroup: The loops to work on.
    ///   - resolver: What knows names.
    package init(
        configuration: HTTPClient.Configuration,
        eventLoopGroup: any EventLoopGroup = HTTPClient.defaultEventLoopGroup,
        resolver: HostResolver
    ) {
        self.configuration = configuration
        self.eventLoopGroup = eventLoopGroup
        self.resolver = resolver
    }

    /// Closes all connections; nothing may be sent afterwards.
    ///
    /// - Throws: What a client says.
    public func shutdown() async throws {
        let clients = state.withLock { state in
            state.isShutDown = true
            defer { state.entries = [:] }
            return state.entries.values.map(\.http)
        }
        for http in clients { try await http.shutdown() }
    }

    /// Runs a request with the client that leads to an endpoint.
    ///
    /// - Parameters:
    ///   - endpoint: Where the request goes.
    ///   - deadline: The end of its time.
    ///   - request: The request, by URLs of the endpoint, and the reading of its answer.
    /// - Returns: What the request returns.
    /// - Throws: ``LookupFailure``, ``ForbiddenPeer``, what connecting or the request came to.
    func withClient<Answer>(
        for endpoint: KinesisEndpoint,
        until deadline: NIODeadline,
        _ request: (HTTPClient) async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await perform(request, on: way(to: endpoint, until: deadline))
        } catch {
            // The name may lead elsewhere by now.
            if KinesisError.isBeforeSending(error) { resolver.forget(endpoint.host) }
            throw error
        }
    }

    private func perform<Answer>(_ request: (HTTPClient) async throws -> Answer, on way: Way) async throws -> Answer {
        let http = try begin(way)
        do {
            let answer = try await request(http)
            end(way, leads: true)
            return answer
        } catch {
            end(way, leads: !KinesisError.isBeforeSending(error))
            throw error
        }
    }

    private func way(to endpoint: KinesisEndpoint, until deadline: NIODeadline) async throws -> Way {
        let isProxied = configuration.proxy != nil
        if isProxied, endpoint.isOfAWS {
            return Way(host: endpoint.host, port: endpoint.port, address: endpoint.host)
        }
        let left = Duration.nanoseconds((deadline - .now()).nanoseconds)
        let addresses = try await endpoint.judgedAddresses(within: min(left, Self.lookupTime), using: resolver)
        func way(_ address: SocketAddress) throws -> Way {
            guard let text = address.ipAddress else { throw LookupFailure.noAddress }
            return Way(host: endpoint.host, port: endpoint.port, address: text)
        }
        let ways = try addresses.map(way)
        if let known = state.withLock({ $0.standing(among: ways, now: .now()) }) { return known }
        // Only the proxy could say which address takes a connection first.
        if let first = ways.first, ways.count == 1 || isProxied { return first }
        return try await way(firstReached(addresses, of: endpoint, until: deadline))
    }

    /// The address that takes a connection first, as RFC 8305 tries them.
    private func firstReached(
        _ addresses: [SocketAddress],
        of endpoint: KinesisEndpoint,
        until deadline: NIODeadline
    ) async throws -> SocketAddress {
        let limit = min(deadline - .now(), configuration.timeout.connect ?? .seconds(3))
        let channel = try await ClientBootstrap(group: eventLoopGroup)
            .resolver(KnownAddresses(addresses, port: endpoint.port, on: eventLoopGroup.any()))
            .connectTimeout(limit)
            .connect(host: endpoint.host, port: endpoint.port)
            .get()
        let address = channel.remoteAddress
        channel.close(promise: nil)
        guard let address else { throw ChannelError.ioOnClosedChannel }
        return address
    }

    /// The client of an address, made if there is none.
    private func begin(_ way: Way) throws -> HTTPClient {
        let now = NIODeadline.now()
        let (http, unused) = try state.withLock { state -> (HTTPClient, [HTTPClient]) in
            guard !state.isShutDown else { throw HTTPClientError.alreadyShutdown }
            var unused: [HTTPClient] = []
            var entry: Entry
            if let known = state.entries[way] {
                entry = known
            } else {
                unused = state.removeUnused(now: now)
                entry = Entry(http: makeClient(way), start: now, lastUse: now)
            }
            entry.users += 1
            entry.leads = true
            state.entries[way] = entry
            return (entry.http, unused)
        }
        for http in unused { http.shutdown { _ in } }
        return http
    }

    private func end(_ way: Way, leads: Bool) {
        state.withLock { state in
            state.entries[way]?.users -= 1
            state.entries[way]?.lastUse = .now()
            state.entries[way]?.leads = leads
        }
    }

    private func makeClient(_ way: Way) -> HTTPClient {
        var configuration = configuration
        // The name stays in the certificate's check; only the lookup is left out.
        if way.address != way.host { configuration.dnsOverride[way.host] = way.address }
        return HTTPClient(eventLoopGroup: eventLoopGroup, configuration: configuration)
    }
}
