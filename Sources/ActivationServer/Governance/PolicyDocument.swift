import ActivationCore

/// Labels, marketing actions and policies as Adobe's policy service shows them (BEHAVIOUR 9.3).
enum PolicyDocument {
    static let base = "/data/foundation/dulepolicy"

    /// A label.
    static func json(_ label: UsageLabel, in snapshot: ControlSnapshot) -> JSONValue {
        var object: JSONObject = [
            "name": .string(label.name), "category": .string(label.category), "friendlyName": .string(label.title),
            "description": .string(label.meaning),
        ]
        trail(of: snapshot.entry(.usageLabel, label.name), in: snapshot, into: &object)
        link("labels/\(label.kind.rawValue)", label.name, into: &object)
        return .object(object)
    }

    /// A marketing action.
    static func json(_ action: MarketingAction, in snapshot: ControlSnapshot) -> JSONValue {
        var object: JSONObject = [
            "name": .string(action.name), "friendlyName": .string(action.title),
            "description": .string(action.meaning),
        ]
        if action.kind == .custom {
            trail(of: snapshot.entry(.marketingAction, action.name), in: snapshot, into: &object)
        }
        link("marketingActions/\(action.kind.rawValue)", action.name, into: &object)
        return .object(object)
    }

    /// A policy.
    static func json(_ policy: UsagePolicy, in snapshot: ControlSnapshot) -> JSONValue {
        var object = policy.body
        object["id"] = .string(policy.id)
        trail(of: snapshot.entry(.usagePolicy, policy.id), in: snapshot, into: &object)
        if policy.id != UsagePolicy.noExportID { link("policies/\(policy.kind.rawValue)", policy.id, into: &object) }
        return .object(object)
    }

    /// The list of core policies that are on.
    static func enabledPolicies(in snapshot: ControlSnapshot) -> JSONValue {
        var object: JSONObject = ["policyIds": .array(snapshot.enabledCorePolicies.map { .string($0) })]
        trail(
            of: snapshot.entry(.enabledPolicies, ControlSnapshot.enabledPoliciesID),
            in: snapshot,
            into: &object
        )
        object["_links"] = ["self": ["href": .string("\(base)/enabledCorePolicies")]]
        return .object(object)
    }

    /// Whose it is, who made it and who changed it last.
    private static func trail(of entry: ControlEntry?, in snapshot: ControlSnapshot, into object: inout JSONObject) {
        guard let entry else { return }
        object["sandboxName"] = .string(snapshot.sandboxName)
        object["created"] = .integer(entry.createdAt.milliseconds)
        object["createdClient"] = entry.body["createdClient"]
        object["createdUser"] = entry.body["createdBy"]
        object["updated"] = .integer(entry.updatedAt.milliseconds)
        object["updatedClient"] = entry.body["updatedClient"]
        object["updatedUser"] = entry.body["updatedBy"]
    }

    private static func link(_ list: String, _ id: String, into object: inout JSONObject) {
        object["_links"] = ["self": ["href": .string("\(base)/\(list)/\(id.percentEncoded())")]]
    }

    // MARK: Lists

    /// One page of a list: those that `property` selects, in the order of `orderby`, from `start` on.
    ///
    /// - Parameters:
    ///   - all: All of them, as they are shown.
    ///   - key: The member by which pages go on.
    ///   - list: The list's path below the base.
    ///   - query: The request's items.
    /// - Returns: `children`, `_page` and `_links`.
    /// - Throws: `QUERY_INVALID`, or what is wrong with a `property`.
    static func page(
        _ all: [JSONValue],
        by key: String,
        list: String,
        _ query: QueryItems
    ) throws(APIError) -> JSONValue {
        var filters: [PropertyFilter] = []
        for text in query.values("property") { filters.append(try PropertyFilter(parsing: text)) }
        let limit = try query.integer("limit", in: 1...ServerLimits.pageItemsMax) ?? ServerLimits.pageItemsMax
        var items = all.filter { item in
            item.object.map { object in filters.allSatisfy { $0.matches(object) } } ?? false
        }
        try sort(&items, by: query["orderby"] ?? query["orderBy"])
        if let start = query["start"] {
            guard let index = items.firstIndex(where: { $0[key]?.string == start }) else {
                throw APIError(.queryInvalid, "start is the next of the page before; the list has changed, begin anew")
            }
            items.removeFirst(index)
        }
        let page = Array(items.prefix(limit))
        var about: JSONObject = ["count": .integer(Int64(page.count))]
        about["start"] = page.first?[key]
        var links: JSONObject = [
            "page": ["href": .string("\(base)/\(list)?{?limit,start,property}"), "templated": true]
        ]
        if items.count > limit, let next = items[limit][key]?.string {
            about["next"] = .string(next)
            var rest = query.without(["start"])
            rest.items.append(("start", next))
            links["next"] = ["href": .string("\(base)/\(list)?\(rest.text)")]
        }
        return ["_page": .object(about), "_links": .object(links), "children": .array(page)]
    }

    private static let sortable = ["id", "name", "status", "created", "updated"]

    /// Sorts by the members of a list such as `name,-updated`.
    private static func sort(_ items: inout [JSONValue], by text: String?) throws(APIError) {
        guard let text, !text.isEmpty else { return }
        for part in text.split(separator: ",").reversed() {
            let member = String(part.drop { "+- ".contains($0) })
            guard sortable.contains(member), part.utf8.count - member.utf8.count <= 1 else {
                throw APIError(.queryInvalid, "orderby names \(sortable.joined(separator: ", ")), each with + or -")
            }
            let isDescending = part.first == "-"
            func comes(_ left: JSONValue, before right: JSONValue) -> Bool {
                if let left = left[member]?.int64, let right = right[member]?.int64 { return left < right }
                return (left[member]?.string ?? "").comesBefore(right[member]?.string ?? "")
            }
            // Equal ones keep the order in which the other members put them.
            let sorted = items.enumerated().sorted { left, right in
                if isDescending
                    ? comes(right.element, before: left.element) : comes(left.element, before: right.element)
                {
                    return true
                }
                if isDescending
                    ? comes(left.element, before: right.element) : comes(right.element, before: left.element)
                {
                    return false
                }
                return left.offset < right.offset
            }
            items = sorted.map(\.element)
        }
    }
}
