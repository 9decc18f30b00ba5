import ActivationCore
import Synchronization

/// What the server counts about itself, as `/metrics` shows it.
public final class ServerMetrics: Sendable {
    /// Of the connections.
    let connections = ConnectionMetrics()
    /// Of the messages.
    let ingestion = IngestionCounts()
    private let ignored = Mutex<[ByteKey: Int64]>([:])

    /// Creates metrics that begin at zero, as every process does.
    public init() {}

    /// Counts identities that were left out because their values mean nobody (BEHAVIOUR 4.3).
    ///
    /// - Parameter namespaces: Their namespaces, one entry each.
    func countIgnored(_ namespaces: [String]) {
        guard !namespaces.isEmpty else { return }
        ignored.withLock { ignored in
            for namespace in namespaces { ignored[ByteKey(namespace), default: 0] += 1 }
        }
    }

    /// The identities that were left out, as lines that Prometheus reads; symbols of namespaces need no escapes.
    var ignoredLines: [String] {
        let counts = ignored.withLock { $0 }.sorted { $0.key < $1.key }
        var lines = [
            "# HELP headwater_identities_ignored_total Identities left out of messages because their values mean nobody.",
            "# TYPE headwater_identities_ignored_total counter",
        ]
        for (namespace, count) in counts {
            lines.append("headwater_identities_ignored_total{namespace=\"\(namespace.string)\"} \(count)")
        }
        return lines
    }
}
