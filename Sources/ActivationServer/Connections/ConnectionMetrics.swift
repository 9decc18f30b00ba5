import Synchronization

/// What is counted about connections, as `/metrics` shows it.
final class ConnectionMetrics: Sendable {
    private let open = Atomic<Int>(0)
    private let refusedByTotal = Atomic<Int>(0)
    private let refusedByAddress = Atomic<Int>(0)

    /// Counts a client that is served.
    func opened() { open.wrappingAdd(1, ordering: .relaxed) }

    /// Counts a served client that has gone.
    func closed() { open.wrappingSubtract(1, ordering: .relaxed) }

    /// Counts a client that was refused.
    func refused(_ bound: ConnectionGate.Bound) {
        switch bound {
        case .total: refusedByTotal.wrappingAdd(1, ordering: .relaxed)
        case .address: refusedByAddress.wrappingAdd(1, ordering: .relaxed)
        }
    }

    /// The lines that Prometheus reads.
    var lines: [String] {
        [
            "# HELP headwater_connections_open Clients that are connected.",
            "# TYPE headwater_connections_open gauge",
            "headwater_connections_open \(open.load(ordering: .relaxed))",
            "# HELP headwater_connections_refused_total Clients refused because too many were connected, by bound.",
            "# TYPE headwater_connections_refused_total counter",
            "headwater_connections_refused_total{bound=\"total\"} \(refusedByTotal.load(ordering: .relaxed))",
            "headwater_connections_refused_total{bound=\"address\"} \(refusedByAddress.load(ordering: .relaxed))",
        ]
    }
}
