import ActivationCore

/// The order of a list: by createdAt and id, or first by the field of `orderby` (BEHAVIOUR 1.8).
struct ListOrder: Sendable {
    private let path: [String]
    private let isDescending: Bool

    /// Fields every listed object can be sorted by.
    static let fields = [
        "id", "name", "description", "state", "createdAt", "updatedAt", "connectionSpec.id", "flowSpec.id",
    ]

    /// Reads `name`, `+name` or `-name`; nil = the default order.
    ///
    /// An unescaped `+` has become a space (docs/API.md 2).
    ///
    /// - Throws: `1432-400` for another prefix, `1433-400` for a field lists cannot be sorted by.
    init(parsing text: String?) throws(APIError) {
        guard let text else {
            path = []
            isDescending = false
            return
        }
        let prefix = text.prefix { !$0.isLetter }
        guard ["", "+", " ", "-"].contains(prefix) else {
            throw APIError(.sortPrefixInvalid, "orderby takes + (ascending) or - (descending) before the field")
        }
        let field = String(text.dropFirst(prefix.count))
        guard ListOrder.fields.contains(field) else {
            throw APIError(.sortFieldInvalid, "lists can be ordered by \(ListOrder.fields.joined(separator: ", "))")
        }
        path = field.split(separator: ".").map(String.init)
        isDescending = prefix == "-"
    }

    /// Where an object stands in the order; also what a continuation token holds.
    struct Position: Sendable {
        /// The value of the sort field.
        var value: JSONValue
        var createdAt: Int64
        var id: String
    }

    /// The position of an object.
    func position(of object: JSONObject) -> Position {
        let value = path.isEmpty ? nil : path.reduce(JSONValue.object(object) as JSONValue?) { $0?[$1] }
        return Position(
            value: value ?? .null,
            createdAt: object["createdAt"]?.int64 ?? 0,
            id: object["id"]?.string ?? ""
        )
    }

    /// Whether one position comes before another.
    func precedes(_ left: Position, _ right: Position) -> Bool {
        switch ListOrder.compare(left.value, right.value) {
        case 0: left.createdAt == right.createdAt ? left.id.comesBefore(right.id) : left.createdAt < right.createdAt
        case let order: isDescending ? order > 0 : order < 0
        }
    }

    private static func compare(_ left: JSONValue, _ right: JSONValue) -> Int {
        switch (left, right) {
        case (.null, .null): 0
        case (.null, _): -1
        case (_, .null): 1
        default:
            if let left = left.double, let right = right.double {
                left < right ? -1 : left == right ? 0 : 1
            } else {
                compare(left.string ?? left.text, right.string ?? right.text)
            }
        }
    }

    private static func compare(_ left: String, _ right: String) -> Int {
        left.hasSameBytes(as: right) ? 0 : left.comesBefore(right) ? -1 : 1
    }
}
