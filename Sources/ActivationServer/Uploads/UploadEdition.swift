import ActivationCore
import ActivationEngine

/// What an upload does to the definition of its audience (BEHAVIOUR 5.7).
struct UploadEdition: Sendable {
    /// The audience.
    let audience: Audience.ID
    /// In whose name.
    let author: ConfigurationChange.Author
    let control: ControlPlane

    /// What there is when an upload begins.
    struct Beginning: Sendable {
        /// The upload's number in its audience.
        var number: Int64
        /// When the members before it would have exited, in milliseconds; nil when there were none.
        var expireTimeBefore: Int64?
    }

    /// Gives an upload a number in its audience.
    ///
    /// Whoever was a member before an expiry is none any more, so an audience that has expired begins with this upload. Nobody
    /// expires until the upload has ended: who has been named by its first rows would be gone before its last.
    ///
    /// - Throws: Why the audience takes no members.
    func begin() async throws(APIError) -> Beginning {
        try await change { audience, body, now throws(APIError) in
            try audience.refuseInactive()
            let number = (body["lastEdition"]?.int64 ?? 0) + 1
            let before = body["expireTime"]?.int64
            body["lastEdition"] = .integer(number)
            if let before, before <= now.milliseconds { body["edition"] = .integer(number) }
            body["expireTime"] = nil
            return Beginning(number: number, expireTimeBefore: before)
        }
    }

    /// Makes the members of an upload those of the audience, from now on for its days.
    ///
    /// - Throws: Why the audience takes no members.
    func complete(_ number: Int64) async throws(APIError) {
        try await change { audience, body, now throws(APIError) in
            try audience.refuseInactive()
            // It was said before, and the server ended before it noted that.
            guard (body["edition"]?.int64 ?? 0) <= number else { return }
            body["edition"] = .integer(number)
            body["expireTime"] = .integer(ExternalAudienceMembers.expireTime(of: body, since: now))
        }
    }

    /// Leaves the audience with those before and those whom an upload has named so far, for its days or until then; also while
    /// it rests.
    func abandon(expiringAt end: Int64? = nil) async throws(APIError) {
        do throws(APIError) {
            try await change { _, body, now throws(APIError) in
                guard body["expireTime"] == nil, body["lastEdition"]?.int64 ?? 0 > 0 else { return }
                body["expireTime"] = .integer(end ?? ExternalAudienceMembers.expireTime(of: body, since: now))
            }
        } catch {
            // An audience that is gone needs no end.
            guard error.code == .definitionUnknown else { throw error }
        }
    }

    private func change<Result: Sendable>(
        _ edit: (SegmentDefinition, inout JSONObject, Timestamp) throws(APIError) -> Result
    ) async throws(APIError) -> Result {
        let id = audience.uuid.description
        return try await control.write(by: author) { change throws(APIError) in
            let audience = try change.snapshot.externalAudience(id)
            let entry = try SegmentDefinitionStore.entry(id, in: change.snapshot)
            var body = entry.body
            let result = try edit(audience, &body, change.instant)
            if body != entry.body { try change.rewrite(entry, body: body) }
            return result
        }
    }
}
