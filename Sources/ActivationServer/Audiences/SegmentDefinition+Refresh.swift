import ActivationCore
import ActivationEngine

extension SegmentDefinition {
    /// How long before their end members may be confirmed.
    private static let refreshDays: Int64 = 7
    /// How long after it was refreshed an audience is not refreshed again.
    private static let refreshPause: Int64 = 20 * 60_000
    /// The member that says when it was last refreshed, in milliseconds.
    static let refreshedAt = "refreshedAt"

    /// The members of an audience whose members stay for its days from now on (BEHAVIOUR 5.7).
    ///
    /// - Throws: `AUDIENCE_EXPIRED`, `AUDIENCE_STATE_CONFLICT` or `REFRESH_TOO_SOON`.
    func refreshed(at now: Timestamp) throws(APIError) -> JSONObject {
        try refuseUnlessOpen(at: now)
        guard let expiresAt else {
            throw APIError(.audienceStateConflict, "nothing expires: no upload has ended yet, or one is under way")
        }
        let first = expiresAt.milliseconds - SegmentDefinition.refreshDays * 86_400_000
        let next = max(first, (body[SegmentDefinition.refreshedAt]?.int64 ?? .min / 2) + SegmentDefinition.refreshPause)
        guard next <= now.milliseconds else {
            throw APIError(
                .refreshTooSoon,
                "members are confirmed in the last \(SegmentDefinition.refreshDays) days before they expire and 20 minutes after "
                    + "the last time: from \(Timestamp(milliseconds: next).rfc3339) on",
                members: ["possibleAt": .string(Timestamp(milliseconds: next).rfc3339)]
            )
        }
        var members = body
        members[SegmentDefinition.refreshedAt] = .integer(now.milliseconds)
        return members
    }
}

extension SegmentDefinitionStore {
    /// Lets the members of an external audience stay for its days from now on.
    ///
    /// - Returns: The audience.
    /// - Throws: `AUDIENCE_NOT_EXTERNAL`, or why it cannot be done now.
    func refresh(_ id: String, by author: ConfigurationChange.Author) async throws(APIError) -> SegmentDefinition {
        try await dependencies.control.write(by: author) { change throws(APIError) in
            let audience = try change.snapshot.externalAudience(id)
            let entry = try SegmentDefinitionStore.entry(id, in: change.snapshot)
            try change.rewrite(entry, body: try audience.refreshed(at: change.instant))
            return try SegmentDefinitionStore.definition(id, in: change.snapshot)
        }
    }
}
