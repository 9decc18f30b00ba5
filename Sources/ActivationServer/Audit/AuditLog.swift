import ActivationCore
import ActivationEngine

/// Reads the audit log, for the API and the console alike: by key, as far as whoever asks may see (BEHAVIOUR 7.5).
struct AuditLog: Sendable {
    let control: ControlPlane
    /// What labels let be seen by who asks.
    let clearance: Clearance

    /// A part of what was asked for.
    struct Part: Sendable {
        /// The events, the newest first.
        var events: [AuditEvent] = []
        /// Before which entry the next part begins; nil = there is none.
        var next: Int64?
    }

    /// Entries that are read at once.
    private static let stepSize = 500
    /// Entries that are looked at for one part.
    static let lookedAtMax = 20_000
    /// How much a clock may have gone wrong for times to be found.
    private static let slack: Int64 = 86_400_000

    /// The number that the next entry will have, or one before it that is late enough.
    func end(of query: AuditQuery) async throws(APIError) -> Int64 {
        let latest = query.through > Int64.max - AuditLog.slack ? Int64.max : query.through + AuditLog.slack
        return try await control.recordsStart(at: Timestamp(milliseconds: latest))
    }

    /// Events that are asked for, the newest first.
    ///
    /// - Parameters:
    ///   - query: Which.
    ///   - before: Only those before this entry.
    ///   - limit: So many at most.
    /// - Returns: What was found among the next entries, and where to go on.
    /// - Throws: The store's error.
    func part(_ query: AuditQuery, before: Int64, limit: Int) async throws(APIError) -> Part {
        let earliest = query.from < Int64.min + AuditLog.slack ? Int64.min : query.from - AuditLog.slack
        let floor = query.from == .min ? 0 : try await control.recordsStart(at: Timestamp(milliseconds: earliest))
        var part = Part()
        var before = before
        var lookedAt = 0
        while lookedAt < AuditLog.lookedAtMax {
            let place = before
            let step = min(AuditLog.stepSize, max(limit * 2, 50))
            let entries = try await control.records { query.request($0, before: place, limit: step) }
            for entry in entries {
                guard entry.sequence >= floor else { return part }
                before = entry.sequence
                let event = AuditEvent(change: entry)
                guard query.matches(event), isSeen(entry) else { continue }
                guard part.events.count < limit else {
                    part.next = part.events.last?.change.sequence
                    return part
                }
                part.events.append(event)
            }
            lookedAt += entries.count
            if entries.count < step { return part }
        }
        part.next = before
        return part
    }

    /// Whether who asks may know of an entry: what labels hide is not there.
    private func isSeen(_ entry: ConfigurationChange) -> Bool {
        guard !clearance.isUnlimited else { return true }
        let whole = control.whole
        switch ControlKind(rawValue: entry.kind) {
        case .segmentDefinition:
            // What labels one had that is gone nobody knows.
            return whole.entry(.segmentDefinition, entry.id).map { clearance.admits(whole.usageLabels(of: $0)) }
                ?? false
        case .placedLabels:
            guard case .field(let keys) = LabelPlace(entry.id) else { return true }
            return whole.admits(clearance, keys)
        default: return true
        }
    }
}
