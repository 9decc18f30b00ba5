import AsyncHTTPClient
import Kinesis

/// The HTTP clients of all Kinesis destinations, one for each rule about where connections may lead.
struct KinesisConnections: Sendable {
    private let thisMachine: HTTPClient
    private let otherMachines: HTTPClient
    private let anyMachine: HTTPClient

    /// Creates the clients; nothing is connected.
    ///
    /// - Parameter connectionsMax: Connections to one host that are kept.
    init(connectionsMax: Int = 8) {
        func client(_ peers: PeerRule) -> HTTPClient {
            HTTPClient(
                eventLoopGroup: HTTPClient.defaultEventLoopGroup,
                configuration: .kinesis(peers: peers, connectionsMax: connectionsMax)
            )
        }
        thisMachine = client(.thisMachine)
        otherMachines = client(.otherMachines)
        anyMachine = client(.anyMachine)
    }

    /// The client that follows a rule.
    subscript(_ peers: PeerRule) -> HTTPClient {
        switch peers {
        case .thisMachine: thisMachine
        case .otherMachines: otherMachines
        case .anyMachine: anyMachine
        }
    }

    /// Closes all connections; nothing may be sent afterwards.
    func shutdown() async throws {
        for peers in PeerRule.allCases { try await self[peers].shutdown() }
    }
}
