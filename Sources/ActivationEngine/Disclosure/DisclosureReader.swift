import ActivationCore

/// Reads one part of a ``Disclosure``.
struct DisclosureReader {
    let storage: any Storage
    let scope: Scope
    let profile: StoredProfile
    /// What is in it; nil when its facts have been read.
    let contents: ProfileDisclosure?
    let datasets: DatasetDictionary
    private var entries: [Disclosure.Section: [JSONValue]] = [:]
    private var left: Disclosure.Bounds
    private var place: Disclosure.Place

    /// Events whose bodies are read at a time: none is larger than ``Limits/eventBytesMax``.
    private static let eventStep = 400

    init(
        _ profile: StoredProfile,
        _ contents: ProfileDisclosure?,
        from place: Disclosure.Place,
        within bounds: Disclosure.Bounds,
        in scope: Scope,
        of storage: any Storage,
        _ datasets: DatasetDictionary
    ) {
        self.storage = storage
        self.scope = scope
        self.profile = profile
        self.contents = contents
        self.datasets = datasets
        self.place = place
        left = bounds
    }

    /// Reads sections until the bounds are reached.
    ///
    /// - Returns: A list per section, empty where nothing was read, and where the next part begins.
    mutating func read() async throws(StorageError) -> (lists: JSONObject, next: Disclosure.Place?) {
        var next: Disclosure.Place?
        let sections = Disclosure.Section.allCases
        for section in sections.drop(while: { $0 != place.section }) {
            if section != place.section { place = Disclosure.Place(section) }
            while left.entries > 0, left.bytes > 0, try await readSome() {}
            if left.entries <= 0 || left.bytes <= 0 {
                next = place
                break
            }
        }
        var lists = JSONObject()
        for section in sections { lists[section.rawValue] = .array(entries[section] ?? []) }
        return (lists, next)
    }

    /// Reads what comes next in the section.
    ///
    /// - Returns: Whether there was anything.
    private mutating func readSome() async throws(StorageError) -> Bool {
        switch place.section {
        case .facts:
            let facts = contents?.facts(
                after: (place.instant, place.row),
                limit: left.entries,
                bytesMax: left.bytes
            )
            for fact in facts ?? [] {
                take(fact.json, bytes: fact.bytes, Disclosure.Place(.facts, instant: fact.path, row: fact.statement))
            }
            return facts?.isEmpty == false
        case .events: return try await readEvents()
        case .waiting:
            let rows = try await storage.waitingRecords(request)
            for row in rows { take(row.disclosure, bytes: row.payload.count, Disclosure.Place(.waiting, row: row.row)) }
            return !rows.isEmpty
        case .deadLetters:
            let letters = try await storage.deadLetters(request)
            for letter in letters {
                take(
                    letter.disclosure,
                    bytes: letter.record.payload.count,
                    Disclosure.Place(.deadLetters, row: letter.record.row)
                )
            }
            return !letters.isEmpty
        case .deliveries:
            let deliveries = try await storage.deliveries(
                of: profile.id,
                scope: scope,
                after: (Timestamp(milliseconds: place.instant), place.row),
                limit: left.entries
            )
            for delivery in deliveries {
                let next = Disclosure.Place(
                    .deliveries,
                    instant: delivery.deliveredAt.milliseconds,
                    row: delivery.row
                )
                take(delivery.json, bytes: delivery.receipt.utf8.count, next)
            }
            return !deliveries.isEmpty
        }
    }

    private var request: RecordsRequest {
        RecordsRequest(
            profile: profile.id,
            scope: scope,
            after: place.row,
            limit: left.entries,
            bytesMax: left.bytes
        )
    }

    private mutating func take(_ entry: JSONValue, bytes: Int, _ place: Disclosure.Place) {
        entries[place.section, default: []].append(entry)
        left.entries -= 1
        left.bytes -= bytes
        self.place = place
    }

    private mutating func readEvents() async throws(StorageError) -> Bool {
        let coming = try await events(EventRequest.Item(row: profile.row, extent: .index))
            .filter { isBehindPlace($0) }
            .prefix(min(left.entries, Self.eventStep))
        guard let first = coming.first, let last = coming.last else { return false }
        let range = EventRange(from: first.timestamp, through: last.timestamp)
        let ids = Set(coming.map { ByteKey($0.id) })
        for event in try await events(EventRequest.Item(row: profile.row, extent: .none, ranges: [range]))
        where ids.contains(ByteKey(event.id)) && left.bytes > 0 {
            let entry: JSONValue = [
                "dataset": datasets.name(of: event.dataset).map { .string($0) } ?? .null,
                "event": try event.disclosure,
            ]
            let next = Disclosure.Place(.events, instant: event.timestamp.milliseconds, id: event.id)
            take(entry, bytes: event.body.count, next)
        }
        return true
    }

    private func events(_ item: EventRequest.Item) async throws(StorageError) -> [LoadedEvents.Event] {
        var request = EventRequest()
        request.items = [item]
        return try await storage.loadEvents(request).first?.events ?? []
    }

    private func isBehindPlace(_ event: LoadedEvents.Event) -> Bool {
        event.timestamp.milliseconds != place.instant
            ? event.timestamp.milliseconds > place.instant
            : place.id.utf8.lexicographicallyPrecedes(event.id.utf8)
    }
}

extension LoadedEvents.Event {
    fileprivate var disclosure: JSONValue {
        get throws(StorageError) {
            do throws(JSONError) {
                return try JSONValue(parsing: body)
            } catch {
                throw StorageError(.corrupt, "a stored event is not JSON at byte \(error.offset)")
            }
        }
    }
}

extension OutboxRow {
    fileprivate var disclosure: JSONValue { .object(disclosureMembers) }

    fileprivate var disclosureMembers: JSONObject {
        [
            "dataflowId": .string(dataflow.uuid.description), "row": .integer(row), "revision": .integer(revision),
            "mergePolicyId": .string(mergePolicy.uuid.description),
            "reasons": .array(reasons.names.map { .string($0) }), "partitionKey": .string(partitionKey),
            "admittedAt": .string(admittedAt.rfc3339),
            // What is sent is JSON, perhaps with a line feed.
            "message": (try? JSONValue(parsing: payload)) ?? .string(String(decoding: payload, as: UTF8.self)),
        ]
    }
}

extension DeadLetter {
    fileprivate var disclosure: JSONValue {
        var members = record.disclosureMembers
        members["code"] = .string(code)
        members["parkedAt"] = .string(parkedAt.rfc3339)
        return .object(members)
    }
}
