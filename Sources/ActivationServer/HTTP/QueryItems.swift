import ActivationCore
import Hummingbird
import HummingbirdCore

/// A query or form as an ordered list, encoded as forms are: `+` is a space, `%2B` a plus (docs/API.md 2).
///
/// `=` inside values stays, as filters such as `property=id==x` need. Of items with one name the first counts, unless a
/// list says that it takes several.
struct QueryItems: Sendable {
    /// Decoded names and values in the order given.
    var items: [(name: String, value: String)]

    /// Items with these names and values.
    init(_ items: [(name: String, value: String)]) {
        self.items = items
    }

    /// Reads `name=value&…`, the query without `?` or a form body.
    ///
    /// - Throws: `QUERY_INVALID` when an escape is broken.
    init(parsing text: String) throws(APIError) {
        var items: [(name: String, value: String)] = []
        for pair in text.utf8.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: true) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard
                let name = Substring(parts[0]).percentDecoded(plusIsSpace: true),
                let value = (parts.count > 1 ? Substring(parts[1]) : "").percentDecoded(plusIsSpace: true)
            else {
                throw APIError(.queryInvalid, "a name or value holds a broken %-escape; encode it as UTF-8 and %XX")
            }
            items.append((name, value))
        }
        self.items = items
    }

    /// The query of a request.
    init(_ request: Request) throws(APIError) {
        try self.init(parsing: request.uri.query ?? "")
    }

    /// The items as a query, without `?`.
    var text: String {
        items.map { "\($0.name.percentEncoded())=\($0.value.percentEncoded())" }.joined(separator: "&")
    }

    /// The first value of a name.
    subscript(name: String) -> String? {
        items.first { $0.name.hasSameBytes(as: name) }?.value
    }

    /// All values of a name.
    func values(_ name: String) -> [String] {
        items.filter { $0.name.hasSameBytes(as: name) }.map(\.value)
    }

    /// The items with these names.
    func only(_ names: [String]) -> QueryItems {
        QueryItems(items.filter { item in names.contains { item.name.hasSameBytes(as: $0) } })
    }

    /// The items with other names.
    func without(_ names: [String]) -> QueryItems {
        QueryItems(items.filter { item in !names.contains { item.name.hasSameBytes(as: $0) } })
    }

    /// `true` or `false` in any case under a name, false when absent; of two nobody could say which counts.
    func bool(_ name: String) throws(APIError) -> Bool {
        guard items.count(where: { $0.name.hasSameBytes(as: name) }) <= 1 else {
            throw APIError(.queryInvalid, "\(name) stands in the query more than once; give it once")
        }
        switch self[name]?.lowercased() {
        case nil, "false": return false
        case "true": return true
        default: throw APIError(.queryInvalid, "\(name) is true or false")
        }
    }

    /// A whole number under a name.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(APIError) -> Int? {
        guard let text = self[name] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw APIError(
                .queryInvalid,
                "\(name) is a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return value
    }
}
