/// A profile as people look it up (BEHAVIOUR 4.5).
public struct ProfileSnapshot: Sendable {
    /// The id.
    public var id: Profile.ID
    /// Grows with every change.
    public var revision: Int64
    /// The merged XDM entity with `identityMap` and `segmentMembership`, compact JSON.
    public var entity: [UInt8]
    /// The policy of the view.
    public var mergePolicy: MergePolicy.ID
    /// Ids of the datasets that contributed, of those that the policy merges.
    public var datasets: [String]
    /// The identities, in the order in which they joined.
    public var identities: [Identity]
    /// When it last changed.
    public var updatedAt: Timestamp

    /// Reads a stored profile as it is at an instant.
    ///
    /// - Parameters:
    ///   - stored: The profile.
    ///   - identity: By which of its identities it is looked up; that one alone is shown when the policy links nobody.
    ///   - policy: The policy of the view.
    ///   - now: The instant.
    ///   - namespaces: What external audiences stand under in `segmentMembership`.
    ///   - paths: The path dictionary.
    ///   - datasets: The datasets' dictionary.
    /// - Throws: When the stored value cannot be read.
    public init(
        _ stored: StoredProfile,
        of identity: Identity? = nil,
        policy: MergePolicy,
        at now: Timestamp,
        namespaces: [Audience.ID: String] = [:],
        paths: PathDictionary,
        datasets: DatasetDictionary
    ) throws(ProfileValueError) {
        let state = try ProfileValue.decode(stored, of: identity, seenBy: policy, paths: paths, datasets: datasets)
        let ranking = DatasetRanking(policy, datasets: datasets)
        let view = state.view(ranking, paths: paths)
        var bytes: [UInt8] = []
        AttributeRendering.append(view.leaves, under: .root, of: view, paths: paths, to: &bytes)
        bytes.removeLast()
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        ProfileSnapshot.append(state.memberships.visible.filter { $0.hasEntry(at: now) }, namespaces, to: &bytes)
        ActivationRecord.appendIdentityMap(state.identities, to: &bytes)
        bytes.append(UInt8(ascii: "}"))
        id = state.id
        revision = state.revision
        entity = bytes
        mergePolicy = policy.id
        self.datasets = Set(state.entries.map(\.dataset)).filter(ranking.uses).sorted()
            .compactMap { datasets.name(of: $0) }
        identities = state.identities.map(\.identity)
        updatedAt = state.updatedAt
    }

    /// Appends standings, grouped by namespace in the order of their first appearance, and a comma.
    private static func append(
        _ memberships: [SegmentMembership],
        _ namespaces: [Audience.ID: String],
        to bytes: inout [UInt8]
    ) {
        guard !memberships.isEmpty else { return }
        bytes.append(contentsOf: "\"segmentMembership\":{".utf8)
        var written: [String] = []
        func namespace(_ membership: SegmentMembership) -> String {
            namespaces[membership.audience] ?? SegmentMembership.namespace
        }
        for name in memberships.map(namespace) where !written.contains(name) {
            if !written.isEmpty { bytes.append(UInt8(ascii: ",")) }
            written.append(name)
            JSONWriter.appendString(name, to: &bytes)
            for (index, membership) in memberships.filter({ namespace($0) == name }).enumerated() {
                bytes.append(contentsOf: index == 0 ? ":{\"".utf8 : ",\"".utf8)
                membership.audience.uuid.appendText(to: &bytes)
                bytes.append(contentsOf: "\":{\"lastQualificationTime\":\"".utf8)
                membership.lastQualificationTime.appendRFC3339Seconds(to: &bytes)
                bytes.append(contentsOf: "\",\"status\":\"\(membership.status.text)\"}".utf8)
            }
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(contentsOf: "},".utf8)
    }
}
