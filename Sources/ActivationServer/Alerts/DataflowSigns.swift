import ActivationCore
import ActivationEngine

/// What is seen of a dataflow at one instant.
struct DataflowSigns: Sendable {
    /// Its id.
    var id: String
    /// What its relay is doing.
    var relay: RelayState
    /// Why it is not in use; nil when it is.
    var leftOut: Quarantine.Reason?
    /// Its books; nil when they could not be read.
    var books: Engine.DataflowBooks?
    /// What the last audit counted for it; nil before the first.
    var counted: CountedBooks?
    /// How what it signs in with stands; nil when that has no end that is known.
    var credentials: SinkStatistics.Credentials?
    /// Its hours of the last day or so, the oldest first; nil when they could not be read.
    var hours: [BookedHour]?

    /// Codes that say that a destination does not take the account's credentials.
    static let credentialCodes: Set<String> = [
        "AccessDeniedException", "CredentialsMissing", "CredentialsUnavailable", "ExpiredTokenException",
        "IncompleteSignature", "InvalidClientTokenId",
        "InvalidCredentials", "InvalidSignatureException", "KMSAccessDeniedException", "MissingAuthenticationToken",
        "MissingAuthenticationTokenException", "NotAuthorized", "OptInRequired", "RoleRefused",
        "UnrecognizedClientException",
    ]

    /// What a rule says of it.
    ///
    /// - Parameters:
    ///   - rule: About a dataflow.
    ///   - since: Since when the alert is told; nil = it is not.
    ///   - now: The instant.
    /// - Returns: The observation.
    func observation(of rule: AlertRule, toldSince since: Timestamp? = nil, at now: Timestamp) -> AlertObservation {
        let threshold = rule.threshold ?? 0
        switch rule.kind {
        case .paused: return proven(paused, since)
        case .retrying: return proven(retrying(threshold, now), since)
        case .credentialsExpire: return proven(credentials(threshold), since)
        case .lag: return lag(threshold, now)
        case .parked: return parked(threshold)
        case .booksOff: return booksOff
        case .flowRunStart, .flowRunSuccess: return event(rule.kind, now)
        case .flowRunFailure: return failure(now)
        case .skippedRateExceeded: return skipped(threshold, now)
        case .flowRunDelay: return delay(threshold, now)
        case .diskShare, .diskSpace, .writesRefused: return .unknown
        }
    }

    // MARK: The relay

    private var trouble: RelayTrouble? {
        switch relay {
        case .running, .disabled: nil
        case .retrying(let trouble), .paused(let trouble): trouble
        }
    }

    /// That all is well with the relay, once it has shown it: after a start, and after an enabling, it says that it runs before it
    /// has tried what waits.
    private func proven(_ observation: AlertObservation, _ since: Timestamp?) -> AlertObservation {
        guard observation == .clear, relay == .running, let since else { return observation }
        guard let books else { return .unknown }
        return books.oldestPendingAt.map { $0 <= since } ?? false ? .unknown : .clear
    }

    private var paused: AlertObservation {
        if let leftOut {
            return .met(AlertFinding(text: "It is paused: \(Quarantine.Reason.code): \(leftOut.message)."))
        }
        guard case .paused(let trouble) = relay else { return .clear }
        return .met(AlertFinding(text: "It is paused: \(trouble.code): \(trouble.message)."))
    }

    private func retrying(_ threshold: Double, _ now: Timestamp) -> AlertObservation {
        guard case .retrying(let trouble) = relay else { return .clear }
        let seconds = trouble.since.seconds(to: now)
        guard seconds > threshold else { return .clear }
        return .met(
            AlertFinding(
                text: "Nothing has got through for \(Self.time(seconds)): \(trouble.code): \(trouble.message).",
                figure: seconds
            )
        )
    }

    private func credentials(_ threshold: Double) -> AlertObservation {
        if let trouble, Self.credentialCodes.contains(trouble.code) {
            return .met(
                AlertFinding(text: "The destination refuses the credentials: \(trouble.code): \(trouble.message).")
            )
        }
        guard let credentials, let failure = credentials.failure else { return .clear }
        let seconds = credentials.left / .seconds(1)
        guard seconds < threshold * 60 else { return .clear }
        return .met(
            AlertFinding(
                text: "The credentials end in \(Self.time(seconds)) and cannot be renewed: \(failure.code): "
                    + "\(failure.message).",
                figure: seconds / 60
            )
        )
    }

    // MARK: The books

    private func lag(_ threshold: Double, _ now: Timestamp) -> AlertObservation {
        // What a person disabled waits because they want it to.
        if relay == .disabled { return .clear }
        guard let books else { return .unknown }
        guard let oldest = books.oldestPendingAt else { return .clear }
        let seconds = oldest.seconds(to: now)
        guard seconds > threshold else { return .clear }
        return .met(
            AlertFinding(
                text: "The oldest of \(books.pendingRows) waiting records has waited for \(Self.time(seconds)).",
                figure: seconds
            )
        )
    }

    private func parked(_ threshold: Double) -> AlertObservation {
        guard let books else { return .unknown }
        let count = Double(books.counters.deadLetters)
        guard count >= threshold else { return .clear }
        return .met(
            AlertFinding(
                text: "The destination refused records for good; \(AlertThreshold.number(count).text) are parked.",
                figure: count
            )
        )
    }

    private var booksOff: AlertObservation {
        guard let counted else { return .unknown }
        guard !counted.isBalanced else { return .clear }
        return .met(
            AlertFinding(
                text:
                    "The books say that \(counted.counters.pending) records wait and \(counted.counters.deadLetters) are "
                    + "parked; there are \(counted.waiting) and \(counted.deadLetters).",
                figure: Double(counted.waitingSurplus.magnitude &+ counted.deadLettersSurplus.magnitude)
            )
        )
    }

    // MARK: Runs, one for each hour

    private func end(_ hour: BookedHour) -> Timestamp {
        Timestamp(milliseconds: hour.start.milliseconds &+ BookedHour.length)
    }

    private func run(_ hour: BookedHour) -> String { "\(id)-\(BookedHour.number(of: hour.start))" }

    /// The newest run that has ended, with nothing of it waiting any more, within the last day; nil = there is none.
    private func newestEnded(_ now: Timestamp) -> BookedHour? {
        let first = Timestamp(milliseconds: now.milliseconds &- 25 &* BookedHour.length)
        let oldest = books?.oldestPendingAt
        return hours?.last { hour in
            let end = end(hour)
            return hour.start >= first && end <= now && oldest.map { $0 >= end } ?? true
        }
    }

    private func event(_ kind: AlertKind, _ now: Timestamp) -> AlertObservation {
        guard let hours, books != nil else { return .unknown }
        let hour =
            kind == .flowRunStart
            ? hours.last { $0.counters.triggered > 0 }
            : newestEnded(now).flatMap {
                $0.counters.parked == 0 ? $0 : nil
            }
        guard let hour else { return .never }
        let text =
            kind == .flowRunStart
            ? "The run of \(hour.start.rfc3339) has begun."
            : "The run of \(hour.start.rfc3339) has ended: \(hour.counters.delivered) records were delivered."
        return .happened(token: run(hour), AlertFinding(text: text, run: run(hour)))
    }

    private func failure(_ now: Timestamp) -> AlertObservation {
        guard hours != nil, books != nil else { return .unknown }
        guard let hour = newestEnded(now), hour.counters.parked > 0 else { return .clear }
        return .met(
            AlertFinding(
                text: "In the run of \(hour.start.rfc3339) the destination refused \(hour.counters.parked) of "
                    + "\(hour.counters.triggered) records.",
                figure: Double(hour.counters.parked),
                run: run(hour)
            )
        )
    }

    private func skipped(_ threshold: Double, _ now: Timestamp) -> AlertObservation {
        guard hours != nil, books != nil else { return .unknown }
        guard let hour = newestEnded(now) else { return .clear }
        let skipped = max(0, hour.counters.suppressedDisabled + hour.counters.suppressedDeleted)
        let percent = Double(skipped) * 100 / Double(max(1, hour.counters.triggered, skipped))
        guard percent > threshold else { return .clear }
        let tenths = (percent * 10).rounded() / 10
        return .met(
            AlertFinding(
                text: "In the run of \(hour.start.rfc3339) \(AlertThreshold.number(tenths).text) percent of "
                    + "\(hour.counters.triggered) records were not sent.",
                figure: percent,
                run: run(hour)
            )
        )
    }

    private func delay(_ threshold: Double, _ now: Timestamp) -> AlertObservation {
        if relay == .disabled { return .clear }
        guard let books else { return .unknown }
        guard let oldest = books.oldestPendingAt else { return .clear }
        let number = BookedHour.number(of: oldest)
        let start = Timestamp(milliseconds: number &* BookedHour.length)
        let minutes = start.seconds(to: now) / 60
        guard minutes > threshold else { return .clear }
        return .met(
            AlertFinding(
                text: "The run of \(start.rfc3339) has not ended: records of it still wait.",
                figure: minutes,
                run: "\(id)-\(number)"
            )
        )
    }

    /// A time as people say it.
    static func time(_ seconds: Double) -> String {
        let whole = Int64(max(0, min(seconds, 1e12)))
        switch whole {
        case ..<120: return "\(whole) s"
        case ..<7_200: return "\(whole / 60) min"
        case ..<172_800: return "\(whole / 3_600) h"
        default: return "\(whole / 86_400) days"
        }
    }
}

extension Timestamp {
    /// Seconds from this instant to another; negative when that comes first.
    fileprivate func seconds(to other: Timestamp) -> Double {
        Double(duration(to: other) / .milliseconds(1)) / 1_000
    }
}
