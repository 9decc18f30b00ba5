import ActivationCore
import ActivationEngine
import Logging

/// Who sees values of whom, since when, until when and why; noted before any value is shown.
struct ValueReveals: Sendable {
    /// One note.
    struct Reveal: Sendable {
        /// Who, by e-mail address.
        var email: String
        /// The profile's id.
        var profile: String
        /// Why, in the person's words.
        var reason: String
        /// Since when.
        var beganAt: Timestamp
        /// Until when.
        var endsAt: Timestamp
        fileprivate var session: String

        init?(_ entry: ControlEntry) {
            guard entry.kind == .valueReveal, let email = entry.string("email"),
                let profile = entry.string("profileId"), let session = entry.string("sessionId"),
                let endsAt = entry.body["endsAt"]?.int64
            else { return nil }
            self.email = email
            self.profile = profile
            self.session = session
            reason = entry.string("reason") ?? ""
            beganAt = entry.createdAt
            self.endsAt = Timestamp(milliseconds: endsAt)
        }
    }

    let control: ControlPlane
    let logger: Logger

    /// Characters of a reason at least; fewer say nothing.
    static let reasonMin = 8
    /// Characters of a reason at most.
    static let reasonMax = 500
    /// How long values are visible, in milliseconds.
    static let length: Int64 = 600_000
    /// Notes that are kept; beyond them the oldest goes, and stands in the log alone.
    static let keptMax = 5_000

    /// Notes that a person begins to see a profile's values; when this returns, the note is durable.
    ///
    /// - Parameters:
    ///   - profile: The profile.
    ///   - viewer: Who.
    ///   - reason: Why.
    /// - Throws: ``APIError`` when it cannot be stored; then nothing may be shown.
    func begin(_ profile: Profile.ID, for viewer: ConsoleViewer, because reason: String) async throws(APIError) {
        let id = profile.uuid.description
        let author = AuthenticatedClient.current?.author ?? viewer.user.author
        try await control.write(by: author) { draft throws(APIError) in
            draft.notes.append(
                ConfigurationChange(
                    .reveal,
                    by: author,
                    of: .profile(profile),
                    details: ["reason": .string(reason)],
                    at: draft.now
                )
            )
            let known = draft.snapshot.entries(.valueReveal)
            for old in known.prefix(max(known.count - ValueReveals.keptMax + 1, 0)) { draft.remove(old) }
            try draft.insert(
                .valueReveal,
                body: [
                    "email": .string(viewer.user.email), "sessionId": .string(viewer.session.id),
                    "profileId": .string(id), "reason": .string(reason),
                    "endsAt": .integer(draft.now.milliseconds + ValueReveals.length),
                ]
            )
        }
        logger.notice(
            "Personal values revealed",
            metadata: ["user.email": "\(viewer.user.email)", "profile.id": "\(id)"]
        )
    }

    /// What lets a person see a profile's values now; nil = nothing does.
    func current(_ profile: Profile.ID, for viewer: ConsoleViewer, at now: Timestamp) -> Reveal? {
        let id = profile.uuid.description
        return control.entries(.valueReveal).reversed().lazy.compactMap(Reveal.init).first {
            $0.profile == id && $0.session == viewer.session.id && now < $0.endsAt && $0.beganAt <= now
        }
    }

    /// Masks a profile's values for a person again.
    func end(_ profile: Profile.ID, for viewer: ConsoleViewer) async throws(APIError) {
        let id = profile.uuid.description
        try await control.write(by: viewer.user.author) { draft throws(APIError) in
            for entry in draft.snapshot.entries(.valueReveal) {
                guard let reveal = Reveal(entry), reveal.profile == id, reveal.session == viewer.session.id,
                    draft.now < reveal.endsAt
                else { continue }
                var body = entry.body
                body["endsAt"] = .integer(draft.now.milliseconds)
                try draft.replace(entry, body: body)
            }
        }
    }

    /// Who saw a profile's values, the last one first.
    func list(of profile: Profile.ID, limit: Int) -> [Reveal] {
        let id = profile.uuid.description
        return Array(
            control.entries(.valueReveal).reversed().lazy.compactMap(Reveal.init).filter { $0.profile == id }.prefix(
                limit
            )
        )
    }
}
