/// A registered reader of a stream, for enhanced fan-out.
struct StreamConsumer: Equatable, Sendable {
    /// Where a consumer is in its life; each case names the instant at which it goes on.
    enum Phase: Equatable, Sendable {
        /// Becomes `active` at that instant.
        case creating(until: Int64)
        /// Stays until it is deregistered.
        case active
        /// Is gone at that instant.
        case deleting(until: Int64)
    }

    let name: String
    let createdAt: Int64
    var tags: [String: String]
    var phase: Phase

    /// The status as the API spells it.
    var status: String {
        switch phase {
        case .creating: "CREATING"
        case .active: "ACTIVE"
        case .deleting: "DELETING"
        }
    }

    /// Moves it on in its life; false when it is gone.
    mutating func settle(now: Int64) -> Bool {
        switch phase {
        case .creating(let until):
            if now >= until { phase = .active }
            return true
        case .active: return true
        case .deleting(let until): return now < until
        }
    }

    /// What the last part of its ARN says: name and creation in epoch seconds.
    var arnSuffix: String { "/consumer/\(name):\(createdAt / 1000)" }
}
