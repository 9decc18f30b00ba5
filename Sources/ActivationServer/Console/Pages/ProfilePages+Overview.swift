import ActivationCore
import ActivationEngine
import Console

extension ProfilePages {
    /// Audiences that a search shows.
    private static let othersMax = 20
    /// Notes of who saw values that the page shows.
    private static let seenMax = 5

    /// The first page of a person.
    func overview(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let person = try await desk.person(request)
        let record = person.record
        let now = request.now
        let (standings, pager) = standings(of: person, request)
        let name = request.query["audience"] ?? ""
        let others = others(named: name, than: person)
        let hasPolicies = desk.control.snapshot.count(.mergePolicy) > 1
        let seen = desk.reveals.list(of: record.id, limit: ProfilePages.seenMax).map {
            PersonPage.Seen(email: $0.email, reason: $0.reason, began: Instant($0.beganAt, now: now))
        }
        let shown = record.facts.count { $0.standing == .shown }
        return .page(
            PersonPage(
                title: person.title,
                crumbs: [ProfilePages.root],
                head: person.head(.overview, for: viewer),
                facts: [
                    PersonPage.Fact(label: "Attributes", value: Figure.count(shown)),
                    PersonPage.Fact(label: "Events", value: Figure.count(record.eventCount)),
                    PersonPage.Fact(label: "Identities", value: Figure.count(record.identities.count)),
                    PersonPage.Fact(label: "Revision", value: Figure.count(record.revision)),
                ],
                made: Instant(record.createdAt, now: now),
                changed: Instant(record.updatedAt, now: now),
                id: record.id.uuid.description,
                path: person.path,
                policy: hasPolicies
                    ? desk.policyChoice("policy", "As this merge policy sees it", chosen: person.policy?.id) : nil,
                standings: standings,
                isInNone: standings.isEmpty,
                pager: pager,
                search: FormField("audience", "Why not in another audience?", .text(type: "search"), value: name),
                policyID: person.policy?.id,
                others: others,
                hasOthers: !others.isEmpty,
                isNothingFound: others.isEmpty && !name.isEmpty,
                hasIdentities: viewer.may(.viewIdentityGraph),
                graph: IdentityGraph(
                    namespaces: record.identities.map(\.identity.namespace),
                    links: record.links,
                    asked: person.place
                ),
                members: members(of: person, now: now),
                seen: seen,
                hasSeen: !seen.isEmpty
            )
        )
    }

    /// A page of where the person stands, by the names of the audiences.
    private func standings(of person: Person, _ request: ConsoleRequest) -> ([PersonPage.Standing], Pager) {
        let snapshot = desk.control.snapshot
        let all = person.memberships.filter { $0.hasEntry(at: request.now) }.map { membership in
            let id = membership.audience.uuid.description
            return (name: snapshot.entry(.segmentDefinition, id)?.string("name") ?? id, id: id, membership: membership)
        }.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
        let last = request.query["after"].flatMap { Base64URL.decode($0) }.map { String(decoding: $0, as: UTF8.self) }
        let rest = last.map { last in all.drop { $0.name <= last } } ?? all[...]
        let page = rest.prefix(ListPlace.rows)
        let rows = page.map { name, id, membership in
            let isKnown = snapshot.entry(.segmentDefinition, id) != nil
            return PersonPage.Standing(
                name: name,
                path: isKnown ? "/console/audiences/\(id)" : nil,
                mark: membership.status == .realized ? StateMark("Member", .good) : StateMark("Left", .quiet),
                since: Instant(membership.lastQualificationTime, now: request.now),
                dataflows: Figure.count(snapshot.flowsMapping(audience: membership.audience).count),
                why: isKnown ? "\(person.path)/audiences/\(id)" : nil
            )
        }
        let others = request.query.without(["after", ConsoleNotice.item])
        func link(_ after: [(name: String, value: String)]) -> String {
            let items = others.items + after
            return items.isEmpty ? person.path : "\(person.path)?\(QueryItems(items).text)"
        }
        let next = rest.count > page.count ? page.last.map { link([("after", Base64URL.encode($0.name.utf8))]) } : nil
        return (
            rows, Pager(text: Figure.count(all.count, "audience"), first: last == nil ? nil : link([]), next: next)
        )
    }

    private func others(named name: String, than person: Person) -> [PersonPage.Other] {
        guard !name.isEmpty else { return [] }
        let wanted = name.lowercased()
        let known = Set(person.memberships.filter { $0.status == .realized }.map(\.audience.uuid.description))
        return desk.control.entries(.segmentDefinition).lazy
            .filter { !known.contains($0.id) && ($0.string("name") ?? "").lowercased().contains(wanted) }
            .prefix(ProfilePages.othersMax)
            .map { PersonPage.Other(name: $0.string("name") ?? $0.id, why: "\(person.path)/audiences/\($0.id)") }
    }

    private func members(of person: Person, now: Timestamp) -> [PersonPage.Member] {
        let links = person.record.links
        return person.record.identities.enumerated().map { index, member in
            let linked = links.filter { $0.first == index || $0.second == index }
                .map { String(($0.first == index ? $0.second : $0.first) + 1) }
            return PersonPage.Member(
                number: String(index + 1),
                namespace: member.identity.namespace,
                value: person.mask.identity(member.identity.value),
                isAsked: index == person.place,
                added: Instant(member.addedAt, now: now),
                links: linked.isEmpty ? "–" : linked.joined(separator: ", ")
            )
        }
    }
}
