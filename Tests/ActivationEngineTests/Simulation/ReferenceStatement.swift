import ActivationCore

/// That an identity belongs to an external audience, as somebody said (BEHAVIOUR 4.1, 5.7).
struct ReferenceStatement: Equatable {
    /// The number of the upload that it came with.
    var edition: Int64
    /// Until when it holds; nil = as long as the audience is there.
    var until: Int64?

    func counts(for audience: ReferenceAudience, at now: Int64) -> Bool {
        edition >= audience.edition && until.map { now < $0 } ?? true && audience.expiresAt.map { now < $0 } ?? true
    }
}

extension ReferenceContent {
    /// What a message says of the external audience, if there is one.
    enum Stated {
        case nothing
        case member(until: Int64?, edition: Int64?)
        case noMember(edition: Int64?)
        /// It cannot be read, or is about nothing that exists.
        case refused
    }

    /// The namespace of the external audience, and what others call it.
    static let (namespace, externalID) = ("Files", "vip")

    func stated(of audience: ReferenceAudience?, _ message: ReferenceMessage, at now: Int64) -> Stated {
        switch message.kind {
        case .event: return .nothing
        case .membership(let isMember, let edition):
            guard audience != nil else { return .refused }
            guard isMember else { return .noMember(edition: edition) }
            return .member(until: nil, edition: edition)
        case .record:
            guard audience != nil,
                let map = document.root["segmentMembership"],
                let namespace = map.members.first(where: { $0.key.lowercased() == Self.namespace.lowercased() })?.value,
                let value = namespace[Self.externalID]
            else { return .nothing }
            let instants = ["validUntil", "lastQualificationTime"].map { value[$0]?.string }
            let read = instants.map { $0.flatMap(Timestamp.init(rfc3339:))?.milliseconds }
            guard value.isObject, zip(instants, read).allSatisfy({ $0 == nil || $1 != nil }) else { return .refused }
            switch value["status"]?.string {
            case nil, "realized", "existing": break
            case "exited": return .noMember(edition: nil)
            default: return .refused
            }
            return .member(until: read[0] ?? (read[1] ?? now) + 30 * 86_400_000, edition: nil)
        }
    }
}

extension ReferencePerson {
    /// What was said of an audience goes with the exit, as far as it counts no more (BEHAVIOUR 5.7).
    mutating func forgetStatements(of audience: ReferenceAudience, at now: Int64) {
        for place in members.indices
        where !(members[place].statements[audience.id]?.counts(for: audience, at: now) ?? true) {
            members[place].statements[audience.id] = nil
        }
    }

    /// Enters what was said of an identity.
    mutating func enter(
        _ stated: ReferenceContent.Stated,
        of identity: Identity,
        _ audience: ReferenceAudience?,
        at now: Int64
    ) {
        guard let audience, let place = members.firstIndex(where: { $0.identity == identity }) else { return }
        let before = members[place].statements[audience.id]?.edition ?? .min
        switch stated {
        case .nothing, .refused: break
        // Of an upload that is over.
        case .noMember(let edition?) where edition < max(audience.edition, before): break
        case .member(_, let edition?) where edition < max(audience.edition, before): break
        case .noMember: members[place].statements[audience.id] = nil
        case .member(let until, let edition):
            var statement = ReferenceStatement(edition: edition ?? audience.edition, until: until)
            guard statement.counts(for: audience, at: now) else {
                members[place].statements[audience.id] = nil
                return
            }
            statement.edition = max(statement.edition, members[place].statements[audience.id]?.edition ?? 0)
            members[place].statements[audience.id] = statement
        }
    }
}
