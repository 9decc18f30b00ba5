import ActivationCore
import ActivationEngine
import Logging
import Synchronization

/// Replaces the server's keys while it runs, and destroys those that nothing needs any more (docs/decisions/0056).
///
/// What a process began that was killed goes on with the next start: the files of the keys say what is left to do.
final class KeyKeeper: Sendable {
    /// What is known of the secrets under the data key.
    struct Progress: Sendable, Equatable {
        /// Looked at in this round.
        var done = 0
        /// Those among them that no key opens.
        var unreadable = 0
        /// Why the round has to be repeated.
        var obstacle: String?
        /// Whether a round is under way.
        var isRunning = false
        /// Whether the last round left nothing to do.
        var isComplete = false
    }

    private struct State {
        var progress = Progress()
        var toldUnreadable = 0
        var hasLooked = false
        var releasedAt: [ServerKey: Timestamp] = [:]
    }

    private let ring: KeyRing
    private let time: any TimeSource
    private let logger: Logger
    private let state = Mutex(State())
    /// One round, or one new key, at a time.
    private let gate = ControlGate()

    /// How long it takes until everything has ended that a token key has signed: links for who was invited last longest.
    static let tokenKeyLife: Int64 = SignInLink.invitationLifetime
    /// How long a key whose file is gone is remembered, for what was sealed or read just before.
    static let fading: Int64 = 3_600_000
    private static let pause = Duration.seconds(30)

    init(keys: ServerKeys, time: any TimeSource, logger: Logger) {
        ring = keys.ring
        self.time = time
        self.logger = logger
    }

    /// What is known of the secrets.
    var progress: Progress { state.withLock { $0.progress } }

    /// When the token key before is destroyed; nil when there is none.
    var tokenKeyUntil: Timestamp? {
        ring[.token].previous.map { Timestamp(milliseconds: $0.replacedAt.milliseconds + KeyKeeper.tokenKeyLife) }
    }

    // MARK: A new key

    /// Makes a new key and uses it from then on.
    ///
    /// - Parameters:
    ///   - key: Which.
    ///   - endsTokens: Whether all that the token key has signed ends with it.
    ///   - organisation: What the default sandbox works with.
    ///   - author: Whose name stands in the history.
    /// - Throws: `CONFLICT` when the key is not ours or one before it is still needed; why it cannot be written.
    func rotate(
        _ key: ServerKey,
        endsTokens: Bool,
        of organisation: ServerDependencies,
        by author: ConfigurationChange.Author
    ) async throws(APIError) {
        await gate.enter()
        defer { gate.leave() }
        let slot = ring[key]
        guard slot.isInFile, slot.previous?.isInFile ?? true else {
            throw APIError(
                .conflict,
                "the data key comes from the environment: start the server with the new one in HEADWATER_DATA_KEY and the "
                    + "present one in HEADWATER_DATA_KEY_PREVIOUS, and wait until the latter is not needed"
            )
        }
        if slot.previous != nil, !(key == .token && endsTokens) {
            throw APIError(
                .conflict,
                key == .data
                    ? "secrets are still being encrypted with the present data key; wait until that is done"
                    : "tokens that the token key before signed may still be good until "
                        + "\(tokenKeyUntil?.rfc3339 ?? ""); wait for that, or end all tokens with endTokens=true"
            )
        }
        let unreadable = key == .data ? state.withLock { $0.progress.unreadable } : 0
        guard unreadable == 0 else {
            throw APIError(
                .secretsUnreadable,
                "\(unreadable) secrets do not open with the present data key; restore data.key, or give these accounts and "
                    + "alert channels their secrets again (headwater doctor names them)"
            )
        }
        // Recorded before it is done, as all that cannot be undone.
        try await organisation.control.record([
            ConfigurationChange(
                .update,
                by: author,
                of: AuditSubject(key: key),
                details: key == .token ? ["endTokens": .bool(endsTokens)] : [:],
                at: time.now()
            )
        ])
        let (ring, now) = (ring, time.now())
        do {
            try await DiskWork.done { () throws(ServerStartError) in
                try ring.rotate(key, at: now, keepsPrevious: !(key == .token && endsTokens))
            }
        } catch {
            logger.error(
                "Key not replaced",
                metadata: ["key": "\(key.rawValue)", "error.message": "\(error.cause ?? error.detail)"]
            )
            throw APIError(
                error.code,
                "the new key cannot be kept, so the present one stays in use: \(error.detail)",
                retryAfterSeconds: error.retryAfterSeconds
            )
        }
        logger.notice("Key replaced", metadata: ["key": "\(key.rawValue)"])
    }

    // MARK: What is left to do

    /// Looks whether something is left to do, and does it.
    func look(of organisation: ServerDependencies) async {
        await gate.enter()
        defer { gate.leave() }
        let now = time.now()
        if let until = tokenKeyUntil, until <= now { await release(.token) }
        for (key, releasedAt) in state.withLock({ $0.releasedAt })
        where releasedAt.milliseconds + KeyKeeper.fading <= now.milliseconds {
            ring.fade(key)
            state.withLock { $0.releasedAt[key] = nil }
        }
        if isRoundNeeded { await reseal(organisation) }
    }

    /// The first round finds out whether the secrets can be read at all.
    private var isRoundNeeded: Bool {
        let (hasLooked, hasObstacle) = state.withLock { ($0.hasLooked, $0.progress.obstacle != nil) }
        return !hasLooked || ring[.data].previous.map { $0.isInFile || hasObstacle } ?? false
    }

    /// Encrypts every secret of every sandbox with the data key in use, then destroys the one before.
    private func reseal(_ organisation: ServerDependencies) async {
        state.withLock { state in
            state.progress = Progress(unreadable: state.progress.unreadable, isRunning: true)
        }
        // What is made from now on is sealed with the key in use, so nobody is missed who comes later.
        let isWhole = organisation.sandboxes.runsAll(of: organisation.control)
        var (done, unreadable) = (0, 0)
        func note(_ more: Int, _ lost: Int) {
            done += more
            unreadable += lost
            state.withLock { $0.progress.done = done }
        }
        var obstacle = isWhole ? nil : "a sandbox does not run, and its secrets wait until it does or is deleted"
        for dependencies in [organisation] + organisation.sandboxes.worlds.map(\.dependencies) {
            do {
                try await dependencies.control.resealSecrets(note)
                // A request that cannot be read ends by itself, and keeps nobody from anything.
                try await dependencies.privacy.resealSecrets { done, _ in note(done, 0) }
            } catch {
                obstacle =
                    "secrets of the sandbox \(dependencies.control.sandbox.name) cannot be stored now"
                    + (KeyKeeper.isFull(error) ? ", because the disk is full; make room" : "")
                logger.warning(
                    "Secrets not encrypted anew",
                    metadata: ["sandbox": "\(dependencies.control.sandbox.name)", "error.message": "\(error)"]
                )
            }
        }
        tell(unreadable)
        if obstacle == nil, let previous = ring[.data].previous, previous.isInFile { await release(.data) }
        state.withLock { [obstacle, done, unreadable] state in
            state.progress = Progress(
                done: done,
                unreadable: unreadable,
                obstacle: obstacle,
                isComplete: obstacle == nil
            )
            state.hasLooked = true
        }
    }

    private static func isFull(_ error: any Error) -> Bool {
        (error as? StorageError)?.code == .full || (error as? APIError)?.code == .storageFull
    }

    private func tell(_ unreadable: Int) {
        let isNews = state.withLock { state in
            defer { state.toldUnreadable = unreadable }
            return unreadable > state.toldUnreadable
        }
        guard isNews else { return }
        logger.error(
            "Secrets cannot be read with the data key",
            metadata: [
                "secrets": "\(unreadable)",
                "error.message":
                    "restore data.key or HEADWATER_DATA_KEY (and the one before, if it was being replaced), or give these accounts and alert channels their secrets again; headwater doctor names them",
            ]
        )
    }

    private func release(_ key: ServerKey) async {
        let ring = ring
        do {
            try await DiskWork.done { () throws(ServerStartError) in
                // Nothing that a token key signed is good any more; a sealed text may have been read a moment ago.
                try ring.release(key, fades: key == .data)
            }
            state.withLock { $0.releasedAt[key] = time.now() }
            logger.notice("Key destroyed that was replaced", metadata: ["key": "\(key.rawValue)"])
        } catch {
            logger.warning(
                "Key that was replaced not destroyed",
                metadata: ["key": "\(key.rawValue)", "error.message": "\(error)"]
            )
        }
    }

    /// Looks again and again until it is cancelled.
    func run(of organisation: ServerDependencies) async {
        while !Task.isCancelled {
            await look(of: organisation)
            // Ends early only when cancelled.
            try? await Task.sleep(for: KeyKeeper.pause)
        }
    }
}

extension AuditSubject {
    /// The kind of the server's keys.
    static let keyKind = "key"

    /// One of the server's keys.
    init(key: ServerKey) {
        self.init(kind: AuditSubject.keyKind, id: key.rawValue, name: "\(key.rawValue) key")
    }
}

extension APIErrorCode {
    static let secretsUnreadable = APIErrorCode(
        "SECRETS_UNREADABLE",
        status: 409,
        title: "Secrets cannot be read with the data key"
    )
}
