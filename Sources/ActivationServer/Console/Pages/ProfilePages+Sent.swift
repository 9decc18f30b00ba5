import ActivationCore
import ActivationEngine
import Console

extension ProfilePages {
    /// Delivered records of a page.
    private static let deliveriesMax = 100
    /// Records that wait or are parked that a page shows.
    private static let pendingMax = 20

    private static let ranges = [
        (value: "1", label: "Last 24 hours"), (value: "7", label: "Last 7 days"), (value: "30", label: "Last 30 days"),
        (value: "all", label: "From the beginning"),
    ]

    /// What was sent of a person.
    func sent(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let person = try await desk.person(request)
        let range = request.query["range"] ?? "30"
        let days = ProfilePages.ranges.contains { $0.value == range } ? Int64(range) : 30
        let start = days.map { request.now.milliseconds - $0 * 86_400_000 } ?? .min
        let after = request.query["after"].flatMap { Base64URL.decode($0) }.map { String(decoding: $0, as: UTF8.self) }
            .flatMap { Disclosure.Place($0) }
        let pending =
            after == nil ? try await part(of: person, from: "waiting", Int64.min, ProfilePages.pendingMax) : nil
        let delivered =
            if let after {
                try await part(of: person, from: after, ProfilePages.deliveriesMax)
            } else {
                try await part(of: person, from: "deliveries", start, ProfilePages.deliveriesMax)
            }
        let deliveries = delivered?.members["deliveries"]?.array ?? []
        let rows =
            ProfilePages.pending(pending, desk, now: request.now)
            + deliveries.enumerated().reversed().map { ProfilePages.row($1, $0, desk, now: request.now) }
        let others = request.query.without(["after", ConsoleNotice.item])
        let path = "\(person.path)/sent"
        func link(_ items: [(name: String, value: String)]) -> String {
            items.isEmpty ? path : "\(path)?\(QueryItems(items).text)"
        }
        let (order, orderText) = ProfilePages.order(of: deliveries)
        return .page(
            PersonSentPage(
                title: "Sent of \(person.title)",
                crumbs: [ProfilePages.root],
                head: person.head(.sent, for: viewer),
                path: path,
                range: FormField("range", "Time", .choice(ProfilePages.ranges), value: range),
                policyID: person.policy?.id,
                rows: rows,
                isEmpty: rows.isEmpty,
                order: order,
                orderText: orderText,
                pager: Pager(
                    text: Figure.count(deliveries.count, "delivered record"),
                    first: after == nil ? nil : link(others.items),
                    next: delivered?.next.map { link(others.items + [("after", Base64URL.encode($0.text.utf8))]) }
                )
            )
        )
    }

    private func part(of person: Person, from section: String, _ instant: Int64, _ limit: Int) async throws
        -> Disclosure?
    {
        guard let place = Disclosure.Place("\(section) \(instant) 0 ") else { return nil }
        return try await part(of: person, from: place, limit)
    }

    private func part(of person: Person, from place: Disclosure.Place, _ limit: Int) async throws -> Disclosure? {
        let engine = desk.dependencies.engine
        return try await APIError.mapping { () throws(EngineError) in
            try await engine.disclosure(
                of: person.identity,
                from: place,
                within: Disclosure.Bounds(entries: limit, bytes: 4 << 20)
            )
        }
    }

    private static func pending(_ part: Disclosure?, _ desk: ConsoleDesk, now: Timestamp) -> [PersonSentPage.Row] {
        let waiting = (part?.members["waiting"]?.array ?? []).map { (record: $0, mark: StateMark("Waiting", .warning)) }
        let parked = (part?.members["deadLetters"]?.array ?? []).map { (record: $0, mark: StateMark("Parked", .bad)) }
        return (waiting + parked).map { record, mark in
            let (name, path) = dataflow(record, desk)
            return PersonSentPage.Row(
                dataflow: name,
                path: path,
                mark: mark,
                at: instant(record["parkedAt"] ?? record["admittedAt"], now: now),
                revision: Figure.count(record["revision"]?.int64 ?? 0),
                receipt: nil,
                note: record["code"]?.string
            )
        }
    }

    private static func row(
        _ delivery: JSONValue,
        _ index: Int,
        _ desk: ConsoleDesk,
        now: Timestamp
    ) -> PersonSentPage.Row {
        let (name, path) = dataflow(delivery, desk)
        let receipt = delivery["receipt"]?.string ?? ""
        return PersonSentPage.Row(
            dataflow: name,
            path: path,
            mark: StateMark("Delivered", .good),
            at: instant(delivery["deliveredAt"], now: now),
            revision: Figure.count(delivery["revision"]?.int64 ?? 0),
            receipt: DeliveryReceipt(receipt, id: "receipt-\(index)"),
            note: nil
        )
    }

    private static func dataflow(_ record: JSONValue, _ desk: ConsoleDesk) -> (name: String, path: String?) {
        desk.dataflow(record["dataflowId"]?.string ?? "")
    }

    private static func instant(_ text: JSONValue?, now: Timestamp) -> Instant {
        Instant(text?.string.flatMap { Timestamp(rfc3339: $0) } ?? now, now: now)
    }

    /// Whether revisions rise through the records of each dataflow, in the order in which they were delivered.
    private static func order(of deliveries: [JSONValue]) -> (StateMark?, String) {
        guard deliveries.count > 1 else { return (nil, "") }
        var last: [ByteKey: Int64] = [:]
        var isKept = true
        for delivery in deliveries {
            let (key, revision) = (ByteKey(delivery["dataflowId"]?.string ?? ""), delivery["revision"]?.int64 ?? 0)
            // Of a deleted profile nothing is known but that it has gone.
            if revision > 0, revision < last[key] ?? 0 { isKept = false }
            last[key] = revision
        }
        return (
            isKept ? StateMark("Order kept", .good) : StateMark("Sent again", .warning),
            isKept
                ? "Revisions rise through all \(Figure.count(deliveries.count)) records of the page."
                : "An older revision was delivered after a newer one, as when parked records are sent again."
        )
    }
}

extension ConsoleDesk {
    /// A dataflow's name and page; its id and no page when it is gone or hidden.
    func dataflow(_ id: String) -> (name: String, path: String?) {
        let entry = control.entry(.flow, id)
        return (entry?.string("name") ?? id, entry.map { "/console/dataflows/\($0.id)" })
    }
}
