/// Which objects of a list are asked for, in which order and how much of them: all that pages of one list share.
struct ListSelection: Sendable {
    /// All must hold.
    let filters: [PropertyFilter]
    let order: ListOrder
    /// What to show; all when empty.
    let projection: [PropertyPath]
    /// Objects of one page.
    let limit: Int
    /// What was asked, as a query.
    let text: String

    /// Reads the items that matter to a list.
    ///
    /// - Throws: The codes of filters and order, `QUERY_INVALID` otherwise.
    init(_ items: QueryItems) throws(APIError) {
        var filters: [PropertyFilter] = []
        for text in items.values("property") { filters.append(try PropertyFilter(parsing: text)) }
        self.filters = filters
        order = try ListOrder(parsing: items["orderby"] ?? items["orderBy"])
        var projection: [PropertyPath] = []
        for field in items.values("projectionFields").flatMap({ $0.utf8.split(separator: UInt8(ascii: ",")) }) {
            guard let path = PropertyPath(String(Substring(field))) else {
                throw APIError(.queryInvalid, "projectionFields has a path with an empty part")
            }
            projection.append(path)
        }
        self.projection = projection
        limit = try items.integer("limit", in: 1...ServerLimits.pageItemsMax) ?? ServerLimits.pageItemsDefault
        text = items.only(ListSelection.names).text
        guard text.utf8.count <= ListSelection.bytesMax else {
            throw APIError(
                .queryInvalid,
                "filters, order and fields have \(text.utf8.count) bytes together; at most \(ListSelection.bytesMax) "
                    + "are accepted"
            )
        }
    }

    private static let names = ["property", "orderby", "orderBy", "projectionFields", "limit"]
    /// A continuation token carries them back, and has to fit into a request.
    private static let bytesMax = 4_096
}
