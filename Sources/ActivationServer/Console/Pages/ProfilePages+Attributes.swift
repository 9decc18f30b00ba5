import ActivationCore
import Console

extension ProfilePages {
    /// Paths of a page.
    private static let pathsMax = 50

    /// What is stated about a person.
    func attributes(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let person = try await desk.person(request)
        let wanted = request.query["path"] ?? ""
        let all = ProfilePages.paths(person.record.facts)
        let found = wanted.isEmpty ? all : all.filter { $0.path.lowercased().contains(wanted.lowercased()) }
        let last = request.query["after"].flatMap { Base64URL.decode($0) }.map { String(decoding: $0, as: UTF8.self) }
        let rest = last.map { last in found.drop { $0.path <= last } } ?? found[...]
        let page = rest.prefix(ProfilePages.pathsMax)
        let others = request.query.without(["after", ConsoleNotice.item])
        let path = "\(person.path)/attributes"
        func link(_ after: String?) -> String {
            let items = others.items + (after.map { [("after", Base64URL.encode($0.utf8))] } ?? [])
            return items.isEmpty ? path : "\(path)?\(QueryItems(items).text)"
        }
        return .page(
            PersonAttributesPage(
                title: "Attributes of \(person.title)",
                crumbs: [ProfilePages.root],
                head: person.head(.attributes, for: viewer),
                path: path,
                search: FormField("path", "Path contains", .text(type: "search"), value: wanted),
                policyID: person.policy?.id,
                rows: page.map { ProfilePages.row($0.path, $0.facts, of: person, now: request.now) },
                isEmpty: page.isEmpty,
                emptyText: all.isEmpty
                    ? "Nothing is stated about the person but identities." : "No path of the person contains this.",
                pager: Pager(
                    text: Figure.count(found.count, "path"),
                    first: last == nil ? nil : link(nil),
                    next: rest.count > page.count ? page.last.map { link($0.path) } : nil
                )
            )
        )
    }

    /// The facts by path, in the order of the paths' texts.
    private static func paths(_ facts: [ProfileRecord.Fact]) -> [(path: String, facts: [ProfileRecord.Fact])] {
        Dictionary(grouping: facts) { $0.keys.joined(separator: ".") }
            .map { (path: $0.key, facts: $0.value) }
            .sorted { $0.path < $1.path }
    }

    private static func row(
        _ path: String,
        _ facts: [ProfileRecord.Fact],
        of person: Person,
        now: Timestamp
    ) -> PersonAttributesPage.Row {
        let shown = facts.first { $0.standing == .shown }
        let others = facts.filter { $0.standing != .shown }.map { fact in
            PersonAttributesPage.Other(
                value: person.mask.text(fact.value, at: path.dottedKeys),
                dataset: fact.dataset ?? "–",
                why: reasons[fact.standing] ?? "",
                written: Instant(fact.writtenAt, now: now)
            )
        }
        return PersonAttributesPage.Row(
            path: path,
            value: shown.map { person.mask.text($0.value, at: path.dottedKeys) },
            dataset: shown?.dataset ?? "–",
            source: shown.map { "\($0.source + 1)" } ?? "–",
            written: shown.map { Instant($0.writtenAt, now: now) },
            others: others,
            othersText: Figure.count(others.count, "other"),
            hasOthers: !others.isEmpty
        )
    }

    private static let reasons: [ProfileRecord.Standing: String] = [
        .older: "an older write", .outranked: "another dataset goes first in the merge policy",
        .unused: "the merge policy does not merge the dataset",
        .replaced: "it takes the attribute away, or a later value took its place",
    ]
}
