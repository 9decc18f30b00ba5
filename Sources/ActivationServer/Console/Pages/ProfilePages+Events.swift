import ActivationCore
import ActivationEngine
import Console

extension ProfilePages {
    /// Events of a page.
    private static let eventsMax = 25
    /// Values of an event that are shown.
    private static let leavesMax = 40

    /// The events of a person, the newest first.
    func events(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let person = try await desk.person(request)
        let engine = desk.dependencies.engine
        let all = try await APIError.mapping { () throws(EngineError) in
            try await engine.events(person.identity, limit: Limits.profileEventsMax)
        }
        let newest = Array((all ?? []).reversed())
        let place = request.query["after"].flatMap { EventPlace($0) }
        let rest = place?.rest(of: newest) ?? newest[...]
        let page = rest.prefix(ProfilePages.eventsMax)
        let others = request.query.without(["after", ConsoleNotice.item])
        func link(_ after: String?) -> String {
            let items = others.items + (after.map { [("after", $0)] } ?? [])
            return "\(person.path)/events" + (items.isEmpty ? "" : "?\(QueryItems(items).text)")
        }
        return .page(
            PersonEventsPage(
                title: "Events of \(person.title)",
                crumbs: [ProfilePages.root],
                head: person.head(.events, for: viewer),
                events: page.map { ProfilePages.event($0, person.mask, now: request.now) },
                isEmpty: page.isEmpty,
                pager: Pager(
                    text: Figure.count(newest.count, "event"),
                    first: place == nil ? nil : link(nil),
                    next: rest.count > page.count ? page.last.map { link(EventPlace($0).text) } : nil
                )
            )
        )
    }

    private static func event(_ event: ProfileEvent, _ mask: MaskedValue, now: Timestamp) -> PersonEventsPage.Event {
        let body = JSONValue(event.body.root)
        var leaves: [PersonEventsPage.Leaf] = []
        for (key, value) in body.object ?? [:] where !["_id", "timestamp"].contains(key) {
            collect(value, key, mask, into: &leaves)
        }
        let at = Instant(event.timestamp, now: now)
        return PersonEventsPage.Event(
            // What happened is no value of the person; any other text is one.
            type: mask.admits(["eventType"]) ? body["eventType"]?.string ?? "Event" : "Event",
            at: at,
            exact: at.exact,
            id: mask.text(event.id),
            leaves: Array(leaves.prefix(leavesMax)),
            more: leaves.count > leavesMax
                ? "\(Figure.count(leaves.count - leavesMax)) more values are not shown." : nil
        )
    }

    private static func collect(
        _ value: JSONValue,
        _ path: String,
        _ mask: MaskedValue,
        into leaves: inout [PersonEventsPage.Leaf]
    ) {
        guard let members = value.object, !members.isEmpty else {
            leaves.append(PersonEventsPage.Leaf(path: path, value: mask.text(value, at: path.dottedKeys)))
            return
        }
        for (key, member) in members { collect(member, "\(path).\(key)", mask, into: &leaves) }
    }

    /// Where a page of events begins: after an event, by its time and the digest of its id.
    private struct EventPlace {
        private let instant: Int64
        private let id: String

        init(_ event: ProfileEvent) {
            instant = event.timestamp.milliseconds
            id = EventPlace.digest(event.id)
        }

        init?(_ text: String) {
            let parts = text.split(separator: ".", maxSplits: 1)
            guard parts.count == 2, let instant = Int64(parts[0]) else { return nil }
            self.instant = instant
            id = String(parts[1])
        }

        /// An id may be a value of the person, which is in no address.
        private static func digest(_ id: String) -> String { ConsoleSessions.id(of: id) }

        var text: String { "\(instant).\(id)" }

        /// What comes after it in a list with the newest first, also when the event itself has gone.
        func rest(of newest: [ProfileEvent]) -> ArraySlice<ProfileEvent> {
            let index = newest.firstIndex { $0.timestamp.milliseconds == instant && EventPlace.digest($0.id) == id }
            return index.map { newest[($0 + 1)...] } ?? newest.drop { $0.timestamp.milliseconds >= instant }
        }
    }
}
