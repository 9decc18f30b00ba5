import ActivationCore

/// Which labels fields and datasets have.
struct PlacedLabels: Sendable {
    /// A field with the fields below it.
    private struct Field {
        var labels: [String] = []
        var below: [ByteKey: Field] = [:]
        var isEmpty: Bool { labels.isEmpty && below.isEmpty }
    }

    /// A label and the field that has it.
    struct Found: Sendable, Hashable {
        var label: String
        var keys: [String]
    }

    private var root = Field()
    /// By the dataset's id.
    private(set) var datasets: [ByteKey: [String]] = [:]
    /// Whether data with ``UsageLabel/noExport`` exists.
    private(set) var hasNoExport = false

    /// Labels of nothing.
    init() {}

    /// Reads what is stored.
    init(_ entries: [ControlEntry]) {
        for entry in entries {
            let labels = entry.labels
            hasNoExport = hasNoExport || labels.contains(UsageLabel.noExport)
            switch LabelPlace(entry.id) {
            case .field(let keys): PlacedLabels.put(labels, at: keys[...], below: &root)
            case .dataset(let id): datasets[ByteKey(id)] = labels
            case nil: break
            }
        }
    }

    private static func put(_ labels: [String], at keys: ArraySlice<String>, below field: inout Field) {
        guard let key = keys.first else {
            field.labels = labels
            return
        }
        put(labels, at: keys.dropFirst(), below: &field.below[ByteKey(key), default: Field()])
    }

    /// Whether no field has a label.
    var hasNoFields: Bool { root.isEmpty }

    /// The labels that concern whoever looks at a field: its own, those of the fields it lies in, and those of the fields in it.
    func labels(at keys: [String]) -> [Found] {
        var found: [Found] = []
        var field = root
        for (index, key) in keys.enumerated() {
            guard let next = field.below[ByteKey(key)] else { return found }
            field = next
            // The last one is taken with what lies below it.
            if index < keys.count - 1 {
                found += field.labels.map { Found(label: $0, keys: Array(keys[...index])) }
            }
        }
        PlacedLabels.collect(field, at: keys, into: &found)
        return found
    }

    /// A profile or an event without the fields whose labels hide them.
    ///
    /// - Parameters:
    ///   - entity: All of it.
    ///   - clearance: What may be seen.
    /// - Returns: What is left; items of arrays have the fields of the array.
    func visible(_ entity: JSONValue, by clearance: Clearance) -> JSONValue {
        clearance.isUnlimited ? entity : PlacedLabels.visible(entity, root, clearance) ?? [:]
    }

    private static func visible(_ value: JSONValue, _ field: Field, _ clearance: Clearance) -> JSONValue? {
        guard clearance.admits(field.labels) else { return nil }
        guard !field.below.isEmpty else { return value }
        switch value {
        case .array(let items): return .array(items.compactMap { visible($0, field, clearance) })
        case .object(var object):
            for (key, below) in field.below {
                guard let member = object[key.string] else { continue }
                object[key.string] = visible(member, below, clearance)
            }
            return .object(object)
        default: return value
        }
    }

    private static func collect(_ field: Field, at keys: [String], into found: inout [Found]) {
        found += field.labels.map { Found(label: $0, keys: keys) }
        for (key, below) in field.below.sorted(by: { $0.key.string < $1.key.string }) {
            collect(below, at: keys + [key.string], into: &found)
        }
    }
}

extension ControlSnapshot {
    /// The labels of an audience that there are; words of before there were labels are none.
    func usageLabels(of audience: ControlEntry) -> [String] {
        audience.labels.filter { label($0) != nil }
    }
}

extension ControlEntry {
    /// The plain names of the labels of a field, dataset, audience or role.
    var labels: [String] {
        (body["labels"]?.array ?? []).compactMap { $0.string.map(UsageLabel.plainName) }
    }
}

extension ControlDraft {
    /// Puts labels on something in place of those that it has; none takes it out of the list.
    ///
    /// - Parameters:
    ///   - labels: The labels, with or without prefix.
    ///   - place: What gets them.
    ///   - client: Who does it.
    /// - Returns: The plain names.
    /// - Throws: `FIELD_INVALID`, or `CONFLICT` when there are too many places.
    @discardableResult
    mutating func put(
        _ labels: [String],
        on place: LabelPlace,
        by client: AuthenticatedClient
    ) throws(APIError) -> [String] {
        let names = try snapshot.labelNames(labels, at: "/labels")
        let list = JSONValue.array(names.map { .string($0) })
        switch (snapshot.entry(.placedLabels, place.id), names.isEmpty) {
        case (nil, true): break
        case (let entry?, true): remove(entry)
        case (let entry?, false):
            guard entry.labels != names else { break }
            try replace(entry, body: AuditTrail.updated(["labels": list], from: entry, by: client))
        case (nil, false):
            guard snapshot.count(.placedLabels) < LabelPlace.max else {
                throw APIError(.conflict, "\(LabelPlace.max) fields and datasets have labels already")
            }
            try insert(.placedLabels, id: place.id, body: AuditTrail.created(["labels": list], by: client))
        }
        return names
    }
}
