import ActivationCore
import Synchronization

/// What a relay keeps of records on their way as long as somebody watches its dataflow.
final class RelayWatch: Sendable {
    private let dataflow: Dataflow.ID
    private let watchers: DataflowWatchers
    private let sent = Mutex<[Int64: OutboxRow]>([:])

    /// More than these on their way are not kept; they are seen by nobody.
    private static let keptMax = 20_000

    init(_ dataflow: Dataflow.ID, _ watchers: DataflowWatchers) {
        self.dataflow = dataflow
        self.watchers = watchers
    }

    /// Notes records that are about to be sent.
    func noteSending(_ rows: [OutboxRow]) {
        guard watchers.watch(over: dataflow) else { return sent.withLock { $0 = [:] } }
        sent.withLock { sent in
            for row in rows where sent.count < Self.keptMax { sent[row.row] = row }
        }
    }

    /// Shows what became of records.
    func show(_ reports: [SinkReport], at now: Timestamp) {
        let records = sent.withLock { sent -> [WatchedRecord] in
            guard !sent.isEmpty else { return [] }
            return reports.compactMap { report in
                if case .recalled = report.outcome { sent[report.token] = nil }
                guard let end = WatchedRecord.End(report.outcome), let row = sent.removeValue(forKey: report.token)
                else { return nil }
                return WatchedRecord(row: row, end: end, settledAt: now, missed: 0)
            }
        }
        if !records.isEmpty { watchers.show(records, of: dataflow) }
    }
}

extension WatchedRecord.End {
    /// What a record's outcome means to it; nil when it is the destination's trouble and not the record's,
    /// or the record was called back.
    fileprivate init?(_ outcome: SinkOutcome) {
        switch outcome {
        case .delivered(let receipt): self = .delivered(receipt: receipt)
        case .transient(let code, _): self = .retried(code: code)
        // When everything is refused it is sent again, and then shown again.
        case .recordRejected(let code, _), .recordRefused(let code, _): self = .parked(code: code)
        case .destinationFailed, .recalled: return nil
        }
    }
}
