import AsyncHTTPClient
import Kinesis

/// The HTTP clients of all Kinesis destinations, one for each rule about where connections may lead, and what bounds the
/// connections of all of them.
struct KinesisConnections: Sendable {
    /// Shared by all clients.
    let budget: ConnectionBudget
    private let thisMachine: HTTPClient
    private let otherMachines: HTTPClient
    private let anyMachine: HTTPClient

    /// Creates the clients; nothing is connected.
    ///
    /// - Parameter connectionsMax: Connections to all hosts.
    init(connectionsMax: Int = 64) {
        let budget = ConnectionBudget(connectionsMax: connectionsMax)
        func client(_ peers: PeerRule) -> HTTPClient {
            HTTPClient(
                eventLoopGroup: HTTPClient.defaultEventLoopGroup,
                configuration: .kinesis(peers: peers, budget: budget)
            )
        }
        self.budget = budget
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
