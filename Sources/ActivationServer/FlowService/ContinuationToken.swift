import ActivationCore

/// Where a page of a list ended and what was asked of the list, so that the next page needs nothing else (docs/API.md 5).
struct ContinuationToken: Sendable {
    /// The list, as the path names it.
    var list: String
    var selection: ListSelection
    /// The last object of the page.
    var position: ListOrder.Position

    init(list: String, selection: ListSelection, position: ListOrder.Position) {
        self.list = list
        self.selection = selection
        self.position = position
    }

    /// Reads the text of a token that this list gave.
    ///
    /// - Throws: `QUERY_INVALID` for any other text.
    init(parsing text: String, of list: String) throws(APIError) {
        // A token that does not read back is simply not one of ours.
        guard
            let bytes = Base64URL.decode(text),
            let parts = (try? JSONValue(parsing: bytes))?.array, parts.count == 5,
            parts[0].string?.hasSameBytes(as: list) ?? false,
            let query = parts[1].string,
            let selection = try? ListSelection(QueryItems(parsing: query)),
            let createdAt = parts[3].int64,
            let id = parts[4].string
        else {
            throw APIError(
                .queryInvalid,
                "continuationToken is not one that this list gave; follow _links.next.href"
            )
        }
        self.init(
            list: list,
            selection: selection,
            position: ListOrder.Position(value: parts[2], createdAt: createdAt, id: id)
        )
    }

    /// The token as text of letters, digits, `-` and `_`.
    var text: String {
        let parts: JSONValue = [
            .string(list), .string(selection.text), position.value, .integer(position.createdAt), .string(position.id),
        ]
        return Base64URL.encode(parts.text.utf8)
    }
}
