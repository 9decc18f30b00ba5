import ActivationCore
import ActivationEngine
import Logging
import Synchronization

/// Which tokens credentials were given, so that they can be listed and ended one by one.
///
/// The newest of each credential are kept. They are stored behind the calls, several at once, so that signing in waits for no
/// write; a crash may forget those of the last seconds, which end with all others of their credential.
final class TokenDesk: Sendable {
    /// A token, by what may be known of it.
    struct Issued: Sendable, Hashable {
        var id: String
        var issuedAt: Timestamp
        var expiresAt: Timestamp
        var generation: Int64
        /// What it is narrowed to; nil = nothing but its credential's roles.
        var scope: String?
    }

    private struct State {
        /// By client id, the newest last.
        var issued: [ByteKey: [Issued]] = [:]
        /// Whose lists are others than those that are stored.
        var changed: Set<ByteKey> = []
    }

    /// Tokens of a credential that are kept.
    static let most = 100
    private static let pause = Duration.seconds(5)

    private let control: ControlPlane
    private let time: any TimeSource
    private let logger: Logger
    private let state: Mutex<State>

    init(control: ControlPlane, time: any TimeSource, logger: Logger) {
        self.control = control
        self.time = time
        self.logger = logger
        var state = State()
        for entry in control.organisation.entries(.issuedTokens) {
            state.issued[ByteKey(entry.id)] = (entry.body["tokens"]?.array ?? []).compactMap(Issued.init)
        }
        self.state = Mutex(state)
    }

    /// Notes a token that was made.
    func note(_ token: AccessToken) {
        let issued = Issued(
            id: token.id,
            issuedAt: token.issuedAt,
            expiresAt: token.expiresAt,
            generation: token.generation,
            scope: token.scope?.text
        )
        let key = ByteKey(token.clientID)
        state.withLock { state in
            var list = state.issued[key] ?? []
            list.append(issued)
            state.issued[key] = Array(list.suffix(TokenDesk.most))
            state.changed.insert(key)
        }
    }

    /// The tokens of a credential that are good, the newest first.
    func tokens(ofCredential clientID: String) -> [Issued] {
        let (now, generation) = (time.now(), control.tokenGeneration(ofCredential: clientID))
        let organisation = control.organisation
        let known = known(ofCredential: clientID, in: organisation.entry(.issuedTokens, clientID))
        return known.reversed().filter { token in
            now < token.expiresAt && token.generation == generation
                && organisation.entry(.revokedToken, token.id) == nil
        }
    }

    /// The tokens that were noted here and those that are stored, which may be other nodes', the newest last.
    private func known(ofCredential clientID: String, in stored: ControlEntry?) -> [Issued] {
        let own = state.withLock { $0.issued[ByteKey(clientID)] ?? [] }
        let others = (stored?.body["tokens"]?.array ?? []).compactMap(Issued.init)
        let ids = Set(own.map(\.id))
        // Those of one instant in the order in which they were noted.
        return (others.filter { !ids.contains($0.id) } + own).enumerated()
            .sorted { ($0.element.issuedAt, $0.offset) < ($1.element.issuedAt, $1.offset) }.map(\.element)
    }

    /// Stores what was noted since.
    func flush() async {
        let changed = state.withLock { state in
            defer { state.changed = [] }
            return state.changed
        }
        guard !changed.isEmpty else { return }
        do {
            try await control.organisation.write(by: .server) { draft throws(APIError) in
                for key in changed { try enter(key.string, in: &draft) }
                // A credential that was revoked gets none, and needs none of its list.
                for entry in draft.snapshot.entries(.issuedTokens)
                where !(draft.snapshot.entry(.credential, entry.id)?.isActiveAccount(at: draft.now) ?? false) {
                    draft.remove(entry)
                }
            }
        } catch {
            state.withLock { $0.changed.formUnion(changed) }
            logger.debug("Tokens issued not kept", metadata: ["error.code": "\(error.code.rawValue)"])
        }
    }

    private func enter(_ clientID: String, in draft: inout ControlDraft) throws(APIError) {
        guard let credential = draft.snapshot.entry(.credential, clientID), credential.isActiveAccount(at: draft.now)
        else { return }
        let now = draft.now
        let stored = draft.snapshot.entry(.issuedTokens, clientID)
        let tokens = known(ofCredential: clientID, in: stored).filter { now < $0.expiresAt }.suffix(TokenDesk.most)
        let body: JSONObject = ["tokens": .array(tokens.map(\.json))]
        if let entry = stored {
            try draft.replace(entry, body: body)
        } else {
            draft.add(.issuedTokens, id: clientID, body: body)
        }
    }

    /// Stores what is noted until it is cancelled.
    func run() async {
        while !Task.isCancelled {
            // Ends early only when cancelled.
            try? await Task.sleep(for: TokenDesk.pause)
            await flush()
        }
    }

    /// Stores what is left; also of a task that is cancelled.
    func finish() async {
        await Task { await flush() }.value
    }
}

extension TokenDesk.Issued {
    fileprivate init?(_ json: JSONValue) {
        guard let id = json["id"]?.string, let issuedAt = json["issuedAt"]?.int64, let until = json["until"]?.int64
        else {
            return nil
        }
        self.init(
            id: id,
            issuedAt: Timestamp(milliseconds: issuedAt),
            expiresAt: Timestamp(milliseconds: until),
            generation: json["generation"]?.int64 ?? 0,
            scope: json["scope"]?.string
        )
    }

    fileprivate var json: JSONValue {
        var json: JSONObject = [
            "id": .string(id), "issuedAt": .integer(issuedAt.milliseconds), "until": .integer(expiresAt.milliseconds),
            "generation": .integer(generation),
        ]
        if let scope { json["scope"] = .string(scope) }
        return .object(json)
    }
}

extension ServerDependencies {
    /// Ends a token that is in a credential's list.
    ///
    /// - Throws: `1439-404`, or the store's error.
    func revokeToken(
        _ id: String,
        ofCredential clientID: String,
        by author: ConfigurationChange.Author
    ) async throws(APIError) {
        _ = try control.credential(clientID)
        guard let token = tokens.tokens(ofCredential: clientID).first(where: { $0.id == id }) else {
            throw APIError(
                .resourceUnknown,
                "the credential has no token with this id among its newest that are good; DELETE "
                    + "/v1/credentials/\(clientID)/tokens ends all"
            )
        }
        try await control.revokeToken(
            id,
            of: clientID,
            generation: token.generation,
            until: token.expiresAt,
            by: author
        )
    }
}
