import ActivationCore

/// How an alert stands: one rule, about one thing.
///
/// It is told when it has been so for the rule's window, over when it has not been so for that long, and told again after
/// the rule's repeat interval as long as nobody has acknowledged or snoozed it.
struct AlertState: Sendable, Equatable {
    /// Where it stands; each may go to each other one.
    enum Phase: Sendable, Equatable {
        /// All is well.
        case clear
        /// It is so, and not yet for the rule's window.
        case pending(since: Timestamp)
        /// It was told.
        case firing(Firing)
    }

    /// What is known while it is told.
    struct Firing: Sendable, Equatable {
        /// Since when it is so.
        var since: Timestamp
        /// When it was told last.
        var toldAt: Timestamp
        /// Since when it is not so any more.
        var clearSince: Timestamp?
        var finding: AlertFinding
        var acknowledgement: Acknowledgement?
    }

    /// That somebody knows.
    struct Acknowledgement: Sendable, Equatable {
        var author: String
        var at: Timestamp
        var note: String
        /// What was found by then; more than that is news for some kinds.
        var figure: Double?
    }

    /// What one look leads to.
    enum Step: String, Sendable {
        /// It is told.
        case fired
        /// It is told once more.
        case repeated
        /// It is over.
        case resolved
        /// Something has happened, and is over at once.
        case happened
    }

    var phase = Phase.clear
    /// The last of what happens again and again; nil = it was never looked at.
    var token: String?
    /// Nothing is told before this.
    var snoozedUntil: Timestamp?

    /// Whether it is told.
    var isFiring: Bool { firing != nil }

    /// What is known while it is told; nil while it is not.
    var firing: Firing? {
        guard case .firing(let firing) = phase else { return nil }
        return firing
    }

    /// Whether channels are silent at an instant.
    func isSnoozed(at now: Timestamp) -> Bool { snoozedUntil.map { now < $0 } ?? false }

    /// Takes one look into account.
    ///
    /// - Parameters:
    ///   - observation: What it said.
    ///   - rule: The rule.
    ///   - now: When it was.
    /// - Returns: What it leads to; nil = nothing.
    mutating func observe(_ observation: AlertObservation, by rule: AlertRule, at now: Timestamp) -> Step? {
        switch observation {
        case .unknown: return nil
        case .never:
            if token == nil { token = "" }
            return nil
        case .happened(let new, _): return observe(happened: new)
        case .clear: return observeClear(rule, now)
        case .met(let finding): return observe(met: finding, rule, now)
        }
    }

    private mutating func observe(happened new: String) -> Step? {
        defer { token = new }
        // What was there at the first look happened before anybody asked.
        guard let token else { return nil }
        return token.hasSameBytes(as: new) ? nil : .happened
    }

    private mutating func observeClear(_ rule: AlertRule, _ now: Timestamp) -> Step? {
        switch phase {
        case .clear: return nil
        case .pending:
            phase = .clear
            return nil
        case .firing(var firing):
            let since = firing.clearSince ?? now
            guard since.duration(to: now) < .seconds(rule.windowSeconds) else {
                phase = .clear
                return .resolved
            }
            firing.clearSince = since
            phase = .firing(firing)
            return nil
        }
    }

    private mutating func observe(met finding: AlertFinding, _ rule: AlertRule, _ now: Timestamp) -> Step? {
        switch phase {
        case .clear, .pending:
            var since = now
            if case .pending(let begin) = phase { since = begin }
            guard since.duration(to: now) >= .seconds(rule.windowSeconds) else {
                phase = .pending(since: since)
                return nil
            }
            phase = .firing(Firing(since: since, toldAt: now, finding: finding))
            return .fired
        case .firing(var firing):
            firing.clearSince = nil
            firing.finding = finding
            let isDue = isDueAgain(firing, rule, now)
            if isDue {
                firing.toldAt = now
                // What was acknowledged is not what it is now.
                firing.acknowledgement = nil
                snoozedUntil = nil
            }
            phase = .firing(firing)
            return isDue ? .repeated : nil
        }
    }

    private func isDueAgain(_ firing: Firing, _ rule: AlertRule, _ now: Timestamp) -> Bool {
        guard !isSnoozed(at: now) else { return false }
        if let acknowledgement = firing.acknowledgement {
            // More parked records are something else than those that somebody knows of.
            guard rule.kind == .parked, let known = acknowledgement.figure, firing.finding.figure ?? 0 > known else {
                return false
            }
        }
        // The end of a snooze is a time to tell it again.
        if let snoozedUntil, firing.toldAt < snoozedUntil { return true }
        return rule.repeatSeconds > 0 && firing.toldAt.duration(to: now) >= .seconds(rule.repeatSeconds)
    }

    /// Notes that somebody knows.
    ///
    /// - Parameters:
    ///   - author: Who.
    ///   - note: What they say of it.
    ///   - now: When.
    /// - Returns: Whether there is anything to know.
    mutating func acknowledge(by author: String, note: String, at now: Timestamp) -> Bool {
        guard case .firing(var firing) = phase else { return false }
        firing.acknowledgement = Acknowledgement(
            author: author,
            at: now,
            note: note,
            figure: firing.finding.figure
        )
        phase = .firing(firing)
        return true
    }
}
