import Kinesis

/// The HTTP clients of all Kinesis destinations, one for each rule about where connections may lead, and what bounds the
/// connections of all of them.
struct KinesisConnections: Sendable {
    /// Shared by all clients.
    let budget: ConnectionBudget
    /// Knows where names lead.
    let resolver: HostResolver
    /// What requests go through, to hosts that are no exceptions.
    let proxy: OutgoingProxy?
    private let proxied: AddressedHTTPClient?
    private let thisMachine: AddressedHTTPClient
    private let otherMachines: AddressedHTTPClient
    private let anyMachine: AddressedHTTPClient

    /// Creates the clients; nothing is connected.
    ///
    /// - Parameters:
    ///   - connectionsMax: Connections to all hosts.
    ///   - resolver: Knows where names lead.
    ///   - proxy: What requests go through.
    ///   - authorities: Who is trusted beside the authorities of the system.
    init(
        connectionsMax: Int = 64,
        resolver: HostResolver = .system,
        proxy: OutgoingProxy? = nil,
        authorities: CertificateBundle? = nil
    ) {
        let budget = ConnectionBudget(connectionsMax: connectionsMax)
        func client(_ peers: PeerRule, through proxy: OutgoingProxy? = nil) -> AddressedHTTPClient {
            AddressedHTTPClient(
                configuration: .kinesis(peers: peers, budget: budget, proxy: proxy, authorities: authorities),
                resolver: resolver
            )
        }
        self.budget = budget
        self.resolver = resolver
        self.proxy = proxy
        proxied = proxy.map { client(.anyMachine, through: $0) }
        thisMachine = client(.thisMachine)
        otherMachines = client(.otherMachines)
        anyMachine = client(.anyMachine)
    }

    /// The client for an endpoint: it follows the endpoint's rule, or goes through the proxy.
    subscript(_ endpoint: KinesisEndpoint) -> AddressedHTTPClient {
        if let proxy, let proxied, proxy.isUsed(for: endpoint) { return proxied }
        return self[endpoint.peers]
    }

    private subscript(_ peers: PeerRule) -> AddressedHTTPClient {
        switch peers {
        case .thisMachine: thisMachine
        case .otherMachines: otherMachines
        case .anyMachine: anyMachine
        }
    }

    /// Closes all connections; nothing may be sent afterwards.
    func shutdown() async throws {
        try await proxied?.shutdown()
        for peers in PeerRule.allCases { try await self[peers].shutdown() }
    }
}
