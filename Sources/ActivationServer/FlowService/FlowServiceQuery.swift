import ActivationCore
import Hummingbird
import HummingbirdCore

/// A list request of Flow Service: filters, order, projection, page (SPEC 1.8, RULINGS 28).
struct FlowServiceQuery: Sendable {
    private let filters: [PropertyFilter]
    private let order: ListOrder
    private let projection: [[String]]
    private let isCount: Bool
    private let limit: Int
    private let after: ListOrder.Position?
    private let path: String
    private let items: QueryItems

    /// Reads the query of a request.
    ///
    /// - Throws: `1401-400` for limit with count, the codes of filters and order, `QUERY_INVALID` otherwise.
    init(_ request: Request) throws(APIError) {
        items = try QueryItems(request)
        path = request.uri.path
        var filters: [PropertyFilter] = []
        for text in items.values("property") { filters.append(try PropertyFilter(parsing: text)) }
        self.filters = filters
        order = try ListOrder(parsing: items["orderby"])
        projection = items.values("projectionFields").flatMap { $0.utf8.split(separator: UInt8(ascii: ",")) }
            .map { String(Substring($0)).dottedKeys.filter { !$0.isEmpty } }
        isCount = try items.bool("count")
        guard !isCount || items["limit"] == nil else {
            throw APIError(.limitWithCount, "count=true answers a number only; leave limit out")
        }
        limit = try items.integer("limit", in: 1...ServerLimits.pageItemsMax) ?? ServerLimits.pageItemsDefault
        after = try items["continuationToken"].map { text throws(APIError) in try FlowServiceQuery.position(text) }
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
        let matching = objects.filter { object in filters.allSatisfy { $0.matches(object) } }
        if isCount { return ["count": .integer(Int64(matching.count))] }
        let sorted = matching.map { ($0, order.position(of: $0)) }.sorted { order.precedes($0.1, $1.1) }
        let remaining = after.map { after in sorted.drop { !order.precedes(after, $0.1) } } ?? sorted[...]
        let page = remaining.prefix(limit)
        var links = JSONObject()
        if remaining.count > page.count, let last = page.last {
            links["next"] = ["href": .string(href(after: last.1))]
        }
        var items: [JSONValue] = []
        for (object, _) in page { items.append(projected(await complete(object))) }
        return ["items": .array(items), "_links": .object(links)]
    }

    private func projected(_ object: JSONObject) -> JSONValue {
        guard !projection.isEmpty else { return .object(object) }
        var result: JSONObject = [:]
        if let id = object["id"] { result["id"] = id }
        for path in projection {
            guard let value = path.reduce(JSONValue.object(object) as JSONValue?, { $0?[$1] }) else { continue }
            FlowServiceQuery.put(value, at: path[...], in: &result)
        }
        return .object(result)
    }

    private static func put(_ value: JSONValue, at path: ArraySlice<String>, in object: inout JSONObject) {
        guard let key = path.first else { return }
        guard path.count > 1 else {
            object[key] = value
            return
        }
        var child = object[key]?.object ?? [:]
        put(value, at: path.dropFirst(), in: &child)
        object[key] = .object(child)
    }

    private func href(after position: ListOrder.Position) -> String {
        let token = Base64URL.encode(
            JSONValue.array([position.value, .integer(position.createdAt), .string(position.id)]).text.utf8
        )
        let others = items.items.filter { !$0.name.hasSameBytes(as: "continuationToken") }
        let kept = others + [("continuationToken", token)]
        let query = kept.map { "\($0.name.percentEncoded())=\($0.value.percentEncoded())" }.joined(separator: "&")
        return "\(path)?\(query)"
    }

    private static func position(_ token: String) throws(APIError) -> ListOrder.Position {
        // A token that does not read back is simply not one of ours.
        guard
            let bytes = Base64URL.decode(token),
            let parts = (try? JSONValue(parsing: bytes))?.array, parts.count == 3,
            let createdAt = parts[1].int64,
            let id = parts[2].string
        else {
            throw APIError(.queryInvalid, "continuationToken is not one that a list gave; follow _links.next.href")
        }
        return ListOrder.Position(value: parts[0], createdAt: createdAt, id: id)
    }
}
