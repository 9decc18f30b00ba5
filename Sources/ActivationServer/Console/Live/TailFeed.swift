import ActivationCore
import ActivationEngine
import Console
import Synchronization

/// The records of a dataflow for a live page: masked, at most so many a second, the rest counted.
final class TailFeed: Sendable {
    private struct State {
        var left = TailFeed.rowsPerSecond
        var dropped = 0
    }

    private let engine: any ServerEngine
    private let dataflow: Dataflow.ID
    private let name: @Sendable (String) -> String?
    private let state = Mutex(State())

    /// More than these nobody can read.
    private static let rowsPerSecond = 50

    /// Creates a feed.
    ///
    /// - Parameters:
    ///   - engine: Whose records.
    ///   - dataflow: The dataflow.
    ///   - name: The name of the audience with an id; nil = there is none.
    init(
        engine: any ServerEngine,
        dataflow: Dataflow.ID,
        name: @escaping @Sendable (String) -> String?
    ) {
        self.engine = engine
        self.dataflow = dataflow
        self.name = name
    }

    /// The feed itself.
    func feed(mayGoOn: @escaping @Sendable () async -> Bool) -> LiveFeed {
        LiveFeed(
            source: { continuation in
                for await record in self.engine.watch(self.dataflow) {
                    guard self.takes(record) else { continue }
                    if case .dropped = continuation.yield(.news(self.event(record))) { self.drop(1) }
                }
                continuation.yield(.end)
            },
            eachSecond: { self.secondPassed() },
            mayGoOn: mayGoOn
        )
    }

    private func takes(_ record: WatchedRecord) -> Bool {
        state.withLock { state in
            state.dropped += record.missed
            guard state.left > 0 else {
                state.dropped += 1
                return false
            }
            state.left -= 1
            return true
        }
    }

    private func drop(_ count: Int) { state.withLock { $0.dropped += count } }

    private func secondPassed() -> String? {
        let dropped = state.withLock { state in
            state.left = Self.rowsPerSecond
            defer { state.dropped = 0 }
            return state.dropped
        }
        return dropped > 0 ? LiveFeed.event("dropped", [("count", String(dropped))]) : nil
    }

    private func event(_ record: WatchedRecord) -> String {
        let row = record.row
        let message = (try? JSONValue(parsing: row.payload))?.object ?? [:]
        let standings = MaskedMessage.profile(in: message)?["segmentMembership"]?["ups"]
        let audiences = (standings?.object.map { Array($0) } ?? []).map { id, entry in
            "\(name(id) ?? "unmapped") \(entry["status"]?.string ?? "")"
        }
        let (end, place) = Self.text(of: record.end)
        return LiveFeed.event(
            "row",
            [
                ("time", String(record.settledAt.rfc3339.dropFirst(11).prefix(12))), ("end", end), ("place", place),
                ("profile", row.profile.uuid.description), ("revision", String(row.revision)),
                ("reasons", row.reasons.names.joined(separator: ", ")),
                ("audiences", audiences.joined(separator: ", ")), ("bytes", Figure.count(row.payload.count)),
                ("message", MaskedMessage.text(of: row.payload)),
            ]
        )
    }

    private static func text(of end: WatchedRecord.End) -> (String, String) {
        switch end {
        case .delivered(let receipt): ("Delivered", receipt)
        case .retried(let code): ("Retried", code)
        case .parked(let code): ("Parked", code)
        }
    }
}
