import ActivationCore
import ActivationEngine

/// Writes all that is known of a person into the copy of a job (BEHAVIOUR 3.11).
///
/// It may end at any moment and begin anew.
struct PrivacyAccess: Sendable {
    let job: PrivacyJob
    let folder: PrivacyFolder
    let engine: any ServerEngine
    let control: ControlPlane
    let time: any TimeSource

    /// What comes in parts, in the order in which parts bring it.
    private static let sections = ["facts", "events", "waiting", "deadLetters", "deliveries"]
    /// Entries and bytes that are read at once.
    private static let bounds = Disclosure.Bounds(entries: 1_000, bytes: 1 << 20)

    /// What names in the copy are explained.
    fileprivate struct Mentions {
        var audiences: Set<String> = []
        var dataflows: Set<String> = []
    }

    /// Writes the copy.
    ///
    /// - Returns: Its length, and what became of the job.
    /// - Throws: Why not; nothing but the next attempt sees what was written.
    func perform() async throws(APIError) -> (PrivacyJob.Document, PrivacyJob.Outcome) {
        var copy = try await PrivacyCopy(of: job.id, in: folder)
        var mentions = Mentions()
        var profiles: [Profile.ID] = []
        var (found, suppressions): ([JSONValue], [JSONValue]) = ([], [])
        try await copy.write("{")
        let head: JSONObject = [
            "jobId": .string(job.id), "requestId": .string(job.request), "userKey": .string(job.subject.key),
            "regulation": .string(job.regulation.rawValue), "requestedAt": .string(job.createdAt.rfc3339),
            "preparedAt": .string(time.now().rfc3339),
        ]
        try await copy.write(head, isFirst: true)
        try await copy.write(#","profiles":["#)
        for identity in job.identities {
            let part = try await part(of: identity, from: Disclosure.Place())
            let id = part?.members["id"]?.string.flatMap { UUIDBytes($0) }.map { Profile.ID(uuid: $0) }
            var line: JSONObject = ["namespace": .string(identity.namespace), "value": .string(identity.value)]
            line["profileId"] = id.map { .string($0.uuid.description) }
            found.append(.object(line))
            if let suppression = part?.suppression { suppressions.append(suppression.json) }
            guard let part, let id, !profiles.contains(id) else { continue }
            if !profiles.isEmpty { try await copy.write(",") }
            profiles.append(id)
            try await write(part, of: identity, to: &copy, &mentions)
        }
        try await copy.write("]")
        try await copy.write(tail(found, suppressions, mentions), isFirst: false)
        try await copy.write("}")
        try await copy.finish()
        return (PrivacyJob.Document(bytes: copy.bytes), outcome(profiles, found))
    }

    private func outcome(_ profiles: [Profile.ID], _ found: [JSONValue]) -> PrivacyJob.Outcome {
        let unknown = found.count { $0["profileId"] == nil }
        return PrivacyJob.Outcome(
            code: unknown == 0 ? .success : profiles.isEmpty ? .unknownIdentities : .partial,
            detail: profiles.isEmpty
                ? "Nobody has these identities; the copy says so."
                : "All that is known of \(profiles.count) profiles is in the copy.",
            profiles: profiles,
            unknown: Int64(unknown)
        )
    }

    private func part(of identity: Identity, from place: Disclosure.Place) async throws(APIError) -> Disclosure? {
        try await PrivacyQuestion.asking { () throws(EngineError) in
            try await engine.disclosure(of: identity, from: place, within: PrivacyAccess.bounds)
        }
    }

    // MARK: One profile

    private func write(
        _ first: Disclosure,
        of identity: Identity,
        to copy: inout PrivacyCopy,
        _ mentions: inout Mentions
    ) async throws(APIError) {
        var members = first.members
        for section in PrivacyAccess.sections { members[section] = nil }
        members["views"] = .array(try await views(of: identity))
        mentions.note(.object(members))
        try await copy.write("{")
        try await copy.write(members, isFirst: true)
        var part = first
        var open = 0
        var entries = 0
        try await copy.write(#","\#(PrivacyAccess.sections[0])":["#)
        while true {
            for (place, section) in PrivacyAccess.sections.enumerated() {
                for entry in part.members[section]?.array ?? [] {
                    try await advance(from: &open, to: place, &entries, in: &copy)
                    if entries > 0 { try await copy.write(",") }
                    try await copy.write(entry)
                    entries += 1
                    if let flow = entry["dataflowId"]?.string { mentions.dataflows.insert(flow) }
                }
            }
            guard let next = part.next else { break }
            guard let more = try await self.part(of: identity, from: next), more.members["id"] == first.members["id"]
            else {
                // The person was merged or deleted meanwhile: a copy is of one profile, so it begins anew.
                throw APIError(.unavailable, "the profile became another one while it was read", retryAfterSeconds: 1)
            }
            part = more
        }
        try await advance(from: &open, to: PrivacyAccess.sections.count - 1, &entries, in: &copy)
        try await copy.write("]}")
    }

    /// Ends the list that is open and begins those up to another one.
    private func advance(
        from open: inout Int,
        to place: Int,
        _ entries: inout Int,
        in copy: inout PrivacyCopy
    ) async throws(APIError) {
        while open < place {
            open += 1
            entries = 0
            try await copy.write(#"],"\#(PrivacyAccess.sections[open])":["#)
        }
    }

    /// The profile as merge policies show it: the one that the request names, or each.
    private func views(of identity: Identity) async throws(APIError) -> [JSONValue] {
        var views: [JSONValue] = []
        for entry in control.whole.entries(.mergePolicy) {
            guard let uuid = UUIDBytes(entry.id) else { continue }
            let policy = MergePolicy.ID(uuid: uuid)
            guard job.mergePolicy.map({ $0 == policy }) ?? true,
                let profile = try await PrivacyQuestion.asking({ () throws(EngineError) in
                    try await engine.profile(identity, mergePolicy: policy)
                })
            else { continue }
            views.append([
                "mergePolicyId": .string(entry.id), "name": .string(entry.string("name") ?? ""),
                "entity": (try? JSONValue(parsing: profile.entity)) ?? .null,
            ])
        }
        return views
    }

    // MARK: The rest

    private func tail(_ found: [JSONValue], _ suppressions: [JSONValue], _ mentions: Mentions) -> JSONObject {
        let snapshot = control.whole
        func names(_ ids: Set<String>, _ kind: ControlKind) -> JSONValue {
            var names = JSONObject()
            for id in ids.sorted() { names[id] = snapshot.entry(kind, id)?.string("name").map { .string($0) } ?? .null }
            return .object(names)
        }
        return [
            "identities": .array(found), "suppressions": .array(suppressions),
            "audienceNames": names(mentions.audiences, .segmentDefinition),
            "dataflowNames": names(mentions.dataflows, .flow),
        ]
    }
}

extension PrivacyAccess.Mentions {
    /// Notes the audiences that a part names.
    fileprivate mutating func note(_ value: JSONValue) {
        switch value {
        case .array(let items): for item in items { note(item) }
        case .object(let members):
            for (key, member) in members {
                if key == "audienceId", let id = member.string { audiences.insert(id) } else { note(member) }
            }
        default: break
        }
    }
}
