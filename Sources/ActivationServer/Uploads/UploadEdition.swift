import ActivationCore
import ActivationEngine

/// What an upload does to the definition of its audience (BEHAVIOUR 5.7).
struct UploadEdition: Sendable {
    private let upload: Upload
    private let control: ControlPlane

    init(_ upload: Upload, _ control: ControlPlane) {
        self.upload = upload
        self.control = control
    }

    /// Gives the upload a number in its audience.
    ///
    /// Whoever was a member before an expiry is none any more, so an audience that has expired begins with this upload. Nobody
    /// expires until the upload has ended: who has been named by its first rows would be gone before its last.
    ///
    /// - Returns: The number.
    /// - Throws: Why the audience takes no members.
    func begin() async throws(APIError) -> Int64 {
        try await change { body, now throws(APIError) in
            let number = (body["lastEdition"]?.int64 ?? 0) + 1
            body["lastEdition"] = .integer(number)
            if let end = body["expireTime"]?.int64, end <= now.milliseconds {
                body["edition"] = .integer(number)
            }
            body["expireTime"] = nil
            return number
        }
    }

    /// Makes the upload's members those of the audience, from now on for its days.
    ///
    /// - Throws: Why the audience takes no members.
    func complete() async throws(APIError) {
        try await change { body, now throws(APIError) in
            // It was said before, and the server ended before it noted that.
            guard let number = upload.edition, (body["edition"]?.int64 ?? 0) <= number else { return }
            body["edition"] = .integer(number)
            body["expireTime"] = .integer(ExternalAudienceMembers.expireTime(of: body, since: now))
        }
    }

    /// Leaves the audience with those before and those whom the upload has named so far, for its days.
    func abandon(by author: ConfigurationChange.Author) async throws(APIError) {
        do throws(APIError) {
            try await change(by: author) { body, now throws(APIError) in
                guard body["expireTime"] == nil else { return }
                body["expireTime"] = .integer(ExternalAudienceMembers.expireTime(of: body, since: now))
            }
        } catch {
            // An audience that is gone, or rests, needs no end.
            guard error.code == .definitionUnknown || error.code == .audienceStateConflict else { throw error }
        }
    }

    private func change<Result: Sendable>(
        by author: ConfigurationChange.Author? = nil,
        _ edit: (inout JSONObject, Timestamp) throws(APIError) -> Result
    ) async throws(APIError) -> Result {
        let id = upload.audience.uuid.description
        return try await control.write(by: author ?? upload.author) { change throws(APIError) in
            let audience = try change.snapshot.externalAudience(id)
            try audience.refuseInactive()
            let entry = try SegmentDefinitionStore.entry(id, in: change.snapshot)
            var body = entry.body
            let result = try edit(&body, change.now)
            if body != entry.body { try change.rewrite(entry, body: body) }
            return result
        }
    }
}
