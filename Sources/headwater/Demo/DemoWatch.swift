import ActivationCore
import Kinesis
import Synchronization

/// Watches the demo's stream: shows what arrives and measures how long it took.
final class DemoWatch: Sendable {
    private struct State {
        var records = 0
        var latencies: [Int64] = []
        /// When events of a customer were sent, milliseconds since 1970.
        var sentAt: [String: [Int64]] = [:]
    }

    private let state = Mutex(State())
    private let names: [String: String]
    private let isShown: Bool

    init(_ audiences: [DemoAudience], isShown: Bool) {
        names = Dictionary(audiences.map { ($0.id, $0.name) }) { first, _ in first }
        self.isShown = isShown
    }

    /// Records that arrived.
    var count: Int { state.withLock { $0.records } }

    /// Milliseconds from sending the events to their export's arrival, sorted.
    var latencies: [Int64] { state.withLock { $0.latencies.sorted() } }

    /// Notes that events of these customers are on their way from now on.
    func sending(_ customers: some Sequence<String>, at now: Timestamp) {
        state.withLock { state in
            for customer in customers { state.sentAt[customer, default: []].append(now.milliseconds) }
        }
    }

    /// Reads the stream until cancelled.
    func follow(_ client: KinesisClient, stream: String) async throws(KinesisError) {
        var tail = StreamTail(client: client, stream: stream)
        try await tail.begin(at: .beginning)
        while !Task.isCancelled {
            let records = try await tail.next()
            if records.isEmpty {
                // A shard may be read five times a second. A cancelled sleep ends the loop at its condition.
                try? await Task.sleep(for: .milliseconds(200))
            } else {
                take(records)
            }
        }
    }

    private func take(_ records: [StreamRecord]) {
        var lines: [UInt8] = []
        for record in records {
            // What arrives was written by our own server; anything else is counted and not explained.
            let message = (try? JSONValue(parsing: record.data)) ?? .null
            let customer = message["identityMap"]?[CDNOW.Purchase.namespace.lowercased()]?[0]?["id"]?.string ?? "?"
            note(record, customer)
            if isShown {
                let text = "\(record.shard)  \(record.sequence)  customer \(customer)  \(memberships(message))\n"
                lines += Array(text.utf8)
            }
        }
        if isShown { Terminal.print(lines: lines) }
    }

    private func note(_ record: StreamRecord, _ customer: String) {
        state.withLock { state in
            state.records += 1
            // The events that caused the export were sent in the last request before it arrived.
            if let sent = state.sentAt[customer]?.last(where: { $0 <= record.arrivedAt }) {
                state.latencies.append(record.arrivedAt - sent)
            }
        }
    }

    private func memberships(_ message: JSONValue) -> String {
        var parts: [String] = []
        for (id, membership) in message["segmentMembership"]?["ups"]?.object ?? JSONObject() {
            parts.append("\(names[id] ?? id): \(membership["status"]?.string ?? "?")")
        }
        return parts.joined(separator: ", ")
    }
}
