import ActivationCore

/// The part of a list that `start`, `page` and `limit` ask for.
struct ListPage {
    /// Items to skip.
    var start: Int
    /// Items at most.
    var limit: Int

    /// Reads the query.
    ///
    /// - Throws: `QUERY_INVALID` for values out of range, or start and page together.
    init(_ query: QueryItems, limitDefault: Int) throws(APIError) {
        limit = try query.integer("limit", in: 1...ServerLimits.pageItemsMax) ?? limitDefault
        let start = try query.integer("start", in: 0...ServerLimits.objectsMax)
        let page = try query.integer("page", in: 0...ServerLimits.objectsMax)
        guard start == nil || page == nil else {
            throw APIError(.queryInvalid, "start and page exclude each other; start counts items, page counts pages")
        }
        self.start = start ?? (page ?? 0) * limit
    }

    /// The items on the page.
    func items<Item>(of all: [Item]) -> ArraySlice<Item> {
        all.dropFirst(start).prefix(limit)
    }

    /// `{"next": {"href"}}`, the same request for the next page; the link is empty on the last one, as Adobe's are.
    ///
    /// - Parameters:
    ///   - query: The request's items.
    ///   - base: The list, as links name it.
    ///   - count: The items of all pages.
    /// - Returns: The links.
    func links(_ query: QueryItems, base: String, of count: Int) -> JSONValue {
        guard start + limit < count else { return ["next": ["href": ""]] }
        var items = query.without(["start", "page", "limit"])
        items.items += [("start", String(start + limit)), ("limit", String(limit))]
        return ["next": ["href": .string("\(base)?\(items.text)")]]
    }
}
