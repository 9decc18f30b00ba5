import ActivationCore

/// What the demo did, in figures that must agree.
struct DemoSummary {
    var customers: Int
    var events: Int
    /// The server's answers.
    var tally: IngestTally
    var audiences: [(name: String, members: Int64)]
    /// `GET /v1/dataflows/{id}/stats`.
    var books: JSONValue
    /// Records that were read back from the stream.
    var readBack: Int
    /// Milliseconds, sorted.
    var latencies: [Int64]
    var elapsed: Duration

    private func book(_ name: String) -> Int64 { books[name]?.int64 ?? 0 }

    /// Whether nothing was lost on the way: received, triggered and delivered each equal the sum of their parts.
    var isBalanced: Bool {
        let suppressed = ["disabled", "deleted", "discarded"].map { books["suppressed"]?[$0]?.int64 ?? 0 }.reduce(0, +)
        let received = Int64(customers + events)
        return tally.accepted == received && tally.duplicates == 0 && tally.failed == 0
            && book("triggered") == book("delivered") + book("superseded") + book("parked") + book("pending")
                + suppressed
            && book("delivered") == Int64(readBack)
    }

    private func latency(_ share: Double) -> Int64 {
        latencies.isEmpty ? 0 : latencies[min(Int(Double(latencies.count) * share), latencies.count - 1)]
    }

    /// The summary as one object.
    var json: JSONValue {
        [
            "received": [
                "profiles": .integer(Int64(customers)), "events": .integer(Int64(events)),
                "accepted": .integer(tally.accepted), "duplicates": .integer(tally.duplicates),
                "failed": .integer(tally.failed),
            ],
            "audiences": .array(
                audiences.map { ["name": .string($0.name), "members": .integer($0.members)] }
            ),
            "exports": [
                "triggered": .integer(book("triggered")), "delivered": .integer(book("delivered")),
                "failed": .integer(book("parked")), "pending": .integer(book("pending")),
                "readBack": .integer(Int64(readBack)),
            ],
            "isBalanced": .bool(isBalanced),
            "latency_ms": ["p50": .integer(latency(0.5)), "p99": .integer(latency(0.99))],
            "seconds": JSONValue(elapsed / .seconds(1)),
        ]
    }

    /// The summary for people.
    var text: String {
        func row(_ name: String, _ value: Int64, _ note: String = "") -> String {
            let figure = Figures.grouped(value)
            let blanks = String(repeating: " ", count: max(40 - name.count - figure.count, 1))
            return "  \(name)\(blanks)\(figure)\(note.isEmpty ? "" : "  \(note)")"
        }
        var lines = ["", "Received"]
        lines.append(row("profile records", Int64(customers)))
        lines.append(row("purchase events", Int64(events)))
        lines.append(row("stored", tally.accepted, "\(tally.duplicates) duplicates, \(tally.failed) failed"))
        lines.append("Audiences (members)")
        for audience in audiences { lines.append(row(audience.name, audience.members)) }
        lines.append("Exports")
        lines.append(row("triggered", book("triggered")))
        lines.append(
            row("delivered", book("delivered"), "\(Figures.grouped(Int64(readBack))) read back from the stream")
        )
        lines.append(row("failed", book("parked")))
        lines.append(row("pending", book("pending")))
        lines.append("Latency, request to stream")
        lines.append(row("p50", latency(0.5), "ms"))
        lines.append(row("p99", latency(0.99), "ms"))
        lines.append(isBalanced ? "The books balance." : "The books DO NOT balance.")
        lines.append("Took \(Figures.fixed(elapsed / .seconds(1), 1)) s.")
        return lines.joined(separator: "\n")
    }
}
