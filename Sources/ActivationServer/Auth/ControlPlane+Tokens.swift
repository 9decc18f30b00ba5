import ActivationCore
import ActivationEngine

/// The ends of access tokens before their time (BEHAVIOUR 8.4).
///
/// A token that is ended stands in a list until it would have expired; all tokens of a credential are ended by a number that the
/// credential has and that the tokens it gets from then on carry.
extension ControlPlane {
    /// The member that says of which generation the tokens of a credential are.
    static let tokenGeneration = "tokenGeneration"
    /// Tokens of a credential that are ended one by one and have not expired.
    static let revokedTokensMax = 1_000

    /// The generation of the tokens that a credential gets.
    func tokenGeneration(ofCredential clientID: String) -> Int64 {
        organisation.entry(.credential, clientID)?.tokenGeneration ?? 0
    }

    /// Whether a token was ended.
    func isRevoked(_ token: AccessToken) -> Bool {
        token.generation != tokenGeneration(ofCredential: token.clientID)
            || organisation.entry(.revokedToken, token.id) != nil
    }

    /// Ends a token; it is refused when this returns.
    ///
    /// - Parameters:
    ///   - token: The token.
    ///   - author: Who ends it.
    /// - Throws: `TOKENS_REVOKED_TOO_MANY`, or the store's error.
    func revoke(_ token: AccessToken, by author: ConfigurationChange.Author) async throws(APIError) {
        try await revokeToken(
            token.id,
            of: token.clientID,
            generation: token.generation,
            until: token.expiresAt,
            by: author
        )
    }

    /// Ends a token of a credential by its id.
    ///
    /// - Throws: `TOKENS_REVOKED_TOO_MANY`, or the store's error.
    func revokeToken(
        _ id: String,
        of clientID: String,
        generation: Int64,
        until: Timestamp,
        by author: ConfigurationChange.Author
    ) async throws(APIError) {
        try await write(by: author) { draft throws(APIError) in
            guard let credential = draft.snapshot.entry(.credential, clientID),
                credential.tokenGeneration == generation, draft.snapshot.entry(.revokedToken, id) == nil, !id.isEmpty
            else { return }
            var count = 0
            for entry in draft.snapshot.entries(.revokedToken) {
                // Nobody asks any more for what has expired.
                if entry.body["until"]?.int64 ?? 0 <= draft.now.milliseconds {
                    draft.remove(entry)
                } else if entry.string("clientId")?.hasSameBytes(as: clientID) ?? false {
                    count += 1
                }
            }
            guard count < ControlPlane.revokedTokensMax else {
                throw APIError(
                    .tokensRevokedTooMany,
                    "\(count) tokens of the credential are ended and have not expired; end all of them at once by DELETE "
                        + "/v1/credentials/\(clientID)/tokens, or use a token for longer",
                    retryAfterSeconds: 3_600
                )
            }
            draft.add(
                .revokedToken,
                id: id,
                body: ["clientId": .string(clientID), "until": .integer(until.milliseconds)]
            )
            draft.notes.append(draft.signedOut(credential, token: id))
        }
    }

    /// Ends every token that a credential got until now.
    ///
    /// - Throws: `1439-404`, or the store's error.
    func revokeTokens(ofCredential clientID: String, by author: ConfigurationChange.Author) async throws(APIError) {
        try await write(by: author) { draft throws(APIError) in
            let entry = try draft.snapshot.credential(clientID)
            var body = entry.body
            body[ControlPlane.tokenGeneration] = .integer(entry.tokenGeneration &+ 1)
            try draft.replace(entry, body: body)
            // They are of an earlier generation now.
            for revoked in draft.snapshot.entries(.revokedToken)
            where revoked.string("clientId")?.hasSameBytes(as: clientID) ?? false { draft.remove(revoked) }
            draft.notes.append(draft.signedOut(entry, token: "all"))
        }
    }
}

extension ControlDraft {
    /// That tokens of a credential were ended, for the audit log.
    fileprivate func signedOut(_ credential: ControlEntry, token: String) -> ConfigurationChange {
        ConfigurationChange(
            .signOut,
            by: author,
            of: AuditSubject(credential: credential),
            details: ["token": .string(token)],
            at: now
        )
    }
}

extension ControlEntry {
    fileprivate var tokenGeneration: Int64 { body[ControlPlane.tokenGeneration]?.int64 ?? 0 }
}

extension APIErrorCode {
    static let tokensRevokedTooMany = APIErrorCode(
        "TOKENS_REVOKED_TOO_MANY",
        status: 503,
        title: "Too many tokens were ended"
    )
}
