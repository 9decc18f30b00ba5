import ActivationCore
import Hummingbird
import HummingbirdCore

/// A list request of Flow Service: filters, order, projection, page (BEHAVIOUR 1.8).
struct FlowServiceQuery: Sendable {
    private let selection: ListSelection
    private let isCount: Bool
    private let after: ListOrder.Position?
    private let list: String

    /// Reads the query of a request; a continuation token says all about the list that it continues.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - schema: What the list is of, among the schemas of the OpenAPI document.
    /// - Throws: `1401-400` for limit with count, the codes of filters and order, `QUERY_INVALID` otherwise.
    init(_ request: Request, of schema: String) throws(APIError) {
        let items = try QueryItems(request)
        list = request.uri.path.split(separator: "/").last.map(String.init) ?? ""
        if let text = items["continuationToken"] {
            let token = try ContinuationToken(parsing: text, of: list)
            selection = token.selection
            after = token.position
            isCount = false
            return
        }
        selection = try ListSelection(items)
        for filter in selection.filters { try filter.check(schema) }
        after = nil
        isCount = try items.bool("count")
        guard !isCount || items["limit"] == nil else {
            throw APIError(.limitWithCount, "count=true answers a number only; leave limit out")
        }
    }

    /// The values of which every filter on a field lets one pass, so that no other objects need be found; nil = any.
    func required(_ field: String) -> Set<String>? {
        selection.filters.compactMap { $0.required(field) }.map { Set($0) }.reduce(nil) { known, values in
            known?.intersection(values) ?? values
        }
    }

    /// The answer over all objects of the list.
    ///
    /// - Parameters:
    ///   - objects: All objects, as far as filters and order need them.
    ///   - complete: Adds to an object that is on the page what takes longer to find out.
    /// - Returns: The page, or the number of objects.
    func answer(
        _ objects: [JSONObject],
        completing complete: (JSONObject) async -> JSONObject = { $0 }
    ) async -> JSONValue {
        let matching = objects.filter { object in selection.filters.allSatisfy { $0.matches(object) } }
        if isCount { return ["count": .integer(Int64(matching.count))] }
        let order = selection.order
        let sorted = matching.map { ($0, order.position(of: $0)) }.sorted { order.precedes($0.1, $1.1) }
        let remaining = after.map { after in sorted.drop { !order.precedes(after, $0.1) } } ?? sorted[...]
        let page = remaining.prefix(selection.limit)
        var links = JSONObject()
        if remaining.count > page.count, let last = page.last {
            let token = ContinuationToken(list: list, selection: selection, position: last.1)
            // Relative to the service, and the token alone: clients cut it out at the first `=`.
            links["next"] = ["href": .string("/\(list)?continuationToken=\(token.text)")]
        }
        var items: [JSONValue] = []
        for (object, _) in page { items.append(projected(await complete(object))) }
        return ["items": .array(items), "_links": .object(links)]
    }

    private func projected(_ object: JSONObject) -> JSONValue {
        guard !selection.projection.isEmpty else { return .object(object) }
        var result: JSONObject = [:]
        if let id = object["id"] { result["id"] = id }
        for path in selection.projection {
            guard let part = path.extract(of: object) else { continue }
            result = FlowServiceQuery.union(result, part)
        }
        return .object(result)
    }

    /// Two parts of one object.
    private static func union(_ left: JSONObject, _ right: JSONObject) -> JSONObject {
        var result = left
        for (key, value) in right { result[key] = result[key].map { union($0, value) } ?? value }
        return result
    }

    private static func union(_ left: JSONValue, _ right: JSONValue) -> JSONValue {
        switch (left, right) {
        case (.object(let left), .object(let right)): .object(union(left, right))
        case (.array(let left), .array(let right)): .array(zip(left, right).map { union($0, $1) })
        default: right
        }
    }
}
