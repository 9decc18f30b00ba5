import ActivationCore
import ActivationEngine
import Console
import Logging

/// A person as pages tell of them: what is stored, as a merge policy sees it, and whether values are visible.
struct Person: Sendable {
    /// By which they were looked up.
    let identity: Identity
    /// The path of their pages.
    let path: String
    /// What is stored.
    let record: ProfileRecord
    /// The merge policy of the view; nil = the default.
    let policy: ControlEntry?
    /// What makes values visible; nil = they are masked.
    let reveal: ValueReveals.Reveal?

    /// Which fields labels let be seen.
    let admits: @Sendable ([String]) -> Bool

    /// Whether labels let an audience be seen.
    let sees: @Sendable (Audience.ID) -> Bool

    /// Writes their values.
    var mask: MaskedValue { MaskedValue(isRevealed: reveal != nil, admits: admits) }

    /// The merge policy's id; nil = the default.
    var policyID: MergePolicy.ID? { policy.flatMap { UUIDBytes($0.id) }.map { MergePolicy.ID(uuid: $0) } }

    /// A path of theirs that keeps the merge policy.
    func path(_ tail: String = "") -> String {
        path + tail + (policy.map { "?policy=\($0.id)" } ?? "")
    }

    /// Where the identity of the lookup stands in the record.
    var place: Int? { record.identities.firstIndex { $0.identity == identity } }

    /// Where the person stands in audiences: together, and, of audiences whose policy links nobody, the identity by itself.
    var memberships: [SegmentMembership] {
        (record.memberships + (place.map { record.identities[$0].memberships } ?? [])).filter { sees($0.audience) }
    }

    /// The pages of a person.
    enum Tab: String, CaseIterable {
        case overview = "Overview"
        case attributes = "Attributes"
        case events = "Events"
        case sent = "Sent"
        case decisions = "Decisions"

        var tail: String { self == .overview ? "" : "/\(rawValue.lowercased())" }
    }

    /// What stands above a page.
    ///
    /// - Parameters:
    ///   - tab: Which page; nil = one below the first.
    ///   - heading: Its heading; nil = the person's.
    ///   - viewer: Who sees it.
    /// - Returns: The head.
    func head(_ tab: Tab?, _ heading: String? = nil, for viewer: ConsoleViewer) -> PersonHead {
        PersonHead(
            heading: heading ?? title,
            about: "Found by \(identity.namespace) (\(mask.identity(identity.value)))."
                + (reveal == nil ? " Values are masked unless you reveal them." : ""),
            revealPath: reveal == nil && viewer.may(.revealValues) ? path("/reveal") : nil,
            erasePath: viewer.may(.manageProfiles) ? path("/erase") : nil,
            revealed: reveal.map {
                PersonHead.Revealed(
                    end: Instant($0.endsAt, now: $0.beganAt).exact,
                    reason: $0.reason,
                    path: "\(path)/hide",
                    token: viewer.token
                )
            },
            tabs: Tab.allCases.map {
                PersonHead.Tab(name: $0.rawValue, path: path($0.tail), isCurrent: $0 == tab)
            }
        )
    }

    /// What the person is called: by both ends of the id.
    var title: String {
        let id = record.id.uuid.description
        return "Profile \(id.prefix(8))…\(id.suffix(8))"
    }

    /// The way to the pages below the first one.
    var crumbs: [PageFrame.Crumb] { [ProfilePages.root, PageFrame.Crumb(title, path())] }
}

extension ConsoleDesk {
    /// The person whom a path names.
    ///
    /// - Throws: `PROFILE_UNKNOWN` when nobody has the identity any more, or the path was not made by this server.
    func person(_ request: ConsoleRequest) async throws(APIError) -> Person {
        let handle = request.parameter("profile")
        let viewer = try request.signedIn()
        guard let identity = ProfileHandle.identity(handle, control.pageSecrets) else {
            throw APIError(.profileUnknown, "the address names no profile; look the person up again")
        }
        let policy = try request.query["policy"].map { id throws(APIError) in
            try MergePolicyStore.entry(id, in: control.snapshot)
        }
        guard let record = try await record(of: identity, policy) else {
            throw APIError(
                .profileUnknown,
                "nobody has this identity any more; the profile was deleted, or it was taken out"
            )
        }
        try await dependencies.audit.view(record.id, "console")
        return Person(
            identity: identity,
            path: "/console/profiles/\(handle)",
            record: record,
            policy: policy,
            reveal: reveals.current(record.id, for: viewer, at: request.now),
            admits: { [snapshot = control.whole] in snapshot.admits(viewer.clearance, $0) },
            sees: { [whole = control.whole, visible = control.snapshot] audience in
                let id = audience.uuid.description
                return visible.entry(.segmentDefinition, id) != nil || whole.entry(.segmentDefinition, id) == nil
            }
        )
    }

    /// What is stored of the profile that has an identity.
    func record(of identity: Identity, _ policy: ControlEntry? = nil) async throws(APIError) -> ProfileRecord? {
        let id = policy.flatMap { UUIDBytes($0.id) }.map { MergePolicy.ID(uuid: $0) }
        let engine = dependencies.engine
        return try await APIError.mapping { () throws(EngineError) in
            try await engine.record(of: identity, mergePolicy: id)
        }
    }

    /// A choice of the merge policies there are, the first one the default.
    func policyChoice(_ name: String, _ label: String, chosen: String?) -> FormField {
        let policies = control.entries(.mergePolicy)
        let standard = policies.first(where: \.isDefaultPolicy)
        let others = policies.filter { !$0.isDefaultPolicy }
        let choices =
            [(value: "", label: "\(standard?.string("name") ?? "Default") (default)")]
            + others.map { (value: $0.id, label: $0.string("name") ?? $0.id) }
        return FormField(name, label, .choice(choices), value: chosen ?? "")
    }

    /// Notes in the history who looks up which profile, before anything of it is shown.
    func noteLookup(of profile: Profile.ID) async throws(APIError) {
        try await dependencies.audit.view(profile, "console")
        dependencies.logger.info(
            "Profile looked up",
            metadata: [
                "user.email": "\(AuthenticatedClient.current?.clientID ?? "")",
                "profile.id": "\(profile.uuid.description)",
            ]
        )
    }
}
