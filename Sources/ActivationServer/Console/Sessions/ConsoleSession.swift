import ActivationCore

/// A browser in which somebody is signed in.
struct ConsoleSession: Sendable, Equatable {
    /// The digest of what the browser's cookie holds, as text; the cookie itself is kept nowhere.
    var id: String
    /// Whose it is.
    var userID: String
    /// When it began.
    var createdAt: Timestamp
    /// When it was last used, to a few minutes.
    var seenAt: Timestamp
    /// What the browser calls itself.
    var agent: String

    /// How long it lasts without use.
    static let idle = Duration.seconds(3_600)
    /// How long after its begin it stands for the password of who has none here.
    static let fresh = Duration.seconds(900)
    /// How long it lasts at most.
    static let longest = Duration.seconds(12 * 3_600)
    /// How long it is known after its end, so that what was typed in it is not lost.
    static let remembered = Duration.seconds(24 * 3_600)
    /// How exactly its last use is stored.
    static let seenStep = Duration.seconds(300)
    /// Sessions of one user; the oldest goes when there is another.
    static let perUserMax = 10

    /// Reads a stored session; nil when it is none.
    init?(_ entry: ControlEntry) {
        guard entry.kind == .consoleSession, let userID = entry.string("userId") else { return nil }
        id = entry.id
        self.userID = userID
        createdAt = entry.createdAt
        seenAt = entry.updatedAt
        agent = entry.string("agent") ?? ""
    }

    /// The browser in words that people know, as far as what it calls itself tells.
    var browser: String {
        let known = [("Firefox/", "Firefox"), ("Edg/", "Edge"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]
        let systems = [
            ("Windows", "Windows"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS", "macOS"), ("Android", "Android"),
            ("Linux", "Linux"),
        ]
        let name = known.first { agent.contains($0.0) }?.1
        let system = systems.first { agent.contains($0.0) }?.1
        guard let name else { return agent.isEmpty ? "Unknown browser" : agent }
        return system.map { "\(name) on \($0)" } ?? name
    }

    /// Whether it still counts.
    func isLive(at now: Timestamp) -> Bool {
        createdAt.duration(to: now) < ConsoleSession.longest && seenAt.duration(to: now) < ConsoleSession.idle
    }
}
