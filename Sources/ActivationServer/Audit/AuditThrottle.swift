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

        fileprivate var isKnown: Bool {
            if case .client = self { true } else { false }
        }
    }

    /// What of it is the same.
    struct Key: Hashable, Sendable {
        var group: Group
        var action: ConfigurationChange.Action
        /// The reason, the route, the profile.
        var what: String
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
        /// Ids of the others that are told by name.
        var named = 500
    }

    /// What is the same, since the first of it was written.
    private struct Window: Sendable {
        var first: ConfigurationChange
        var last: Timestamp
        var count: Int64 = 0
    }

    /// What came beyond the limits.
    private struct Others: Sendable {
        var window: Window
        var named: Set<String> = []
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
    /// - Returns: What is to be written now: the entry, or nothing when it is counted; before it what was counted until now
    ///   where a minute is over.
    mutating func admit(_ entry: ConfigurationChange, _ key: Key) -> [ConfigurationChange] {
        let now = entry.changedAt
        if var window = windows[key] {
            guard isOver(window, at: now) else {
                window.count += 1
                window.last = now
                windows[key] = window
                return []
            }
            let ended = end(key, at: now)
            return ended + admit(entry, key)
        }
        guard !isFull(key) else { return enterOther(entry, key) }
        windows[key] = Window(first: entry, last: now)
        for place in places(key) { counts[place, default: 0] += 1 }
        return [entry]
    }

    /// What was counted in minutes that are over.
    ///
    /// - Parameters:
    ///   - now: The present.
    ///   - isEnd: Whether all minutes are over, since the server stops.
    /// - Returns: What is to be written.
    mutating func due(at now: Timestamp, isEnd: Bool = false) -> [ConfigurationChange] {
        var entries: [ConfigurationChange] = []
        for (key, window) in windows where isEnd || isOver(window, at: now) { entries += end(key, at: now) }
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
        others[place] = other
        return ended
    }

    private mutating func end(_ key: Key, at now: Timestamp) -> [ConfigurationChange] {
        guard let window = windows.removeValue(forKey: key) else { return [] }
        for place in places(key) {
            counts[place, default: 0] -= 1
            if counts[place] == 0 { counts[place] = nil }
        }
        guard window.count > 0 else { return [] }
        return [AuditThrottle.sum(window, window.first.details, at: now)]
    }

    private mutating func end(_ place: Place, _ other: Others, at now: Timestamp) -> [ConfigurationChange] {
        others[place] = nil
        var details = JSONObject()
        if !other.named.isEmpty { details["ids"] = .array(other.named.sorted().map { .string($0) }) }
        var sum = AuditThrottle.sum(other.window, details, at: now)
        (sum.kind, sum.id, sum.name) = (AuditSubject.various.kind, AuditSubject.various.id, AuditSubject.various.name)
        if place.group == nil { sum.author.sender = nil }
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
