import ActivationCore
import ActivationEngine

extension Upload {
    /// The moment from which the rows of an upload become members, and what was counted of its audience before it.
    ///
    /// Counters are kept by the hour, so those of its hour are kept too: who entered and exited since is the difference.
    struct Beginning: Sendable, Equatable {
        /// The moment.
        var at: Timestamp
        /// Who had entered and exited in its hour before it.
        var counters: MemberCounters

        /// What is counted of an audience now; nil when it cannot be read.
        init?(of audience: Audience.ID, at now: Timestamp, _ engine: any ServerEngine) async {
            guard let hours = try? await engine.memberHours(of: audience) else { return nil }
            at = now
            counters = Beginning.total(of: hours, from: now)
        }

        /// Who has entered and exited since.
        ///
        /// - Parameters:
        ///   - hours: The audience's hours, the present one among them.
        ///   - next: The beginning of the next upload, which what comes later is because of; nil = there is none yet.
        /// - Returns: How many.
        func changes(in hours: [MemberHour], until next: Beginning?) -> MemberCounters {
            var changes = Beginning.total(of: hours, from: at).since(counters)
            if let next { changes = changes.since(next.changes(in: hours, until: nil)) }
            return changes
        }

        private static func total(of hours: [MemberHour], from instant: Timestamp) -> MemberCounters {
            let first = BookedHour.number(of: instant)
            return hours.reduce(into: MemberCounters()) { total, hour in
                if BookedHour.number(of: hour.start) >= first { total += hour.counters }
            }
        }
    }
}

extension Upload.Beginning {
    /// What is kept of it.
    var stored: JSONValue {
        [
            "at": .integer(at.milliseconds), "entered": .integer(counters.entered),
            "exited": .integer(counters.exited),
        ]
    }

    /// Reads what was kept; nil when it is damaged.
    init?(_ stored: JSONValue) {
        guard let at = stored["at"]?.int64, let entered = stored["entered"]?.int64,
            let exited = stored["exited"]?.int64,
            Upload.plausible.contains(at), Upload.plausible.contains(entered), Upload.plausible.contains(exited)
        else { return nil }
        self.at = Timestamp(milliseconds: at)
        counters = MemberCounters(entered: entered, exited: exited)
    }
}
