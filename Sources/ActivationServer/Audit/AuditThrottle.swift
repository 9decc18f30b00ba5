import ActivationCore
import ActivationEngine

/// Lets what is done over and over be written once at once, and as one more record with a count when its minute is over.
///
/// So nobody fills the disk by asking for what they may not do, and a program that looks people up at a high rate does not
/// wait for a write each time. It only decides: it holds no clock and writes nothing.
struct AuditThrottle: Sendable {
    /// Who does it.
    enum Group: Hashable, Sendable {
        /// A client or user that is known.
        case client(String)
        /// Whoever is not, by the address.
        case address(String)
        /// Whoever tries the secret of somebody that there is, by whose it is.
        case secretOf(String)

        /// Whether it has places of its own.
        fileprivate var isKnown: Bool {
            if case .address = self { false } else { true }
        }
    }

    /// What of it is the same.
    struct Key: Hashable, Sendable {
        var group: Group
        var action: ConfigurationChange.Action
        /// The reason, the route, the profile.
        var what: String

        /// Whether a value leaves by it, so that the first of it must be durable before others are only counted.
        fileprivate var isOfValues: Bool { action == .view || action == .export }

        fileprivate var isOfClient: Bool {
            if case .client = group { true } else { false }
        }
    }

    /// What becomes of something that was done.
    struct Admission: Sendable {
        /// What was counted until now, where a minute is over.
        var ended: [ConfigurationChange] = []
        /// What is to be written before it is done; nil = it is counted.
        var entry: ConfigurationChange?
        /// Whether ``AuditThrottle/settle(_:isWritten:)`` must be told if that was written.
        var isFirst = false
    }

    /// How much of it is written at once.
    struct Limits: Sendable {
        /// How long what is the same is one.
        var window: Int64 = 60_000
        /// Different people that a client may look up within a window before the others are told together.
        var views = 120
        /// Different refusals of a client within a window before the others are told together.
        var refusals = 20
        /// Different refusals of an address that is nobody's.
        var ofAddress = 5
        /// Different refusals of all of those.
        var ofAddresses = 40
        /// Different addresses and ways from which somebody's secret is tried.
        var secrets = 20
        /// Ids of the others that are told by name.
        var named = 500
        /// Addresses of the others that are told.
        var senders = 20
    }

    /// What is the same, since the first of it was written.
    private struct Window: Sendable {
        var first: ConfigurationChange
        var last: Timestamp
        var count: Int64 = 0
        /// Whether the first is being written: until it is, it does not stand for others.
        var isPending = false
    }

    /// What came beyond the limits.
    private struct Others: Sendable {
        var window: Window
        var named: Set<String> = []
        var senders: Set<String> = []
    }

    private struct Place: Hashable {
        var group: Group?
        var action: ConfigurationChange.Action
    }

    private let limits: Limits
    private var windows: [Key: Window] = [:]
    private var others: [Place: Others] = [:]
    private var counts: [Place: Int] = [:]

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Takes something that was done.
    ///
    /// - Parameters:
    ///   - entry: What the history would say of it.
    ///   - key: What makes it the same as others.
    ///   - isFailing: Whether the last write failed; then nothing by which a value leaves is only counted.
    /// - Returns: What is to be written, or that it is counted.
    mutating func admit(_ entry: ConfigurationChange, _ key: Key, isFailing: Bool = false) -> Admission {
        let now = entry.changedAt
        let mustBeWritten = key.isOfValues && isFailing
        if var window = windows[key] {
            if window.isPending || !isOver(window, at: now) {
                if mustBeWritten || window.isPending && key.isOfValues { return Admission(entry: entry) }
                window.count += 1
                window.last = now
                windows[key] = window
                return Admission()
            }
            let ended = end(key, at: now)
            var admission = admit(entry, key, isFailing: isFailing)
            admission.ended = ended + admission.ended
            return admission
        }
        if isFull(key) { return mustBeWritten ? Admission(entry: entry) : Admission(ended: enterOther(entry, key)) }
        windows[key] = Window(first: entry, last: now, isPending: true)
        for place in places(key) { counts[place, default: 0] += 1 }
        return Admission(entry: entry, isFirst: true)
    }

    /// Takes note of whether the first of what is the same was written.
    ///
    /// Where it was not, no value has left, and the next one is the first; what lets nothing out is counted with the others, so that
    /// whoever is refused over and over does not make the store try each time.
    ///
    /// - Parameters:
    ///   - key: What makes it the same.
    ///   - isWritten: Whether it is durable.
    mutating func settle(_ key: Key, isWritten: Bool) {
        guard var window = windows[key], window.isPending else { return }
        window.isPending = false
        if !isWritten {
            guard !key.isOfValues else { return forget(key) }
            window.count += 1
        }
        windows[key] = window
    }

    /// What was counted in minutes that are over.
    ///
    /// - Parameters:
    ///   - now: The present.
    ///   - isEnd: Whether all minutes are over, since the server stops.
    /// - Returns: What is to be written.
    mutating func due(at now: Timestamp, isEnd: Bool = false) -> [ConfigurationChange] {
        var entries: [ConfigurationChange] = []
        for (key, window) in windows where isEnd || !window.isPending && isOver(window, at: now) {
            entries += end(key, at: now)
        }
        for (place, other) in others where isEnd || isOver(other.window, at: now) {
            entries += end(place, other, at: now)
        }
        return entries.sorted { ($0.author.name, $0.id) < ($1.author.name, $1.id) }
    }

    // A clock that was set back ends a minute too.
    private func isOver(_ window: Window, at now: Timestamp) -> Bool {
        abs(now.milliseconds &- window.first.changedAt.milliseconds) >= limits.window
    }

    /// Where a key counts: with those of its group, and where nobody is known with all of those.
    private func places(_ key: Key) -> [Place] {
        key.group.isKnown
            ? [Place(group: key.group, action: key.action)]
            : [Place(group: key.group, action: key.action), Place(group: nil, action: key.action)]
    }

    private func isFull(_ key: Key) -> Bool {
        places(key).contains { place in
            let most =
                switch place.group {
                case .client: key.action == .refuse ? limits.refusals : limits.views
                case .address: limits.ofAddress
                case .secretOf: limits.secrets
                case nil: limits.ofAddresses
                }
            return counts[place] ?? 0 >= most
        }
    }

    private mutating func enterOther(_ entry: ConfigurationChange, _ key: Key) -> [ConfigurationChange] {
        let place = Place(group: key.group.isKnown ? key.group : nil, action: key.action)
        var ended: [ConfigurationChange] = []
        if let other = others[place], isOver(other.window, at: entry.changedAt) {
            ended = end(place, other, at: entry.changedAt)
        }
        var other = others[place] ?? Others(window: Window(first: entry, last: entry.changedAt))
        other.window.count += 1
        other.window.last = entry.changedAt
        if key.action == .view, other.named.count < limits.named { other.named.insert(entry.id) }
        if !key.isOfClient, let sender = entry.author.sender, other.senders.count < limits.senders {
            other.senders.insert(sender)
        }
        others[place] = other
        return ended
    }

    private mutating func end(_ key: Key, at now: Timestamp) -> [ConfigurationChange] {
        guard let window = windows[key] else { return [] }
        forget(key)
        guard window.count > 0 else { return [] }
        return [AuditThrottle.sum(window, window.first.details, at: now)]
    }

    private mutating func forget(_ key: Key) {
        windows[key] = nil
        for place in places(key) {
            counts[place, default: 0] -= 1
            if counts[place] == 0 { counts[place] = nil }
        }
    }

    private mutating func end(_ place: Place, _ other: Others, at now: Timestamp) -> [ConfigurationChange] {
        others[place] = nil
        var details = JSONObject()
        if !other.named.isEmpty { details["ids"] = .array(other.named.sorted().map { .string($0) }) }
        if !other.senders.isEmpty { details["addresses"] = .array(other.senders.sorted().map { .string($0) }) }
        var sum = AuditThrottle.sum(other.window, details, at: now)
        // Whose secret was tried is the same in all of them.
        if case .secretOf = place.group {
            sum.author.sender = nil
            return [sum]
        }
        (sum.kind, sum.id, sum.name) = (AuditSubject.various.kind, AuditSubject.various.id, AuditSubject.various.name)
        if place.group == nil { (sum.author.name, sum.author.sender) = (AuditSubject.nobody.id, nil) }
        return [sum]
    }

    /// One record of all that was counted.
    private static func sum(_ window: Window, _ details: JSONObject, at now: Timestamp) -> ConfigurationChange {
        var sum = window.first
        var details = details
        details["count"] = .integer(window.count)
        details["since"] = .string(window.first.changedAt.rfc3339)
        details["until"] = .string(window.last.rfc3339)
        sum.difference = AuditDetails.stored(details)
        sum.author.requestID = nil
        sum.changedAt = now
        return sum
    }
}
