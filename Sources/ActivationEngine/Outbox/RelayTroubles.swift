import ActivationCore

/// What keeps a relay from its work now, by where it comes from, and what was said of it in the log.
struct RelayTroubles: Sendable {
    /// Where trouble comes from.
    enum Source: CaseIterable {
        /// The sink's condition.
        case condition
        /// Records that came back to be tried again.
        case records
        /// Rows cannot be read.
        case claiming
        /// Outcomes cannot be written.
        case settling
    }

    private var bySource: [Source: RelayTrouble] = [:]
    /// The trouble whose begin was said, with the most attempts seen since.
    private var told: RelayTrouble?

    /// The oldest trouble; of equally old ones the first in the order of sources.
    var current: RelayTrouble? {
        Source.allCases.compactMap { bySource[$0] }.min { $0.since < $1.since }
    }

    /// Something failed; trouble of the same source goes on since it began.
    mutating func met(_ source: Source, code: String, message: String, attempts: Int, now: RelayInstant) {
        let since = bySource[source]?.since ?? now.wall
        bySource[source] = RelayTrouble(code: code, message: message, since: since, attempts: attempts)
    }

    /// Says when the next attempt is made.
    mutating func expect(_ source: Source, at instant: Timestamp) {
        bySource[source]?.nextAttemptAt = instant
    }

    mutating func ended(_ source: Source) {
        bySource[source] = nil
    }

    /// What has to be said once: that trouble began, or that all of it has ended.
    mutating func news() -> RelayNews? {
        switch (told, current) {
        case (nil, let trouble?):
            told = trouble
            return .retries(trouble)
        case (let since?, nil):
            told = nil
            return .runsAgain(since)
        case (let earlier?, let trouble?):
            told?.attempts = max(earlier.attempts, trouble.attempts)
            return nil
        case (nil, nil):
            return nil
        }
    }
}
