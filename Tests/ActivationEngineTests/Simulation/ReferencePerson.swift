import ActivationCore

/// Something that happened to a person.
struct ReferenceEvent {
    var id: String
    var instant: Int64
    var dataset = "shop"
    /// Whom it names, the primary first.
    var identities: [Identity] = []
    /// What the audiences look at.
    var kind: String?
    var amount: Double?
    /// An amount that is no number.
    var word: String?

    /// For people.
    var line: String {
        "\(id) at \(instant), \(kind ?? "nothing") of \(identities.map(\.value).joined(separator: ", "))"
    }

    /// Oldest first, at one instant by the bytes of the id.
    static func isEarlier(_ left: ReferenceEvent, _ right: ReferenceEvent) -> Bool {
        left.instant != right.instant
            ? left.instant < right.instant : left.id.utf8.lexicographicallyPrecedes(right.id.utf8)
    }
}

/// A person's standing in an audience.
struct ReferenceMembership: Equatable {
    var isRealized: Bool
    /// When the standing last changed.
    var instant: Int64

    func isForgotten(at now: Int64) -> Bool { !isRealized && now - instant >= 30 * 86_400_000 }

    /// What two standings in one audience become: realized wins, of two realized the earlier, of two exited the later
    /// (BEHAVIOUR 3.12).
    func united(with other: ReferenceMembership) -> ReferenceMembership {
        switch (isRealized, other.isRealized) {
        case (true, true): instant <= other.instant ? self : other
        case (true, false): self
        case (false, true): other
        case (false, false): instant >= other.instant ? self : other
        }
    }
}

/// A person as the documents describe one.
struct ReferencePerson {
    /// The number of the message that made the person.
    let number: Int
    let createdAt: Int64
    var revision = 0
    /// Which of a person's identities this is by itself; nil = all of them together.
    var place: Int?
    var members: [ReferenceMember] = []
    /// Pairs of identities that one message named together.
    var links: Set<Set<Identity>> = []
    var attributes = ReferenceAttributes() {
        didSet { views = ReferenceViews() }
    }
    /// What shows of the attributes, as far as anybody has looked.
    private var views = ReferenceViews()
    /// By (instant, id).
    var events: [ReferenceEvent] = []
    var memberships: [Audience.ID: ReferenceMembership] = [:]
    /// Whether and since when dataflows that ask for consent may not tell of the person, or may again.
    var consents: [Dataflow.ID: ReferenceMembership] = [:]
    /// Everything that the clock did to the person until then has been seen.
    var seenUntil: Int64

    init(number: Int, createdAt: Int64) {
        self.number = number
        self.createdAt = createdAt
        seenUntil = createdAt
    }

    var identities: [Identity] { members.map(\.identity) }

    /// What a merge policy shows of the attributes.
    func view(_ policy: ReferencePolicy) -> ReferenceView { views.view(of: attributes, policy.order) }

    func hasEvent(_ id: String) -> Bool { events.contains { $0.id.utf8.elementsEqual(id.utf8) } }

    /// Forgets what ended 30 days ago (BEHAVIOUR 3.13).
    mutating func forgetExits(at now: Int64) {
        memberships = memberships.filter { !$0.value.isForgotten(at: now) }
        for place in members.indices {
            members[place].memberships = members[place].memberships.filter { !$0.value.isForgotten(at: now) }
        }
    }

    func isRealized(_ audience: Audience.ID) -> Bool { memberships[audience]?.isRealized ?? false }

    /// Becomes one with a younger person (BEHAVIOUR 3.12, 4.6, 4.8).
    mutating func absorb(_ other: ReferencePerson) {
        revision = max(revision, other.revision)
        members += other.members
        links.formUnion(other.links)
        attributes.enter(other.attributes)
        events += other.events.filter { !hasEvent($0.id) }
        events.sort(by: ReferenceEvent.isEarlier)
        for (audience, theirs) in other.memberships {
            guard let mine = memberships[audience] else {
                memberships[audience] = theirs
                continue
            }
            memberships[audience] = mine.united(with: theirs)
        }
        consents.merge(other.consents) { $0.united(with: $1) }
    }

    /// All identities, by their namespaces in lower case.
    var identityMap: [UInt8] { Self.map(of: identities) { $0.lowercased() } }

    /// Symbols to their identities, in the order in which they joined (BEHAVIOUR 3.4).
    static func map(of identities: [Identity], key: (String) -> String) -> [UInt8] {
        var symbols: [String] = []
        var items: [String: [[UInt8]]] = [:]
        for identity in identities {
            if items[identity.namespace] == nil { symbols.append(identity.namespace) }
            let item = ReferenceJSON.object([ReferenceJSON.member("id".utf8, ReferenceJSON.string(identity.value))])
            items[identity.namespace, default: []].append(item)
        }
        return ReferenceJSON.object(
            symbols.map { ReferenceJSON.member(key($0).utf8, ReferenceJSON.array(items[$0] ?? [])) }
        )
    }

    /// The person as a look-up shows it (BEHAVIOUR 4.5): all attributes by key, memberships by audience, identities.
    func entity(of audiences: [ReferenceAudience], _ view: ReferenceView, at now: Int64) -> [UInt8] {
        var members: [[UInt8]] = []
        if !view.leaves.isEmpty, let all = view.json(at: .root) { members.append(Array(all.dropFirst().dropLast())) }
        let rules = Dictionary(uniqueKeysWithValues: audiences.map { ($0.id, $0.rule) })
        let known = memberships.filter { rules[$0.key] != nil && !$0.value.isForgotten(at: now) }
        if !known.isEmpty {
            let sorted = known.sorted { $0.key.uuid < $1.key.uuid }
            func namespace(_ audience: Audience.ID) -> String {
                rules[audience] == .uploaded ? ReferenceContent.namespace : "ups"
            }
            let first = sorted.first.map { namespace($0.key) } ?? "ups"
            let namespaces = first == "ups" ? ["ups", ReferenceContent.namespace] : [first, "ups"]
            let maps = namespaces.compactMap { name -> [UInt8]? in
                let entries = sorted.filter { namespace($0.key) == name }.map { audience, membership in
                    ReferenceJSON.member(audience.uuid.description.utf8, ReferenceJSON.object(membership.json))
                }
                return entries.isEmpty ? nil : ReferenceJSON.member(name.utf8, ReferenceJSON.object(entries))
            }
            members.append(ReferenceJSON.member("segmentMembership".utf8, ReferenceJSON.object(maps)))
        }
        members.append(ReferenceJSON.member("identityMap".utf8, identityMap))
        return ReferenceJSON.object(members)
    }
}

extension ReferenceMembership {
    var status: String { isRealized ? "realized" : "exited" }

    /// The two members that every entry has.
    var json: [[UInt8]] { json(status: status) }

    /// The two members with another status.
    func json(status: String) -> [[UInt8]] {
        [
            ReferenceJSON.member("lastQualificationTime".utf8, ReferenceJSON.string(ReferenceJSON.instant(instant))),
            ReferenceJSON.member("status".utf8, ReferenceJSON.string(status)),
        ]
    }
}

/// What merge policies show of one person's attributes: each view is made when first asked for.
final class ReferenceViews {
    private var known: [[String]?: ReferenceView] = [:]

    func view(of attributes: ReferenceAttributes, _ order: [String]?) -> ReferenceView {
        if let view = known[order] { return view }
        let view = attributes.view(order)
        known[order] = view
        return view
    }
}
