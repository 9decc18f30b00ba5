/// Decides who may have one of a bounded number of connections; without I/O and time.
///
/// An endpoint that answers and one that is silent, or was never heard, have connections of two separate halves: however
/// many endpoints never answer, those that do have theirs. Within a half the endpoint with the fewest is first, and among
/// those the one that was served longest ago. While a half is short of connections, an endpoint has to answer soon, so that
/// those that do not are known soon: within a second at first, and twice that each time it did not.
struct ConnectionShares: Sendable {
    /// A request that waits; later ones have higher numbers.
    struct Ticket: Hashable, Sendable {
        var number: UInt64
    }

    /// A connection that was given.
    struct Share: Sendable {
        fileprivate var endpoint: String
        fileprivate var isOfAnswering: Bool
        /// How long others wait for it; nil when there are more.
        var patience: Duration?
    }

    private enum Report {
        case none
        case answered
        case silent
    }

    private struct Endpoint {
        var inUse = 0
        var report = Report.none
        /// When it was served last, counted in connections given; 0 = never.
        var servedAt: UInt64 = 0
        var silences = 0
    }

    private struct Waiting {
        var ticket: Ticket
        var endpoint: String
    }

    /// Endpoints that are remembered; of those without a connection the rest is forgotten, which makes them untried.
    private static let endpointsMax = 4_096
    /// After so many, others wait no longer for an endpoint.
    private static let silencesMax = 2

    private let halfMax: Int
    private let perEndpointMax: Int
    private var endpoints: [String: Endpoint] = [:]
    private var waiting: [Waiting] = []
    private var inUseByAnswering = 0
    private var inUseByOthers = 0
    private var given: UInt64 = 0

    /// Creates shares of a number of connections, at least one for each half.
    init(connectionsMax: Int, perEndpointMax: Int) {
        halfMax = max(1, connectionsMax / 2)
        self.perEndpointMax = perEndpointMax
    }

    /// Connections that are in use.
    var inUse: Int { inUseByAnswering + inUseByOthers }

    /// Waits for a connection to an endpoint, which ``next()`` gives, or until ``leave(_:)``.
    mutating func ask(for endpoint: String, _ ticket: Ticket) {
        waiting.append(Waiting(ticket: ticket, endpoint: endpoint))
    }

    /// Stops waiting; does nothing for a ticket that was served.
    mutating func leave(_ ticket: Ticket) {
        waiting.removeAll { $0.ticket == ticket }
    }

    /// The next one to have a connection; nil while nobody may.
    mutating func next() -> (ticket: Ticket, share: Share)? {
        let best = waiting.indices.filter { mayHave(waiting[$0].endpoint) }
            .min { rank(waiting[$0]) < rank(waiting[$1]) }
        guard let best else { return nil }
        let next = waiting.remove(at: best)
        var endpoint = endpoints[next.endpoint] ?? Endpoint()
        given += 1
        endpoint.inUse += 1
        endpoint.servedAt = given
        endpoints[next.endpoint] = endpoint
        let isOfAnswering = endpoint.report == .answered
        if isOfAnswering { inUseByAnswering += 1 } else { inUseByOthers += 1 }
        let isShort = (isOfAnswering ? inUseByAnswering : inUseByOthers) > halfMax / 2
        let patience = isShort ? Duration.seconds(1 << endpoint.silences) : nil
        return (next.ticket, Share(endpoint: next.endpoint, isOfAnswering: isOfAnswering, patience: patience))
    }

    /// Takes a connection back.
    ///
    /// - Parameters:
    ///   - share: The connection.
    ///   - isAnswered: Whether the endpoint answered, whatever it said; nil when nothing was asked.
    mutating func end(_ share: Share, isAnswered: Bool?) {
        if share.isOfAnswering { inUseByAnswering -= 1 } else { inUseByOthers -= 1 }
        var endpoint = endpoints[share.endpoint] ?? Endpoint()
        endpoint.inUse -= 1
        switch isAnswered {
        case true?: endpoint.report = .answered
        case false?:
            endpoint.report = .silent
            endpoint.silences = min(endpoint.silences + 1, Self.silencesMax)
        case nil: break
        }
        endpoints[share.endpoint] = endpoint
        if endpoints.count > Self.endpointsMax { endpoints = endpoints.filter { $0.value.inUse > 0 } }
    }

    private func mayHave(_ name: String) -> Bool {
        let endpoint = endpoints[name] ?? Endpoint()
        guard endpoint.inUse < perEndpointMax else { return false }
        return (endpoint.report == .answered ? inUseByAnswering : inUseByOthers) < halfMax
    }

    /// Smaller is earlier.
    private func rank(_ waiting: Waiting) -> (Int, UInt64, UInt64) {
        let endpoint = endpoints[waiting.endpoint] ?? Endpoint()
        return (endpoint.inUse, endpoint.servedAt, waiting.ticket.number)
    }
}
