import Kinesis
import Synchronization

/// Counts requests, and shows what the endpoint holds: in process, and under paths that the service itself does not have.
final class Inspection: Sendable {
    private let service: KinesisService
    private let counted = Mutex(Statistics())
    private let traced = Mutex<[TracedRequest]>([])

    /// Requests that came with a trace, of which the last ones are kept.
    private static let tracedMax = 1_000

    init(_ service: KinesisService) {
        self.service = service
    }

    func note(_ operation: Operation) {
        counted.withLock { $0.requests[operation.rawValue, default: 0] += 1 }
    }

    /// Keeps what a request says of its place in a trace.
    func note(_ operation: Operation, traceparent: String) {
        traced.withLock { traced in
            if traced.count == Self.tracedMax { traced.removeFirst() }
            traced.append(TracedRequest(operation: operation.rawValue, traceparent: String(traceparent.prefix(256))))
        }
    }

    /// The last requests that came with a `traceparent` header, in their order.
    var tracedRequests: [TracedRequest] { traced.withLock(\.self) }

    func note(_ refusal: ServiceError) {
        counted.withLock { $0.refusals[refusal.code.name, default: 0] += 1 }
    }

    func note(_ delivery: KinesisService.Delivery) {
        switch delivery {
        case .sent: return
        case .dropped: counted.withLock { $0.droppedConnections += 1 }
        case .hung: counted.withLock { $0.hungRequests += 1 }
        }
    }

    func statistics(now: Int64) -> Statistics {
        var statistics = counted.withLock(\.self)
        statistics.streams = service.registry.all(now: now).map { cell in
            cell.withState { stream in
                Statistics.Stream(
                    name: stream.name,
                    shards: stream.map.openCount,
                    counts: stream.counts,
                    retainedBytes: stream.retainedBytes
                )
            }
        }
        return statistics
    }

    /// Answers `/_stats`, `/_traces`, `/_verify` (of all streams, or `?stream=NAME`), `/_faults` and `/_scenario`; nil for any other path.
    func document(uri: String, now: Int64) -> WireValue? {
        let parts = uri.split(separator: "?", maxSplits: 1)
        switch parts.first {
        case "/_stats": return Self.document(statistics(now: now))
        case "/_traces":
            return [
                "requests": .array(
                    tracedRequests.map { ["operation": .string($0.operation), "traceparent": .string($0.traceparent)] }
                )
            ]
        case "/_faults": return service.dice.faults.document
        case "/_scenario": return service.player.document
        case "/_verify":
            let wanted = parts.count > 1 && parts[1].hasPrefix("stream=") ? parts[1].dropFirst(7) : nil
            let cells = service.registry.all(now: now).filter { wanted == nil || $0.name == wanted.map(String.init) }
            return .map(cells.map { cell in (cell.name, Self.document(cell.withState(\.ledger.verification))) })
        default: return nil
        }
    }

    private static func document(_ statistics: Statistics) -> WireValue {
        [
            "requests": counts(statistics.requests),
            "refusals": counts(statistics.refusals),
            "droppedConnections": .integer(Int64(statistics.droppedConnections)),
            "hungRequests": .integer(Int64(statistics.hungRequests)),
            "streams": .map(
                statistics.streams.map { stream in
                    (
                        stream.name,
                        [
                            "shards": .integer(Int64(stream.shards)),
                            "stored": .integer(Int64(stream.counts.stored)),
                            "storedBytes": .integer(Int64(stream.counts.storedBytes)),
                            "throttled": .integer(Int64(stream.counts.throttled)),
                            "failed": .integer(Int64(stream.counts.failed)),
                            "trimmed": .integer(Int64(stream.counts.trimmed)),
                            "retainedBytes": .integer(Int64(stream.retainedBytes)),
                        ]
                    )
                }
            ),
        ]
    }

    private static func counts(_ counts: [String: Int]) -> WireValue {
        .map(counts.sorted { $0.key < $1.key }.map { ($0.key, .integer(Int64($0.value))) })
    }

    private static func document(_ verification: Verification) -> WireValue {
        [
            "marked": .integer(Int64(verification.marked)),
            "keys": .integer(Int64(verification.keys)),
            "leaps": .integer(Int64(verification.leaps)),
            "missing": .integer(Int64(verification.missing)),
            "late": .integer(Int64(verification.late)),
            "duplicates": .integer(Int64(verification.duplicates)),
            "notFollowed": .integer(Int64(verification.notFollowed)),
            "unmarked": .integer(Int64(verification.unmarked)),
            "unmarkedKeys": .integer(Int64(verification.unmarkedKeys)),
            "ordered": .bool(verification.isOrdered),
            "complete": .bool(verification.isComplete),
        ]
    }
}
