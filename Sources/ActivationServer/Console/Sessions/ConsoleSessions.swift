import ActivationCore
import ActivationEngine
import Crypto
import Synchronization

/// Who is signed in; kept in the configuration, so that a restart signs nobody out.
final class ConsoleSessions: Sendable {
    /// What a cookie stands for.
    enum Finding: Sendable {
        /// Somebody who is signed in.
        case live(ConsoleUser, ConsoleSession)
        /// Somebody who was.
        case ended(ConsoleUser, ConsoleSession)
        /// Nobody.
        case nobody
    }

    private let control: ControlPlane
    private let time: any TimeSource
    /// Later uses than the stored ones, by session.
    private let seen = Mutex<[String: Timestamp]>([:])

    init(control: ControlPlane, time: any TimeSource) {
        self.control = control
        self.time = time
    }

    /// Who has a cookie.
    ///
    /// - Parameters:
    ///   - secret: What the cookie holds.
    ///   - isUse: Whether the person does something, which is noted; an open page that asks by itself does not.
    /// - Returns: What it stands for.
    func find(_ secret: String, isUse: Bool = true) async -> Finding {
        let id = ConsoleSessions.id(of: secret)
        guard let entry = control.entry(.consoleSession, id), var session = ConsoleSession(entry),
            let user = control.consoleUser(session.userID)
        else { return .nobody }
        let stored = session.seenAt
        session.seenAt = max(stored, seen.withLock { $0[id] } ?? stored)
        let now = time.now()
        guard session.isLive(at: now) else { return .ended(user, session) }
        guard isUse else { return .live(user, session) }
        seen.withLock { $0[id] = now }
        // When it cannot be stored now it is at the next use; until then memory knows.
        if stored.duration(to: now) >= ConsoleSession.seenStep { try? await touch(id) }
        return .live(user, session)
    }

    /// Signs somebody in.
    ///
    /// - Parameters:
    ///   - user: Who.
    ///   - agent: What the browser calls itself.
    /// - Returns: What its cookie holds.
    /// - Throws: ``APIError`` when it cannot be stored.
    func begin(_ user: ConsoleUser, agent: String) async throws(APIError) -> String {
        let secret = Base64URL.encode(ClientSecret.random(32))
        let gone = try await control.write(by: user.author) { draft throws(APIError) in
            let gone = ConsoleSessions.superfluous(in: draft.snapshot, of: user.id, at: draft.now)
            for session in gone { draft.remove(session) }
            try draft.insert(
                .consoleSession,
                id: ConsoleSessions.id(of: secret),
                body: ["userId": .string(user.id), "agent": .string(agent.excerpt(200))]
            )
            return gone.map(\.id)
        }
        forget(gone)
        return secret
    }

    /// The sessions of a user that have not ended, the newest first.
    func sessions(of user: ConsoleUser) -> [ConsoleSession] {
        let now = time.now()
        let seen = seen.withLock { $0 }
        return control.entries(.consoleSession).compactMap(ConsoleSession.init).filter { $0.userID == user.id }
            .map { session in
                var session = session
                session.seenAt = max(session.seenAt, seen[session.id] ?? session.seenAt)
                return session
            }
            .filter { $0.isLive(at: now) }.reversed()
    }

    /// Signs out of sessions.
    ///
    /// - Parameters:
    ///   - user: Whose.
    ///   - isIncluded: Says which of them.
    /// - Throws: ``APIError`` when it cannot be stored.
    func end(of user: ConsoleUser, where isIncluded: @Sendable (String) -> Bool) async throws(APIError) {
        let gone = try await control.write(by: user.author) { draft throws(APIError) in
            let gone = draft.snapshot.entries(.consoleSession).filter {
                $0.string("userId") == user.id && isIncluded($0.id)
            }
            for session in gone { draft.remove(session) }
            return gone.map(\.id)
        }
        forget(gone)
    }

    private func forget(_ ids: [String]) {
        seen.withLock { seen in
            for id in ids { seen[id] = nil }
        }
    }

    private func touch(_ id: String) async throws(APIError) {
        try await control.write(by: .server) { draft throws(APIError) in
            guard let entry = draft.snapshot.entry(.consoleSession, id) else { return }
            try draft.replace(entry, body: entry.body)
        }
    }

    /// What goes when a user signs in once more: what ended long ago, and the oldest of the user's own.
    private static func superfluous(
        in snapshot: ControlSnapshot,
        of user: String,
        at now: Timestamp
    ) -> [ControlEntry] {
        let sessions = snapshot.entries(.consoleSession)
        let ended = sessions.filter { $0.createdAt.duration(to: now) > ConsoleSession.remembered }
        let ids = Set(ended.map(\.id))
        let own = sessions.filter { $0.string("userId") == user && !ids.contains($0.id) }
        return ended + own.prefix(max(own.count - ConsoleSession.perUserMax + 1, 0))
    }

    static func id(of secret: String) -> String {
        Base64URL.encode(SHA256.hash(data: Array(secret.utf8)))
    }
}
