import ActivationCore
import Console

/// Where a page of a list begins: after an object, by when that was made and its id, so that rows are neither missed nor
/// shown twice when others come and go.
struct ListPlace: Sendable {
    /// Rows of a page.
    static let rows = 50

    private let createdAt: Int64
    private let id: String

    /// Reads the text of a URL; nil for any other.
    init?(_ text: String?) {
        guard let text, let bytes = Base64URL.decode(text), let content = String(validating: bytes, as: UTF8.self)
        else { return nil }
        let parts = content.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let createdAt = Int64(parts[0]) else { return nil }
        self.createdAt = createdAt
        id = String(parts[1])
    }

    private init(_ entry: ControlEntry) {
        createdAt = entry.createdAt.milliseconds
        id = entry.id
    }

    private var text: String { Base64URL.encode("\(createdAt) \(id)".utf8) }

    private func precedes(_ entry: ControlEntry) -> Bool {
        let other = entry.createdAt.milliseconds
        return other == createdAt ? entry.id.comesBefore(id) : other < createdAt
    }

    /// The page of a list that a request asks for.
    ///
    /// - Parameters:
    ///   - items: The whole list, the newest first.
    ///   - request: Says after which object.
    ///   - what: What the objects are called, one and many.
    ///   - entry: The object behind an item.
    /// - Returns: The items of the page and the way to the next.
    static func page<Item>(
        of items: [Item],
        _ request: ConsoleRequest,
        _ what: (one: String, many: String),
        entry: (Item) -> ControlEntry
    ) -> (items: [Item], pager: Pager) {
        let place = ListPlace(request.query["after"])
        let rest = place.map { place in items.drop { !place.precedes(entry($0)) } } ?? items[...]
        let page = Array(rest.prefix(rows))
        let others = request.query.without(["after", ConsoleNotice.item])
        var next: String?
        if rest.count > page.count, let last = page.last {
            next = link(request.path, others.items + [("after", ListPlace(entry(last)).text)])
        }
        let pager = Pager(
            text: Figure.count(items.count, what.one, what.many),
            first: place == nil ? nil : link(request.path, others.items),
            next: next
        )
        return (page, pager)
    }

    private static func link(_ path: String, _ items: [(name: String, value: String)]) -> String {
        items.isEmpty ? path : "\(path)?\(QueryItems(items).text)"
    }
}
