import ActivationCore

/// What of the data labels are put on, beside audiences, whose labels are members of their own (BEHAVIOUR 9.1).
enum LabelPlace: Sendable, Hashable {
    /// A field of profiles or events, with all that lies below it.
    case field([String])
    /// Everything that a dataset brings.
    case dataset(String)

    /// The id of the stored object.
    var id: String {
        switch self {
        case .field(let keys): "field:\(keys.joined(separator: "."))"
        case .dataset(let id): "dataSet:\(id)"
        }
    }

    /// Reads the id of a stored object; nil when it is none.
    init?(_ id: String) {
        guard let colon = id.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let name = String(id[id.utf8.index(after: colon)...])
        switch id[..<colon] {
        case "field": self = .field(name.dottedKeys)
        case "dataSet": self = .dataset(name)
        default: return nil
        }
    }

    /// Reads the path of a field.
    ///
    /// - Throws: `FIELD_INVALID` for what is no path, or for one that no profile and no event could have.
    init(field path: String, at pointer: String) throws(APIError) {
        let keys = try AttributePath.fieldNames(of: path, at: pointer)
        guard !path.utf8.contains(where: { "[]*".utf8.contains($0) }), keys.first != "xEvent" else {
            throw APIError(
                .fieldInvalid,
                "\(pointer): fields of items and of events have no [ ], * or xEvent in their path, such as orders.price"
            )
        }
        self = .field(keys)
    }

    /// Fields and datasets that may have labels.
    static let max = 5_000
}
